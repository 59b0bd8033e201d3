"""The built-in reasoner: no network, no model."""
