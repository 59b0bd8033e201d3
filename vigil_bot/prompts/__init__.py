"""The prompts as text, one file for each thing that a model is asked; the first line holds the version."""
