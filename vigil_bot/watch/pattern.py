"""Regular expressions that anybody may write: matched in linear time by RE2, which knows no backtracking; pure."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

import re2

MAX_PATTERN_CHARS = 1_000
MAX_TEXT_CHARS = 10_000
_MAX_MEMORY = 1 << 20  # of one compiled pattern; `(a{1000}){1000}` is refused, not unrolled


class _Match(Protocol):
    def group(self, group: int) -> str | None: ...


class Pattern(Protocol):
    """What we use of a compiled pattern."""

    @property
    def groups(self) -> int:
        """How many groups it has."""
        ...

    def search(self, text: str) -> _Match | None:
        """Find the first place."""
        ...

    def finditer(self, text: str) -> Iterable[_Match]:
        """Find all places."""
        ...


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Pattern:
    """Compile a pattern; upper and lower case are the same.

    Raises:
        ValueError: If it is none, too long or too large, or finds nothing everywhere.
    """
    if len(pattern) > MAX_PATTERN_CHARS:
        raise ValueError(f"is longer than {MAX_PATTERN_CHARS} characters")
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    try:
        made: Pattern = re2.compile(_plain(pattern), options=options)
    except re2.error as error:
        raise ValueError(f"is no regular expression that RE2 knows ({_words(error)})") from error
    if made.search("") is not None:
        raise ValueError("matches the empty text, so it would match everything")
    return made


def found(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text."""
    return compiled(pattern).search(_plain(text)) is not None


def values(pattern: str, text: str) -> frozenset[str]:
    """Return the different things that a pattern finds: its first group, or all of it."""
    made = compiled(pattern)
    group = 1 if made.groups else 0
    matches = made.finditer(_plain(text))
    return frozenset((match.group(group) or match.group(0) or "").casefold() for match in matches)


def pattern_of(names: Iterable[str]) -> str:
    """Return the pattern that finds any of these names; Latin ones as whole words."""
    return "|".join(_bounded(unicodedata.normalize("NFKC", name)) for name in names)


def _bounded(name: str) -> str:
    before = r"\b" if name[0].isascii() and name[0].isalnum() else ""
    after = r"\b" if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{re2.escape(name)}{after}"


def _plain(text: str) -> str:
    """Return the text with full-width letters made plain, and as UTF-8 can hold it."""
    return unicodedata.normalize("NFKC", text[:MAX_TEXT_CHARS]).encode("utf-8", "replace").decode()


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
