"""What models cost, by day and scope: fits `adapters.llm.spending.Spending`."""

from sqlalchemy import bindparam, select

from adapters.store.database import Database
from adapters.store.dialect import insert
from adapters.store.tables import spending as table

_SPENT = select(table.c.tokens, table.c.cost).where(
    table.c.day == bindparam("day"), table.c.scope == bindparam("scope")
)
_new = insert(table)
_ADD = _new.on_conflict_do_update(
    index_elements=["day", "scope"],
    set_={
        "tokens": table.c.tokens + _new.excluded.tokens,
        "cost": table.c.cost + _new.excluded.cost,
    },
)


class SqlSpending:
    """Remembers what was spent in a day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, day: str, scope: str) -> tuple[int, float]:
        """Return the tokens and the money of a day."""
        row = await self._database.run(lambda session: session.row(_SPENT, day=day, scope=scope))
        return (0, 0.0) if row is None else (int(row[0]), float(row[1]))

    async def spend(self, day: str, scope: str, *, tokens: int, cost: float) -> None:
        """Add to them."""
        spent = {"day": day, "scope": scope, "tokens": tokens, "cost": cost}
        await self._database.run(lambda session: session.write(_ADD, **spent))
