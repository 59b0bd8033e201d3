"""Timers: what a conversation is woken for; one of a kind each."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import timer as table
from vigil_bot.errors import LeaseLost
from vigil_bot.model.work import Timer, TimerKind

_this = table.c.conversation == bindparam("of_conversation")
_DUE = (
    select(table.c.kind, table.c.due_at, table.c.attempts)
    .where(_this, table.c.due_at <= bindparam("now"))
    .order_by(table.c.due_at, table.c.kind)
)
_new = insert(table)
_ARM = _new.on_conflict_do_update(
    index_elements=["conversation", "kind"],
    set_={"due_at": _new.excluded.due_at, "attempts": _new.excluded.attempts},
)
_SPEND = delete(table).where(_this, table.c.kind == bindparam("of_kind"), table.c.due_at == bindparam("was_due_at"))
_CANCEL = delete(table).where(_this, table.c.kind == bindparam("of_kind"))


def due(session: Session, key: str, *, now: float) -> list[tuple[Timer, int]]:
    """Return the timers that are due, each with how often its turn failed."""
    rows = session.rows(_DUE, of_conversation=key, now=now)
    return [(Timer(kind=TimerKind(kind), due_at=due_at), attempts) for kind, due_at, attempts in rows]


def arm(session: Session, key: str, timers: Sequence[Timer], *, attempts: int = 0) -> None:
    """Set timers, or cancel those without a time."""
    for timer in timers:
        kind = timer.kind.value
        if timer.due_at is None:
            session.write(_CANCEL, of_conversation=key, of_kind=kind)
        else:
            session.write(_ARM, conversation=key, kind=kind, due_at=timer.due_at, attempts=attempts)


def spend(session: Session, key: str, timers: Sequence[Timer]) -> None:
    """Take away timers that a turn answered. Raises LeaseLost if one is gone: somebody else answered it."""
    rows = [{"of_conversation": key, "of_kind": t.kind.value, "was_due_at": t.due_at} for t in timers]
    if session.write_many(_SPEND, rows) != len(rows):
        raise LeaseLost


def put_off(session: Session, key: str, timers: Sequence[Timer], *, to: float | None, attempts: int) -> None:
    """Move timers whose turn failed, or drop them when there is no time to move them to; one that was re-armed stays."""
    for timer in timers:
        spent = session.write(_SPEND, of_conversation=key, of_kind=timer.kind.value, was_due_at=timer.due_at)
        if spent and to is not None:
            arm(session, key, [Timer(kind=timer.kind, due_at=to)], attempts=attempts)
