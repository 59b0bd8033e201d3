"""Who says what, where: the conversation model that every platform is normalised into.

All times in the domain are UTC epoch seconds (float), named *_at; durations are seconds, named *_s.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote


class Role(StrEnum):
    """What a person is in a case; UNKNOWN where the platform cannot tell."""

    REQUESTER = "requester"
    ANALYST = "analyst"
    UNKNOWN = "unknown"


class AuthorKind(StrEnum):
    """Who wrote a message: a person, another bot, or we ourselves."""

    HUMAN = "human"
    BOT = "bot"
    SELF = "self"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRef:
    """The address of a thread, or of a channel when thread_id is None."""

    platform: str
    workspace_id: str
    channel_id: str
    thread_id: str | None = None

    @property
    def key(self) -> str:
        """The address as text, `platform/workspace/channel[/thread]`, each part percent-encoded."""
        return _key(self.platform, self.workspace_id, self.channel_id, self.thread_id)

    @property
    def channel(self) -> "ConversationRef":
        """The channel that the thread is in."""
        return ConversationRef(platform=self.platform, workspace_id=self.workspace_id, channel_id=self.channel_id)

    @classmethod
    def from_key(cls, key: str) -> "ConversationRef":
        """Parse what `key` made.

        Raises:
            ValueError: If the text has not three or four parts.
        """
        parts = [unquote(part) for part in key.split("/")]
        if len(parts) not in (3, 4):
            raise ValueError(f"not a conversation key: {key!r}")
        thread_id = parts[3] if len(parts) == 4 else None  # noqa: PLR2004
        return cls(platform=parts[0], workspace_id=parts[1], channel_id=parts[2], thread_id=thread_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person or a program that writes; id is unique within its workspace."""

    id: str
    kind: AuthorKind = AuthorKind.HUMAN
    role: Role = Role.UNKNOWN
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file or image beside a message; read is False until somebody looked into it."""

    id: str
    name: str
    media_type: str = ""
    size_bytes: int = 0
    read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One person's emoji on a message."""

    emoji: str
    author_id: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as plain text; a deleted one keeps its place and loses its text."""

    id: str
    conversation: ConversationRef
    author: Author
    text: str
    sent_at: float
    edited_at: float | None = None
    reply_to: str | None = None
    mentions_us: bool = False
    attachments: tuple[Attachment, ...] = ()
    permalink: str | None = None
    reactions: tuple[Reaction, ...] = ()
    deleted: bool = False

    @property
    def is_human(self) -> bool:
        """Whether a person wrote it and it still stands."""
        return self.author.kind is AuthorKind.HUMAN and not self.deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A thread as it is now, oldest message first.

    version grows with every message of others, edit and deletion, so that a draft can tell whether the thread moved on.
    """

    ref: ConversationRef
    messages: tuple[Message, ...] = field(default=())
    version: int = 0
    title: str | None = None

    @property
    def opener(self) -> Author | None:
        """Who began the thread, if a person did."""
        return next((m.author for m in self.messages if m.author.kind is AuthorKind.HUMAN), None)

    def role_of(self, author: Author) -> Role:
        """The author's role here: what the platform says or said before, else the opener is the requester."""
        if author.role is not Role.UNKNOWN:
            return author.role
        said = (m.author.role for m in reversed(self.messages) if m.author.id == author.id)
        known = next((role for role in said if role is not Role.UNKNOWN), None)
        if known is not None:
            return known
        opener = self.opener
        return Role.REQUESTER if opener is not None and opener.id == author.id else Role.UNKNOWN

    def message(self, message_id: str) -> Message | None:
        """The message with this id."""
        return next((m for m in self.messages if m.id == message_id), None)


@lru_cache(maxsize=65_536)
def _key(*parts: str | None) -> str:
    return "/".join(quote(part, safe="") for part in parts if part is not None)
