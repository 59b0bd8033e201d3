"""A clock that a storm moves: the fakes read the world's time, and the program a time that may be wrong for a while."""

import asyncio
import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from vigil_bot.serve import serve

CLOCK_FILE = "STORM_CLOCK"
_DOUBLE = struct.Struct("d")


class ToldClock:
    """The time of this computer and what a file adds to it: seconds, as a double."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._told = mmap.mmap(opened.fileno(), _DOUBLE.size, access=mmap.ACCESS_READ)

    def now(self) -> float:
        added: float = _DOUBLE.unpack_from(self._told)[0]
        return time.time() + added


@dataclass(frozen=True, kw_only=True)
class Span:
    """From begin to end of the world's time, the program's clock was wrong by so much."""

    begin: float
    end: float
    off_s: float


class StormClock:
    """The world's time, which hours pass in, and the program's."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._spans: list[Span] = []
        self._passed_s = self._off_s = 0.0
        self._since = self.now()
        file.write_bytes(_DOUBLE.pack(0.0))
        with file.open("r+b") as opened:
            self._told = mmap.mmap(opened.fileno(), _DOUBLE.size)

    def now(self) -> float:
        """The world's time."""
        return time.time() + self._passed_s

    def pass_hours(self, hours: float) -> None:
        """Let hours pass, for everybody."""
        self._change(passed_s=self._passed_s + hours * 3600.0, off_s=self._off_s)

    def jump(self, off_s: float) -> None:
        """Make the program's clock wrong by so much, or right again with 0."""
        self._change(passed_s=self._passed_s, off_s=off_s)

    def world_time(self, at: float) -> float | None:
        """Return when it was for the world what the program took for this time; None if that was at no time, or at two."""
        spans = (*self._spans, self._span())
        found = [at - span.off_s for span in spans if span.begin <= at - span.off_s <= span.end]
        return found[0] if len(found) == 1 else None

    def _span(self) -> Span:
        return Span(begin=self._since, end=self.now(), off_s=self._off_s)

    def _change(self, *, passed_s: float, off_s: float) -> None:
        self._spans.append(self._span())
        self._passed_s, self._off_s = passed_s, off_s
        self._since = self.now()
        _DOUBLE.pack_into(self._told, 0, passed_s + off_s)


def main() -> None:
    """Run the program as `vigil run` does, with the time that the storm tells it."""
    asyncio.run(serve(ToldClock(Path(os.environ[CLOCK_FILE]))))


if __name__ == "__main__":
    main()
