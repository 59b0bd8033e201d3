"""Everything stored about one thread, read at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.policy import Mute
from vigil_bot.model.suggestion import Suggestion, SuggestionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Of the newest receipt of a message: which text it is about, the suggestion that it led to, whether it only puts off.

    The text is told by when the message was edited, by the platform's clock: ours may be ahead of it or behind.
    """

    edited_at: float | None = None
    suggestion_id: str | None = None
    deferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadState:
    """A thread with its case, receipts by message id, suggestions (oldest first) and the mutes in force on it.

    mutes holds those of the thread, of its channel, and of any person in the channel.
    """

    conversation: Conversation
    case: Case | None = None
    decided: Mapping[str, Decided] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    mutes: tuple[Mute, ...] = ()

    def undecided(self, message_id: str, edited_at: float | None) -> bool:
        """Whether a message has no decision for its present text, or its suggestion was dropped on the way out."""
        decided = self.decided.get(message_id)
        if decided is None or decided.deferred or decided.edited_at != edited_at:
            return True
        if decided.suggestion_id is None:
            return False
        suggestion = next((s for s in self.suggestions if s.id == decided.suggestion_id), None)
        return suggestion is not None and suggestion.state is SuggestionState.DROPPED
