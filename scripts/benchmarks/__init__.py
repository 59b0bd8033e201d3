"""What is measured; `scripts/bench NAME` runs one of these."""
