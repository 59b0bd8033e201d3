"""Measure retrieval: MAP, MRR and success at 1, 5 and 10, beside plain BM25, words alone and vectors alone.

Weights are chosen on every second question of a file, the first among them; the last two columns are the MAP of these, and
of the others. Each question is asked for DEPTH hits, so that more candidates are ranked in detail than in a chat.
"""

import argparse
import asyncio
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.chroma import ChromaIndex
from knowledge.importing import read_path
from vigil_bot.app import embedder_of
from vigil_bot.errors import SettingsError
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.ports.knowledge import Embedder
from vigil_bot.settings import load_settings

ROOT = Path(__file__).parents[2]
EMBEDDERS = ("builtin", "minilm", "openai")
SETS = ("stackfaq", "zulip_pre2022", "zh_qa")
ZH_FILES = ("zh_opseval_log_dev", "zh_ccf_aiops2024")  # questions with answers, in Chinese
DEPTH = 100  # hits that are looked at
K1, B = 1.2, 0.75
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
_IMPORT_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, and the ids of the entries that answer it."""

    text: str
    relevant: frozenset[str]
    before: float | None


@dataclass(slots=True, kw_only=True)
class Figures:
    """Sums over queries."""

    average_precisions: list[float] = field(default_factory=list)
    reciprocal_rank: float = 0.0
    success: Counter[int] = field(default_factory=Counter)

    def add(self, ranking: Sequence[str], relevant: frozenset[str]) -> None:
        """Count one query."""
        places = [place for place, entry_id in enumerate(ranking, start=1) if entry_id in relevant]
        self.average_precisions.append(sum(n / place for n, place in enumerate(places, start=1)) / len(relevant))
        self.reciprocal_rank += 1 / places[0] if places else 0.0
        self.success.update(k for k in (1, 5, 10) if places and places[0] <= k)

    def row(self) -> str:
        """Return the means as cells of a table."""
        each = self.average_precisions
        means = [total / max(1, len(each)) for total in (self.reciprocal_rank, *(self.success[k] for k in (1, 5, 10)))]
        return " | ".join(f"{value:.3f}" for value in (_mean(each), *means, _mean(each[::2]), _mean(each[1::2])))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


class _Nothing:
    """An embedder that knows no language, so that words alone decide."""

    name = "nothing"
    languages = frozenset[str]()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the same vector for every text."""
        return [[1.0] for _ in texts]


def plain_words(text: str) -> list[str]:
    """Return the words as they stand, of Chinese the pairs of characters."""
    words: list[str] = []
    for run in _WORD.findall(text.lower()):
        words += [run[i : i + 2] for i in range(max(1, len(run) - 1))] if run[0] >= "\u3400" else [run]
    return words


class Bm25:
    """Plain BM25 over title, issue and resolution."""

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        self._created = [entry.created_at for entry in entries]
        self._ids = [entry.id for entry in entries]
        self._postings: dict[str, dict[int, int]] = defaultdict(dict)
        self._lengths: list[int] = []
        for number, entry in enumerate(entries):
            words = Counter(plain_words(f"{entry.title} {entry.issue} {entry.resolution}"))
            self._lengths.append(words.total())
            for word, count in words.items():
                self._postings[word][number] = count
        self._average = sum(self._lengths) / max(1, len(self._lengths))

    def ranking(self, query: Query) -> list[str]:
        """Return the ids, best first."""
        scores: dict[int, float] = defaultdict(float)
        for word in plain_words(query.text):
            having = self._postings.get(word, {})
            rarity = math.log(1 + (len(self._ids) - len(having) + 0.5) / (len(having) + 0.5))
            for number, count in having.items():
                norm = K1 * (1 - B + B * self._lengths[number] / self._average)
                scores[number] += rarity * count * (K1 + 1) / (count + norm)
        known = [n for n in scores if query.before is None or self._created[n] < query.before]
        return [self._ids[n] for n in sorted(known, key=lambda n: (-scores[n], n))][:DEPTH]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with retrieval/")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--embedders", nargs="+", choices=EMBEDDERS)
    options = parser.parse_args(argv)
    folder = options.data / "retrieval"
    if not folder.is_dir():
        print(f"There is no folder {folder}.", file=sys.stderr)
        return 1
    embedders = [_embedder(name) for name in options.embedders or _available()]
    print("| questions | ranked by | MAP | MRR | S@1 | S@5 | S@10 | MAP, chosen on | MAP, others |\n|" + "---|" * 9)
    for name in options.sets:
        asyncio.run(_measure(name, folder, embedders))
    return 0


