"""Compare entries with their vectors, and put right what differs: SQL is the truth."""

from collections.abc import Iterable, Sequence

from knowledge.features import head_text
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.ports.knowledge import Embedder, EntryStore, VectorCheck, VectorIndex

PAGE = 200
SAME = 0.999  # the cosine of a vector with itself, after it was rounded


async def check_vectors(entries: EntryStore, vectors: VectorIndex, embedder: Embedder) -> VectorCheck:
    """Compare every entry with its vector, and make, replace and remove what is wrong. Raises VectorIndexError, ModelError."""
    left, made, replaced, after = await vectors.ids(), 0, 0, ""
    count = 0
    while page := await entries.entries(after_id=after, limit=PAGE):
        usable = [entry for entry in page if entry.usable]
        there = await vectors.get([entry.id for entry in usable])
        right = await embedder.embed([head_text(entry) for entry in usable])
        missing = [e for e in usable if e.id not in there]
        stale = [e for e, v in zip(usable, right, strict=True) if e.id in there and _cosine(there[e.id], v) < SAME]
        await _make(entries, vectors, embedder, [*missing, *stale])
        made, replaced, count = made + len(missing), replaced + len(stale), count + len(usable)
        left -= {entry.id for entry in usable}
        after = page[-1].id
    removed = await _without_entry(entries, left)
    await vectors.delete(sorted(removed))
    return VectorCheck(entries=count, made=made, replaced=replaced, removed=len(removed))


async def _make(entries: EntryStore, vectors: VectorIndex, embedder: Embedder, wrong: Sequence[KnowledgeEntry]) -> None:
    """Make the vectors of these entries, and once more of those that changed meanwhile."""
    while wrong:
        made = await embedder.embed([head_text(entry) for entry in wrong])
        await vectors.upsert([entry.id for entry in wrong], made)
        await entries.vectors_stored(wrong)
        versions = {entry.id: entry.version for entry in wrong}
        await vectors.delete(sorted(await _without_entry(entries, versions)))
        now = await entries.load(sorted(versions))
        wrong = [entry for entry in now if entry.usable and entry.version != versions[entry.id]]


async def _without_entry(entries: EntryStore, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that no entry needs, also none that came meanwhile."""
    left = set(ids)
    return left - {entry.id for entry in await entries.load(sorted(left)) if entry.usable}


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) != len(other):
        return 0.0
    lengths = (sum(x * x for x in one) * sum(x * x for x in other)) ** 0.5
    return float(sum(a * b for a, b in zip(one, other, strict=True)) / lengths) if lengths else float(one == other)
