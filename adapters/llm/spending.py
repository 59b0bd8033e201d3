"""Keeps to the budget: looks before a call, counts after it, and tells when a limit comes near."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

import structlog

from adapters.llm.budget import Budget, Level, Place, day_of, level_of, scopes
from vigil_bot.errors import ModelUnavailable, StoreError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.reasoner import Spent

_here: ContextVar[ConversationRef | None] = ContextVar("model_place", default=None)

log = structlog.get_logger()

Alarm = Callable[[ConversationRef | None, str, float], Awaitable[None]]  # where, scope, used part


class Spending(Protocol):
    """Remembers what was spent."""

    async def spent(self, day: str, scope: str) -> tuple[int, float]:
        """Return the tokens and the money of a day."""
        ...

    async def spend(self, day: str, scope: str, *, tokens: int, cost: float) -> None:
        """Add to them."""
        ...


class MemorySpending:
    """Remembers it as long as the process lives."""

    def __init__(self) -> None:
        self._spent: defaultdict[tuple[str, str], tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    async def spent(self, day: str, scope: str) -> tuple[int, float]:
        """Return the tokens and the money of a day."""
        return self._spent.get((day, scope), (0, 0.0))

    async def spend(self, day: str, scope: str, *, tokens: int, cost: float) -> None:
        """Add to them."""
        before = self._spent[day, scope]
        self._spent[day, scope] = (before[0] + tokens, before[1] + cost)


@contextmanager
def spending_for(ref: ConversationRef) -> Iterator[None]:
    """Count every call inside for the channel of a conversation; tasks that are started inside inherit it."""
    token = _here.set(ref)
    try:
        yield
    finally:
        _here.reset(token)


def _place() -> Place:
    ref = _here.get()
    return Place() if ref is None else Place(workspace=ref.workspace_id, channel=ref.channel_id)


class Purse:
    """A budget and what was spent of it; calls under way at the same time may overdraw it by what they cost."""

    def __init__(self, budget: Budget, spending: Spending, *, now: Callable[[], float], alarm: Alarm) -> None:
        """Take a function to be told when a scope reaches 80 % and 100 %."""
        self.spent: dict[str, Spent] = {}
        self._budget = budget
        self._spending = spending
        self._now = now
        self._alarm = alarm

    async def check(self) -> None:
        """Raise ModelUnavailable if nothing is left for this place."""
        day = day_of(self._now())
        for scope, limit in scopes(self._budget, _place()).items():
            if level_of(limit.share(*await self._spending.spent(day, scope))) is Level.EXHAUSTED:
                raise ModelUnavailable(f"The model's budget of the day is used up: {scope}.")

    async def spend(self, tokens: int, cost: float, *, purpose: str) -> None:
        """Count a call, and tell when it reached a level."""
        so_far = self.spent.get(purpose, Spent())
        self.spent[purpose] = Spent(calls=so_far.calls + 1, tokens=so_far.tokens + tokens, cost=so_far.cost + cost)
        day = day_of(self._now())
        for scope, limit in scopes(self._budget, _place()).items():
            try:
                before = await self._spending.spent(day, scope)
                await self._spending.spend(day, scope, tokens=tokens, cost=cost)
            except StoreError as error:  # the answer is paid: losing it would cost it again
                log.warning("model.spending_lost", scope=scope, error=type(error).__name__)
                continue
            share = limit.share(before[0] + tokens, before[1] + cost)
            if level_of(share) > level_of(limit.share(*before)):
                await self._alarm(_here.get(), scope, share)
