"""What a person should look at, and posts outside of a turn: fits `vigil_bot.ports.curation.Reviewed` and `Posted`."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select

from adapters.store import codec, entry_rows, leases, outbox, suggestions, timers
from adapters.store.database import Database, Session
from adapters.store.tables import entry, suggestion
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.work import Post, Timer, TimerKind

_ids = select(entry.c.id).limit(bindparam("limit"))
_LIVE = entry.c.confidence != Confidence.ARCHIVED.value
_UNVALIDATED = or_(
    *(entry.c.confidence == one.value for one in (Confidence.NOT_VALIDATED, Confidence.WORK_IN_PROGRESS))
)
_WAITING = _ids.where(_LIVE, entry.c.body.contains('"contradicts":["')).order_by(entry.c.created_at.desc(), entry.c.id)
_FAILING = _ids.where(_LIVE, or_(entry.c.unhelpful > entry.c.helpful, entry.c.body.contains('"stale":{'))).order_by(
    entry.c.helpful - entry.c.unhelpful, entry.c.id
)
_NEW = _ids.where(_UNVALIDATED).order_by(entry.c.reuse_count.desc(), entry.c.created_at.desc(), entry.c.id)
_REPLACED = select(entry.c.id).where(entry.c.body.like(bindparam("like"), escape="\\")).order_by(entry.c.id)
_POSTED = (
    select(*suggestions.COLUMNS)
    .where(suggestion.c.created_at >= bindparam("since"), suggestions.IS_VISIBLE)
    .order_by(suggestion.c.created_at, suggestion.c.id)
)


class SqlReviewed:
    """Looks through entries and suggestions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that contradict others, newest first."""
        found = await self._database.run(lambda session: _load(session, session.rows(_WAITING, limit=limit)))
        return [one for one in found if one.waits]

    async def failing(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that more people found wrong than right, or that are marked as out of date, worst first."""
        return await self._database.run(lambda session: _load(session, session.rows(_FAILING, limit=limit)))

    async def unvalidated(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that nobody has validated, most used first, then newest."""
        return await self._database.run(lambda session: _load(session, session.rows(_NEW, limit=limit)))

    async def replaced_by(self, entry_id: str) -> list[KnowledgeEntry]:
        """Return the entries that this one stands in for."""
        like = f'%"superseded_by":{codec.literally(json.dumps(entry_id, ensure_ascii=False))}%'

        def read(session: Session) -> list[KnowledgeEntry]:
            found = entry_rows.load(session, [row[0] for row in session.rows(_REPLACED, like=like)])
            return [one for one in found if one.superseded_by == entry_id]

        return await self._database.run(read)

    async def posted_suggestions(self, *, since: float) -> list[Suggestion]:
        """Return suggestions made since then that people can see, or the correction of them, oldest first."""
        rows = await self._database.run(lambda session: session.rows(_POSTED, since=since))
        return [suggestions.read(row) for row in rows]

    async def intend(self, posts: Sequence[Post], *, now: float) -> None:
        """Store posts outside of a turn; the same key is stored once."""
        await self._database.run(lambda session: _intend(session, posts, now=now))

    async def correct(self, suggestion: Suggestion, posts: Sequence[Post], *, now: float) -> bool:
        """Store what has become of a suggestion and the posts that say so, and have the thread's card look at it.

        Returns False if people cannot see it any more.
        """

        def store(session: Session) -> bool:
            if not suggestions.correct(session, suggestion):
                return False
            _intend(session, posts, now=now)
            timers.arm(session, suggestion.conversation, [Timer(kind=TimerKind.CARD, due_at=now)])
            leases.touch(session, suggestion.conversation, ready_at=now)
            return True

        return await self._database.run(store)


def _intend(session: Session, posts: Sequence[Post], *, now: float) -> None:
    outbox.add(session, posts, now=now)
    for post in posts:
        leases.touch(session, codec.key_of(post.conversation), ready_at=now)


def _load(session: Session, rows: Sequence[tuple[str, ...]]) -> list[KnowledgeEntry]:
    return [one for one in entry_rows.load(session, [row[0] for row in rows]) if one.usable]
