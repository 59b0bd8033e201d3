"""Rows of knowledge entries: current values, versions, sources."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, case, delete, func, or_, select, update

from adapters.store import codec, dialect, words
from adapters.store.database import Row, Session
from adapters.store.dialect import insert
from adapters.store.tables import NO_VECTOR, entry_source, entry_version
from adapters.store.tables import entry as table
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, KnowledgeEntry
from vigil_bot.ports.knowledge import EntryWords

REMEMBERED = 4_096  # entries as they were read last: the same ones are found again and again

_values = (
    "version",
    "confidence",
    "created_at",
    "content_hash",
    "vector_pending",
    "reuse_count",
    "helpful",
    "unhelpful",
    "right_at",
    "body",
)
_counts = ("reuse_count", "helpful", "unhelpful", "right_at")
_ADD = insert(table).values({name: bindparam(name) for name in ("id", *_values)})
_SET = update(table).where(table.c.id == bindparam("of_id")).values({name: bindparam(name) for name in _values})
_columns = (table.c.body, *(table.c[name] for name in _counts))
_LOAD = select(table.c.id, *_columns).join(dialect.WANTED_IDS, dialect.WANTED_IDS.c.value == table.c.id)
_GET = select(*_columns).where(table.c.id == bindparam("of_id"))
_SEQ = select(table.c.seq).where(table.c.id == bindparam("of_id"))
_SAME_CONTENT = select(table.c.id).where(table.c.content_hash == bindparam("content_hash")).limit(1)
_PAGE = (
    select(*_columns)
    .where(
        table.c.id > bindparam("after_id"),
        or_(bindparam("confidence") == "", table.c.confidence == bindparam("confidence")),
    )
    .order_by(table.c.id)
    .limit(bindparam("limit"))
)
_CREATED_SINCE = (
    select(*_columns)
    .where(table.c.created_at >= bindparam("at"))
    .order_by(table.c.created_at.desc(), table.c.id)
    .limit(bindparam("limit"))
)
_NO_VECTOR = select(*_columns).where(NO_VECTOR).order_by(table.c.seq).limit(bindparam("limit"))
_KEEP_COUNTS = (
    update(table)
    .where(
        table.c.id == bindparam("of_id"),
        or_(*(table.c[name] < bindparam(name) for name in _counts)),
    )
    .values({name: case((table.c[name] < bindparam(name), bindparam(name)), else_=table.c[name]) for name in _counts})
)
_COUNT = select(func.count()).select_from(table)
_ADD_VERSION = insert(entry_version)
_VERSIONS = (
    select(entry_version.c.body).where(entry_version.c.entry_id == bindparam("of_id")).order_by(entry_version.c.version)
)
_ADD_SOURCE = insert(entry_source).on_conflict_do_nothing()
_DROP_SOURCES = delete(entry_source).where(entry_source.c.entry_id == bindparam("of_id"))
_FROM_THREAD = (
    select(*_columns)
    .join(entry_source, entry_source.c.entry_id == table.c.id)
    .where(entry_source.c.thread_id == bindparam("thread_id"))
    .order_by(table.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who makes a version, when and why."""

    kind: ChangeKind
    by: str
    why: str
    at: float


def put(session: Session, entry: KnowledgeEntry, entry_words: EntryWords, change: Change) -> KnowledgeEntry:
    """Store an entry as a new version and return it as stored."""
    stored = get(session, entry.id)
    found_right = change.at if change.kind in (ChangeKind.CONFIRM, ChangeKind.APPROVE) else 0.0
    new = next_version(replace(entry, right_at=max(entry.right_at, found_right)), stored, at=change.at)
    write(session, new, is_new=stored is None)
    add_versions(session, [EntryVersion(entry=new, kind=change.kind, by=change.by, at=change.at, why=change.why)])
    put_beside(session, new, entry_words)
    return new


def add_versions(session: Session, versions: Sequence[EntryVersion]) -> None:
    """Store versions as they are."""
    rows = [
        {"entry_id": one.entry.id, "version": one.entry.version, "body": codec.ENTRY_VERSION.encode(one)}
        for one in versions
    ]
    session.write_many(_ADD_VERSION, rows)


def put_beside(session: Session, entry: KnowledgeEntry, entry_words: EntryWords) -> None:
    """Store what an entry is found by: its threads and its words."""
    threads = {source.thread_id for source in entry.sources if source.thread_id is not None}
    session.write(_DROP_SOURCES, of_id=entry.id)
    session.write_many(_ADD_SOURCE, [{"thread_id": thread, "entry_id": entry.id} for thread in sorted(threads)])
    row = session.row(_SEQ, of_id=entry.id)
    if row is not None:
        if entry.usable:
            words.put(session, row[0], entry_words, entry.audience)
        else:
            words.drop(session, row[0])


