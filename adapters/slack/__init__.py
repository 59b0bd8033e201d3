"""Slack: receiving over Socket Mode or HTTP, speaking over the Web API."""
