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
    """The program's clock was wrong by so much, from begin to end of the world's time."""

    begin: float
    end: float
    off_s: float


class StormClock:
    """The world's time, which hours pass in, and the program's."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.spans: list[Span] = []
        self._passed_s = self._off_s = self._off_since = 0.0
        file.write_bytes(_DOUBLE.pack(0.0))
        with file.open("r+b") as opened:
            self._told = mmap.mmap(opened.fileno(), _DOUBLE.size)

    def now(self) -> float:
        """The world's time."""
        return time.time() + self._passed_s

    def pass_hours(self, hours: float) -> None:
        """Let hours pass, for everybody."""
        self._passed_s += hours * 3600.0
        self._tell()

    def jump(self, off_s: float) -> None:
        """Make the program's clock wrong by so much, or right again with 0."""
        if self._off_s:
            self.spans.append(Span(begin=self._off_since, end=self.now(), off_s=self._off_s))
        self._off_s, self._off_since = off_s, self.now()
        self._tell()

    def world_time(self, at: float) -> float:
        """Return when it was for the world what the program took for this time."""
        wrong = (span for span in self.spans if span.begin <= at - span.off_s <= span.end)
        return next((at - span.off_s for span in wrong), at)

    def _tell(self) -> None:
        _DOUBLE.pack_into(self._told, 0, self._passed_s + self._off_s)


def main() -> None:
    """Run the program as `vigil run` does, with the time that the storm tells it."""
    asyncio.run(serve(ToldClock(Path(os.environ[CLOCK_FILE]))))


if __name__ == "__main__":
    main()
