"""What goes wrong on demand: rate limits, slow calls, broken connections, errors of the server."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.slack_parts.world import Refused

How = Literal["slow", "status", "error", "close", "accept_then_close", "accept_then_hang"]


@dataclass(slots=True, kw_only=True)
class Fault:
    method: str  # * for any
    how: How
    times: int
    seconds: float = 0.0
    status: int = 500
    error: str = "internal_error"
    retry_after: int | None = None


@dataclass(slots=True, kw_only=True)
class Limit:
    """So many calls in so many seconds, for each value of an argument."""

    calls: int
    per_s: float
    argument: str | None = None
    seen: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, key: str, now: float) -> None:
        """Count a call, or refuse it: apis/web-api/rate-limits (429, Retry-After in whole seconds)."""
        calls = self.seen[key]
        while calls and calls[0] <= now - self.per_s:
            calls.popleft()
        if len(calls) >= self.calls:
            wait = max(1, math.ceil(calls[0] + self.per_s - now))
            raise Refused("ratelimited", status=429, headers={"Retry-After": str(wait)})
        calls.append(now)


@dataclass(slots=True, kw_only=True)
class Faults:
    now: Callable[[], float]
    planned: list[Fault] = field(default_factory=list)
    limits: dict[str, Limit] = field(default_factory=dict)

    def next(self, method: str) -> Fault | None:
        """The fault that this call gets, counted down."""
        for one in self.planned:
            if one.method in (method, "*") and one.times > 0:
                one.times -= 1
                return one
        return None

    def count(self, method: str, token: str, arguments: dict[str, object]) -> None:
        limit = self.limits.get(method)
        if limit is not None:
            value = str(arguments.get(limit.argument)) if limit.argument else ""
            limit.take(f"{token} {value}", self.now())
