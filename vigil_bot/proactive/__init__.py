"""Deciding whether to speak, and what to say."""
