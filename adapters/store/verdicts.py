"""What people think of suggestions."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import feedback as table
from vigil_bot.model.feedback import Feedback

_new = insert(table)
_PUT = _new.on_conflict_do_update(
    index_elements=["suggestion_id", "author_id"],
    set_={name: _new.excluded[name] for name in ("at", "verdict", "body")},
    where=table.c.at <= _new.excluded.at,
)
_ON = select(table.c.body).where(table.c.suggestion_id == bindparam("of_id")).order_by(table.c.at, table.c.author_id)
_COUNTS = select(table.c.verdict, func.count()).where(table.c.at >= bindparam("since")).group_by(table.c.verdict)


def put(session: Session, feedback: Sequence[Feedback]) -> None:
    """Store verdicts; a person's newer one on the same suggestion replaces the older."""
    rows = [
        {
            "suggestion_id": said.suggestion_id,
            "author_id": said.author_id,
            "at": said.at,
            "verdict": said.verdict.value,
            "body": codec.FEEDBACK.encode(said),
        }
        for said in feedback
    ]
    session.write_many(_PUT, rows)


def on(session: Session, suggestion_id: str) -> list[Feedback]:
    """Return all verdicts on a suggestion, oldest first."""
    return [codec.FEEDBACK.decode(body) for (body,) in session.rows(_ON, of_id=suggestion_id)]


def counts(session: Session, *, since: float) -> dict[str, int]:
    """Return verdict -> count since then."""
    return dict(session.rows(_COUNTS, since=since))
