"""Changing the tables of the local chat; each function takes the connection of a running transaction.

Each returns the message as it is then, and what changed; nothing changed when the same was asked for before.
"""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy import delete as delete_from

from adapters.local import queries
from adapters.local.tables import change, channel, message, reaction
from adapters.local.values import BOT_NAME, CardJson, Change, ChangeKind, Channel, ChatMessage, Person
from vigil_bot.errors import AccessDenied, NotFoundError
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.texts.text import Text

Written = tuple[ChatMessage, list[Change]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to post; client_id (per channel) and key (of the bot) make posting it again harmless."""

    channel_id: str
    thread_id: str | None
    author: str
    kind: AuthorKind
    role: Role
    text: str
    card: CardJson | None = None
    reader: str | None = None
    client_id: str | None = None
    key: str | None = None


def add_channel(connection: Connection, new: Channel, *, at: float) -> tuple[Channel, list[Change]]:
    """Make a channel; one that exists stays as it is."""
    try:
        return queries.channel_named(connection, new.id), []
    except NotFoundError:
        connection.execute(insert(channel).values(id=new.id, name=new.name, created_at=at))
        return new, [_log(connection, Change(kind=ChangeKind.CHANNEL_CREATED, at=at, channel=new), handed_over=True)]


def post(connection: Connection, new: NewMessage, *, at: float) -> Written:
    """Post a message, or find the one that was posted with the same client_id or key.

    Raises:
        NotFoundError: If there is no such channel or thread.
    """
    queries.channel_named(connection, new.channel_id)
    posted_before = _posted_before(connection, new)
    if posted_before is not None:
        return queries.message_with(connection, posted_before), []
    if new.thread_id is not None and not _is_thread(connection, new.channel_id, new.thread_id):
        hint = "thread_id is the id of the thread's first message."
        raise NotFoundError(Text("There is no such thread in this channel."), hint=hint)
    message_id = f"m-{round(at * 1e6):014x}"
    connection.execute(
        insert(message).values(
            id=message_id,
            channel_id=new.channel_id,
            thread_id=new.thread_id or message_id,
            author=new.author,
            kind=new.kind.value,
            role=new.role.value,
            text=new.text,
            ts=at,
            card=_dump(new.card),
            reader=new.reader,
            client_id=new.client_id,
            key=new.key,
        )
    )
    by = Person(name=new.author, role=new.role)
    return _changed(connection, ChangeKind.MESSAGE_POSTED, message_id, at=at, by=by, handed_over=bool(new.reader))


def edit(connection: Connection, message_id: str, *, text: str, by: str | None, at: float) -> Written:
    """Change a person's message. Raises NotFoundError or AccessDenied."""
    was = _standing(connection, message_id)
    _own(was, by)
    if was.text == text:
        return was, []
    connection.execute(update(message).where(message.c.id == message_id).values(text=text, edited_at=at))
    return _changed(connection, ChangeKind.MESSAGE_EDITED, message_id, at=at)


def edit_card(connection: Connection, message_id: str, *, text: str, card: CardJson, at: float) -> Written:
    """Replace a card of the bot. Raises NotFoundError."""
    was = _standing(connection, message_id)
    if was.kind is not AuthorKind.SELF:
        raise NotFoundError(Text("That message is not a card."))
    values = {"text": text, "card": _dump(card), "edited_at": at}
    connection.execute(update(message).where(message.c.id == message_id).values(values))
    return _changed(connection, ChangeKind.MESSAGE_EDITED, message_id, at=at, handed_over=bool(was.reader))


def delete(connection: Connection, message_id: str, *, own_cards: bool, by: str | None, at: float) -> Written:
    """Take a message away, its words too; doing so again changes nothing.

    Args:
        own_cards: The bot deletes one of its cards; otherwise somebody deletes a person's message.

    Raises:
        NotFoundError: If it never was. AccessDenied: If it is another's.
    """
    was = queries.message_with(connection, message_id)
    if own_cards != (was.kind is AuthorKind.SELF):
        raise AccessDenied("That message is not yours.")
    if not own_cards:
        _own(was, by)
    if was.deleted:
        return was, []
    gone = {"deleted": True, "text": "", "card": None}
    connection.execute(update(message).where(message.c.id == message_id).values(gone))
    connection.execute(delete_from(reaction).where(reaction.c.message_id == message_id))
    return _changed(connection, ChangeKind.MESSAGE_DELETED, message_id, at=at, handed_over=bool(was.reader))


def react(connection: Connection, message_id: str, *, emoji: str, by: Person, remove: bool, at: float) -> Written:
    """Put an emoji on a message, or take it away; doing so again changes nothing. Raises NotFoundError."""
    was = _standing(connection, message_id)
    there = any(reacted.emoji == emoji and reacted.author == by.name for reacted in was.reactions)
    if there != remove:
        return was, []
    if remove:
        mine = (reaction.c.message_id == message_id, reaction.c.emoji == emoji, reaction.c.author == by.name)
        connection.execute(delete_from(reaction).where(*mine))
    else:
        values = {"message_id": message_id, "emoji": emoji, "author": by.name, "ts": at}
        connection.execute(insert(reaction).values(values))
    kind = ChangeKind.REACTION_REMOVED if remove else ChangeKind.REACTION_ADDED
    ours = by.name == BOT_NAME
    return _changed(connection, kind, message_id, at=at, by=by, emoji=emoji, handed_over=ours)


def press(connection: Connection, message_id: str, *, action: str, value: str, by: Person, at: float) -> Written:
    """Record that somebody pressed a button of a card. Raises NotFoundError."""
    was = _standing(connection, message_id)
    if was.card is None:
        raise NotFoundError(Text("That message has no buttons."))
    return _changed(connection, ChangeKind.ACTION_INVOKED, message_id, at=at, by=by, action=action, value=value)


def _changed(
    connection: Connection,
    kind: ChangeKind,
    message_id: str,
    *,
    at: float,
    by: Person | None = None,
    emoji: str = "",
    action: str = "",
    value: str = "",
    handed_over: bool = False,
) -> Written:
    now = queries.message_with(connection, message_id)
    where = queries.channel_named(connection, now.channel_id)
    what = Change(kind=kind, at=at, channel=where, message=now, by=by, emoji=emoji, action=action, value=value)
    return now, [_log(connection, what, handed_over=handed_over)]


def _log(connection: Connection, what: Change, *, handed_over: bool) -> Change:
    message_id = what.message.id if what.message else None
    row = insert(change).values(at=what.at, message_id=message_id, body=what.model_dump_json(), handed_over=handed_over)
    seq = connection.execute(row.returning(change.c.seq)).scalar_one()
    return what.model_copy(update={"seq": seq})


def _posted_before(connection: Connection, new: NewMessage) -> str | None:
    if new.key is not None:
        return connection.scalar(select(message.c.id).where(message.c.key == new.key))
    if new.client_id is None:
        return None
    same = (message.c.channel_id == new.channel_id, message.c.client_id == new.client_id)
    return connection.scalar(select(message.c.id).where(*same))


def _is_thread(connection: Connection, channel_id: str, thread_id: str) -> bool:
    first = (message.c.id == thread_id, message.c.thread_id == thread_id, message.c.channel_id == channel_id)
    return connection.scalar(select(message.c.id).where(*first)) is not None


def _standing(connection: Connection, message_id: str) -> ChatMessage:
    found = queries.message_with(connection, message_id)
    if found.deleted:
        raise NotFoundError(Text("That message was deleted."))
    return found


def _own(was: ChatMessage, by: str | None) -> None:
    if was.kind is AuthorKind.SELF or (by is not None and by != was.author):
        raise AccessDenied("That message is another's.")


def _dump(card: CardJson | None) -> str | None:
    return None if card is None else json.dumps(card, ensure_ascii=False)
