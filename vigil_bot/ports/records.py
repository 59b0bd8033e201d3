"""What is remembered: transcript, ledger, cases."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Conversation, ConversationRef, Message
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.model.thread import ThreadState


class Threads(Protocol):
    """Reads what is stored about a thread in one go."""

    async def load(self, ref: ConversationRef, *, now: float) -> ThreadState:
        """Return the thread as it is at this moment; empty when nothing is stored of it."""
        ...


class Transcript(Protocol):
    """What was said, our own copy."""

    async def conversation(self, ref: ConversationRef) -> Conversation:
        """Return the thread as it is now, oldest message first by (sent_at, id); empty when nothing is stored of it."""
        ...

    async def version(self, ref: ConversationRef) -> int:
        """Return the thread's version, 0 when nothing is stored of it."""
        ...

    async def find_message(self, text: str) -> Message | None:
        """Return the message with this permalink or id."""
        ...

    async def last_message_at(self, channel: ConversationRef) -> float | None:
        """Return the time of the newest stored message of a channel."""
        ...

    async def messages_in(self, channel: ConversationRef, *, before: float, limit: int) -> list[Message]:
        """Return the newest messages of a channel that were sent before a time, newest first."""
        ...

    async def analysts_seen(self, channel: ConversationRef, *, since: float) -> list[str]:
        """Return the ids of people who wrote in a channel as analysts since then."""
        ...

    async def conversations(self, *, platform: str | None = None) -> AsyncIterator[Conversation]:
        """Go through all threads, by the time of their first message."""
        ...


class Ledger(Protocol):
    """Decisions, suggestions, feedback and mutes."""

    async def decision(self, conversation: str, message_id: str) -> DecisionRecord | None:
        """Return the newest receipt of a message."""
        ...

    async def decisions(self, *, since: float, until: float | None = None) -> list[DecisionRecord]:
        """Return receipts in this time, oldest first."""
        ...

    async def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """Return a suggestion."""
        ...

    async def suggestion_posted_as(self, conversation: str, posted_id: str) -> Suggestion | None:
        """Return the suggestion that is this message on the platform."""
        ...

    async def suggestions_in(self, conversation: str) -> list[Suggestion]:
        """Return the suggestions made in a thread, oldest first."""
        ...

    async def set_suggestion_state(self, suggestion_id: str, state: SuggestionState) -> None:
        """Change the state of a suggestion."""
        ...

    async def posted_since(self, channel: ConversationRef, *, since: float) -> list[float]:
        """Return the times of suggestions posted (or being posted) in a channel since then, oldest first."""
        ...

    async def feedback_on(self, suggestion_id: str) -> list[Feedback]:
        """Return all verdicts on a suggestion."""
        ...

    async def feedback_counts(self, *, since: float) -> dict[str, int]:
        """Return verdict -> count since then."""
        ...

    async def mute(self, mute: Mute) -> None:
        """Put a mute in force, replacing an earlier one of the same scope and target."""
        ...

    async def unmute(self, scope: MuteScope, target: str) -> bool:
        """End a mute; False if there was none."""
        ...

    async def mutes(self, targets: Sequence[str], *, now: float) -> list[Mute]:
        """Return the mutes in force on any of these targets."""
        ...

    async def set_channel_setting(self, channel: str, name: str, value: str) -> None:
        """Keep a setting that was changed in chat, such as `mode`."""
        ...

    async def unset_channel_setting(self, channel: str, name: str) -> bool:
        """Forget a setting that was changed in chat; False if there was none."""
        ...

    async def channel_settings(self) -> dict[str, dict[str, str]]:
        """Return channel key -> name -> value."""
        ...


class Cases(Protocol):
    """The cases, stored with optimistic locking."""

    async def case(self, conversation: str) -> Case | None:
        """Return the case of a thread."""
        ...

    async def save(self, case: Case) -> Case:
        """Store a case if the stored version is case.version; return it with the next one. Raises StaleCase."""
        ...

    async def cases(
        self, *, states: Sequence[CaseState] = (), channel: str | None = None, limit: int = 1000
    ) -> list[Case]:
        """Return cases, most recently changed first."""
        ...

    async def channels(self) -> list[str]:
        """Return the keys of the channels that have cases, in order."""
        ...

    async def undistilled(self, *, resolved_before: float, limit: int = 1000) -> list[Case]:
        """Return resolved or closed cases that were changed since they were last distilled, oldest first."""
        ...
