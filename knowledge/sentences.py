"""What can be compared between two texts: terms, identifiers, numbers, commands, negation; pure."""

import re
import unicodedata
from functools import lru_cache

import Stemmer

_PLACEHOLDER = re.compile(r"<(?:secret|email|phone|id-card|card)>")
_MENTION = re.compile(r"<@[\w|.-]+>|(?<![\w.@/`-])@[\w-]+[,:，：]?")
_LATIN = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_CODE = re.compile(r"```(.*?)(?:```|\Z)|`([^`\n]+)`", re.DOTALL)
_IDENTIFIER = re.compile(
    r"[A-Za-z0-9_]+(?:[._:/-][A-Za-z0-9_]+)+|\b[A-Za-z]+_\w+|\b(?=\w*[A-Za-z])(?=\w*\d)\w+|\b[a-z]+[A-Z]\w*"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*%?")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|without|cannot|nor|neither|avoid|instead\s+of)\b|n['’]t\b|不(?!过|仅|但|同)|没(?!问题)|别(?:再|用|直接)?|勿|无法|无需|禁止|切勿|避免|未",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[。！？!?\n])|(?<=\.)(?=\s)")
_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its just me my of on or our please
so some than that the their them then there they this to too up was we were what when where which who why will with would you your
的 了 是 在 我 你 们 吗 呢 吧 啊 就 也 都 和 有 这 那 个
"""
_STOP = frozenset(_STOP_WORDS.split())
_stem = Stemmer.Stemmer("english").stemWord


@lru_cache(maxsize=1024)  # what was quoted is compared again and again
def normal(text: str) -> str:
    """Return the text in one form: NFKC, lower case, single spaces, without mentions, markup of code, and placeholders."""
    text = unicodedata.normalize("NFKC", _MENTION.sub(" ", text))
    return " ".join(_PLACEHOLDER.sub(" ", text).replace("`", " ").replace("*", " ").lower().split())


@lru_cache(maxsize=512)  # one entry is held against many
def terms(text: str) -> frozenset[str]:
    """Return stemmed words and Chinese bigrams, without stop words."""
    lower = normal(text)
    found = {_stem(word) for word in _LATIN.findall(lower) if word not in _STOP}
    for run in _CHINESE.findall(lower):
        found |= {run[i : i + 2] for i in range(max(1, len(run) - 1))}
    return frozenset(found - _STOP)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers that stand alone, percentages and dotted ones whole."""
    return frozenset(_NUMBER.findall(normal(text)))


def identifiers(text: str) -> frozenset[str]:
    """Return names of settings, error codes, paths, versions and the like, in lower case."""
    plain = _PLACEHOLDER.sub(" ", _MENTION.sub(" ", text))
    return frozenset(found.lower() for found in _IDENTIFIER.findall(plain))


def codes(text: str) -> frozenset[str]:
    """Return the error codes: identifiers of capitals and digits, such as PGW-5031."""
    return frozenset(re.findall(r"\b[A-Z]{2,}[-_]?\d{2,}\b", text))


def commands(text: str) -> tuple[str, ...]:
    """Return what stands in code marks, one line each."""
    found = [line for fence, inline in _CODE.findall(text) for line in (fence or inline).split("\n")]
    return tuple(line for line in map(normal, found) if line)


def negated(text: str) -> bool:
    """Whether something is denied or forbidden."""
    return bool(_NEGATION.search(text))


def split(text: str) -> list[str]:
    """Return rough sentences, to look for the one that another was taken from."""
    return [piece.strip() for piece in _SENTENCE_END.split(text) if piece.strip()]


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the cosine of two sets, in [0, 1]."""
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0


def contained(part: frozenset[str], whole: frozenset[str]) -> float:
    """Return the share of the first set that is in the second, in [0, 1]."""
    return len(part & whole) / len(part) if part else 0.0
