"""What a person should look at, and posts outside of a turn: fits `vigil_bot.ports.curation.Reviewed` and `Posted`."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from adapters.store import codec, entry_rows, leases, outbox, suggestions
from adapters.store.database import Database, Session
from adapters.store.tables import entry, suggestion
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.model.work import Post

_ids = select(entry.c.id).limit(bindparam("limit"))
_LIVE = entry.c.confidence != Confidence.ARCHIVED.value
_UNVALIDATED = entry.c.confidence.in_([Confidence.NOT_VALIDATED.value, Confidence.WORK_IN_PROGRESS.value])
_WAITING = _ids.where(_LIVE, entry.c.body.contains('"contradicts":["')).order_by(entry.c.created_at.desc(), entry.c.id)
_FAILING = _ids.where(_LIVE, entry.c.unhelpful > entry.c.helpful).order_by(
    entry.c.helpful - entry.c.unhelpful, entry.c.id
)
_NEW = _ids.where(_UNVALIDATED).order_by(entry.c.reuse_count.desc(), entry.c.created_at.desc(), entry.c.id)
_POSTED = (
    select(suggestion.c.id)
    .where(suggestion.c.created_at >= bindparam("since"), suggestion.c.state == SuggestionState.POSTED.value)
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
        """Return entries that more people found wrong than right, worst first."""
        return await self._database.run(lambda session: _load(session, session.rows(_FAILING, limit=limit)))

    async def unvalidated(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that nobody has validated, most used first, then newest."""
        return await self._database.run(lambda session: _load(session, session.rows(_NEW, limit=limit)))

    async def posted_suggestions(self, *, since: float) -> list[Suggestion]:
        """Return suggestions made since then that people can see, oldest first."""

        def read(session: Session) -> list[Suggestion]:
            found = (suggestions.get(session, of_id) for (of_id,) in session.rows(_POSTED, since=since))
            return [one for one in found if one is not None]

        return await self._database.run(read)

    async def intend(self, posts: Sequence[Post], states: Sequence[tuple[str, SuggestionState]], *, now: float) -> None:
        """Store posts outside of a turn and states of suggestions, in one transaction; the same key is stored once."""

        def store(session: Session) -> None:
            outbox.add(session, posts, now=now)
            suggestions.set_states(session, states)
            for post in posts:
                leases.touch(session, codec.key_of(post.conversation), ready_at=now)

        await self._database.run(store)


def _load(session: Session, rows: Sequence[tuple[str, ...]]) -> list[KnowledgeEntry]:
    return [one for one in entry_rows.load(session, [row[0] for row in rows]) if one.usable]
