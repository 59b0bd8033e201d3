"""Texts that know how they were made, so that they can be said again in another language or time zone; pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import reduce
from types import MappingProxyType
from typing import Self

_NONE: Mapping[str, object] = MappingProxyType({})


class Text(str):
    """A fixed text, with values in its {places}. As a `str` it is English."""

    __slots__ = ("many", "message", "values")
    message: str
    many: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """Make it of the English message, which is also its key in the catalogue."""
        return cls._made(message, "", values)

    @classmethod
    def _made(cls, message: str, many: str, values: Mapping[str, object]) -> Self:
        english = many if many and values["count"] != 1 else message
        made = super().__new__(cls, filled(english, values))
        made.message, made.many, made.values = message, many, values or _NONE
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be an ordinary string in a copy: what was stored or sent has been said."""
        return (str, (str(self),))


class Moment(str):
    """A time. As a `str` it is in UTC; adapters show it in the reader's own zone where the platform can."""

    __slots__ = ("at", "exact")
    at: float
    exact: bool

    def __new__(cls, at: float, *, exact: bool = False) -> Self:
        """Make it of epoch seconds, to the minute, or to the second if it must be exact."""
        made = super().__new__(cls, shown(at, UTC, exact=exact))
        made.at, made.exact = at, exact
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be an ordinary string in a copy."""
        return (str, (str(self),))


def message(english: str, /) -> str:
    """Mark a message that stands in a constant, of which a Text is made later."""
    return english


def plural(one: str, many: str, /, *, count: int, **values: object) -> Text:
    """Return the text that fits a count, which is a value of it."""
    return Text._made(one, many, {"count": count, **values})  # noqa: SLF001 -- the second way to make one


def listed(parts: Iterable[str]) -> str:
    """Return short texts as one list; "" of none."""
    return reduce(
        lambda before, part: Text("{before}, {part}", before=before, part=part) if before else part, parts, ""
    )


def sentences(parts: Iterable[str]) -> str:
    """Return sentences one after the other; empty ones are left out."""
    given = filter(None, parts)
    return reduce(lambda before, part: Text("{before} {part}", before=before, part=part) if before else part, given, "")


def filled(message: str, values: Mapping[str, object]) -> str:
    """Return a message with its values in place; without values a brace is a brace."""
    return message.format(**values) if values else message


def shown(at: float, zone: tzinfo, *, exact: bool) -> str:
    """Return a time with the offset of its zone."""
    there = datetime.fromtimestamp(at // 1, zone)
    offset = f"{there:%z}"
    name = "UTC" if offset in ("+0000", "-0000") else f"UTC{offset[:3]}:{offset[3:5]}"
    return f"{there:%Y-%m-%d %H:%M:%S} {name}" if exact else f"{there:%Y-%m-%d %H:%M} {name}"
