"""Which language somebody speaks: by a locale, by what a browser asks for, by their words; pure."""

import re
from functools import lru_cache

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (ENGLISH, CHINESE)

_MAX_RANGES = 20  # of an Accept-Language header
_READ_CHARS = 2_000  # of somebody's words
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NOT_SAID = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|^>.*$", re.DOTALL | re.MULTILINE)
_ENGLISH = re.compile(
    r"\b(?:a|an|and|any|anyone|are|as|at|be|been|but|by|can|could|did|do|does|for|from|get|has|have|he|how|i|if|in|is|it|its"
    r"|just|me|my|no|not|of|on|or|our|please|since|so|some|that|the|their|them|then|there|they|this|to|was|we|were|what|when"
    r"|where|which|who|why|will|with|would|you|your)\b",
    re.IGNORECASE,
)


def language_of_locale(locale: str) -> str:
    """Return the language of a locale such as "zh-CN" or "en_US"; "" if it is none of ours."""
    language = locale.strip().replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else ""


def accepted(header: str) -> str:
    """Return the language that an Accept-Language header likes best among ours; "" if it names none of them.

    Source: RFC 9110, section 12.5.4.
    """
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:_MAX_RANGES]):
        locale, _, weight = part.partition(";")
        language, quality = language_of_locale(locale), _quality(weight)
        if language and quality > 0:
            wanted.append((-quality, place, language))
    return min(wanted)[2] if wanted else ""


@lru_cache(maxsize=1024)  # the words of a thread's problem are looked at in each of its turns
def language_of(words: str) -> str:
    """Return the language that somebody writes: "zh" or "en"; "" where nothing tells, as in a line of a log.

    Chinese engineers write half of their words in English, and error messages are English everywhere. So it is the small
    words that tell, and two Chinese signs against none of them are Chinese.
    """
    told = _NOT_SAID.sub(" ", words[:_READ_CHARS])
    chinese, english = len(_CHINESE.findall(told)), len(_ENGLISH.findall(told))
    if chinese >= 2 and chinese > english:  # noqa: PLR2004 -- one sign may be a name
        return CHINESE
    return ENGLISH if english else ""


def written_in(*words: str) -> str:
    """Return the language of a few words that were said already, such as the labels of a card."""
    return CHINESE if any(map(_CHINESE.search, words)) else ENGLISH


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
