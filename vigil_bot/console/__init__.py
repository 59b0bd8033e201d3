"""The web application: the local page, its API, health and metrics."""
