"""Pages of the web that analysts link to."""
