"""What happened on Lark, as events of the core; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import JsonValue

from adapters.lark.content import Content, content_of
from adapters.lark.foreign import Object, at, obj, objects, seconds, text
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.event import BotJoined, BotRemoved, MessageDeleted, MessageEdited, MessagePosted, ReactionChanged

PLATFORM = "lark"
EVERYBODY = "all"

ThreadOf = Callable[[Message], str]
"""Return the thread id of a message in a chat's timeline.

It comes with the thread id of its reply chain, which is its own id if it begins one. It is asked for replies in topics too, as
a topic may have begun with a message of the timeline; one whose chain it has not cut keeps its thread id.
"""

EmojiOf = Callable[[str], str]
"""Return our name of an emoji that Lark names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who we are on Lark."""

    app_id: str
    open_id: str = ""
    whole_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody mentioned: the placeholder in the text, the open id, the name."""

    key: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as Lark tells of it, the same whether by an event or in the history.

    tenant_id is the sender's; root_id the message that its reply chain or topic begins with, "" if it begins one.
    """

    id: str
    chat_id: str
    sent_at: float
    kind: str
    content: str = field(repr=False)
    sender_id: str
    sender_kind: str
    tenant_id: str = ""
    root_id: str = ""
    parent_id: str = ""
    topic_id: str = ""
    edited_at: float | None = None
    deleted: bool = False
    private: bool = False
    mentions: tuple[Mention, ...] = ()

    def names(self, other: str) -> bool:
        """Whether somebody with this open id is mentioned."""
        return any(mention.id == other for mention in self.mentions if other)


def event_type(envelope: JsonValue | Object) -> str:
    """Return the type of an event, in the form of version 2 or 1."""
    return text(envelope, "header", "event_type") or text(envelope, "event", "type")


def workspace_of(envelope: JsonValue | Object) -> str:
    """Return the tenant that an event was sent to."""
    return text(envelope, "header", "tenant_key") or text(envelope, "event", "tenant_key")


def received(envelope: JsonValue | Object) -> Received | None:
    """Return the message in an im.message.receive_v1 event; None if something vital is missing."""
    event = obj(envelope, "event")
    message = obj(event, "message")
    sender = obj(event, "sender")
    return _received(
        message,
        kind=text(message, "message_type"),
        content=text(message, "content"),
        sender_id=text(sender, "sender_id", "open_id") or text(sender, "sender_id", "app_id"),
        sender_kind=text(sender, "sender_type"),
        tenant_id=text(sender, "tenant_key"),
        mentions=tuple(_mention(one, text(one, "id", "open_id")) for one in objects(message, "mentions")),
    )


def from_history(item: JsonValue | Object) -> Received | None:
    """Return a message that the API lists; None if something vital is missing."""
    sender = obj(item, "sender")
    return _received(
        item,
        kind=text(item, "msg_type"),
        content=text(item, "body", "content"),
        sender_id=text(sender, "id"),
        sender_kind=text(sender, "sender_type"),
        tenant_id=text(sender, "tenant_key"),
        mentions=tuple(_mention(one, text(one, "id")) for one in objects(item, "mentions")),
    )


def _mention(value: Object, open_id: str) -> Mention:
    return Mention(key=text(value, "key"), id=open_id, name=text(value, "name"))


def _received(
    value: JsonValue | Object,
    *,
    kind: str,
    content: str,
    sender_id: str,
    sender_kind: str,
    tenant_id: str,
    mentions: tuple[Mention, ...],
) -> Received | None:
    message_id, chat_id, sent_at = text(value, "message_id"), text(value, "chat_id"), seconds(value, "create_time")
    if not (message_id and chat_id and sent_at):
        return None
    updated_at = seconds(value, "update_time")
    root_id = text(value, "root_id")
    return Received(
        id=message_id,
        chat_id=chat_id,
        sent_at=sent_at,
        kind=kind,
        content=content,
        sender_id=sender_id or sender_kind or "unknown",
        sender_kind=sender_kind,
        tenant_id=tenant_id,
        root_id=root_id if root_id != message_id else "",
        parent_id=text(value, "parent_id"),
        topic_id=text(value, "thread_id"),
        edited_at=updated_at if at(value, "updated") is True and updated_at > sent_at else None,
        deleted=at(value, "deleted") is True,
        private=text(value, "chat_type") == "p2p",
        mentions=mentions,
    )


def conversation_of(what: Received, us: Us, *, workspace_id: str) -> ConversationRef:
    """Return the conversation of a message: its chat where that is one case, else the topic or reply chain.

    A topic is named by its first message, never by Lark's id of it: that id comes to be only after the first message was sent.
    """
    whole = what.chat_id in us.whole_groups
    thread_id = None if whole else what.root_id or what.id
    return ConversationRef(platform=PLATFORM, workspace_id=workspace_id, channel_id=what.chat_id, thread_id=thread_id)


def author_kind(what: Received, us: Us) -> AuthorKind:
    """Return who wrote it: a person, another bot, or we."""
    if what.sender_id in (us.app_id, us.open_id):
        return AuthorKind.SELF
    return AuthorKind.HUMAN if what.sender_kind == "user" else AuthorKind.BOT


def message_of(
    what: Received,
    us: Us,
    *,
    workspace_id: str,
    author: Author,
    thread_of: ThreadOf,
    permalink: str | None = None,
    forwarded: Content | None = None,
) -> Message:
    """Return a message as the core knows it.

    Args:
        author: Its author, with the role that the platform knows.
        forwarded: What a bundle of forwarded messages holds, where kind is "merge_forward".
    """
    mentions = {mention.key: mention.name for mention in what.mentions}
    said = forwarded or content_of(what.kind, what.content, message_id=what.id, mentions=mentions)
    message = Message(
        id=what.id,
        conversation=conversation_of(what, us, workspace_id=workspace_id),
        author=author,
        text="" if what.deleted else said.text,
        sent_at=what.sent_at,
        reply_to=what.parent_id or what.root_id or None,
        mentions_us=author.kind is not AuthorKind.SELF and (what.private or what.names(us.open_id)),
        attachments=() if what.deleted else said.files,
        permalink=permalink,
    )
    begins_topic = bool(what.topic_id) and not what.root_id
    if message.conversation.thread_id is None or begins_topic:
        return message
    return replace(message, conversation=replace(message.conversation, thread_id=thread_of(message)))


def own_thread(message: Message) -> str:
    """Keep a message in its reply chain."""
    return message.conversation.thread_id or message.id


def words_to_us(what: Received, us: Us) -> str | None:
    """Return what follows a mention of us, or is said to us alone; None where we are not spoken to."""
    if author_kind(what, us) is not AuthorKind.HUMAN or not (what.private or what.names(us.open_id)):
        return None
    mentions = {mention.key: mention.name for mention in what.mentions if mention.id != us.open_id}
    ours = {mention.key: "\0" for mention in what.mentions if mention.id == us.open_id}
    said = content_of(what.kind, what.content, message_id=what.id, mentions={**mentions, **ours}).text
    return " ".join(said.replace("@\0", " ").split()) if ours else said.strip()


Happened = MessagePosted | MessageEdited | MessageDeleted


def events_of(message: Message, what: Received) -> tuple[Happened, ...]:
    """Return what a message in the history tells: that it was posted, and edited or recalled since, as far as it shows."""
    if what.deleted:
        at_ = what.edited_at or what.sent_at
        return (MessageDeleted(conversation=message.conversation, message_id=message.id, at=at_),)
    posted = MessagePosted(message=message)
    if what.edited_at is None or message.author.kind is not AuthorKind.HUMAN:
        return (posted,)
    return (posted, MessageEdited(message=replace(message, edited_at=what.edited_at)))


def recalled(envelope: JsonValue | Object, conversation: ConversationRef) -> MessageDeleted:
    """Return the recall of a message."""
    when = seconds(envelope, "event", "recall_time") or seconds(envelope, "header", "create_time")
    return MessageDeleted(conversation=conversation, message_id=text(envelope, "event", "message_id"), at=when)


def reaction(
    envelope: JsonValue | Object, conversation: ConversationRef, *, author: Author, emoji_of: EmojiOf
) -> ReactionChanged:
    """Return an emoji put on a message or taken away."""
    event = obj(envelope, "event")
    return ReactionChanged(
        conversation=conversation,
        message_id=text(event, "message_id"),
        author=author,
        emoji=emoji_of(text(event, "reaction_type", "emoji_type")),
        added=event_type(envelope).endswith("created_v1"),
        at=seconds(event, "action_time") or seconds(envelope, "header", "create_time"),
    )


def reacted_by(envelope: JsonValue | Object) -> tuple[str, Literal["user", "app"]]:
    """Return the id of who reacted, and what they are."""
    event = obj(envelope, "event")
    if text(event, "operator_type") == "app" or not text(event, "user_id", "open_id"):
        return text(event, "app_id") or "unknown", "app"
    return text(event, "user_id", "open_id"), "user"


def membership(envelope: JsonValue | Object) -> BotJoined | BotRemoved | None:
    """Return that we were added to a chat or are there no more."""
    event = obj(envelope, "event")
    chat_id, when = text(event, "chat_id"), seconds(envelope, "header", "create_time")
    if not chat_id:
        return None
    chat = ConversationRef(platform=PLATFORM, workspace_id=workspace_of(envelope), channel_id=chat_id)
    if event_type(envelope) != "im.chat.member.bot.added_v1":
        return BotRemoved(conversation=chat, at=when)
    by = text(event, "operator_id", "open_id")
    return BotJoined(conversation=chat, at=when, by=Author(id=by) if by else None)


def names_in(what: Received) -> Mapping[str, str]:
    """Return the names that a message tells, by open id."""
    return {mention.id: mention.name for mention in what.mentions if mention.id and mention.name}
