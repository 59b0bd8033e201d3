"""One SQLite file behind one thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from vigil_bot.errors import StoreBusy, StoreError

T = TypeVar("T")


class Database:
    """Runs work in its thread, one transaction after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-chat")
        self._engine: Engine | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run work inside one transaction and return its result once it is on disk.

        Raises:
            StoreBusy: If the disk is full or the file is locked. StoreError: If the file is damaged. Nothing is written.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    async def close(self) -> None:
        """Finish what runs, and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._dispose)
        self._thread.shutdown()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._engine is None:
                self._engine = _connect(self._path)
            with self._engine.begin() as connection:
                return work(connection)
        except OperationalError as error:
            hint = "Is the disk full, or the folder not writable?"
            raise StoreBusy(f"The local chat in {self._path} cannot be read or written.", hint=hint) from error
        except DBAPIError as error:
            raise StoreError(f"The local chat in {self._path} is damaged.", hint="Restore it or remove it.") from error

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()


def _connect(path: Path) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    with engine.connect() as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
    return engine
