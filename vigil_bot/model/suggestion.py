"""What we say, and what it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class SuggestionState(StrEnum):
    """The life of a suggestion."""

    DRAFTED = "drafted"
    POSTING = "posting"
    POSTED = "posted"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The entry (and its version) that a suggestion quotes, with a link to where it came from.

    right_at is when the entry was last right, as far as it was known then; 0 if it was not.
    """

    entry_id: str
    version: int
    title: str
    quote: str
    permalink: str | None = None
    right_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reasoner would say; text is empty when it cannot answer.

    cost is in the currency of the price list. reasoner is who made it, "" for the one that was asked; note says why that was
    another one, or what was cut.
    """

    text: str = ""
    citations: tuple[Citation, ...] = ()
    model_calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    reasoner: str = ""
    prompt_hash: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that stands alone, made from the thread; message_ids are the messages that it was made from.

    said is what stands in the thread, so that a draft need not repeat it. cost and note are as in a draft.
    """

    text: str
    message_ids: tuple[str, ...]
    language: str = "en"
    model_calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    note: str = ""
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A grounded answer; id is also its idempotency key on the platform. message_id is the question's.

    provisional says that it cites an entry which nobody has validated; its card is marked. instead is what a CORRECTED one
    shows in place of its citations; None when there is nothing to show.
    """

    id: str
    conversation: str
    message_id: str
    text: str
    citations: tuple[Citation, ...]
    state: SuggestionState
    created_at: float
    posted_id: str | None = None
    private: bool = False
    provisional: bool = False
    instead: Citation | None = None
