"""Say texts in the language and time zone of their reader."""

import gettext
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from vigil_bot.texts.language import ENGLISH, LANGUAGES
from vigil_bot.texts.text import Moment, Text, filled, shown

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom something is said to; zone is an IANA name."""

    language: str = ENGLISH
    zone: str = "UTC"


def said(value: V, to: Reader) -> V:
    """Return a text, or what holds texts (a dataclass, tuple, list or dict), with ordinary strings that the reader understands."""
    return cast("V", _said(value, to))


def recognised(english: str, messages: Sequence[str]) -> str:
    """Return the text that was stored as an English string, if it was made of the messages, values too; else the string."""
    for one in messages:
        found = _pattern(one).fullmatch(english)
        if found is not None:
            return Text(one, **{name: recognised(value, messages) for name, value in found.groupdict().items()})
    return english


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return what is known in a language; English stands in the texts themselves."""
    made = files(__package__).joinpath(f"{language}.mo") if language in LANGUAGES else None
    if made is None or not made.is_file():
        return gettext.NullTranslations()
    with made.open("rb") as stream:
        return gettext.GNUTranslations(stream)


def _said(value: object, to: Reader) -> object:
    match value:
        case Text():
            return _text(value, to)
        case Moment():
            return shown(value.at, ZoneInfo(to.zone), exact=value.exact)
        case tuple() | list():
            return type(value)(_said(one, to) for one in value)
        case Mapping():
            return {_said(key, to): _said(one, to) for key, one in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{one.name: _said(getattr(value, one.name), to) for one in fields(value) if one.init}
            )
        case _:
            return value


def _text(text: Text, to: Reader) -> str:
    known = catalogue(to.language)
    if text.many:
        message = known.ngettext(text.message, text.many, cast("int", text.values["count"]))
    else:
        message = known.gettext(text.message)
    return filled(message, {name: _said(value, to) for name, value in text.values.items()})


@cache
def _pattern(message: str) -> re.Pattern[str]:
    """Return what finds a message again, with its values."""
    parts = re.split(r"\{(\w+)\}", message)
    made = (re.escape(part) if n % 2 == 0 else f"(?P<{part}>.+?)" for n, part in enumerate(parts))
    return re.compile("".join(made), re.DOTALL)
