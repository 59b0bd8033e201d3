"""The words index: the analysed text of usable entries, best matches first."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from adapters.store import dialect
from adapters.store.database import Session
from adapters.store.marks import marks_of, readable
from adapters.store.tables import entry
from vigil_bot.model.knowledge import Audience, Viewer
from vigil_bot.ports.knowledge import EntryWords

MOST_COUNTED = 20_000  # entries with a term: it is common then, however many more there are

_LATER_ONES = select(entry.c.seq).where(entry.c.created_at >= bindparam("before")).limit(1)


def put(session: Session, seq: int, words: EntryWords, audience: Audience) -> None:
    """Index the words of an entry in place of earlier ones, with who may see it."""
    drop(session, seq)
    fields = {"title": words.title, "issue": words.issue, "resolution": words.resolution}
    session.write(dialect.ADD_WORDS, seq=seq, readers=marks_of(audience), **fields)


def drop(session: Session, seq: int) -> None:
    """Take the words of an entry out of the index."""
    session.write(dialect.DROP_WORDS, seq=seq)


def search(
    session: Session, terms: Sequence[str], *, limit: int, before: float | None, viewer: Viewer | None
) -> list[tuple[str, float]]:
    """Return (entry id, BM25 score) of entries that have any of the terms and may be shown to the viewer, best first."""
    query = dialect.words_query(terms) if viewer is None else dialect.seen_words_query(terms, readable(viewer))
    if not query:
        return []
    if before is None or session.row(_LATER_ONES, before=before) is None:
        rows = session.rows(dialect.SEARCH_WORDS, query=query, limit=limit)
    else:
        rows = session.rows(dialect.SEARCH_WORDS_BEFORE, query=query, limit=limit, before=before)
    return [(entry_id, score) for entry_id, score in rows]


def frequencies(session: Session, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return the number of entries in the index and, for each term, how many have it, counted up to MOST_COUNTED."""
    found = {term: _count(session, term) for term in dict.fromkeys(terms)}
    total = session.row(dialect.COUNT_INDEXED)
    return (0 if total is None else int(total[0])), found


def seen(session: Session, viewer: Viewer, *, limit: int) -> list[str]:
    """Return ids of entries that may be shown to the viewer, so many."""
    query = dialect.readers_query(readable(viewer))
    return [entry_id for (entry_id,) in session.rows(dialect.READABLE, query=query, limit=limit)]


def seen_among(session: Session, entry_ids: Sequence[str], viewer: Viewer) -> list[str]:
    """Return those of the entries that may be shown to the viewer, in the order given."""
    marks = set(readable(viewer))
    rows = session.rows(dialect.READERS_OF, ids=json.dumps(list(entry_ids)))
    return [entry_id for entry_id, readers in rows if not marks.isdisjoint(readers.split())]


def count_seen(session: Session, viewer: Viewer) -> int:
    """Return how many entries may be shown to the viewer."""
    row = session.row(dialect.COUNT_WORDS, query=dialect.readers_query(readable(viewer)))
    return 0 if row is None else int(row[0])


def _count(session: Session, term: str) -> int:
    query = dialect.words_query([term])
    row = session.row(dialect.COUNT_WORDS_UP_TO, query=query, most=MOST_COUNTED) if query else None
    return 0 if row is None else int(row[0])
