"""Which vectors are in the vector index, and whose they are."""

from collections.abc import Sequence

from sqlalchemy import bindparam, literal_column, select, update

from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import entry, note
from vigil_bot.model.knowledge import KnowledgeEntry

_NAME = "vector_embedder"
_STORED = (
    update(entry)
    .where(entry.c.id == bindparam("of_id"), entry.c.version == bindparam("of_version"))
    .values(vector_pending=literal_column("0"))
)
_RESET = update(entry).values(vector_pending=literal_column("1"))
_new = insert(note)
_SET = _new.on_conflict_do_update(index_elements=["name"], set_={"value": _new.excluded.value})
_GET = select(note.c.value).where(note.c.name == bindparam("name"))


def stored(session: Session, entries: Sequence[KnowledgeEntry]) -> None:
    """Record that the vectors of these versions are in the index; a newer version stays pending."""
    session.write_many(_STORED, [{"of_id": entry.id, "of_version": entry.version} for entry in entries])


def reset(session: Session, embedder: str) -> None:
    """Make every vector pending."""
    session.write(_RESET)
    session.write(_SET, name=_NAME, value=embedder)


def embedder(session: Session) -> str | None:
    """Return the name of the embedder that makes the vectors."""
    row = session.row(_GET, name=_NAME)
    return None if row is None else row[0]
