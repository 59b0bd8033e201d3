"""What happens on Slack, as events of the core; pure, and never raises, whatever comes.

Source: https://docs.slack.dev/reference/events, and the subtypes of the message event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adapters.slack.emoji import character_of
from adapters.slack.payloads import Body, at, place, seconds
from adapters.slack.text import Name, objects, plain
from vigil_bot.model.conversation import Attachment, Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.event import (
    BotJoined,
    BotRemoved,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)

_SPOKEN = frozenset({"", "file_share", "me_message", "thread_broadcast", "reply_broadcast", "bot_message"})
_JOINS = frozenset({"channel_join", "group_join"})
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who we are in a workspace; url is the address of the workspace, with a slash at its end."""

    team_id: str
    user_id: str
    bot_id: str = ""
    app_id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A message that an event speaks of without saying in which thread it is."""

    channel_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an event says by ids only: who did it (None: it is known, or no person), and who and what is mentioned."""

    person: str | None = None
    mentioned: frozenset[str] = frozenset()
    item: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The answers to what is `Wanted`."""

    person: Author | None = None
    names: Mapping[str, str]
    thread_id: str | None = None

    def name(self, of: str) -> str:
        """Return a name, or nothing."""
        return self.names.get(of, "")


NOTHING = Known(names={})


def wanted_by(event: Body, us: Us) -> Wanted:
    """Return what has to be looked up before an event can be read."""
    match at(event, "type"):
        case "message" | "app_mention":
            message = _message_in(event)
            found = _writer(message, us, None)
            human = found is not None and found.kind is AuthorKind.HUMAN
            item = _item_of_deletion(event)
            return Wanted(person=found.id if found and human else None, mentioned=_mentioned(message, us), item=item)
        case "reaction_added" | "reaction_removed":
            ours = at(event, "user") == us.user_id
            return Wanted(person=None if ours else at(event, "user") or None, item=_item_of_reaction(event))
        case "member_joined_channel":
            return Wanted(person=(at(event, "inviter") or None) if at(event, "user") == us.user_id else None)
        case _:
            return Wanted()


def event_of(event: Body, us: Us, known: Known = NOTHING) -> Event | None:
    """Return the event that something is; None for what the core does not hear of."""
    match at(event, "type"):
        case "message" | "app_mention":
            return _message_event(event, us, known)
        case "reaction_added" | "reaction_removed":
            return _reaction(event, us, known)
        case "member_joined_channel" if at(event, "user") == us.user_id:
            return _joined(event, us, known)
        case "channel_left" | "group_left":
            when = _when(event)
            channel_id = at(event, "channel")
            return BotRemoved(conversation=place(us.team_id, channel_id), at=when) if when and channel_id else None
        case _:
            return None


def channel_of(event: Body) -> str:
    """Return the channel that an event happened in."""
    return at(event, "channel") or at(event, "channel", "id") or at(event, "item", "channel")


def joined_by(message: Body, us: Us, channel_id: str) -> BotJoined | None:
    """Return our joining, if it is that a message in the history tells of."""
    when = seconds(at(message, "ts"))
    if at(message, "subtype") not in _JOINS or at(message, "user") != us.user_id or when is None:
        return None
    return BotJoined(conversation=place(us.team_id, channel_id), at=when)


def edit_in(posted: MessagePosted) -> MessageEdited | None:
    """Return the edit that a message in the history shows, for the case that it was stored before that edit."""
    return None if posted.message.edited_at is None else MessageEdited(message=posted.message)


def permalink_of(us: Us, channel_id: str, message_id: str, thread_id: str) -> str | None:
    """Return the address of a message, as Slack's own "Copy link" gives it."""
    if not us.url:
        return None
    link = f"{us.url}archives/{channel_id}/p{message_id.replace('.', '')}"
    return link if thread_id == message_id else f"{link}?thread_ts={thread_id}&cid={channel_id}"


def _message_event(event: Body, us: Us, known: Known) -> Event | None:
    subtype = at(event, "subtype")
    if subtype == "message_changed":
        return _changed(event, us, known)
    if subtype == "message_deleted":
        return _deleted(event, us, known)
    message = _message(event, at(event, "channel"), us, known) if subtype in _SPOKEN else None
    return None if message is None else MessagePosted(message=message)


def _changed(event: Body, us: Us, known: Known) -> Event | None:
    new, old, channel_id = _message_in(event), event.get("previous_message"), at(event, "channel")
    when = seconds(at(new, "edited", "ts")) or _when(event)
    if at(new, "subtype") == "tombstone":  # the first message of a thread was deleted, and the thread stands
        return _gone(us, channel_id, at(new, "ts"), at(new, "thread_ts"), when)
    if at(new, "subtype") not in _SPOKEN:
        return None
    message = _message(new, channel_id, us, known, edited_at=when)
    if message is None or when is None:
        return None
    if isinstance(old, Mapping):  # a link got its preview, or the thread a reply: nobody edited
        before = _message({"ts": message.id, **old}, channel_id, us, known)
        if before is not None and (before.text, before.attachments) == (message.text, message.attachments):
            return None
    return MessageEdited(message=message)


