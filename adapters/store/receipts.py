"""Receipts of decisions."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select, update

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import decision as table
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.thread import Decided

_ADD = (
    insert(table)
    .values(
        {
            name: bindparam(name)
            for name in ("id", "conversation", "message_id", "at", "suggestion_id", "drafted", "edited_at", "body")
        }
    )
    .on_conflict_do_nothing()
)
_thread = table.c.conversation == bindparam("of_conversation")
_message = table.c.message_id == bindparam("of_message")
_NEWEST = select(table.c.body).where(_thread, _message).order_by(table.c.seq.desc()).limit(1)
_DEFERRED = table.c.body.contains('"kind":"defer"')  # in people's words the quotation marks are escaped
_DECIDED = (
    select(table.c.message_id, table.c.edited_at, table.c.suggestion_id, _DEFERRED).where(_thread).order_by(table.c.seq)
)
_SINCE = (
    select(table.c.body)
    .where(table.c.at >= bindparam("since"), table.c.at < bindparam("until"))
    .order_by(table.c.at, table.c.seq)
)
_OF_SUGGESTION = select(table.c.seq, table.c.body).where(
    _thread, _message, table.c.suggestion_id == bindparam("of_suggestion")
)
_SET = update(table).where(table.c.seq == bindparam("of_seq")).values(body=bindparam("body"))


def add(session: Session, records: Sequence[DecisionRecord]) -> None:
    """Store receipts; one that is stored already is left as it is."""
    rows = [
        {
            "id": record.id,
            "conversation": record.conversation,
            "message_id": record.message_id,
            "at": record.at,
            "suggestion_id": record.suggestion_id,
            "drafted": int(bool(record.text)),
            "edited_at": record.edited_at,
            "body": codec.DECISION.encode(record),
        }
        for record in records
    ]
    session.write_many(_ADD, rows)


def newest(session: Session, conversation: str, message_id: str) -> DecisionRecord | None:
    """Return the newest receipt of a message."""
    row = session.row(_NEWEST, of_conversation=conversation, of_message=message_id)
    return None if row is None else codec.DECISION.decode(row[0])


def decided(session: Session, conversation: str) -> dict[str, Decided]:
    """Return what was decided last on each message of a thread, whatever the clock showed then."""
    rows = session.rows(_DECIDED, of_conversation=conversation)
    return {
        message_id: Decided(edited_at=edited_at, suggestion_id=suggestion_id, deferred=bool(deferred))
        for message_id, edited_at, suggestion_id, deferred in rows
    }


def since(session: Session, *, since: float, until: float) -> list[DecisionRecord]:
    """Return receipts in this time, oldest first."""
    return [codec.DECISION.decode(body) for (body,) in session.rows(_SINCE, since=since, until=until)]


def annotate(session: Session, suggestion: Suggestion, *, note: str) -> None:
    """Add a note to the receipt of a suggestion."""
    rows = session.rows(
        _OF_SUGGESTION,
        of_conversation=suggestion.conversation,
        of_message=suggestion.message_id,
        of_suggestion=suggestion.id,
    )
    for seq, body in rows:
        record = codec.DECISION.decode(body)
        noted = replace(record, note="; ".join(filter(None, (record.note, note))))
        session.write(_SET, of_seq=seq, body=codec.DECISION.encode(noted))
