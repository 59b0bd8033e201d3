"""What goes wrong on demand, and how often one may call."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.lark_parts.world import Refused

How = Literal["slow", "status", "code", "close", "accept_then_close", "accept_then_hang"]
GATEWAY_LIMITS = ((50, 1.0), (1000, 60.0))


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next calls of a method whose path ends so (or has the words in it) go wrong."""

    method: str  # GET, POST, ..., or *
    path: str
    how: How
    times: int = 1
    seconds: float = 0.0
    status: int = 500
    code: int = 0
    message: str = "fault on demand"
    reset: int | None = None  # seconds, in x-ogw-ratelimit-reset

    def hits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in (method, "*") and (self.path == "*" or self.path in path)


@dataclass(slots=True, kw_only=True)
class Window:
    """So many in so many seconds."""

    times: deque[float] = field(default_factory=deque)

    def wait(self, count: int, per_s: float, now: float) -> float:
        """Count one and return 0, or return in how many seconds one may try again."""
        while self.times and self.times[0] <= now - per_s:
            self.times.popleft()
        if len(self.times) >= count:
            return self.times[0] + per_s - now
        self.times.append(now)
        return 0.0


@dataclass(slots=True, kw_only=True)
class Faults:
    now: Callable[[], float]
    planned: list[Fault] = field(default_factory=list)
    per_chat: tuple[int, float] = (5, 1.0)  # messages to one chat or person; edits of one message
    per_api: tuple[tuple[int, float], ...] = GATEWAY_LIMITS
    limited: bool = True
    windows: defaultdict[tuple[object, ...], Window] = field(default_factory=lambda: defaultdict(Window))

    def next(self, method: str, path: str) -> Fault | None:
        """The fault that this call gets, counted down."""
        for one in self.planned:
            if one.hits(method, path):
                one.times -= 1
                return one
        return None

    def count_api(self, api: str) -> None:
        """Refuse what comes too often: open.feishu.cn/document/server-docs/api-call-guide/frequency-control."""
        for count, per_s in self.per_api if self.limited else ():
            wait = self.windows["api", api, per_s].wait(count, per_s, self.now())
            if wait > 0:
                raise too_often(math.ceil(wait), count)

    def count_messages(self, place: str) -> None:
        """Five messages a second to a chat or a person, whatever the API: reference/im-v1/message/create."""
        count, per_s = self.per_chat
        if self.limited and self.windows["place", place].wait(count, per_s, self.now()) > 0:
            raise Refused(230020, "This operation triggers the frequency limit.")

    def count(self, name: str, key: str, count: int) -> None:
        """So many a second of something else."""
        if self.limited and self.windows[name, key].wait(count, 1.0, self.now()) > 0:
            raise Refused(230020, "This operation triggers the frequency limit.")


def too_often(reset: int, limit: int = 100) -> Refused:
    headers = {"x-ogw-ratelimit-limit": str(limit), "x-ogw-ratelimit-reset": str(max(1, reset))}
    return Refused(99991400, "request trigger frequency limit", status=429, headers=headers)
