"""Names that mean one thing exactly: error codes, settings, paths, hosts, versions, exception names; pure."""

import re

_PATTERNS = (
    r"(?<![\w.])[A-Z]{2,}[-_ ]?\d{2,}\b",  # PGW-5031, ORA 00942
    r"(?<![\w.])[A-Z]\d{3,}\b",  # E1102
    r"\b0x[0-9A-Fa-f]{4,}\b",
    r"\bE(?:NOSPC|ACCES|CONNREFUSED|CONNRESET|TIMEDOUT|ADDRINUSE|NOENT|PERM|MFILE|PIPE|NOTFOUND)\b",
    r"\b[A-Z][a-z]+(?:[A-Z][a-z0-9]*)*(?:Exception|Error|BackOff|Killed|Fault)\b",  # OutOfMemoryError
    r"\b[A-Z][a-z]+(?:[A-Z][a-z0-9]+){2,}\b",  # ImagePullPolicy
    r"\b[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_-]*){2,}\b",  # session.timeout.ms, db.internal.example
    r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b",  # max_connections
    r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b",  # JAVA_HOME
    r"(?<![\w/.])/(?:[\w.-]+/)+[\w.-]*\w",  # /var/lib/docker
    r"(?<![\w.])v?\d+\.\d+(?:\.\d+)+\b",  # 1.28.3
    r"(?<![\w-])--[a-z][\w-]+",  # --force-recreate
)
_IDENTIFIER = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
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
    found = [*_IDENTIFIER.findall(text), *(f"http{status}" for status in _STATUS.findall(text))]
    return frozenset(name for name in (_SEPARATORS.sub("", one.lower()) for one in found) if name)


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