def _deleted(event: Body, us: Us, known: Known) -> MessageDeleted | None:
    message_id = at(event, "deleted_ts") or at(event, "previous_message", "ts")
    thread_id = at(event, "previous_message", "thread_ts") or known.thread_id or ""
    return _gone(us, at(event, "channel"), message_id, thread_id, _when(event))


def _gone(us: Us, channel_id: str, message_id: str, thread_id: str, when: float | None) -> MessageDeleted | None:
    if not channel_id or seconds(message_id) is None or when is None:
        return None
    ref = place(us.team_id, channel_id, thread_id or message_id)
    return MessageDeleted(conversation=ref, message_id=message_id, at=when)


def _reaction(event: Body, us: Us, known: Known) -> ReactionChanged | None:
    item, when = _item_of_reaction(event), _when(event)
    user, emoji = at(event, "user"), character_of(at(event, "reaction"))
    if item is None or when is None or not user or not emoji:
        return None
    own = Author(id=user, kind=AuthorKind.SELF) if user == us.user_id else None
    return ReactionChanged(
        conversation=place(us.team_id, item.channel_id, known.thread_id or item.message_id),
        message_id=item.message_id,
        author=own or known.person or Author(id=user),
        emoji=emoji,
        added=at(event, "type") == "reaction_added",
        at=when,
    )


def _joined(event: Body, us: Us, known: Known) -> BotJoined | None:
    when, channel_id = _when(event), at(event, "channel")
    if when is None or not channel_id:
        return None
    return BotJoined(conversation=place(us.team_id, channel_id), at=when, by=known.person)


def _message(message: Body, channel_id: str, us: Us, known: Known, *, edited_at: float | None = None) -> Message | None:
    message_id, writer = at(message, "ts"), _writer(message, us, known.person)
    sent_at = seconds(message_id)
    if sent_at is None or writer is None or not channel_id:
        return None
    thread_id = at(message, "thread_ts") or message_id
    ours = writer.kind is AuthorKind.SELF
    is_direct = at(message, "channel_type") == "im" or channel_id.startswith("D")
    return Message(
        id=message_id,
        conversation=ConversationRef(
            platform="slack", workspace_id=us.team_id, channel_id=channel_id, thread_id=thread_id
        ),
        author=writer,
        text=_text(message, us, known.name),
        sent_at=sent_at,
        edited_at=edited_at or seconds(at(message, "edited", "ts")),
        reply_to=None if thread_id == message_id else thread_id,
        mentions_us=not ours and (is_direct or us.user_id in _mentioned(message, us)),
        attachments=tuple(_files(message)),
        permalink=permalink_of(us, channel_id, message_id, thread_id),
    )


def _writer(message: Body, us: Us, person: Author | None) -> Author | None:
    user, bot = at(message, "user"), at(message, "bot_id")
    app = at(message, "app_id") or at(message, "bot_profile", "app_id")
    if us.user_id == user or (bot and bot == us.bot_id) or (app and app == us.app_id):
        return Author(id=us.user_id, kind=AuthorKind.SELF)
    if bot or at(message, "subtype") == "bot_message" or user == _SLACKBOT:
        name = at(message, "bot_profile", "name") or at(message, "username")
        return Author(id=bot or user or name, kind=AuthorKind.BOT, name=name) if bot or user or name else None
    if not user:
        return None
    return person if person is not None and person.id == user else Author(id=user)


def _text(message: Body, us: Us, name: Name) -> str:
    writer = _writer(message, us, None)
    return plain(message, name, blocks_first=writer is not None and writer.kind is AuthorKind.BOT)


def _mentioned(message: Body, us: Us) -> frozenset[str]:
    ids: set[str] = set()

    def note(of: str) -> Literal[""]:
        ids.add(of)
        return ""

    _text(message, us, note)
    return frozenset(ids - {""})


def _message_in(event: Body) -> Body:
    message = event.get("message")
    return message if at(event, "subtype") == "message_changed" and isinstance(message, Mapping) else event


def _item_of_reaction(event: Body) -> Item | None:
    channel_id, message_id = at(event, "item", "channel"), at(event, "item", "ts")
    is_message = at(event, "item", "type") == "message" and channel_id and seconds(message_id) is not None
    return Item(channel_id=channel_id, message_id=message_id) if is_message else None


def _item_of_deletion(event: Body) -> Item | None:
    if at(event, "subtype") != "message_deleted" or isinstance(event.get("previous_message"), Mapping):
        return None
    return Item(channel_id=at(event, "channel"), message_id=at(event, "deleted_ts"))


def _files(message: Body) -> list[Attachment]:
    return [
        Attachment(
            id=at(one, "id"),
            name=at(one, "name") or at(one, "title") or "file",
            media_type=at(one, "mimetype"),
            size_bytes=_size(one.get("size")),
        )
        for one in objects(message, "files")
        if at(one, "id") and at(one, "mode") != "tombstone"
    ]


def _size(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def _when(event: Body) -> float | None:
    return seconds(at(event, "event_ts")) or seconds(at(event, "ts"))
