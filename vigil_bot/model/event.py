"""What happens on a platform. Each event has a key under which it is stored once, however often it is delivered."""

from dataclasses import dataclass
from typing import Literal

from vigil_bot.model.conversation import Author, ConversationRef, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted:
    """Somebody wrote a message."""

    message: Message
    kind: Literal["message_posted"] = "message_posted"

    @property
    def conversation(self) -> ConversationRef:
        """The thread of the message."""
        return self.message.conversation

    @property
    def at(self) -> float:
        """When, by the platform's clock."""
        return self.message.sent_at

    @property
    def key(self) -> str:
        """Dedupe key; the platform's event id plays no part in it."""
        return f"{self.conversation.channel.key}:{self.message.id}:posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """Somebody changed a message; message carries the new text and edited_at."""

    message: Message
    kind: Literal["message_edited"] = "message_edited"

    @property
    def conversation(self) -> ConversationRef:
        """The thread of the message."""
        return self.message.conversation

    @property
    def at(self) -> float:
        """When it was edited, by the platform's clock."""
        return self.message.edited_at or self.message.sent_at

    @property
    def key(self) -> str:
        """Dedupe key."""
        return f"{self.conversation.channel.key}:{self.message.id}:edited:{self.at:.6f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    """Somebody deleted a message."""

    conversation: ConversationRef
    message_id: str
    at: float
    kind: Literal["message_deleted"] = "message_deleted"

    @property
    def key(self) -> str:
        """Dedupe key."""
        return f"{self.conversation.channel.key}:{self.message_id}:deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged:
    """Somebody put an emoji on a message, or took it away."""

    conversation: ConversationRef
    message_id: str
    author: Author
    emoji: str
    added: bool
    at: float
    kind: Literal["reaction_changed"] = "reaction_changed"

    @property
    def key(self) -> str:
        """Dedupe key."""
        change = "added" if self.added else "removed"
        return (
            f"{self.conversation.channel.key}:{self.message_id}:reaction:{self.emoji}:{self.author.id}"
            f":{change}:{self.at:.6f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInvoked:
    """Somebody pressed a button on one of our cards; id is the platform's id of that press."""

    id: str
    conversation: ConversationRef
    message_id: str
    author: Author
    action: str
    value: str
    at: float
    comment: str = ""
    kind: Literal["action_invoked"] = "action_invoked"

    @property
    def key(self) -> str:
        """Dedupe key."""
        return f"{self.conversation.channel.key}:{self.message_id}:action:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotJoined:
    """We were invited to a channel."""

    conversation: ConversationRef
    at: float
    by: Author | None = None
    kind: Literal["bot_joined"] = "bot_joined"

    @property
    def key(self) -> str:
        """Dedupe key."""
        return f"{self.conversation.channel.key}:bot:joined:{self.at:.6f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRemoved:
    """We were removed from a channel."""

    conversation: ConversationRef
    at: float
    kind: Literal["bot_removed"] = "bot_removed"

    @property
    def key(self) -> str:
        """Dedupe key."""
        return f"{self.conversation.channel.key}:bot:removed:{self.at:.6f}"


Event = MessagePosted | MessageEdited | MessageDeleted | ReactionChanged | ActionInvoked | BotJoined | BotRemoved


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInvoked:
    """Somebody gave a slash command; it is answered at once, so it does not pass through the inbox.

    text is what follows the command word, e.g. "why https://..." for "/vigil why https://...".
    conversation names the thread it was given in, or the channel. channel_ids are those that the author may read, where the
    platform was asked for them: on the app's own page. language is the author's, "" where the platform does not tell.
    """

    conversation: ConversationRef
    author: Author
    text: str
    at: float
    channel_ids: tuple[str, ...] = ()
    language: str = ""
