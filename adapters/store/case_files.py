"""Cases, with optimistic locking."""

from dataclasses import replace

from sqlalchemy import bindparam, select, update

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import case_file as table
from vigil_bot.errors import StaleCase
from vigil_bot.model.case import Case

_ADD = insert(table).on_conflict_do_nothing()
_SET = (
    update(table)
    .where(table.c.conversation == bindparam("of_conversation"), table.c.version == bindparam("was_version"))
    .values({name: bindparam(name) for name in ("state", "changed_at", "teaches_at", "card_key", "version", "body")})
)
_GET = select(table.c.body).where(table.c.conversation == bindparam("of_conversation"))
_TEACHING = (
    select(table.c.body)
    .where(table.c.teaches_at <= bindparam("until"))
    .order_by(table.c.teaches_at, table.c.conversation)
    .limit(bindparam("limit"))
)


def get(session: Session, conversation: str) -> Case | None:
    """Return the case of a thread."""
    row = session.row(_GET, of_conversation=conversation)
    return None if row is None else codec.CASE.decode(row[0])


def save(session: Session, case: Case) -> Case:
    """Store a case over the version that it was made from, and return it with the next one.

    Raises:
        StaleCase: If the stored version is another.
    """
    new = replace(case, version=case.version + 1)
    values = {
        "state": new.state.value,
        "changed_at": new.changed_at,
        "teaches_at": teaches_at(new),
        "card_key": new.card_key,
        "version": new.version,
        "body": codec.CASE.encode(new),
    }
    if case.version == 0:
        channel = codec.channel_of(case.conversation)
        written = session.write(_ADD, conversation=case.conversation, channel=channel, **values)
    else:
        written = session.write(_SET, of_conversation=case.conversation, was_version=case.version, **values)
    if not written:
        raise StaleCase
    return new


def teaches_at(case: Case) -> float | None:
    """Return when a case became something to learn from; None if it is not over, or has not changed since it was."""
    if not case.state.over or (case.distilled_at is not None and case.changed_at <= case.distilled_at):
        return None
    return case.resolved_at or case.closed_at or case.changed_at


def teaching(session: Session, *, until: float, limit: int) -> list[Case]:
    """Return cases to learn from, oldest first."""
    return [codec.CASE.decode(body) for (body,) in session.rows(_TEACHING, until=until, limit=limit)]
