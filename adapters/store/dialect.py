"""All that is SQLite's own: connecting, upserts, the words index. Another database gets a sibling of this file."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Engine, StaticPool, Text, column, create_engine, event, make_url, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError

from vigil_bot.errors import SettingsError, StoreBusy, StoreError

__all__ = ["connect", "database_file", "insert", "translate"]

BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 32_768
STATEMENTS = 512  # prepared ones that a connection keeps
_URL_HINT = "This version keeps its data in SQLite: `sqlite:////folder/vigil.db`."

WORDS_TABLE = "CREATE VIRTUAL TABLE entry_words USING fts5(title, issue, resolution, readers, tokenize='unicode61')"
WORDS_RANK = "INSERT INTO entry_words(entry_words, rank) VALUES ('rank', 'bm25(2.0, 1.5, 1.0, 0.0)')"

ADD_WORDS = text(
    "INSERT INTO entry_words(rowid, title, issue, resolution, readers)"
    " VALUES (:seq, :title, :issue, :resolution, :readers)"
)
DROP_WORDS = text("DELETE FROM entry_words WHERE rowid = :seq")
COUNT_WORDS = text("SELECT count(*) FROM entry_words WHERE entry_words MATCH :query")
COUNT_WORDS_UP_TO = text(
    "SELECT count(*) FROM (SELECT rowid FROM entry_words WHERE entry_words MATCH :query LIMIT :most) AS found"
)
COUNT_INDEXED = text("SELECT count(*) FROM entry_words_docsize")
WANTED_IDS = text("SELECT value FROM json_each(:ids)").columns(column("value", Text)).subquery("wanted")
SEARCH_WORDS = text(
    "SELECT e.id, -found.score FROM (SELECT rowid AS seq, rank AS score FROM entry_words"
    " WHERE entry_words MATCH :query ORDER BY rank LIMIT :limit) AS found JOIN entry AS e ON e.seq = found.seq"
    " ORDER BY found.score, e.id"
)
READABLE = text(
    "SELECT e.id FROM (SELECT rowid AS seq FROM entry_words WHERE entry_words MATCH :query LIMIT :limit) AS found"
    " JOIN entry AS e ON e.seq = found.seq"
)
READERS_OF = text(
    "SELECT e.id, w.readers FROM json_each(:ids) AS wanted JOIN entry AS e ON e.id = wanted.value"
    " JOIN entry_words AS w ON w.rowid = e.seq ORDER BY wanted.key"
)
SEARCH_WORDS_BEFORE = text(
    "SELECT e.id, -w.rank FROM entry_words AS w JOIN entry AS e ON e.seq = w.rowid"
    " WHERE entry_words MATCH :query AND e.created_at < :before ORDER BY w.rank, e.id LIMIT :limit"
)


def words_query(terms: Iterable[str]) -> str:
    """Return the expression that matches any of the terms, each taken literally; "" when there is nothing to match."""
    said = (term.replace("\0", "").replace('"', '""') for term in terms)
    return " OR ".join(f'"{term}"' for term in said if term)


def readers_query(marks: Iterable[str]) -> str:
    """Return the expression that matches what has any of the marks."""
    return f"readers : ({' OR '.join(marks)})"


def seen_words_query(terms: Iterable[str], marks: Iterable[str]) -> str:
    """Return the expression that matches any of the terms in what has any of the marks; "" when there is nothing to match."""
    query = words_query(terms)
    return query and f"{{title issue resolution}} : ({query}) AND {readers_query(marks)}"


def database_file(url: str) -> Path | None:
    """Return the file of a database; None for one in memory.

    Raises:
        SettingsError: If the URL names no SQLite database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError("The database URL cannot be read.", hint=_URL_HINT) from error
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise SettingsError(f"The database URL begins with {parsed.drivername!r}.", hint=_URL_HINT)
    return Path(parsed.database) if parsed.database and parsed.database != ":memory:" else None


def connect(url: str, *, durable: bool) -> Engine:
    """Return an engine with one connection, whose transactions take the write lock when they begin.

    The driver would begin a transaction only at the first write, so that what was read before it could be out of date.
    """
    options = {"check_same_thread": False, "isolation_level": None, "cached_statements": STATEMENTS}
    engine = create_engine(url, poolclass=StaticPool, connect_args=options, hide_parameters=True)
    sync = "FULL" if durable else "OFF"

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            f"synchronous = {sync}",
            "foreign_keys = ON",
            f"cache_size = -{CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_migration(connection: Connection) -> None:
        begin(connection.connection.cursor())

    return engine


def begin(cursor: DBAPICursor) -> None:
    """Begin a transaction that nobody can write between the reads and the writes of."""
    cursor.execute("BEGIN IMMEDIATE")


def translate(error: BaseException, place: str) -> StoreError:
    """Return our error for the driver's; place is the file, for the person who has to mend it."""
    name = getattr(error, "sqlite_errorname", "") or ""
    kind = "_".join(name.split("_")[:2])
    match kind:
        case "SQLITE_FULL":
            return StoreBusy(f"The disk with {place} is full; nothing was written.", hint="Make room on it.")
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return StoreBusy(f"The database {place} is busy; nothing was written.")
        case "SQLITE_IOERR":
            return StoreBusy(f"The disk with {place} failed; nothing was written.", hint="Is it full, or gone?")
        case "SQLITE_CORRUPT" | "SQLITE_NOTADB":
            hint = "Stop the program, move the file away, and bring back a backup with `vigil restore`."
            return StoreError(f"The database file {place} is damaged, or is no database.", hint=hint)
        case "SQLITE_CANTOPEN" | "SQLITE_READONLY" | "SQLITE_PERM":
            hint = "Check that its folder exists and may be written to."
            return StoreError(f"The database file {place} cannot be opened for writing.", hint=hint)
        case _:
            return StoreError(f"The database {place} refused a statement ({name or type(error).__name__}).")
