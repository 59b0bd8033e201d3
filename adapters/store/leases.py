"""When a conversation has work to do, and who works on it: one row of `conversation` each."""

from sqlalchemy import bindparam, case, func, literal_column, null, or_, select, union_all, update
from sqlalchemy.sql.elements import BindParameter

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import HELD, PENDING, UNSENT, conversation, inbox, outbox, timer
from vigil_bot.errors import LeaseLost

_row = conversation.c
_given: dict[str, BindParameter[object]] = {
    name: bindparam(name) for name in ("key", "channel", "platform", "version", "first_at", "ready_at")
}
_new = insert(conversation).values(**_given, lease_until=literal_column("0.0"))
_TOUCH = _new.on_conflict_do_update(
    index_elements=["key"],
    set_={
        "version": _row.version + _new.excluded.version,
        "first_at": case(
            (or_(_row.first_at.is_(None), _new.excluded.first_at < _row.first_at), _new.excluded.first_at),
            else_=_row.first_at,
        ),
        "ready_at": case(
            (or_(_row.ready_at.is_(None), _new.excluded.ready_at < _row.ready_at), _new.excluded.ready_at),
            else_=_row.ready_at,
        ),
    },
)

_this: BindParameter[str] = bindparam("conversation")
_times = union_all(
    select(
        select(inbox.c.ready_at)
        .where(inbox.c.conversation == _this, PENDING)
        .order_by(inbox.c.at, inbox.c.id)
        .limit(literal_column("1"))
        .scalar_subquery()
        .label("at")
    ),
    select(
        select(outbox.c.ready_at)
        .where(outbox.c.conversation == _this, UNSENT)
        .order_by(outbox.c.id)
        .limit(literal_column("1"))
        .scalar_subquery()
    ),
    select(select(func.min(timer.c.due_at)).where(timer.c.conversation == _this).scalar_subquery()),
).subquery("times")
_READY_AT = select(func.min(_times.c.at)).scalar_subquery()

_RELEASE = (
    update(conversation)
    .where(_row.key == _this, _row.owner == bindparam("of"))
    .values(owner=null(), lease_until=literal_column("0.0"), ready_at=_READY_AT)
)
_HELD_BY = select(_row.key, _row.owner).where(_row.owner.is_not(None))
_REFRESH = update(conversation).where(_row.key == _this).values(ready_at=_READY_AT)
_READY = (
    select(_row.key)
    .where(_row.ready_at <= bindparam("now"), _row.lease_until <= bindparam("now"))
    .order_by(_row.ready_at, _row.key)
    .limit(bindparam("limit"))
)
_TAKE = update(conversation).where(_row.key == _this).values(owner=bindparam("of"), lease_until=bindparam("until"))
_RENEW = (
    update(conversation).where(_row.key == _this, _row.owner == bindparam("of")).values(lease_until=bindparam("until"))
)
_HOLDER = select(_row.owner, _row.lease_until, _row.version).where(_row.key == _this)
_NEXT_FREE = (
    select(_row.ready_at)
    .where(_row.ready_at.is_not(None), _row.lease_until <= bindparam("now"))
    .order_by(_row.ready_at)
    .limit(literal_column("1"))
)
_NEXT_HELD = select(func.min(case((_row.ready_at > _row.lease_until, _row.ready_at), else_=_row.lease_until))).where(
    HELD, _row.lease_until > bindparam("now"), _row.ready_at.is_not(None)
)


def touch(session: Session, key: str, *, ready_at: float, moved: bool = False, first_at: float | None = None) -> None:
    """Make sure that a conversation is stored and looked at by this time.

    Args:
        moved: Its version grows by one.
        first_at: The time of a message in it.
    """
    session.write(
        _TOUCH,
        key=key,
        channel=codec.channel_of(key),
        platform=codec.ref_of(key).platform,
        version=int(moved),
        first_at=first_at,
        ready_at=ready_at,
    )


def ready(session: Session, *, now: float, limit: int) -> list[str]:
    """Return conversations that may have work and that nobody holds, the longest waiting first."""
    return [key for (key,) in session.rows(_READY, now=now, limit=limit)]


def take(session: Session, key: str, *, owner: str, until: float) -> None:
    """Give a conversation that nobody holds to an owner."""
    session.write(_TAKE, conversation=key, of=owner, until=until)


def renew(session: Session, key: str, *, owner: str, until: float) -> None:
    """Prolong a lease. Raises LeaseLost."""
    if not session.write(_RENEW, conversation=key, of=owner, until=until):
        raise LeaseLost


def check(session: Session, key: str, *, owner: str, now: float) -> int:
    """Return the conversation's version, if the owner holds it.

    Raises:
        LeaseLost: If the lease ended or is another's.
    """
    row = session.row(_HOLDER, conversation=key)
    if row is None or row[0] != owner or row[1] <= now:
        raise LeaseLost
    version: int = row[2]
    return version


def release(session: Session, key: str, *, owner: str) -> None:
    """End a lease, if it is the owner's, and work out when the conversation has work again."""
    session.write(_RELEASE, conversation=key, of=owner)


def end_all(session: Session) -> int:
    """End every lease; return how many there were."""
    held = session.rows(_HELD_BY)
    for key, owner in held:
        release(session, key, owner=owner)
    return len(held)


def refresh(session: Session, key: str) -> None:
    """Work out when a conversation has work again."""
    session.write(_REFRESH, conversation=key)


def next_wake(session: Session, *, now: float) -> float | None:
    """Return when the next conversation can be claimed."""
    free, held = session.row(_NEXT_FREE, now=now), session.row(_NEXT_HELD, now=now)
    times = [row[0] for row in (free, held) if row is not None and row[0] is not None]
    return min(times, default=None)
