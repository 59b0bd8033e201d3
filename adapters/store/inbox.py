"""The inbox: events in, each once."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, case, func, literal_column, null, select, update

from adapters.store import applying, codec, leases, outbox
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import DEAD, PENDING
from adapters.store.tables import inbox as table
from vigil_bot.errors import LeaseLost, NotFoundError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import (
    ActionInvoked,
    BotJoined,
    BotRemoved,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from vigil_bot.model.work import DeadLetter, Turn

_ADD = (
    insert(table)
    .values(
        key=bindparam("key"),
        conversation=bindparam("conversation"),
        kind=bindparam("kind"),
        at=bindparam("at"),
        body=bindparam("body"),
        state=literal_column("'pending'"),
        ready_at=bindparam("ready_at"),
        attempts=literal_column("0"),
        waits_for=bindparam("waits_for"),
    )
    .on_conflict_do_nothing()
)
_PENDING = (
    select(table.c.id, table.c.body, table.c.ready_at, table.c.attempts)
    .where(table.c.conversation == bindparam("conversation"), PENDING)
    .order_by(table.c.at, table.c.id)
)
_this = table.c.id == bindparam("event_id")
_DONE = (
    update(table)
    .where(_this, PENDING)
    .values(
        state=literal_column("'done'"),
        ended_at=bindparam("now"),
        body=case((table.c.waits_for.is_(None), literal_column("''")), else_=table.c.body),
    )
)
_RETRY = (
    update(table)
    .where(_this, PENDING)
    .values(ready_at=bindparam("retry_at"), attempts=table.c.attempts + 1, error=bindparam("why"))
)
_GIVE_UP = (
    update(table)
    .where(_this, PENDING)
    .values(
        state=literal_column("'dead'"),
        ended_at=bindparam("now"),
        attempts=table.c.attempts + 1,
        error=bindparam("why"),
    )
)
_COUNT_PENDING = select(func.count()).select_from(table).where(PENDING)
_DEAD = (
    select(table.c.id, table.c.conversation, table.c.kind, table.c.error, table.c.attempts, table.c.ended_at)
    .where(DEAD)
    .order_by(table.c.ended_at.desc(), table.c.id.desc())
    .limit(bindparam("limit"))
)
_DEAD_ONE = select(table.c.conversation).where(_this, DEAD)
_REQUEUE = (
    update(table)
    .where(_this, DEAD)
    .values(state=literal_column("'pending'"), ended_at=null(), attempts=0, ready_at=bindparam("now"))
)


def append(session: Session, events: Sequence[Event], *, now: float) -> list[bool]:
    """Store events and apply them to the transcript; False marks one that was there already."""
    return [_store(session, event, now) for event in events]


def pending(session: Session, conversation: str, *, now: float) -> list[tuple[int, Event, int]]:
    """Return (id, event, attempts) in order, up to the first that has to wait: what comes after it waits behind it."""
    ready = []
    for event_id, body, ready_at, attempts in session.rows(_PENDING, conversation=conversation):
        if ready_at > now:
            break
        ready.append((event_id, codec.EVENT.decode(body), attempts))
    return ready


def finish(session: Session, turn: Turn, *, now: float) -> None:
    """Mark a turn's events done; of their text nothing is kept.

    Raises:
        LeaseLost: If one of them was done by somebody else.
    """
    done = session.write_many(_DONE, [{"event_id": event_id, "now": now} for event_id in turn.event_ids])
    if done != len(turn.event_ids):
        raise LeaseLost


def fail(session: Session, turn: Turn, *, error: str, now: float, retry_at: float | None) -> None:
    """Try a turn's events again later, or give them up."""
    rows = [{"event_id": event_id, "now": now, "retry_at": retry_at, "why": error} for event_id in turn.event_ids]
    session.write_many(_GIVE_UP if retry_at is None else _RETRY, rows)


def count_pending(session: Session) -> int:
    """Return how many events wait."""
    row = session.row(_COUNT_PENDING)
    return 0 if row is None else int(row[0])


def dead_letters(session: Session, *, limit: int) -> list[DeadLetter]:
    """Return events that were given up, newest first."""
    return [
        DeadLetter(id=row[0], conversation=row[1], kind=row[2], error=row[3] or "", attempts=row[4], at=row[5])
        for row in session.rows(_DEAD, limit=limit)
    ]


def requeue(session: Session, dead_letter_id: int, *, now: float) -> None:
    """Try a dead letter again. Raises NotFoundError."""
    row = session.row(_DEAD_ONE, event_id=dead_letter_id)
    if row is None:
        raise NotFoundError(f"There is no dead letter {dead_letter_id}.", hint="`vigil dead` lists them.")
    session.write(_REQUEUE, event_id=dead_letter_id, now=now)
    leases.touch(session, row[0], ready_at=now)


def _store(session: Session, event: Event, now: float) -> bool:
    channel = codec.key_of(event.conversation.channel)
    about = _about(event)
    stored = applying.find(session, channel, about) if about is not None else None
    home = stored.conversation if stored is not None else _home(session, event, about)
    event = event if home == event.conversation else _moved(event, home)
    key = codec.key_of(home)
    changes = isinstance(event, MessageEdited | MessageDeleted | ReactionChanged)
    added = session.write(
        _ADD,
        key=event.key,
        conversation=key,
        kind=event.kind,
        at=event.at,
        body=codec.EVENT.encode(event),
        ready_at=now,
        waits_for=applying.waiting_name(channel, about) if changes and about and stored is None else None,
    )
    if not added:
        return False
    moved, first_at = False, None
    if isinstance(event, MessagePosted):
        moved, first_at = applying.post(session, event.message, channel), event.at
    elif stored is not None and isinstance(event, MessageEdited | MessageDeleted | ReactionChanged):
        moved = applying.change(session, stored, event, channel)
    leases.touch(session, key, ready_at=now, moved=moved, first_at=first_at)
    return True


def _about(event: Event) -> str | None:
    """The id of the stored message that an event is about."""
    match event:
        case MessageEdited():
            return event.message.id
        case MessageDeleted() | ReactionChanged() | ActionInvoked():
            return event.message_id
        case MessagePosted() | BotJoined() | BotRemoved():
            return None


def _home(session: Session, event: Event, about: str | None) -> ConversationRef:
    """The thread of an event about a message that is not in the transcript: perhaps it is one of our posts."""
    if about is None or event.conversation.thread_id is not None:
        return event.conversation
    return outbox.thread_of(session, event.conversation, about) or event.conversation


def _moved(event: Event, home: ConversationRef) -> Event:
    if isinstance(event, MessagePosted | MessageEdited):
        return replace(event, message=replace(event.message, conversation=home))
    return replace(event, conversation=home)
