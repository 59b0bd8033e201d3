"""How much words tell, and which words say the same: read from stop_words.txt, background.txt and concepts.txt; pure after that."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import Stemmer

UNKNOWN_WEIGHT = 1.0
NUMBER_WEIGHT = 0.5
LONG_NUMBER_WEIGHT = 1.0  # such as an error number
SHORT_WEIGHT = 0.3
_FOLDER = Path(__file__).parent
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+")
_SHORT = 2
_LONG = 4
_stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The concepts: variants in stems and in Chinese, and the weight of each concept.

    longest is how many words the longest variant has that begins with a stem.
    chinese finds the Chinese variants and the stop phrases, the longest first; concept_of knows the former only.
    """

    latin: dict[tuple[str, ...], str]
    longest: dict[str, int]
    concept_of: dict[str, str]
    chinese: re.Pattern[str]
    weights: dict[str, float]
    symptoms: frozenset[str]


def stem(word: str) -> str:
    """Return the stem of an English word in lower case."""
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


def word_weight(word: str, stemmed: str) -> float:
    """Return how much an English word tells about a problem, in [0, 1]; 0 for function words and courtesies."""
    if word in _STOP_WORDS:
        return 0.0
    if word.isdigit():
        return 0.0 if len(word) <= _SHORT else LONG_NUMBER_WEIGHT if len(word) >= _LONG else NUMBER_WEIGHT
    if len(word) <= _SHORT:
        return SHORT_WEIGHT if word not in _BACKGROUND else 0.0
    return _BACKGROUND.get(stemmed, UNKNOWN_WEIGHT)


def _lines(name: str) -> Iterator[str]:
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _read_background() -> dict[str, float]:
    weights = {}
    for line in _lines("background.txt"):
        weight, *words = line.split()
        weights.update(dict.fromkeys(words, float(weight)))
    return weights


def _read_concepts() -> Lexicon:
    latin: dict[tuple[str, ...], str] = {}
    concept_of: dict[str, str] = {}
    weights: dict[str, float] = {}
    symptoms: set[str] = set()
    for line in _lines("concepts.txt"):
        head, _, variants = line.partition(":")
        weight, name = head.removeprefix("!").split()
        concept = f"x{name}"
        if head.startswith("!"):
            symptoms.add(concept)
        weights[concept] = float(weight)
        for variant in (v.strip() for v in variants.split("|")):
            if _CHINESE.search(variant):
                concept_of[variant] = concept
            else:
                latin.setdefault(tuple(stem(word) for word in _LATIN.findall(variant.replace("can't", "not"))), concept)
    return Lexicon(
        latin=latin,
        longest={v[0]: max(len(w) for w in latin if w[0] == v[0]) for v in latin},
        concept_of=concept_of,
        chinese=_any_of({*concept_of, *(word for word in _STOP_WORDS if _CHINESE.match(word))}),
        weights=weights,
        symptoms=frozenset(symptoms),
    )


def _any_of(phrases: set[str]) -> re.Pattern[str]:
    """Return the pattern of any of the phrases, the longest first."""
    return re.compile("|".join(re.escape(p) for p in sorted(phrases, key=lambda p: (-len(p), p))))


_STOP_WORDS = frozenset(word for line in _lines("stop_words.txt") for word in line.split())
_BACKGROUND = _read_background()
LEXICON = _read_concepts()
