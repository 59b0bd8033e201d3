"""Reading the tables of the local chat; each function takes the connection of a running transaction."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, Select, or_, select

from adapters.local.tables import change, channel, message, reaction
from adapters.local.values import Change, Channel, ChatMessage, Reacted
from vigil_bot.errors import NotFoundError
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.texts.text import Text


def channels(connection: Connection) -> list[Channel]:
    """Return all channels, oldest first."""
    rows = connection.execute(select(channel).order_by(channel.c.created_at, channel.c.id))
    return [Channel(id=row.id, name=row.name) for row in rows]


def channel_named(connection: Connection, channel_id: str) -> Channel:
    """Return a channel. Raises NotFoundError."""
    row = connection.execute(select(channel).where(channel.c.id == channel_id)).one_or_none()
    if row is None:
        raise NotFoundError(Text("There is no such channel."), hint="GET /api/channels")
    return Channel(id=row.id, name=row.name)


def message_with(connection: Connection, message_id: str) -> ChatMessage:
    """Return a message, a deleted one too. Raises NotFoundError."""
    found = _load(connection, select(message).where(message.c.id == message_id))
    if not found:
        raise NotFoundError(Text("There is no such message."))
    return found[0]


def messages(
    connection: Connection,
    channel_id: str,
    *,
    after: float,
    reader: str | None = None,
    thread_id: str | None = None,
    last: int | None = None,
) -> list[ChatMessage]:
    """Return what stands in a channel after a time, oldest first; with last, only the newest so many."""
    channel_named(connection, channel_id)
    query = select(message).where(message.c.channel_id == channel_id, message.c.ts > after, ~message.c.deleted)
    query = query.where(or_(message.c.reader.is_(None), message.c.reader == reader))
    if thread_id is not None:
        query = query.where(message.c.thread_id == thread_id)
    if last is not None:
        query = query.order_by(message.c.ts.desc()).limit(last)
    return sorted(_load(connection, query), key=lambda found: found.ts)


def role_of(connection: Connection, author: str) -> Role:
    """Return the role in which somebody last wrote, where they said it."""
    wrote = select(message.c.role).where(message.c.author == author, message.c.kind == AuthorKind.HUMAN)
    wrote = wrote.where(message.c.role != Role.UNKNOWN)
    role = connection.scalar(wrote.order_by(message.c.ts.desc()).limit(1))
    return Role(role) if role else Role.UNKNOWN


def changes(connection: Connection, *, after: int, since: float, limit: int, pending: bool) -> list[Change]:
    """Return changes after a number and a time, oldest first; with pending, only those not handed over yet."""
    query = select(change).where(change.c.seq > after, change.c.at > since).order_by(change.c.seq).limit(limit)
    if pending:
        query = query.where(~change.c.handed_over)
    return [
        Change.model_validate_json(row.body).model_copy(update={"seq": row.seq}) for row in connection.execute(query)
    ]


def _load(connection: Connection, query: Select[*tuple[object, ...]]) -> list[ChatMessage]:
    rows = connection.execute(query).mappings().all()
    reactions = _reactions(connection, [row["id"] for row in rows])
    return [_message(row, reactions[row["id"]]) for row in rows]


def _reactions(connection: Connection, ids: Sequence[str]) -> defaultdict[str, list[Reacted]]:
    by_message: defaultdict[str, list[Reacted]] = defaultdict(list)
    for some in _chunks(ids, 500):
        query = select(reaction).where(reaction.c.message_id.in_(some)).order_by(reaction.c.ts)
        for row in connection.execute(query):
            by_message[row.message_id].append(Reacted(emoji=row.emoji, author=row.author, ts=row.ts))
    return by_message


def _chunks(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _message(row: RowMapping, reactions: list[Reacted]) -> ChatMessage:
    return ChatMessage(
        id=row["id"],
        channel_id=row["channel_id"],
        thread_id=row["thread_id"],
        author=row["author"],
        kind=AuthorKind(row["kind"]),
        role=Role(row["role"]),
        text=row["text"],
        ts=row["ts"],
        card=json.loads(row["card"]) if row["card"] else None,
        edited_at=row["edited_at"],
        deleted=row["deleted"],
        reader=row["reader"],
        reactions=tuple(reactions),
    )


def posted_with(connection: Connection, *, key: str) -> str | None:
    """Return the id of the message that has this key."""
    return connection.scalar(select(message.c.id).where(message.c.key == key))
