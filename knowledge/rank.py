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
CODE_WEIGHT = 20.0  # an error code in common outweighs all words, however old it is
DAY_S = 86_400.0
OLDEST_DAYS = 365.0  # what is older is not less likely to be meant for that
TRUST_WEIGHT = 2.0  # a weak prior: it decides between entries that match alike


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
    SURE_COSINE, in tenths: there vectors are right where words are not. named counts the share of identifiers. recent counts
    e-folds of age in days: of the cases that helpers link to, the newest half is 55 days old, of all cases 295 (Zulip).
    """

    words: float
    head: float
    ngrams: float
    coverage: float
    vectors: float
    sharp: float
    named: float
    recent: float


# Chosen on half of the StackFAQ and Zulip questions, see scripts/benchmarks/retrieval.py.
FUSIONS: Mapping[Kind, Fusion] = {
    "minilm": Fusion(words=1.4, head=0.0, ngrams=0.2, coverage=0.0, vectors=2.6, sharp=4.0, named=3.8, recent=1.8),
    "builtin": Fusion(words=0.6, head=0.2, ngrams=0.5, coverage=0.0, vectors=0.05, sharp=0.8, named=0.2, recent=0.5),
    "words": Fusion(words=1.5, head=0.3, ngrams=0.8, coverage=0.5, vectors=0.0, sharp=0.0, named=1.0, recent=0.5),
}


def rank(
    question: Analysis,
    candidates: Sequence[Candidate],
    *,
    embedder: str,
    spoken: frozenset[str],
    now: float | None = None,
) -> list[Hit]:
    """Return the candidates as hits, best first.

    Args:
        embedder: The name of the one that made the cosines.
        spoken: The languages in which its cosines mean something.
        now: When it is asked; if unknown, when the newest of the candidates was right.
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
    order = _order(question, candidates, measured, cosines, FUSIONS[kind], now=now)
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
    *,
    now: float | None,
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
        + fusion.recent * recent
        for c, found, cosine, recent in zip(candidates, measured, cosines, _recency(candidates, now), strict=True)
    ]
    for weight, values in views:
        total = [so_far + weight * value for so_far, value in zip(total, _standardized(values), strict=True)]
    return total


def _recency(candidates: Sequence[Candidate], now: float | None) -> list[float]:
    """Return how recently each was right, higher for newer; what does not age stands where the others do on average."""
    if now is None:
        now = max((c.entry.last_right_at for c in candidates), default=0.0)
    ages = [
        min(OLDEST_DAYS, max(0.0, now - c.entry.last_right_at) / DAY_S) if c.entry.ages else None for c in candidates
    ]
    recent = [None if age is None else -math.log1p(age) for age in ages]
    known = [value for value in recent if value is not None]
    average = sum(known) / len(known) if known else 0.0
    return [average if value is None else value for value in recent]


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
