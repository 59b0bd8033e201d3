"""What a text is about: its language, the units of its meaning with their weights, its identifiers and n-grams; pure."""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.identifiers import identifiers_of
from knowledge.lexicon import LEXICON, stem, word_weight

MAX_CHARS = 4_000
REMEMBERED = 65_536  # words
CHINESE_SHARE = 0.3  # of characters, where a Latin word counts two; beyond it a text is Chinese, for product names are English there too
PAIR_WEIGHT = 0.5  # two Chinese characters that are no known word, or across two words
CHARACTER_WEIGHT = 0.15
IDENTIFIER_WEIGHT = 1.2
VARIANT_WEIGHT = 0.2  # of the very words behind a concept
MAX_COUNT = 3
TELLING_WEIGHT = 0.4
FEW_TERMS = 6
NGRAM = 3
_RUN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_APOSTROPHE = re.compile(r"[’ʼ']")
_NEGATIVE = re.compile(r"\b(can|do|does|is|are|was|would|could|did|has|have)n't\b|\b(wo)n't\b|\bcan't\b|\bcannot\b")
_DENIAL = re.compile(r"\b(?:not|no|never|without|nothing|none|wrong|instead|only)\b|[不没无未]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MARKUP = re.compile(r"<[@#!][^>\s]{1,80}>|<(?:secret|email|phone|id-card|card)>|https?://[^\s/>|]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What can be compared of a text.

    units are what it is about (stems, concepts, pairs of Chinese characters, identifiers) with the weight of each in (0, 1.2];
    terms are the same for the words index, in the order of the text and as often as they come; ngrams are overlapping pieces of
    its content words; characters are its Chinese ones. denies says that something is not as it should be.
    """

    language: str
    units: dict[str, float]
    terms: tuple[str, ...]
    identifiers: frozenset[str]
    characters: frozenset[str]
    ngrams: tuple[str, ...]
    denies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The terms of an entry for the words index, joined by spaces."""

    title: str
    issue: str
    resolution: str


def language_of(text: str) -> str:
    """Return "zh" when a good part of the letters is Chinese, else "en"."""
    chinese = len(_CHINESE.findall(text))
    words = len(_LATIN_WORD.findall(text))
    return "zh" if chinese and chinese >= CHINESE_SHARE * (chinese + 2 * words) else "en"


def analyze(text: str) -> Analysis:
    """Return what a text is about; only its first 4,000 characters count."""
    text = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text[:MAX_CHARS]))
    names = identifiers_of(text)
    units: dict[str, float] = {}
    terms: list[str] = []
    content: list[str] = []
    lower = _plain(_CAMEL.sub(" ", text).lower())
    for words, chinese in _runs(lower):
        found = _chinese_units(chinese) if chinese else _latin_units(words)
        for unit, weight, piece in found:
            if weight > 0.0:
                units[sys.intern(unit)] = max(weight, units.get(unit, 0.0))
            if piece:
                content.append(piece)
            terms.append(unit)
        terms.extend(_pairs(chinese))
    for name in sorted(names):
        units[sys.intern(name)] = IDENTIFIER_WEIGHT
        terms.append(name)
    return Analysis(
        language=language_of(text),
        units=units,
        terms=tuple(terms),
        identifiers=names,
        characters=frozenset(_CHINESE.findall(lower)),
        denies=_DENIAL.search(lower) is not None,
        ngrams=tuple(sorted(set().union(*map(_ngrams, content)))),
    )


def entry_words(*, title: str, issue: str, resolution: str) -> Words:
    """Return the terms of an entry; issue with its environment, resolution with its cause."""
    return Words(
        title=" ".join(analyze(title).terms),
        issue=" ".join(analyze(issue).terms),
        resolution=" ".join(analyze(resolution).terms),
    )


def query_terms(analysis: Analysis, *, limit: int) -> list[str]:
    """Return the terms to look for in the words index, the most telling first.

    What everybody says of every problem is in too many entries to look for, unless there is little else.
    """
    counts = Counter(analysis.terms)
    weights = {term: analysis.units.get(term, VARIANT_WEIGHT) * min(count, MAX_COUNT) for term, count in counts.items()}
    ranked = sorted(weights, key=lambda term: (-weights[term], term))
    telling = sum(weights[term] >= TELLING_WEIGHT for term in ranked)
    return ranked[: min(limit, max(telling, FEW_TERMS))]


def _plain(lower: str) -> str:
    """Return the text with what is denied spelled out, so that "can't connect" is "cannot connect"."""
    lower = _APOSTROPHE.sub("'", lower)
    return _APOSTROPHE.sub("", _NEGATIVE.sub(" not ", lower))


def _runs(lower: str) -> Iterator[tuple[list[str], str]]:
    """Go through the runs of words and of Chinese characters; one of the two is empty."""
    words: list[str] = []
    for run in _RUN.findall(lower):
        if run[0] < "\u3400":
            words.append(run)
            continue
        if words:
            yield words, ""
        words = []
        yield [], run
    if words:
        yield words, ""


def _latin_units(words: Sequence[str]) -> Iterator[tuple[str, float, str]]:
    """Go through (unit, weight, written); what is a variant of a concept becomes the concept, the longest first."""
    known = [_word(word) for word in words]
    stems = [stemmed for stemmed, _ in known]
    begins, at = LEXICON.longest, 0
    while at < len(words):
        concept, length = _concept_at(stems, at) if stems[at] in begins else ("", 1)
        if concept:
            yield concept, LEXICON.weights[concept], " ".join(words[at : at + length])
            yield from [(stemmed, 0.0, "") for stemmed, weight in known[at : at + length] if weight > 0.0]
        elif known[at][1] > 0.0:
            yield *known[at], words[at]
        at += length


def _concept_at(stems: Sequence[str], at: int) -> tuple[str, int]:
    """Return the concept whose longest variant stands here and how many words it takes; ("", 1) for none."""
    for length in range(min(LEXICON.longest[stems[at]], len(stems) - at), 0, -1):
        concept = LEXICON.latin.get(tuple(stems[at : at + length]))
        if concept is not None:
            return concept, length
    return "", 1


def _chinese_units(run: str) -> Iterator[tuple[str, float, str]]:
    """Go through the known words of a run, and the pairs of characters between them; stop phrases are left out."""
    at = 0
    for found in LEXICON.chinese.finditer(run):
        yield from _loose(run[at : found.start()])
        concept = LEXICON.concept_of.get(found[0])
        if concept is not None:
            yield concept, LEXICON.weights[concept], found[0]
        at = found.end()
    yield from _loose(run[at:])


def _loose(piece: str) -> Iterator[tuple[str, float, str]]:
    if len(piece) == 1:
        yield piece, CHARACTER_WEIGHT, piece
    for pair in _pairs(piece):
        yield pair, PAIR_WEIGHT, pair


def _pairs(run: str) -> list[str]:
    return [sys.intern(run[i : i + 2]) for i in range(len(run) - 1)]


@lru_cache(maxsize=REMEMBERED)
def _ngrams(piece: str) -> tuple[str, ...]:
    """Return the overlapping pieces of a content word."""
    if piece[0] >= "\u3400":
        return (*map(sys.intern, piece), *_pairs(piece))
    padded = f" {piece} "
    return tuple(sys.intern(padded[start : start + NGRAM]) for start in range(len(padded) - NGRAM + 1))


@lru_cache(maxsize=REMEMBERED)
def _word(word: str) -> tuple[str, float]:
    """Return the stem of a word and how much it tells."""
    stemmed = sys.intern(stem(word))
    return stemmed, word_weight(word, stemmed)
