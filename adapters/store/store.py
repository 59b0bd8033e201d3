"""The SQL store: one database behind all ports of storage."""

from pathlib import Path
from typing import Final

from sqlalchemy import text

from adapters.store.cases import SqlCases
from adapters.store.clusters import SqlClusters
from adapters.store.database import Database
from adapters.store.documents import SqlDocuments
from adapters.store.entries import SqlEntries
from adapters.store.forgetting import SqlForgetting
from adapters.store.labels import SqlLabels
from adapters.store.ledger import SqlLedger
from adapters.store.queue import SqlQueue
from adapters.store.reviewing import SqlReviewed
from adapters.store.spending import SqlSpending
from adapters.store.threads import SqlThreads
from adapters.store.transcript import LongThreads, SqlTranscript
from adapters.store.watches import SqlWatches
from vigil_bot.errors import StoreError

_ANYTHING = text("SELECT 1")


class Store:
    """An open database, with one object for each port."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self.queue: Final = SqlQueue(database)
        known = LongThreads()
        self.transcript: Final = SqlTranscript(database, known)
        self.threads: Final = SqlThreads(database, known)
        self.ledger: Final = SqlLedger(database)
        self.labels: Final = SqlLabels(database)
        self.spending: Final = SqlSpending(database)
        self.cases: Final = SqlCases(database)
        self.clusters: Final = SqlClusters(database)
        self.watches: Final = SqlWatches(database)
        self.entries: Final = SqlEntries(database)
        self.documents: Final = SqlDocuments(database)
        self.forgetting: Final = SqlForgetting(database)
        self.reviewed: Final = SqlReviewed(database)

    @classmethod
    async def open(cls, url: str, *, inline: bool = False, durable: bool = True) -> "Store":
        """Open a database, making or updating its tables.

        Args:
            url: An SQLAlchemy URL such as `sqlite:////var/lib/vigil/vigil.db`; `sqlite://` is in memory.
            inline: Work in the caller's thread: for simulations and databases in memory.
            durable: Wait until each transaction is on disk.

        Raises:
            StoreError: If it is damaged, cannot be opened, or was written by a newer version of the program.
        """
        return cls(await Database.open(url, inline=inline, durable=durable))

    async def close(self) -> None:
        """Finish what runs, and close the database."""
        await self._database.close()

    async def backup(self, path: Path) -> None:
        """Write a consistent copy to a file while work goes on. Raises StoreError."""
        await self._database.backup(path)

    async def healthy(self) -> bool:
        """Whether the database answers."""
        try:
            await self._database.run(lambda session: session.row(_ANYTHING))
        except StoreError:
            return False
        return True
