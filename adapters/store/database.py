"""One database behind one thread: every piece of work is one transaction, one after the other."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Delete, Engine, Insert, Select, TextClause, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.store import dialect
from adapters.store.schema import migrate
from vigil_bot.errors import StoreError

T = TypeVar("T")
Row = tuple[Any, ...]
Parameters = Mapping[str, object]
Names = tuple[tuple[str | None, object], ...]  # for each place, the name of what is given, or None and a constant
Prepared = tuple[str, Names]
Statement = Select[Any] | Insert | Update | Delete | TextClause


class Session:
    """Runs statements in the transaction at hand.

    Statements are built once, as constants of a module, and compiled once; running one costs what the driver costs, a
    tenth of what `Connection.execute` adds to it.
    """

    def __init__(self, engine: Engine) -> None:
        self._pooled: Final = engine.raw_connection()
        self._commit: Final = self.driver.commit  # straight at the driver: it is called for each transaction
        self._cursor: Final = self._pooled.cursor()
        self._dialect: Final = engine.dialect
        self._compiled: Final[dict[Statement, Prepared]] = {}

    def transact(self, work: Callable[["Session"], T]) -> T:
        """Run work inside one transaction: all of it is written, or nothing."""
        try:
            dialect.begin(self._cursor)
            result = work(self)
            self._commit()
        except BaseException:
            self._pooled.rollback()
            raise
        return result

    @property
    def driver(self) -> sqlite3.Connection:
        """The connection of the driver, for what only it can do."""
        driver = self._pooled.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 -- for the type checker
        return driver

    def close(self) -> None:
        """Give the connection back."""
        self._cursor.close()
        self._pooled.close()

    def rows(self, statement: Statement, **parameters: object) -> list[Row]:
        """Return all rows."""
        self._run(statement, parameters)
        return list(self._cursor.fetchall())

    def row(self, statement: Statement, **parameters: object) -> Row | None:
        """Return the first row."""
        rows = self.rows(statement, **parameters)
        return rows[0] if rows else None

    def write(self, statement: Statement, **parameters: object) -> int:
        """Write; return how many rows it changed."""
        self._run(statement, parameters)
        return self._cursor.rowcount

    def write_many(self, statement: Statement, rows: Sequence[Parameters]) -> int:
        """Write once for each of the rows; return how many rows it changed."""
        if not rows:
            return 0
        text, names = self._prepared(statement)
        self._cursor.executemany(text, [_positional(names, row) for row in rows])
        return self._cursor.rowcount

    def find(self, statement: Statement) -> list[Row]:
        """Return all rows of a statement that was put together for this one time."""
        text, names = self._compile(statement)
        self._cursor.execute(text, _positional(names, {}))
        return list(self._cursor.fetchall())

    def _run(self, statement: Statement, parameters: Parameters) -> None:
        text, names = self._prepared(statement)
        self._cursor.execute(text, _positional(names, parameters))

    def _prepared(self, statement: Statement) -> Prepared:
        prepared = self._compiled.get(statement)
        if prepared is None:
            prepared = self._compiled[statement] = self._compile(statement)
        return prepared

    def _compile(self, statement: Statement) -> Prepared:
        compiled = statement.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 -- for the type checker
        constants = compiled.construct_params(_check=False)
        required = {name for name, bind in compiled.binds.items() if bind.required}
        names = ((name, None) if name in required else (None, constants[name]) for name in compiled.positiontup or ())
        return str(compiled), tuple(names)


def _positional(names: Names, parameters: Parameters) -> list[object]:
    return [constant if name is None else parameters[name] for name, constant in names]


class Database:
    """A database and the one thread that speaks with it."""

    def __init__(self, url: str, *, inline: bool = False, durable: bool = True) -> None:
        """Name a database.

        Args:
            inline: Run work in the caller's thread: for simulations and a database in memory.
            durable: Wait until a transaction is on disk.
        """
        self._url = url
        self._durable = durable
        self._thread = None if inline else ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._engine: Engine | None = None
        self._session: Session | None = None
        self._closed = False
        self.file: Final = dialect.database_file(url)

    @classmethod
    async def open(cls, url: str, *, inline: bool = False, durable: bool = True) -> "Database":
        """Open a database and bring its tables up to date.

        Raises:
            StoreError: If it is damaged, cannot be opened, or was written by a newer version of the program.
        """
        database = cls(url, inline=inline, durable=durable)
        try:
            await database._call(database._open)
        except BaseException:
            await database.close()
            raise
        return database

    async def run(self, work: Callable[[Session], T]) -> T:
        """Run work in the database thread, inside one transaction; when it returns, that is on disk.

        Raises:
            StoreBusy: If the database is busy or the disk full. StoreError: If it is damaged. Nothing is written.
        """
        return await self._call(lambda: self._transact(work))

    async def close(self) -> None:
        """Finish what runs, and close the database; closing it again is no error."""
        if not self._closed:
            await self._call(self._dispose)
            self._closed = True
        if self._thread is not None:
            self._thread.shutdown()

    async def backup(self, path: Path) -> None:
        """Write a consistent copy; work goes on meanwhile, unless the database is in memory.

        Raises:
            StoreError: If the copy cannot be written; then an earlier file of that name is left as it was.
        """
        if self.file is None:
            await self._call(lambda: _copy(self._driver(), path))
        else:
            await asyncio.to_thread(_copy_file, self.file, path)

    async def _call(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise StoreError(f"The database {self._place} is closed.")
        if self._thread is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        with translated(self._place):
            if self.file is not None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            self._engine = dialect.connect(self._url, durable=self._durable)
            with self._engine.connect() as connection:
                migrate(connection, self._place)
            self._session = Session(self._engine)

    def _transact(self, work: Callable[[Session], T]) -> T:
        if self._session is None:
            raise StoreError(f"The database {self._place} is closed.")
        with translated(self._place):
            return self._session.transact(work)

    def _dispose(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _driver(self) -> sqlite3.Connection:
        if self._session is None:
            raise StoreError(f"The database {self._place} is closed.")
        return self._session.driver

    @property
    def _place(self) -> str:
        return str(self.file) if self.file is not None else "in memory"


@contextlib.contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the errors of the driver, and of the file system, into ours: the one place where that is done."""
    try:
        yield
    except DBAPIError as error:
        raise dialect.translate(error.orig or error, place) from error
    except sqlite3.Error as error:
        raise dialect.translate(error, place) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise StoreError("A value cannot be stored: it is no Unicode text, or a number too large.") from error
    except OSError as error:
        hint = "Check that its folder exists and may be written to."
        raise StoreError(f"The database {place} cannot be opened: {error.strerror}.", hint=hint) from error


def _copy_file(source: Path, path: Path) -> None:
    with translated(str(source)), contextlib.closing(sqlite3.connect(source)) as connection:
        _copy(connection, path)


def _copy(source: sqlite3.Connection, path: Path) -> None:
    """Copy in one step, so that the copy is of one moment, then put it in place."""
    part = path.with_name(path.name + ".part")
    with translated(str(path)):
        part.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.replace(path)
