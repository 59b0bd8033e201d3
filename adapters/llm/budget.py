"""How much may be spent in a day, on everything, in a workspace and in a channel; pure."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

NEAR = 0.8


class Level(IntEnum):
    """How far a budget is used."""

    FINE = 0
    NEAR = 1
    EXHAUSTED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What may be spent in a day; None is without limit, 0 is nothing."""

    tokens: int | None = None
    cost: float | None = None

    def share(self, tokens: int, cost: float) -> float:
        """Return the used part, of tokens or of money, whichever is greater; 1 is all of it."""
        return max(_part(tokens, self.tokens), _part(cost, self.cost))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The limits of a day."""

    everything: Limit = field(default_factory=Limit)
    workspace: Limit = field(default_factory=Limit)  # each
    channel: Limit = field(default_factory=Limit)  # each


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where money is spent; empty where it is spent for no channel."""

    workspace: str = ""
    channel: str = ""


def scopes(budget: Budget, place: Place) -> dict[str, Limit]:
    """Return everything that a call at this place counts for, by its name."""
    found = {"everything": budget.everything}
    if place.workspace:
        found[f"workspace {place.workspace}"] = budget.workspace
        if place.channel:
            found[f"channel {place.workspace}/{place.channel}"] = budget.channel
    return found


def level_of(share: float) -> Level:
    """Return how far a budget is used."""
    if share >= 1:
        return Level.EXHAUSTED
    return Level.NEAR if share >= NEAR else Level.FINE


def day_of(now: float) -> str:
    """Return the day, in UTC: 2025-01-31."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def _part(used: float, limit: float | None) -> float:
    if limit is None:
        return 0.0
    return used / limit if limit > 0 else math.inf
