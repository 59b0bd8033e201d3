"""Find entries by words and by vectors."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import structlog

from knowledge.analyze import Analysis, analyze, query_terms
from knowledge.audience import visible
from knowledge.features import AnalyzedEntry, analyze_entry
from knowledge.rank import Candidate, families, rank
from vigil_bot.errors import ModelError, SettingsError, VectorIndexError
from vigil_bot.model.knowledge import Hit, KnowledgeEntry, Viewer
from vigil_bot.ports.knowledge import Embedder, EntryStore, VectorIndex

OVERFETCH = 100  # nearest by words and by vectors
MAX_OVERFETCH = 2_000
ENOUGH = 24  # visible entries; with fewer, it is worth while to look further
CONSIDERED = 30  # visible entries that are ranked in detail, or twice as many as are wanted
MAX_TERMS = 32
REMEMBERED = 4_096  # analysed entries
_CHUNK = 50
_RECIPROCAL = 20.0
COMMON_SHARE = 0.05  # of the entries; a term in more of them makes a search slow and tells little
SMALL_BASE = 1_000  # entries; up to here every search is quick
REMEMBERED_TERMS = 20_000
MAX_POSTINGS = 5_000  # of all terms of a search together: beyond it, the commonest are left out
FEW = 2_000  # entries; whoever may see no more has all of them compared
MOST = 0.25  # of the entries; whoever may see more has what they may not see sorted out afterwards
HIDDEN = 0.7  # of the entries; whoever may see more has what they may not see read and thrown away
MAX_NEAREST = 400
REMEMBERED_VIEWERS = 10_000

_log = structlog.get_logger(__name__)


class Frequencies:
    """Document frequencies of an entry store; they may be a little out of date."""

    def __init__(self, entries: EntryStore) -> None:
        self._entries = entries
        self._total = 0
        self._counts: dict[str, int] = {}

    def forget(self) -> None:
        """Count anew: many entries have changed."""
        self._total = 0
        self._counts.clear()

    async def telling(self, terms: Sequence[str]) -> list[str]:
        """Return the terms that few entries have, in the order given, and in any case the rarest one."""
        if not self._total:
            self._total = await self._entries.count()
        if self._total <= SMALL_BASE:
            self._total = 0  # it may grow out of that any time
            return list(terms)
        unknown = [term for term in terms if term not in self._counts]
        if unknown:
            if len(self._counts) > REMEMBERED_TERMS:
                self.forget()
                unknown = list(terms)
            self._total, counts = await self._entries.document_frequencies(unknown)
            self._counts.update(counts)
        return self._chosen(terms)

    def _chosen(self, terms: Sequence[str]) -> list[str]:
        rising = sorted(terms, key=lambda term: self._counts[term])
        sums = accumulate(self._counts[term] for term in rising)
        rare = {t for t, total in zip(rising, sums, strict=True) if total <= MAX_POSTINGS}
        rare = {t for t in rare if self._counts[t] <= COMMON_SHARE * self._total}
        return [t for t in terms if t in rare or t == rising[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """How much of everything somebody may see; ids are all of it, where it is little."""

    share: float = 1.0
    ids: Sequence[str] | None = None

    @property
    def filters(self) -> bool:
        """Whether it pays to search only in what may be seen."""
        return self.share < MOST

    @property
    def hides(self) -> bool:
        """Whether so much is hidden that it pays to leave it out before it is read."""
        return self.ids is None and self.share < HIDDEN

    def nearest(self, limit: int) -> int:
        """Return how many of the nearest to ask for, so that enough of them may be seen."""
        if self.ids is not None or limit > MAX_NEAREST:
            return limit
        return max(limit, min(MAX_NEAREST, int(ENOUGH / self.share)))


_ALL = _Sight()


class Finder:
    """Finds entries; by_vectors says whether vectors may be used as well as words."""

    def __init__(self, entries: EntryStore, vectors: VectorIndex, embedder: Embedder) -> None:
        self._entries = entries
        self._vectors = vectors
        self._embedder = embedder
        self._analyzed: OrderedDict[tuple[str, int], AnalyzedEntry] = OrderedDict()
        self._frequencies = Frequencies(entries)
        self._shares: dict[Viewer, float] = {}
        self.by_vectors = True

    def forget_frequencies(self) -> None:
        """Count anew how many entries have a term, and who may see how many: many have changed."""
        self._frequencies.forget()
        self._shares.clear()

    async def find(
        self, text: str, *, viewer: Viewer | None, limit: int, before: float | None, candidates: Sequence[str] | None
    ) -> list[Hit]:
        """Return entries about the text, best first; with candidates, exactly those of them that may be seen."""
        if not await self._entries.entries(limit=1):
            return []
        question = analyze(text)
        if candidates is None:
            found, cosines = await self._nearest(text, question, viewer, before, count=max(CONSIDERED, 2 * limit))
            return self._without_doubles(self._ranked(question, found, cosines, before), limit)
        found = [entry for entry in await self._entries.load(candidates) if visible(entry, viewer, before=before)]
        ids = [entry.id for entry in found]
        cosines = await self._cosines(text, question, limit=max(1, len(ids)), among=ids)
        return self._ranked(question, found, cosines, before)

    async def _nearest(
        self, text: str, question: Analysis, viewer: Viewer | None, before: float | None, *, count: int
    ) -> tuple[list[KnowledgeEntry], dict[str, float]]:
        """Return entries that are near by words or vectors and may be seen; looks further where others hide them."""
        terms = await self._frequencies.telling(query_terms(question, limit=MAX_TERMS))
        sight = _ALL if viewer is None else await self._sight(viewer)
        searched = viewer if sight.filters else None
        for limit in (max(OVERFETCH, count), MAX_OVERFETCH):
            words = await self._entries.search_words(terms, limit=limit, before=before, viewer=searched)
            cosines = await self._cosines(text, question, limit=sight.nearest(limit), among=sight.ids)
            near = _merged([entry_id for entry_id, _ in words], list(cosines))
            found = await self._load(near, viewer, before, count=count, sift=sight.hides)
            if len(found) >= ENOUGH or sight.ids is not None or max(len(words), len(cosines)) < limit:
                break
        return found, cosines

    async def _sight(self, viewer: Viewer) -> "_Sight":
        """Return how much of everything a viewer may see; what is remembered of that may be a little out of date."""
        share = self._shares.get(viewer)
        if share is None:
            if len(self._shares) >= REMEMBERED_VIEWERS:
                self._shares.clear()
            seen, total = await self._entries.count_seen_by(viewer), max(1, await self._entries.count())
            share = self._shares[viewer] = 0.0 if seen <= min(FEW, MOST * total) else seen / total
        if share:
            return _Sight(share=share)
        ids = await self._entries.seen_by(viewer, limit=2 * FEW)
        return _Sight(share=share, ids=ids)

    async def _cosines(
        self, text: str, question: Analysis, *, limit: int, among: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Return the cosines of the nearest entries, or of these, best first; none where vectors cannot help."""
        if not self.by_vectors or question.language not in self._embedder.languages or not text.strip():
            return {}
        try:
            (vector,) = await self._embedder.embed([text])
            if among is not None:
                return dict(await self._vectors.among(among, vector, limit=limit))
            return dict(await self._vectors.query(vector, limit=limit))
        except (VectorIndexError, ModelError, SettingsError) as error:
            _log.warning("vectors.skipped", why=str(error))
            return {}

    async def _load(
        self, ids: Sequence[str], viewer: Viewer | None, before: float | None, *, count: int, sift: bool
    ) -> list[KnowledgeEntry]:
        """Return the first of the entries that may be seen, so many; sift reads no others, where they are many."""
        found: list[KnowledgeEntry] = []
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            if sift and viewer is not None:
                chunk = await self._entries.seen_among(chunk, viewer)
            loaded = {entry.id: entry for entry in await self._entries.load(chunk)}
            found += [loaded[i] for i in chunk if i in loaded and visible(loaded[i], viewer, before=before)]
            if len(found) >= count:
                break
        return found[:count]

    def _ranked(
        self, question: Analysis, found: Sequence[KnowledgeEntry], cosines: dict[str, float], now: float | None
    ) -> list[Hit]:
        candidates = [Candidate(entry=e, analyzed=self._analyze(e), cosine=cosines.get(e.id)) for e in found]
        spoken = self._embedder.languages if cosines else frozenset[str]()
        return rank(question, candidates, embedder=self._embedder.name, spoken=spoken, now=now)

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


def _merged(words: Sequence[str], vectors: Sequence[str]) -> list[str]:
    """Return the ids of two rankings, those that both rank well first."""
    scores: dict[str, float] = {}
    for ranking in (words, vectors):
        for place, entry_id in enumerate(ranking):
            scores[entry_id] = scores.get(entry_id, 0.0) + 1.0 / (_RECIPROCAL + place)
    return sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
