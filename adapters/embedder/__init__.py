"""Sentence vectors: the built-in hashing embedder and all-MiniLM-L6-v2 on numpy."""
