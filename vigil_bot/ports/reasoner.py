"""What a language model may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import (
    DraftEntry,
    Hit,
)
from vigil_bot.model.suggestion import Draft, Question


class Reasoner(Protocol):
    """Everything that a language model may do; the built-in one does it by rules. It never decides whether to speak."""

    name: str

    async def question(self, conversation: Conversation, message_ids: Sequence[str]) -> Question:
        """Return what the asker wants to know, standing alone; message_ids are the asking messages, oldest first."""
        ...

    async def draft(self, question: Question, hits: Sequence[Hit], *, max_chars: int) -> Draft:
        """Return a short reply that quotes the hits it cites, or an empty one when they do not answer."""
        ...

    async def extract(self, conversation: Conversation, case: Case) -> DraftEntry | None:
        """Return what a resolved case teaches, every sentence with its source message, or None."""
        ...

    async def summarize(self, conversation: Conversation, case: Case | None) -> list[str]:
        """Return a few lines, each quoting or naming what people said."""
        ...


@runtime_checkable
class Replaceable(Protocol):
    """A reasoner behind which another one serves where it fails."""

    replaced: Mapping[tuple[str, str], int]
    """How often that was, by what it was for and the name of the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls of a model took, replies that could not be used included."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0


@runtime_checkable
class Paid(Protocol):
    """A reasoner whose calls are paid for."""

    spent: Mapping[str, Spent]
    """What was spent since the start, by what it was for."""
