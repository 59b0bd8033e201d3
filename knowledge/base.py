"""The knowledge base: entries in SQL with their words, vectors beside them, and finding across both."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from knowledge.analyze import Analysis, Words, analyze, entry_words, query_terms
from knowledge.audience import visible
from knowledge.features import AnalyzedEntry, analyze_entry, head_text
from knowledge.frequencies import Frequencies
from knowledge.rank import Candidate, families, rank
from vigil_bot.errors import ModelError, NotFoundError, SettingsError, VectorIndexError
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, Hit, KnowledgeEntry, Viewer
from vigil_bot.ports.knowledge import Embedder, EntryStore, VectorIndex

OVERFETCH = 100  # nearest by words and by vectors
MAX_OVERFETCH = 2_000
ENOUGH = 40  # visible entries; with fewer, it is worth while to look further
CONSIDERED = 50  # visible entries that are ranked in detail, or twice as many as are wanted
MAX_TERMS = 16
SYNC_BATCH = 128
AUTO_REINDEX = 1_000  # entries; more takes long enough for a person to decide
REMEMBERED = 4_096  # analysed entries
_CHUNK = 50
_RECIPROCAL = 20.0

Progress = Callable[[int], None]
_log = structlog.get_logger(__name__)


def _silent(_done: int) -> None:
    pass


class KnowledgeBase:
    """Finds entries, and keeps SQL, words and vectors in step; SQL is the truth.

    trouble says what is wrong with the vectors, in one line with the mend; None while all is well. Until it is mended,
    entries are found by their words.
    """

    def __init__(self, entries: EntryStore, vectors: VectorIndex, embedder: Embedder) -> None:
        self._entries = entries
        self._vectors = vectors
        self._embedder = embedder
        self._analyzed: OrderedDict[tuple[str, int], AnalyzedEntry] = OrderedDict()
        self._frequencies = Frequencies(entries)
        self.trouble: str | None = None

    @property
    def embedder(self) -> str:
        """The name of what makes the vectors."""
        return self._embedder.name

    async def open(self) -> None:
        """See that the vectors are there and the embedder's own, and make what a crash left out."""
        try:
            await self._open_vectors()
        except (VectorIndexError, ModelError, SettingsError) as error:
            self._report(str(error))

    async def find(
        self,
        text: str,
        *,
        viewer: Viewer | None,
        limit: int = 5,
        before: float | None = None,
        candidates: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return entries about the text, best first; with candidates, exactly those of them that may be seen."""
        question = analyze(text)
        if candidates is None:
            found, cosines = await self._nearest(text, question, viewer, before, count=max(CONSIDERED, 2 * limit))
            return self._without_doubles(self._ranked(question, found, cosines), limit)
        found = [entry for entry in await self._entries.load(candidates) if visible(entry, viewer, before=before)]
        cosines = await self._cosines(text, question, limit=OVERFETCH)
        if {entry.id for entry in found} - cosines.keys():
            cosines = await self._cosines(text, question, limit=await self._entries.count())
        return self._ranked(question, found, cosines)

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        return await self._entries.get(entry_id)

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        return await self._entries.entries(after_id=after_id, limit=limit, confidence=confidence)

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        return await self._entries.from_thread(conversation)

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        return await self._entries.history(entry_id)

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version, in SQL first, then in the vectors; what fails there is made up for later."""
        stored = await self._entries.put(entry, kind=kind, by=by, why=why, at=at, words=_words(entry))
        await self._try_index([stored])
        return stored

    async def put_many(
        self, entries: Sequence[KnowledgeEntry], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many, skipping those whose content is stored already; return how many changed."""
        worded = [(entry, _words(entry)) for entry in entries]
        changed = await self._entries.put_many(worded, kind=kind, by=by, why=why, at=at)
        self._frequencies.forget()
        if changed and self.trouble is None:
            try:
                await self.sync()
            except (VectorIndexError, ModelError, SettingsError) as error:
                self._report(str(error))
        return changed

    async def archive(self, entry_id: str, *, by: str, why: str, at: float) -> KnowledgeEntry:
        """Take an entry out of use, as a new version. Raises NotFoundError."""
        entry = replace(await self._existing(entry_id), confidence=Confidence.ARCHIVED, updated_at=at)
        return await self.put(entry, kind=ChangeKind.ARCHIVE, by=by, why=why, at=at)

    async def revert(self, entry_id: str, to_version: int, *, by: str, at: float) -> KnowledgeEntry:
        """Make an earlier version the newest, as a new version. Raises NotFoundError."""
        current = await self._existing(entry_id)
        for version in await self._entries.history(entry_id):
            if version.entry.version == to_version:
                entry = replace(version.entry, version=current.version, updated_at=at)
                return await self.put(entry, kind=ChangeKind.REVERT, by=by, why=f"back to version {to_version}", at=at)
        raise NotFoundError(f"Entry {entry_id!r} has no version {to_version}.", hint="`vigil kb history` shows them.")

    async def sync(self, progress: Progress = _silent) -> int:
        """Make the vectors that are missing; return how many. Raises VectorIndexError, ModelError."""
        done = 0
        while pending := await self._entries.pending_vectors(limit=SYNC_BATCH):
            await self._index(pending)
            done += len(pending)
            progress(done)
        return done

    async def reindex(self, progress: Progress = _silent) -> int:
        """Make all vectors anew, whatever was there; return how many. Raises VectorIndexError, ModelError."""
        await self._vectors.clear(dimensions=self._embedder.dimensions)
        await self._entries.reset_vectors(self._embedder.name)
        done = await self.sync(progress)
        self.trouble = None
        return done

    async def _open_vectors(self) -> None:
        made_by = await self._entries.vector_embedder()
        entries, vectors = await self._entries.count(), await self._vectors.count()
        lost = entries > 0 and vectors == 0
        if made_by == self._embedder.name and not lost:
            await self.sync()
        elif entries <= AUTO_REINDEX:
            await self.reindex()
            if entries:
                _log.info("vectors.remade", embedder=self._embedder.name, before=made_by, entries=entries)
        else:
            what = "are missing" if lost else f"were made by {made_by}, and {self._embedder.name} is in use now"
            self._report(f"The vectors of {entries} entries {what}. Run `vigil kb reindex`.")

    def _report(self, trouble: str) -> None:
        if self.trouble is None:
            _log.error("vectors.unusable", why=trouble)
        self.trouble = trouble

    async def _existing(self, entry_id: str) -> KnowledgeEntry:
        entry = await self._entries.get(entry_id)
        if entry is None:
            raise NotFoundError(f"There is no entry {entry_id!r}.", hint="`vigil kb list` shows them.")
        return entry

    async def _try_index(self, entries: Sequence[KnowledgeEntry]) -> None:
        if self.trouble is not None:
            return
        try:
            await self._index(entries)
        except (VectorIndexError, ModelError, SettingsError) as error:
            _log.warning("vectors.postponed", entries=len(entries), why=str(error))

    async def _index(self, entries: Sequence[KnowledgeEntry]) -> None:
        usable = [entry for entry in entries if entry.usable]
        vectors = await self._embedder.embed([head_text(entry) for entry in usable])
        await self._vectors.upsert([entry.id for entry in usable], vectors)
        await self._vectors.delete([entry.id for entry in entries if not entry.usable])
        await self._entries.vectors_stored(entries)

    async def _nearest(
        self, text: str, question: Analysis, viewer: Viewer | None, before: float | None, *, count: int
    ) -> tuple[list[KnowledgeEntry], dict[str, float]]:
        """Return entries that are near by words or vectors and may be seen; looks further where others hide them."""
        terms = await self._frequencies.telling(query_terms(question, limit=MAX_TERMS))
        for limit in (max(OVERFETCH, count), MAX_OVERFETCH):
            words = await self._entries.search_words(terms, limit=limit, before=before)
            cosines = await self._cosines(text, question, limit=limit)
            found = await self._load(
                _merged([entry_id for entry_id, _ in words], list(cosines)), viewer, before, count=count
            )
            if len(found) >= ENOUGH or max(len(words), len(cosines)) < limit:
                break
        return found, cosines

    async def _cosines(self, text: str, question: Analysis, *, limit: int) -> dict[str, float]:
        """Return the cosines of the nearest entries, best first; none where vectors cannot help."""
        if self.trouble is not None or question.language not in self._embedder.languages or not text.strip():
            return {}
        try:
            (vector,) = await self._embedder.embed([text])
            return dict(await self._vectors.query(vector, limit=limit))
        except (VectorIndexError, ModelError, SettingsError) as error:
            _log.warning("vectors.skipped", why=str(error))
            return {}

    async def _load(
        self, ids: Sequence[str], viewer: Viewer | None, before: float | None, *, count: int
    ) -> list[KnowledgeEntry]:
        """Return the first of the entries that may be seen, so many."""
        found: list[KnowledgeEntry] = []
        for start in range(0, len(ids), _CHUNK):
            loaded = {entry.id: entry for entry in await self._entries.load(ids[start : start + _CHUNK])}
            ordered = (loaded[i] for i in ids[start : start + _CHUNK] if i in loaded)
            found += [entry for entry in ordered if visible(entry, viewer, before=before)]
            if len(found) >= count:
                break
        return found[:count]

    def _ranked(self, question: Analysis, found: Sequence[KnowledgeEntry], cosines: dict[str, float]) -> list[Hit]:
        candidates = [Candidate(entry=e, analyzed=self._analyze(e), cosine=cosines.get(e.id)) for e in found]
        spoken = self._embedder.languages if cosines else frozenset[str]()
        return rank(question, candidates, embedder=self._embedder.name, spoken=spoken)

    def _without_doubles(self, hits: Sequence[Hit], limit: int) -> list[Hit]:
        best = hits[: 3 * limit]
        return families(best, {hit.entry.id: self._analyze(hit.entry) for hit in best})[:limit]

    def _analyze(self, entry: KnowledgeEntry) -> AnalyzedEntry:
        key = (entry.id, entry.version)
        analyzed = self._analyzed.get(key)
        if analyzed is None:
            analyzed = self._analyzed[key] = analyze_entry(entry)
            if len(self._analyzed) > REMEMBERED:
                self._analyzed.popitem(last=False)
        else:
            self._analyzed.move_to_end(key)
        return analyzed


def _words(entry: KnowledgeEntry) -> Words:
    return entry_words(
        title=entry.title,
        issue=f"{entry.issue}\n{entry.environment}",
        resolution=f"{entry.resolution}\n{entry.cause or ''}",
    )


def _merged(words: Sequence[str], vectors: Sequence[str]) -> list[str]:
    """Return the ids of two rankings, those that both rank well first."""
    scores: dict[str, float] = {}
    for ranking in (words, vectors):
        for place, entry_id in enumerate(ranking):
            scores[entry_id] = scores.get(entry_id, 0.0) + 1.0 / (_RECIPROCAL + place)
    return sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
