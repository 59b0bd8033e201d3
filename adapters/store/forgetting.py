"""Removing for good: fits `vigil_bot.ports.curation.Forgetting`."""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, delete, literal_column, select, update

from adapters.store import codec, entry_rows, words
from adapters.store.database import Database, Session
from adapters.store.tables import DEAD, conversation, entry, entry_source, entry_version, inbox, message
from vigil_bot.model.conversation import Message
from vigil_bot.model.knowledge import KnowledgeEntry

_SEQ = select(entry.c.seq).where(entry.c.id == bindparam("of_id"))
_ERASE = (
    delete(entry_version).where(entry_version.c.entry_id == bindparam("of_id")),
    delete(entry_source).where(entry_source.c.entry_id == bindparam("of_id")),
    delete(entry).where(entry.c.id == bindparam("of_id")),
)
_OLDER = delete(entry_version).where(
    entry_version.c.entry_id == bindparam("of_id"), entry_version.c.version < bindparam("before")
)
_TAUGHT = select(entry.c.id).where(entry.c.body.like(bindparam("like"), escape="\\")).order_by(entry.c.id)
_BY = select(message.c.body).where(message.c.author_id == bindparam("author_id")).order_by(message.c.sent_at)
_BLANK = (
    update(message)
    .where(message.c.id == bindparam("of_id"), message.c.channel == bindparam("of_channel"))
    .values(body=bindparam("body"))
)
_DROP_DEAD = (
    update(inbox)
    .where(DEAD, inbox.c.key.startswith(bindparam("prefix"), autoescape=False))
    .values(state=literal_column("'done'"), body=literal_column("''"))
)
_MOVED = (
    update(conversation)
    .where(conversation.c.key == bindparam("of_key"))
    .values(version=conversation.c.version + literal_column("1"))
)


class SqlForgetting:
    """Removes entries and words; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, entry_id: str) -> None:
        """Remove an entry with its versions, sources and words; an unknown one is no error."""
        await self._database.run(lambda session: _erase(session, entry_id))

    async def erase_versions(self, entry_id: str, *, before: int) -> int:
        """Remove the versions of an entry that are older than this one; return how many."""
        return await self._database.run(lambda session: session.write(_OLDER, of_id=entry_id, before=before))

    async def mentioning(self, author_id: str, *, workspace_id: str) -> list[Message]:
        """Return everything that a person of a workspace wrote, oldest first."""
        rows = await self._database.run(lambda session: session.rows(_BY, author_id=author_id))
        found = [codec.MESSAGE.decode(body) for (body,) in rows]
        return [one for one in found if one.conversation.workspace_id == workspace_id]

    async def taught(self, author_id: str) -> list[KnowledgeEntry]:
        """Return the entries that rest on nothing but what a person told us, in no message."""
        like = f'%"author_ids":[{codec.literally(json.dumps(author_id, ensure_ascii=False))}]%'

        def read(session: Session) -> list[KnowledgeEntry]:
            found = entry_rows.load(session, [row[0] for row in session.rows(_TAUGHT, like=like)])
            return [e for e in found if all(s.author_ids == (author_id,) and not s.message_ids for s in e.sources)]

        return await self._database.run(read)

    async def blank(self, messages: Sequence[Message]) -> int:
        """Take the text out of messages and out of the events that brought them; return how many messages."""
        return await self._database.run(lambda session: sum(_blank(session, one) for one in messages))


def _erase(session: Session, entry_id: str) -> None:
    row = session.row(_SEQ, of_id=entry_id)
    if row is not None:
        words.drop(session, row[0])
    for statement in _ERASE:
        session.write(statement, of_id=entry_id)


def _blank(session: Session, one: Message) -> int:
    channel = codec.key_of(one.conversation.channel)
    body = codec.MESSAGE.encode(replace(one, text="", attachments=(), deleted=True))
    changed = session.write(_BLANK, of_id=one.id, of_channel=channel, body=body)
    if changed:
        session.write(_DROP_DEAD, prefix=f"{channel}:{one.id}:")
        session.write(_MOVED, of_key=codec.key_of(one.conversation))
    return changed
