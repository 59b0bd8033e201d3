"""What people say about a suggestion."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a person thinks of a suggestion."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    ADOPTED = "adopted"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"

    @property
    def good(self) -> bool:
        """Whether it speaks for the entry."""
        return self in (Verdict.HELPFUL, Verdict.ADOPTED, Verdict.RESOLVED)


class FeedbackSource(StrEnum):
    """How it was said."""

    BUTTON = "button"
    REACTION = "reaction"
    REPLY = "reply"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One verdict of one person; the same person's newer verdict on the same suggestion replaces the older."""

    suggestion_id: str
    author_id: str
    verdict: Verdict
    source: FeedbackSource
    at: float
    comment: str = ""
