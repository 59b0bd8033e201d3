"""Slash commands, platform-neutral: parse, then one function each, to a card."""
