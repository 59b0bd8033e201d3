"""Adapters: everything foreign except Chroma; each folder stands on its own."""
