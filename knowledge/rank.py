"""Order the entries found for a question, words and vectors together; pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.analyze import Analysis
from knowledge.features import NOT_NAMED, AnalyzedEntry, features, trust_of
from knowledge.identifiers import share_code
from knowledge.score import DEFAULT_THRESHOLD, MODELS, Kind, kind_of, score
from vigil_bot.model.knowledge import Features, Hit, KnowledgeEntry

K1, B = 1.2, 0.75  # BM25
SAME_FAMILY = 0.9
SURE_COSINE = 0.6
LEADERS = 5
CODE_WEIGHT = 5.0  # an error code in common outweighs all words
TRUST_WEIGHT = 0.3  # a weak prior: it decides between entries that match alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry to rank; cosine is None when nothing is known of its vector."""

    entry: KnowledgeEntry
    analyzed: AnalyzedEntry
    cosine: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """How much each view of a match weighs in the order of hits.

    All but two are counted in standard deviations above the mean of the candidates. sharp counts what a cosine has above
    SURE_COSINE, in tenths: there vectors are right where words are not. named counts the share of identifiers.
    """

    words: float
    head: float
    ngrams: float
    coverage: float
    vectors: float
    sharp: float
    named: float


# Chosen on half of the StackFAQ and Zulip questions, see scripts/benchmarks/retrieval.py.
FUSIONS: Mapping[Kind, Fusion] = {
    "minilm": Fusion(words=1.4, head=0.0, ngrams=0.2, coverage=0.2, vectors=2.6, sharp=3.8, named=3.8),
    "builtin": Fusion(words=1.1, head=0.2, ngrams=0.4, coverage=0.3, vectors=0.3, sharp=0.8, named=0.6),
    "words": Fusion(words=1.5, head=0.3, ngrams=0.8, coverage=0.5, vectors=0.0, sharp=0.0, named=1.0),
}


def rank(question: Analysis, candidates: Sequence[Candidate], *, embedder: str, spoken: frozenset[str]) -> list[Hit]:
    """Return the candidates as hits, best first.

    Args:
        embedder: The name of the one that made the cosines.
        spoken: The languages in which its cosines mean something.
    """
    kind = kind_of(embedder, spoken, question.language)
    known = [c.cosine for c in candidates if c.cosine is not None]
    floor = min(known, default=0.0)  # what is not among the nearest is further away than all of them
    cosines = [floor if c.cosine is None or kind == "words" else c.cosine for c in candidates]
    kinds = [kind_of(embedder, spoken, question.language, c.analyzed.head.language) for c in candidates]
    grams = frozenset(question.ngrams)
    measured = [
        features(question, c.analyzed, grams=grams, cosine=0.0 if own == "words" else cosine, trust=trust_of(c.entry))
        for c, own, cosine in zip(candidates, kinds, cosines, strict=True)
    ]
    order = _order(question, candidates, measured, cosines, FUSIONS[kind])
    hits = [
        Hit(entry=c.entry, score=score(found, MODELS[own]), rank_score=place, features=found)
        for c, own, found, place in zip(candidates, kinds, measured, order, strict=True)
    ]
    return _led_by_one_about(sorted(hits, key=lambda hit: (-hit.rank_score, hit.entry.id)))


def _order(
    question: Analysis,
    candidates: Sequence[Candidate],
    measured: Sequence[Features],
    cosines: Sequence[float],
    fusion: Fusion,
) -> list[float]:
    views = (
        (fusion.words, bm25(question, [c.analyzed.terms for c in candidates])),
        (fusion.head, bm25(question, [c.analyzed.head_terms for c in candidates])),
        (fusion.ngrams, [found.ngrams for found in measured]),
        (fusion.coverage, [found.title_coverage for found in measured]),
        (fusion.vectors, cosines),
    )
    total = [
        10 * fusion.sharp * max(0.0, cosine - SURE_COSINE)
        + fusion.named * (found.identifiers if found.identifiers > NOT_NAMED else 0.0)
        + TRUST_WEIGHT * (found.trust - 0.5)
        + CODE_WEIGHT * _code(question, c, found)
        for c, found, cosine in zip(candidates, measured, cosines, strict=True)
    ]
    for weight, values in views:
        total = [so_far + weight * value for so_far, value in zip(total, _standardized(values), strict=True)]
    return total


def _led_by_one_about(hits: list[Hit]) -> list[Hit]:
    """Put the first hit that is about the question before one that is not: the first decides whether we speak."""
    leader = next((hit for hit in hits[:LEADERS] if hit.score >= DEFAULT_THRESHOLD), None)
    return hits if leader is None else [leader, *(hit for hit in hits if hit is not leader)]


def _code(question: Analysis, candidate: Candidate, found: Features) -> float:
    """Return 1 when both name one error code, -1 when they name different ones of a family, else 0."""
    if found.identifiers == 0.0:
        return -1.0
    theirs = candidate.analyzed.head.identifiers | candidate.analyzed.body.identifiers
    return float(share_code(question.identifiers, theirs))


def bm25(question: Analysis, documents: Sequence[Counter[str]]) -> list[float]:
    """Return the BM25 score of each document, given as its counted terms; rarity is that among these documents."""
    lengths = [have.total() for have in documents]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    scores = [0.0] * len(documents)
    for term, times in Counter(question.terms).items():
        having = [place for place, have in enumerate(documents) if term in have]
        rarity = times * math.log(1 + (len(documents) - len(having) + 0.5) / (len(having) + 0.5))
        for place in having:
            often = documents[place][term]
            scores[place] += rarity * often * (K1 + 1) / (often + K1 * (1 - B + B * lengths[place] / average))
    return scores


def families(hits: Sequence[Hit], analyzed: dict[str, AnalyzedEntry]) -> list[Hit]:
    """Return hits without those that say nearly the same as a better one."""
    kept: list[Hit] = []
    for hit in hits:
        if not any(_same(analyzed[hit.entry.id], analyzed[other.entry.id]) for other in kept):
            kept.append(hit)
    return kept


def _same(one: AnalyzedEntry, other: AnalyzedEntry) -> bool:
    return _alike(one.head, other.head) and _alike(one.body, other.body)


def _alike(one: Analysis, other: Analysis) -> bool:
    """Whether the Jaccard index of their units reaches SAME_FAMILY; where one is far shorter it cannot."""
    fewer, more = sorted((len(one.units), len(other.units)))
    if fewer < SAME_FAMILY * more:
        return False
    shared = len(one.units.keys() & other.units.keys())
    return shared >= SAME_FAMILY * (fewer + more - shared)


def _standardized(values: Sequence[float]) -> list[float]:
    if not values:
        return []
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    return [(v - mean) / deviation if deviation > 0.0 else 0.0 for v in values]
