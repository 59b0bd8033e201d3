"""`python -m vigil_bot` is `vigil`."""

from vigil_bot.cli import main

main(prog_name="vigil")
