"""Scheduled runs, and forgetting what is done."""

from sqlalchemy import bindparam, delete, func, literal_column, null, select, union_all, update
from sqlalchemy.sql.elements import BindParameter

from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import DONE, ENDED, PENDING, UNSENT, case_file, conversation, decision, inbox, outbox, timer
from adapters.store.tables import tick as table
from vigil_bot.model.case import CaseState

_BEGIN = insert(table).values(key=bindparam("key"), begun_at=bindparam("now"), done_at=null()).on_conflict_do_nothing()
_FINISH = update(table).where(table.c.key == bindparam("of_key")).values(done_at=bindparam("now"))
_OPEN = select(table.c.key).where(table.c.done_at.is_(None)).order_by(table.c.begun_at, table.c.key)

_before: BindParameter[float] = bindparam("before")
_live_card = (
    select(case_file.c.card_key)
    .where(case_file.c.card_key == outbox.c.key, case_file.c.state != CaseState.CLOSED.value)
    .exists()
)
_PRUNED = (
    delete(inbox).where(DONE, inbox.c.ended_at < _before),
    delete(outbox).where(ENDED, outbox.c.ended_at < _before, ~_live_card),
    delete(table).where(table.c.done_at < _before),
)


_now: BindParameter[float] = bindparam("now")
_NEWEST = select(func.max(decision.c.at))
_SOONER = (
    update(inbox).where(PENDING, inbox.c.ready_at > _now).values(ready_at=_now),
    update(outbox).where(UNSENT, outbox.c.ready_at > _now).values(ready_at=_now),
)
_EVALUATE = update(timer).where(timer.c.kind == literal_column("'evaluate'"), timer.c.due_at > _now)
_BACK = _EVALUATE.values(due_at=func.max(_now, timer.c.due_at - bindparam("by_s")))
_waiting = union_all(
    select(inbox.c.conversation).where(PENDING),
    select(outbox.c.conversation).where(UNSENT),
    select(timer.c.conversation).where(timer.c.kind == literal_column("'evaluate'")),
)
_LOOK = (
    update(conversation).where(conversation.c.key.in_(_waiting), conversation.c.ready_at > _now).values(ready_at=_now)
)


def clock_went_back(session: Session, *, now: float, latest: float | None) -> None:
    """Make ready what was stored or put off by a clock that was ahead."""
    newest = latest if latest is not None else next(iter(session.row(_NEWEST) or ()), None)
    for statement in _SOONER:
        session.write(statement, now=now)
    if newest is not None and newest > now:
        session.write(_BACK, now=now, by_s=newest - now)
    session.write(_LOOK, now=now)


def tick(session: Session, key: str, *, now: float) -> bool:
    """Record a scheduled run as begun; True the first time."""
    return session.write(_BEGIN, key=key, now=now) > 0


def tick_done(session: Session, key: str, *, now: float) -> None:
    """Record that a scheduled run is finished."""
    session.write(_FINISH, of_key=key, now=now)


def open_ticks(session: Session) -> list[str]:
    """Return the runs that were begun and not finished, oldest first."""
    return [key for (key,) in session.rows(_OPEN)]


def prune(session: Session, *, before: float) -> int:
    """Forget what is done; the post of a status card is kept while its case may still change it."""
    return sum(session.write(statement, before=before) for statement in _PRUNED)
