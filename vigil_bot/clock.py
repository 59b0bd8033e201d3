"""The time: the system's, or one that is set by hand. The only place that asks the computer what time it is."""

import time

import structlog

from vigil_bot.ports.chat import Clock
from vigil_bot.ports.work import WorkQueue

SET_BACK_S = 1.0  # a clock that goes back by less is no matter

log = structlog.get_logger()


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


async def heed_set_back(queue: WorkQueue, clock: Clock, *, shown: float) -> None:
    """Make ready what was stored or put off by a clock that was ahead, if it went back since it showed this time.

    Raises:
        StoreError: If that cannot be stored.
    """
    now = clock.now()
    if now < shown - SET_BACK_S:
        log.warning("clock.went_back", by_s=round(shown - now))
        await queue.clock_went_back(now=now, latest=shown)
