"""Replay: recorded threads in, files and a report out; the simulation itself is in `vigil_bot.simulation`."""
