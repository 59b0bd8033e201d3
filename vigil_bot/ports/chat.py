"""What the core needs from a chat platform, and the time."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Attachment, ConversationRef
from vigil_bot.model.event import CommandInvoked, Event
from vigil_bot.model.policy import Reach

Accept = Callable[[Event], Awaitable[bool]]
"""Store an event durably; True if it was new. When it returns, the platform may be told so; when it raises, it may not."""

RunCommand = Callable[[CommandInvoked], Awaitable[Card]]
"""Carry out a slash command and return what to show to the one who gave it."""

Saw = Callable[[ConversationRef, Reach], Awaitable[None]]
"""Keep who reads in a channel, before anything that was said there is handed over."""

Redact = Callable[[str], str]
"""Replace secrets and personal data by placeholders."""


async def unheeded(_channel: ConversationRef, _reach: Reach) -> None:
    """Do nothing: nobody asks who reads in a channel."""


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Return the time, UTC epoch seconds."""
        ...


class Source(Protocol):
    """Receives what happens on one platform."""

    platform: str

    async def run(self, accept: Accept, command: RunCommand) -> None:
        """Catch up on what was missed, then receive until cancelled; acknowledge only what accept returned for."""
        ...

    def healthy(self) -> bool:
        """Whether events can arrive at this moment."""
        ...

    def last_events(self) -> Mapping[str, float]:
        """Return when this process last received something, by channel id."""
        ...


class History(Protocol):
    """A source that can read what was said before we came."""

    def read_back(self, channel: ConversationRef, *, since: float) -> None:
        """Begin to hand over what was said in a channel since then, in the background, as if it happened now."""
        ...


class Heard(Protocol):
    """What is stored already of a platform, so that a source can tell what it missed."""

    async def channels(self, platform: str) -> Mapping[ConversationRef, float]:
        """Return the channels that something is stored of, each with the time of its newest stored message."""
        ...

    async def threads(self, channel: ConversationRef, *, since: float) -> Mapping[str, float]:
        """Return the threads of a channel with a message since then: thread id -> time of the newest stored message."""
        ...


class Files(Protocol):
    """Fetches what people attach."""

    async def fetch(self, ref: ConversationRef, attachment: Attachment, *, max_bytes: int) -> bytes:
        """Return the content of a file. Raises InputError if it is larger, TargetGone, AccessDenied, PlatformUnavailable."""
        ...


class ChatClient(Protocol):
    """Speaks on one platform."""

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        """Return the id of the message that was posted in the thread with this key, or None if none was."""
        ...

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Post a card into the thread and return the message id; the same key posts once."""
        ...

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Show a card to one person only."""
        ...

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        """Replace a card of ours. Raises TargetGone if it is not there any more."""
        ...

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        """Delete a card of ours; deleting it again is no error."""
        ...

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put our emoji on a message, or take it away; doing so twice is no error."""
        ...

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        """Return the address of a message, or None where the platform has none."""
        ...