def keep_counts(session: Session, entry: KnowledgeEntry) -> bool:
    """Raise the counts of use to those of an entry where they are lower; return whether they were."""
    return session.write(_KEEP_COUNTS, of_id=entry.id, **_counted(entry)) > 0


def put_new(session: Session, entry: KnowledgeEntry, entry_words: EntryWords, change: Change) -> bool:
    """Store an entry unless its content is stored already; return whether it was stored."""
    if entry.content_hash and session.row(_SAME_CONTENT, content_hash=entry.content_hash) is not None:
        return False
    put(session, entry, entry_words, change)
    return True


def next_version(entry: KnowledgeEntry, stored: KnowledgeEntry | None, *, at: float) -> KnowledgeEntry:
    """Return an entry as the version after the stored one; counts of use never go back."""
    if stored is None:
        return replace(entry, version=1, created_at=entry.created_at or at, updated_at=at)
    return replace(
        entry,
        version=stored.version + 1,
        created_at=entry.created_at or stored.created_at,
        updated_at=at,
        reuse_count=max(entry.reuse_count, stored.reuse_count),
        helpful=max(entry.helpful, stored.helpful),
        unhelpful=max(entry.unhelpful, stored.unhelpful),
        right_at=max(entry.right_at, stored.right_at),
    )


def get(session: Session, entry_id: str) -> KnowledgeEntry | None:
    """Return the current version of an entry."""
    row = session.row(_GET, of_id=entry_id)
    return None if row is None else _entry(row)


def load(session: Session, entry_ids: Sequence[str]) -> list[KnowledgeEntry]:
    """Return those of the entries that exist, in the order asked for."""
    found = {row[0]: row[1:] for row in session.rows(_LOAD, ids=json.dumps(list(entry_ids)))}
    return [_entry(found[entry_id]) for entry_id in dict.fromkeys(entry_ids) if entry_id in found]


def history(session: Session, entry_id: str) -> list[EntryVersion]:
    """Return all versions, oldest first."""
    return [codec.ENTRY_VERSION.decode(body) for (body,) in session.rows(_VERSIONS, of_id=entry_id)]


def page(session: Session, *, after_id: str, limit: int, confidence: Confidence | None) -> list[KnowledgeEntry]:
    """Return entries in the order of their ids."""
    wanted = "" if confidence is None else confidence.value
    return [_entry(row) for row in session.rows(_PAGE, after_id=after_id, limit=limit, confidence=wanted)]


def from_thread(session: Session, conversation: str) -> list[KnowledgeEntry]:
    """Return the entries that have this thread as a source."""
    return [_entry(row) for row in session.rows(_FROM_THREAD, thread_id=conversation)]


def created_since(session: Session, at: float, *, limit: int) -> list[KnowledgeEntry]:
    """Return the entries that were created since then, newest first."""
    return [_entry(row) for row in session.rows(_CREATED_SINCE, at=at, limit=limit)]


def without_vector(session: Session, *, limit: int) -> list[KnowledgeEntry]:
    """Return entries whose vector is not in the index."""
    return [_entry(row) for row in session.rows(_NO_VECTOR, limit=limit)]


def count(session: Session) -> int:
    """Return how many entries there are."""
    row = session.row(_COUNT)
    return 0 if row is None else int(row[0])


def write(session: Session, entry: KnowledgeEntry, *, is_new: bool) -> None:
    """Store the current values of an entry."""
    values = {
        "version": entry.version,
        "confidence": entry.confidence.value,
        "created_at": entry.created_at,
        "content_hash": entry.content_hash,
        "vector_pending": 1,
        **_counted(entry),
        "body": codec.ENTRY.encode(entry),
    }
    if is_new:
        session.write(_ADD, id=entry.id, **values)
    else:
        session.write(_SET, of_id=entry.id, **values)


def _entry(row: Row) -> KnowledgeEntry:
    entry, counts = _decoded(row[0]), dict(zip(_counts, row[1:], strict=True))
    return entry if counts == _counted(entry) else replace(entry, **counts)


def _counted(entry: KnowledgeEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _counts}


@lru_cache(maxsize=REMEMBERED)
def _decoded(body: str) -> KnowledgeEntry:
    return codec.ENTRY.decode(body)
