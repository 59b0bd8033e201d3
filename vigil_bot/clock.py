"""The time: the system's, or one that is set by hand. The only place that asks the computer what time it is."""

import time


class SystemClock:
    """The time of this computer."""

    def now(self) -> float:
        """Return the time, UTC epoch seconds."""
        return time.time()


class SimulatedClock:
    """A clock that stands still until it is set: for replays and tests."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """Return the time, UTC epoch seconds."""
        return self._now

    def set(self, to: float) -> None:
        """Make it this time."""
        self._now = to

    def advance(self, by_s: float) -> None:
        """Let so many seconds pass."""
        self._now += by_s
