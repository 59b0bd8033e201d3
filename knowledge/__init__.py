"""Knowledge: find, learn, keep."""
