"""Knowledge entries: fits `vigil_bot.ports.knowledge.EntryStore`."""

from collections.abc import Sequence

from adapters.store import entry_rows, restoring, vector_state, words
from adapters.store.database import Database, Session
from adapters.store.entry_rows import Change
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, KnowledgeEntry, Viewer
from vigil_bot.ports.knowledge import EntryWords


class SqlEntries:
    """Entries with their versions, sources and words; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float, words: EntryWords
    ) -> KnowledgeEntry:
        """Store an entry as a new version and return it as stored.

        Counts of use never go back: what was counted since the entry was read is kept.
        """
        change = Change(kind=kind, by=by, why=why, at=at)
        return await self._database.run(lambda session: entry_rows.put(session, entry, words, change))

    async def put_many(
        self, entries: Sequence[tuple[KnowledgeEntry, EntryWords]], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many in one transaction, skipping those whose content_hash is stored; return how many changed."""
        change = Change(kind=kind, by=by, why=why, at=at)

        def store(session: Session) -> int:
            return sum(entry_rows.put_new(session, entry, words, change) for entry, words in entries)

        return await self._database.run(store)

    async def restore(
        self,
        entries: Sequence[tuple[KnowledgeEntry, Sequence[EntryVersion], EntryWords]],
        *,
        by: str,
        why: str,
        at: float,
    ) -> int:
        """Store entries with those of their versions that are missing, in one transaction; return how many changed."""
        change = Change(kind=ChangeKind.IMPORT, by=by, why=why, at=at)

        def store(session: Session) -> int:
            return sum(restoring.restore(session, entry, come, words, change) for entry, come, words in entries)

        return await self._database.run(store)

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        return await self._database.run(lambda session: entry_rows.get(session, entry_id))

    async def load(self, entry_ids: Sequence[str]) -> list[KnowledgeEntry]:
        """Return those of the entries that exist, in the order asked for."""
        return await self._database.run(lambda session: entry_rows.load(session, entry_ids))

    async def search_words(
        self, terms: Sequence[str], *, limit: int, before: float | None = None, viewer: Viewer | None = None
    ) -> list[tuple[str, float]]:
        """Return (entry id, BM25 score) of usable entries that have any of the terms, best first."""
        return await self._database.run(
            lambda session: words.search(session, terms, limit=limit, before=before, viewer=viewer)
        )

    async def seen_by(self, viewer: Viewer, *, limit: int) -> list[str]:
        """Return ids of usable entries that may be shown to the viewer, so many, in any order."""
        return await self._database.run(lambda session: words.seen(session, viewer, limit=limit))

    async def seen_among(self, entry_ids: Sequence[str], viewer: Viewer) -> list[str]:
        """Return those of the usable entries that may be shown to the viewer, in the order given."""
        return await self._database.run(lambda session: words.seen_among(session, entry_ids, viewer))

    async def count_seen_by(self, viewer: Viewer) -> int:
        """Return how many usable entries may be shown to the viewer."""
        return await self._database.run(lambda session: words.count_seen(session, viewer))

    async def document_frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return the number of usable entries and, for each term, how many have it; of what very many have, not all are counted."""
        return await self._database.run(lambda session: words.frequencies(session, terms))

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        return await self._database.run(lambda session: entry_rows.history(session, entry_id))

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        return await self._database.run(
            lambda session: entry_rows.page(session, after_id=after_id, limit=limit, confidence=confidence)
        )

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        return await self._database.run(lambda session: entry_rows.from_thread(session, conversation))

    async def created_since(self, at: float, *, limit: int = 200) -> list[KnowledgeEntry]:
        """Return the entries that were created since then, newest first."""
        return await self._database.run(lambda session: entry_rows.created_since(session, at, limit=limit))

    async def count(self) -> int:
        """Return how many entries there are."""
        return await self._database.run(entry_rows.count)

    async def pending_vectors(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries whose vector is not that of their current version and of the current embedder."""
        return await self._database.run(lambda session: entry_rows.without_vector(session, limit=limit))

    async def vectors_stored(self, entries: Sequence[KnowledgeEntry]) -> None:
        """Record that the vectors of these versions are in the index."""
        await self._database.run(lambda session: vector_state.stored(session, entries))

    async def reset_vectors(self, embedder: str) -> None:
        """Make every vector pending, for this embedder."""
        await self._database.run(lambda session: vector_state.reset(session, embedder))

    async def vector_embedder(self) -> str | None:
        """Return the name of the embedder that made the stored vectors."""
        return await self._database.run(vector_state.embedder)
