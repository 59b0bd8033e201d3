"""Watch rules: what analysts want to be told of."""
