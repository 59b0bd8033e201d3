"""Knowledge entries, their words and their vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vigil_bot.model.knowledge import (
    ChangeKind,
    Confidence,
    EntryVersion,
    Hit,
    KnowledgeEntry,
    Viewer,
)


class EntryWords(Protocol):
    """The analysed text of an entry for the words index: terms joined by spaces, one text a field."""

    @property
    def title(self) -> str:
        """Terms of the title."""
        ...

    @property
    def issue(self) -> str:
        """Terms of issue and environment."""
        ...

    @property
    def resolution(self) -> str:
        """Terms of resolution and cause."""
        ...


class EntryStore(Protocol):
    """Knowledge entries in SQL: the truth, with versions, and the words index beside it in the same transaction.

    Texts for the words index come analysed (stemmed, Chinese in bigrams, joined by spaces), so that every database finds the
    same.
    """

    async def put(
        self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float, words: "EntryWords"
    ) -> KnowledgeEntry:
        """Store an entry as a new version (1 if it is new) and return it as stored. Its vector becomes pending."""
        ...

    async def put_many(
        self, entries: Sequence[tuple[KnowledgeEntry, "EntryWords"]], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many in one transaction, skipping those whose content_hash is stored already; return how many changed."""
        ...

    async def restore(
        self,
        entries: Sequence[tuple[KnowledgeEntry, Sequence[EntryVersion], "EntryWords"]],
        *,
        by: str,
        why: str,
        at: float,
    ) -> int:
        """Store entries with those of their versions that are missing, in one transaction; return how many changed.

        An entry that went on differently here gets what comes as one more version.
        """
        ...

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def load(self, entry_ids: Sequence[str]) -> list[KnowledgeEntry]:
        """Return those of the entries that exist, in any order."""
        ...

    async def search_words(
        self, terms: Sequence[str], *, limit: int, before: float | None = None, viewer: Viewer | None = None
    ) -> list[tuple[str, float]]:
        """Return (entry id, BM25 score, higher is better) of usable entries that have any of the terms, best first.

        With a viewer, only of those whose audience allows them.
        """
        ...

    async def seen_by(self, viewer: Viewer, *, limit: int) -> list[str]:
        """Return ids of usable entries whose audience allows the viewer, so many, in any order."""
        ...

    async def seen_among(self, entry_ids: Sequence[str], viewer: Viewer) -> list[str]:
        """Return those of the entries that are usable and whose audience allows the viewer, in the order given."""
        ...

    async def count_seen_by(self, viewer: Viewer) -> int:
        """Return how many usable entries there are whose audience allows the viewer."""
        ...

    async def document_frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return the number of entries and, for each term, how many have it; of what very many have, not all are counted."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        ...

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        ...

    async def created_since(self, at: float, *, limit: int = 200) -> list[KnowledgeEntry]:
        """Return the entries that were created since then, newest first."""
        ...

    async def count(self) -> int:
        """Return how many entries there are."""
        ...

    async def pending_vectors(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries whose vector is not that of their current version and of the current embedder."""
        ...

    async def vectors_stored(self, entries: Sequence[KnowledgeEntry]) -> None:
        """Record that the vectors of these versions are in the index."""
        ...

    async def reset_vectors(self, embedder: str) -> None:
        """Make every vector pending, for this embedder."""
        ...

    async def vector_embedder(self) -> str | None:
        """Return the name of the embedder that made the stored vectors."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorCheck:
    """What a comparison of entries and vectors found, and put right: vectors made, replaced and removed."""

    entries: int
    made: int = 0
    replaced: int = 0
    removed: int = 0


class VectorIndex(Protocol):
    """Nearest neighbours by cosine."""

    async def upsert(self, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Store vectors, replacing those of the same ids."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are no error."""
        ...

    async def query(self, vector: Sequence[float], *, limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest, best first."""
        ...

    async def among(self, ids: Sequence[str], vector: Sequence[float], *, limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest of these ids, best first; exact, and meant for some thousand."""
        ...

    async def get(self, ids: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """Return the vectors of those ids that there are."""
        ...

    async def ids(self) -> set[str]:
        """Return the ids of all vectors."""
        ...

    async def clear(self) -> None:
        """Start anew, for vectors of whatever length."""
        ...

    async def count(self) -> int:
        """Return how many vectors there are."""
        ...


class Embedder(Protocol):
    """Makes vectors of unit length from texts."""

    @property
    def name(self) -> str:
        """What it is called; another name means other vectors."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """Languages ("en", "zh") in which its cosine means something."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text."""
        ...


class KnowledgeFinder(Protocol):
    """Finds entries."""

    async def find(
        self,
        text: str,
        *,
        viewer: Viewer | None,
        limit: int = 5,
        before: float | None = None,
        candidates: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return entries about the text, best first.

        Args:
            viewer: Only what may be shown there; None for a trusted local operator, who sees all.
            before: Only entries created earlier.
            candidates: Rank exactly these.
        """
        ...


class Telling(Protocol):
    """Tells what is about a question from what only uses the words that everybody uses where it is asked."""

    def told_apart(self, question: str, hits: Sequence[Hit], around: Sequence[str]) -> list[Hit]:
        """Return hits with the scores that they have left when chance is taken away; their order stays.

        Args:
            around: What people said in the channel of late, without the thread itself.
        """
        ...


class KnowledgeKeeper(KnowledgeFinder, Protocol):
    """Finds entries, and keeps SQL, words and vectors in step."""

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        ...

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version, in SQL first, then in the vectors."""
        ...

    async def put_many(
        self, entries: Sequence[KnowledgeEntry], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many, skipping those whose content is stored already; return how many changed."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def archive(self, entry_id: str, *, by: str, why: str, at: float) -> KnowledgeEntry:
        """Take an entry out of use, as a new version. Raises NotFoundError."""
        ...

    async def revert(self, entry_id: str, to_version: int, *, by: str, at: float) -> KnowledgeEntry:
        """Make an earlier version the newest. Raises NotFoundError."""
        ...

    async def reindex(self) -> int:
        """Make all vectors anew; return how many."""
        ...

    async def check(self) -> VectorCheck:
        """Compare all entries with their vectors, and put right what differs."""
        ...
