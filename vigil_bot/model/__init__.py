"""Values of the domain; they import the standard library only."""
