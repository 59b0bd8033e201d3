"""Vectors without a model: hashed words, Chinese characters and character n-grams. The same text always gives the same vector."""

import asyncio
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import Stemmer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 512
MAX_CHARS = 2_000
OFF_LOOP_FROM = 32  # texts; a few take less than handing them to a thread
REMEMBERED = 65_536  # words and features
NGRAMS = (3, 4)
_PLACES = 2  # of a feature, so that one collision does not decide
_WORD_WEIGHT, _NGRAM_WEIGHT, _CHINESE_PAIR_WEIGHT, _CHINESE_WEIGHT = 1.0, 0.35, 1.0, 0.4
_COMMON_WEIGHT = 0.1
_RUN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_COMMON = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "an",
        "and",
        "any",
        "anyone",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doesn",
        "don",
        "for",
        "from",
        "get",
        "getting",
        "got",
        "had",
        "has",
        "have",
        "hello",
        "help",
        "hey",
        "hi",
        "how",
        "i",
        "if",
        "im",
        "in",
        "into",
        "is",
        "isn",
        "it",
        "its",
        "just",
        "know",
        "like",
        "me",
        "my",
        "need",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "please",
        "re",
        "s",
        "see",
        "so",
        "some",
        "still",
        "t",
        "thank",
        "thanks",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "too",
        "tried",
        "try",
        "up",
        "us",
        "use",
        "using",
        "ve",
        "want",
        "was",
        "way",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "work",
        "working",
        "would",
        "you",
        "your",
        "的",
        "了",
        "是",
        "在",
        "我",
        "你",
        "们",
        "吗",
        "呢",
        "吧",
        "啊",
        "就",
        "也",
        "都",
        "和",
        "有",
        "这",
        "那",
        "个",
        "请",
        "问",
        "么",
        "怎",
        "什",
        "不",
        "一",
        "还",
        "后",
        "之",
        "下",
        "会",
        "要",
        "到",
        "上",
    ]
)


class BuiltinEmbedder:
    """Makes vectors of 512 numbers from the words and characters of a text; alike means "says it in like words"."""

    name = "builtin"
    languages = frozenset({"en", "zh"})

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, of unit length; that of a text without words is all zeros but the first."""
        if len(texts) < OFF_LOOP_FROM:
            return _vectors(texts)
        return await asyncio.to_thread(_vectors, list(texts))


def _vectors(texts: Sequence[str]) -> list[list[float]]:
    return [_vector(text).tolist() for text in texts]


def _vector(text: str) -> "NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415

    counts: Counter[Feature] = Counter()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower()):
        counts.update(_features(run))
    vector = np.zeros(DIMENSIONS, np.float32)
    if counts:
        places = np.array([feature.places for feature in counts])
        damped = 1.0 + np.log(np.array([*counts.values()]))
        weights = damped[:, None] * np.array([feature.weights for feature in counts])
        vector += np.bincount(places.ravel(), weights.ravel(), DIMENSIONS).astype(np.float32)
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        vector[0] = length = 1.0
    unit: NDArray[np.float32] = vector / np.float32(length)
    return unit


class Feature(NamedTuple):
    """Something in a word: the places in the vector that it counts at, and how much at each."""

    places: tuple[int, ...]
    weights: tuple[float, ...]


@lru_cache(maxsize=REMEMBERED)
def _features(run: str) -> tuple[Feature, ...]:
    """Return what is in a word, or in a run of Chinese characters."""
    pieces = _chinese(run) if run[0] >= "\u3400" else _latin(run)
    return tuple(_feature(name, weight) for name, weight in pieces)


@lru_cache(maxsize=REMEMBERED)
def _feature(name: str, weight: float) -> Feature:
    hashes = [zlib.crc32(f"{place}{name}".encode()) for place in range(_PLACES)]
    return Feature(
        places=tuple(hashed % DIMENSIONS for hashed in hashes),
        weights=tuple(weight if hashed & 0x80000000 else -weight for hashed in hashes),
    )


def _latin(word: str) -> Iterator[tuple[str, float]]:
    if word in _COMMON:
        yield f"w{word}", _COMMON_WEIGHT
        return
    yield f"w{_stem(word)}", _WORD_WEIGHT
    padded = f"^{word}$"
    for n in NGRAMS:
        for start in range(len(padded) - n + 1):
            yield f"g{padded[start : start + n]}", _NGRAM_WEIGHT


def _stem(word: str) -> str:
    """Return the stem; a stemmer of its own each time, for one serves one thread, and words are remembered."""
    stem: str = Stemmer.Stemmer("english").stemWord(word)
    return stem


def _chinese(run: str) -> Iterator[tuple[str, float]]:
    for character in run:
        yield f"c{character}", _COMMON_WEIGHT if character in _COMMON else _CHINESE_WEIGHT
    for start in range(len(run) - 1):
        pair = run[start : start + 2]
        weight = _CHINESE_PAIR_WEIGHT if not (pair[0] in _COMMON or pair[1] in _COMMON) else _CHINESE_WEIGHT
        yield f"p{pair}", weight
