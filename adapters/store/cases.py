"""The cases: fits `vigil_bot.ports.records.Cases`."""

from collections.abc import Sequence

from sqlalchemy import func, select

from adapters.store import case_files, codec
from adapters.store.database import Database
from adapters.store.tables import case_file as table
from vigil_bot.model.case import Case, CaseState

_first = select(func.min(table.c.channel).label("channel")).cte("channels", recursive=True)
_next = select(func.min(table.c.channel)).where(table.c.channel > _first.c.channel).scalar_subquery()
_each = _first.union_all(select(_next).where(_first.c.channel.is_not(None)))
_CHANNELS = select(_each.c.channel).where(
    _each.c.channel.is_not(None)
)  # from one to the next: what has many cases costs no more


class SqlCases:
    """Cases, stored with optimistic locking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def case(self, conversation: str) -> Case | None:
        """Return the case of a thread."""
        return await self._database.run(lambda session: case_files.get(session, conversation))

    async def save(self, case: Case) -> Case:
        """Store a case if the stored version is case.version; return it with the next one. Raises StaleCase."""
        return await self._database.run(lambda session: case_files.save(session, case))

    async def cases(
        self, *, states: Sequence[CaseState] = (), channel: str | None = None, limit: int = 1000
    ) -> list[Case]:
        """Return cases, most recently changed first."""
        wanted = select(table.c.body).order_by(table.c.changed_at.desc(), table.c.conversation).limit(limit)
        if states:
            wanted = wanted.where(table.c.state.in_([state.value for state in states]))
        if channel is not None:
            wanted = wanted.where(table.c.channel == channel)
        rows = await self._database.run(lambda session: session.find(wanted))
        return [codec.CASE.decode(body) for (body,) in rows]

    async def channels(self) -> list[str]:
        """Return the keys of the channels that have cases, in order."""
        return sorted(key for (key,) in await self._database.run(lambda session: session.rows(_CHANNELS)))

    async def undistilled(self, *, resolved_before: float, limit: int = 1000) -> list[Case]:
        """Return cases that were over by that time and changed since they were last distilled, oldest first."""
        return await self._database.run(
            lambda session: case_files.teaching(session, until=resolved_before, limit=limit)
        )
