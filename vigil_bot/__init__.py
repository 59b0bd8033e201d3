"""Vigil Bot: a chat bot that helps on-call and support channels without being asked."""

__version__ = "0.1.0"
