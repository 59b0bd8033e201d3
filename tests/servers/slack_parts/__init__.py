"""The parts of the fake Slack."""
