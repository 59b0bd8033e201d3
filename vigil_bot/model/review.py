"""What people decide about entries: who decides, what waits for them, what changed, and what is missing."""

from dataclasses import dataclass, field
from enum import StrEnum

from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, and where they look from; viewer None is a trusted local operator.

    trusted says that the platform or the policy calls them an analyst.
    """

    by: str
    at: float
    viewer: Viewer | None = None
    trusted: bool = False


class ReviewReason(StrEnum):
    """Why an entry waits for a person, most urgent first."""

    CONTRADICTED = "contradicted"
    STALE = "stale"
    DUPLICATE = "duplicate"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """An entry that waits for a person, the other entries that it is about, and its resolution in sentences."""

    entry: KnowledgeEntry
    reason: ReviewReason
    other_ids: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version in an entry's history; lines say what it changed, "- " before what went and "+ " before what came."""

    version: int
    kind: ChangeKind
    by: str
    at: float
    why: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that was asked and never answered by us; asked_in holds the threads, oldest first.

    helpers are people who took up those threads, the most frequent first.
    """

    question: str
    count: int
    first_at: float
    last_at: float
    asked_in: tuple[str, ...] = ()
    helpers: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was forgotten: entries removed, entries that lost words or sources, messages emptied."""

    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    messages: int = 0

    @property
    def touched(self) -> bool:
        """Whether any entry is gone or changed."""
        return bool(self.removed or self.changed)
