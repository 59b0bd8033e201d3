"""Does an entry belong to what is asked, or to another version, environment or language of it? Pure, English and Chinese.

Silence about one of them is no contradiction: only what both sides name, and name differently, is.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from vigil_bot.model.knowledge import KnowledgeEntry

_STAGES: Mapping[str, str] = {
    "production": r"\bprod(?:uction)?\b|生产|线上|正式环境",
    "staging": r"\b(?:staging|stage|pre-?prod(?:uction)?)\b|预发|预生产",
    "test": r"\b(?:test(?:ing)?|qa|uat)\s+(?:env(?:ironment)?|system|cluster|server)\b|测试环境|测试服",
    "development": r"\b(?:dev|development)\s+(?:env(?:ironment)?|system|cluster|server)\b|\blocalhost\b|开发环境|本地环境",
}
_SYSTEMS: Mapping[str, str] = {
    "macos": r"\b(?:mac\s?os|os\s?x|macbook)\b|苹果电脑",
    "windows": r"\bwindows\b",
    "linux": r"\b(?:linux|ubuntu|debian|centos|fedora|rhel|alpine)\b",
    "android": r"\bandroid\b|安卓",
    "ios": r"\b(?:ios|iphone|ipad)\b|苹果手机",
}
_FAMILIES = tuple(
    {name: re.compile(pattern, re.IGNORECASE) for name, pattern in family.items()} for family in (_STAGES, _SYSTEMS)
)
_PRODUCTS = (
    "node|node\\.?js|npm|python|java|jdk|ruby|php|perl|go|rust|postgres|postgresql|mysql|mariadb|mongodb|redis|kafka|spark|hadoop"
    "|elasticsearch|kubernetes|k8s|docker|helm|terraform|nginx|tomcat|django|rails|spring|react|angular|vue|macos|windows"
    "|ubuntu|debian|centos|rhel|android|ios|chrome|firefox|safari|jenkins|gitlab"
)
_VERSION = re.compile(rf"\b({_PRODUCTS})(?:\s+server|\s+version)?\s*[v@]?(\d{{1,4}})(?:\.\d+)*\b", re.IGNORECASE)
_CODE = re.compile(r"\b([A-Z][A-Z0-9]{1,9})-(\d{2,6})\b")
_CHINESE = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"\b[A-Za-z]{2,}\b")
_QUOTED = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)
_FEW = 3  # words in letters; fewer tell no language


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What a text names: of each family the members, the versions of products, the error codes of systems."""

    families: tuple[frozenset[str], ...]
    versions: Mapping[str, set[str]]
    codes: Mapping[str, set[str]]


def fits(question: str, entry: KnowledgeEntry) -> bool:
    """Whether an entry is not plainly about another version, system, stage or error code than the question."""
    asked, known = _named(question), _named(f"{entry.title}\n{entry.issue}\n{entry.environment}")
    families = all(map(_agree, asked.families, known.families))
    return families and _agree_by_name(asked.versions, known.versions) and _agree_by_name(asked.codes, known.codes)


def same_language(question: str, answer: str) -> bool:
    """Whether somebody who asked in these words can read the answer; code belongs to every language."""
    asked, answered = language(question), language(answer)
    return not asked or not answered or asked == answered


def language(text: str) -> str:
    """Return "zh" or "en", or "" where there are too few words outside of code to tell."""
    words = _QUOTED.sub(" ", text)
    if len(_CHINESE.findall(words)) > 1:
        return "zh"
    return "en" if len(_WORD.findall(words)) >= _FEW else ""


@lru_cache(maxsize=512)  # a question is held against many entries, and an entry against many questions
def _named(text: str) -> _Named:
    return _Named(
        families=tuple(
            frozenset(name for name, pattern in family.items() if pattern.search(text)) for family in _FAMILIES
        ),
        versions=_pairs(_VERSION, text),
        codes=_pairs(_CODE, text),
    )


def _agree(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    return not one or not other or bool(one & other)


def _pairs(pattern: re.Pattern[str], text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, value in pattern.findall(text):
        found.setdefault(name.lower(), set()).add(value)
    return found


def _agree_by_name(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Whether no name has other values on one side than on the other."""
    return all(_agree(values, other.get(name, set())) for name, values in one.items())
