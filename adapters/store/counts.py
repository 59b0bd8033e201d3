"""How often entries were used, what people thought of them, and when they were last found right."""

from collections.abc import Sequence

from sqlalchemy import bindparam, case, literal_column, update
from sqlalchemy.sql.elements import ColumnElement

from adapters.store.database import Session
from adapters.store.tables import entry
from vigil_bot.model.knowledge import EntryUse


def _never_below_zero(count: ColumnElement[int]) -> ColumnElement[int]:
    return case((count > literal_column("0"), count), else_=literal_column("0"))


_ADD = (
    update(entry)
    .where(entry.c.id == bindparam("of_id"))
    .values(
        reuse_count=_never_below_zero(entry.c.reuse_count + bindparam("more_reused")),
        helpful=_never_below_zero(entry.c.helpful + bindparam("more_helpful")),
        unhelpful=_never_below_zero(entry.c.unhelpful + bindparam("more_unhelpful")),
        right_at=case((entry.c.right_at < bindparam("right_at"), bindparam("right_at")), else_=entry.c.right_at),
    )
)


def add(session: Session, uses: Sequence[EntryUse]) -> None:
    """Add counts to entries; they make no new version."""
    rows = [
        {
            "of_id": use.entry_id,
            "more_reused": use.reused,
            "more_helpful": use.helpful,
            "more_unhelpful": use.unhelpful,
            "right_at": use.right_at,
        }
        for use in uses
    ]
    session.write_many(_ADD, rows)
