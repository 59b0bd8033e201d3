"""Names that mean one thing exactly: error codes, settings, paths, hosts, versions, exception names; pure."""

import re
from functools import cache

# What an identifier looks like, each with what a text must have for one: most texts have little of it, and need not be searched.
_PATTERNS = (
    (r"[A-Z][A-Z].?\d\d", r"(?<![\w.])[A-Z]{2,}[-_ ]?\d{2,}\b"),  # PGW-5031, ORA 00942
    (r"[A-Z]\d\d\d", r"(?<![\w.])[A-Z]\d{3,}\b"),  # E1102
    (r"0x", r"\b0x[0-9A-Fa-f]{4,}\b"),
    (
        r"E[ACMNPT][A-Z]",
        r"\bE(?:NOSPC|ACCES|CONNREFUSED|CONNRESET|TIMEDOUT|ADDRINUSE|NOENT|PERM|MFILE|PIPE|NOTFOUND)\b",
    ),
    (
        r"[a-z0-9](?:Exception|Error|BackOff|Killed|Fault)",  # OutOfMemoryError
        r"\b[A-Z][a-z]+(?:[A-Z][a-z0-9]*)*(?:Exception|Error|BackOff|Killed|Fault)\b",
    ),
    (r"[a-z][A-Z][a-z0-9]", r"\b[A-Z][a-z]+(?:[A-Z][a-z0-9]+){2,}\b"),  # ImagePullPolicy
    (r"[a-z0-9]\.[a-z]", r"\b[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_-]*){2,}\b"),  # session.timeout.ms, db.internal.example
    (r"_", r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b"),  # max_connections
    (r"_", r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"),  # JAVA_HOME
    (r"/", r"(?<![\w/.])/(?:[\w.-]+/)+[\w.-]*\w"),  # /var/lib/docker
    (r"\d\.\d", r"(?<![\w.])v?\d+\.\d+(?:\.\d+)+\b"),  # 1.28.3
    (r"--", r"(?<![\w-])--[a-z][\w-]+"),  # --force-recreate
)
_NEEDS = tuple(re.compile(needed) for needed, _ in _PATTERNS)
_STATUS = re.compile(
    r"(?<![\w.,:/-])[45]\d\d(?![\w%:/-]|[.,]\d|\s*(?:(?:ms|s|sec|[kmg]i?b?|rows|users|times)\b|[台个条次万元]))",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_CODE = re.compile(r"([a-z]+)(\d{2,})")
_NO_FAMILY = frozenset(
    {"http", "v", "inc", "req", "chg", "prb", "mr", "pr", "sev"}
)  # tickets and versions stand beside each other


def identifiers_of(text: str) -> frozenset[str]:
    """Return the identifiers of a text, in lower case and without their separators, so that PGW-5031 is "pgw 5031" too."""
    possible = tuple([needed.search(text) is not None for needed in _NEEDS])
    named = _any_of(possible).findall(text) if any(possible) else []
    found = [*named, *(f"http{status}" for status in _STATUS.findall(text))]
    return frozenset(name for name in (_SEPARATORS.sub("", one.lower()) for one in found) if name)


@cache
def _any_of(possible: tuple[bool, ...]) -> re.Pattern[str]:
    """Return the pattern of any of these kinds of identifiers."""
    chosen = (pattern for is_possible, (_, pattern) in zip(possible, _PATTERNS, strict=True) if is_possible)
    return re.compile("|".join(f"(?:{pattern})" for pattern in chosen))


def clash(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name error codes of one family (PGW-...) and none of them is the same."""
    ours, theirs = _families(one), _families(other)
    shared = ours.keys() & theirs.keys()
    return bool(shared) and not any(ours[family] & theirs[family] for family in shared)


def share_code(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name one error code."""
    return any(_CODE.fullmatch(name) for name in one & other if not name.startswith("http"))


def _families(names: frozenset[str]) -> dict[str, set[str]]:
    families: dict[str, set[str]] = {}
    for name in names:
        code = _CODE.fullmatch(name)
        if code and code[1] not in _NO_FAMILY:
            families.setdefault(code[1], set()).add(code[2])
    return families