def _available() -> Sequence[str]:
    """Return all, that of the endpoint only if one is set (VIGIL_EMBEDDING_MODEL)."""
    return EMBEDDERS if load_settings().embedding_model else EMBEDDERS[:2]


def _embedder(name: str) -> Embedder:
    try:
        return embedder_of(load_settings().model_copy(update={"embedder": name}))
    except SettingsError as error:
        raise SystemExit(str(error)) from error


async def _measure(name: str, folder: Path, embedders: Sequence[Embedder]) -> None:
    entries, queries = _chinese(folder.parent / "qa") if name == "zh_qa" else _english(folder, name)
    plain, words = Bm25(entries), Figures()
    figures = Figures()
    for query in queries:
        figures.add(plain.ranking(query), query.relevant)
    print(f"| {name} | plain BM25 | {figures.row()} |", flush=True)
    store = await Store.open("sqlite://", inline=True, durable=False)
    without_vectors = KnowledgeBase(store.entries, ChromaIndex.in_memory(), _Nothing())
    await _fill(without_vectors, entries)
    for query in queries:
        words.add(await _found(without_vectors, query), query.relevant)
    print(f"| {name} | words | {words.row()} |", flush=True)
    for embedder in embedders:
        await _measure_vectors(name, store, embedder, entries, queries)
    await store.close()


async def _measure_vectors(
    name: str, store: Store, embedder: Embedder, entries: Sequence[KnowledgeEntry], queries: Sequence[Query]
) -> None:
    index = ChromaIndex.in_memory()
    base = KnowledgeBase(store.entries, index, embedder)
    await base.reindex()
    created = {entry.id: entry.created_at for entry in entries}
    alone, fused = Figures(), Figures()
    for query in queries:
        (vector,) = await embedder.embed([query.text])
        near = [i for i, _ in await index.query(vector, limit=len(entries))]
        known = [i for i in near if query.before is None or created[i] < query.before]
        alone.add(known[:DEPTH], query.relevant)
        fused.add(await _found(base, query), query.relevant)
    print(
        f"| {name} | {embedder.name} vectors | {alone.row()} |\n| {name} | {embedder.name} fused | {fused.row()} |",
        flush=True,
    )
    await index.close()


async def _fill(base: KnowledgeBase, entries: Sequence[KnowledgeEntry]) -> None:
    for start in range(0, len(entries), _IMPORT_BATCH):
        batch = entries[start : start + _IMPORT_BATCH]
        await base.put_many(batch, kind=ChangeKind.IMPORT, by="bench", why="", at=1.0)


async def _found(base: KnowledgeBase, query: Query) -> list[str]:
    hits = await base.find(query.text, viewer=None, limit=DEPTH, before=query.before)
    return [hit.entry.id for hit in hits]


def _english(folder: Path, name: str) -> tuple[list[KnowledgeEntry], list[Query]]:
    entries, _skipped = read_path(folder / f"{name}_entries.jsonl")
    return entries, _queries(folder / f"{name}_queries.jsonl")


def _chinese(folder: Path) -> tuple[list[KnowledgeEntry], list[Query]]:
    """Return the answers as entries that do not know their questions, and the questions."""
    entries: list[KnowledgeEntry] = []
    queries: list[Query] = []
    for name in ZH_FILES:
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            pair = json.loads(line)
            answer, entry_id = str(pair["answer"]), f"{name}-{pair['id']}"
            head, _, rest = answer.partition("\n")
            entries.append(KnowledgeEntry(id=entry_id, issue=head, resolution=rest or head))
            text = pair.get("question") or pair["query"]
            queries.append(Query(text=text, relevant=frozenset([entry_id]), before=None))
    return entries, queries


def _queries(path: Path) -> list[Query]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Query(text=q["text"], relevant=frozenset(q["relevant"]), before=q.get("before")) for q in lines]


if __name__ == "__main__":
    sys.exit(main())
