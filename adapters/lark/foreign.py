"""Reading JSON that somebody else wrote: what is not there, or is of another type, is empty; nothing raises. Pure."""

import json
import math
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

Object = Mapping[str, JsonValue]

_LAST_MS = 4e12  # the year 2096, in milliseconds; larger times are nonsense


def at(value: JsonValue | Object, *path: str) -> JsonValue:
    """Return what stands at a path of keys; None if there is nothing."""
    here: JsonValue | Object = value
    for key in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(key)
    return dict(here) if isinstance(here, Mapping) else here


def text(value: JsonValue | Object, *path: str) -> str:
    """Return the string at a path; a whole number becomes its digits."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return _clean(found) if isinstance(found, str) else ""


def _clean(words: str) -> str:
    """Leave out what no database takes: NUL, and halves of characters."""
    return (
        words if words.isascii() and "\0" not in words else words.replace("\0", "").encode("utf-8", "replace").decode()
    )


def obj(value: JsonValue | Object, *path: str) -> Object:
    """Return the object at a path."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def objects(value: JsonValue | Object, *path: str) -> Iterator[Object]:
    """Return the objects in the list at a path."""
    found = at(value, *path)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def seconds(value: JsonValue | Object, *path: str) -> float:
    """Return the time at a path, given in milliseconds, as epoch seconds; 0 if it is none."""
    digits = text(value, *path)
    ms = float(digits) if digits.isascii() and digits.isdigit() and len(digits) < len("1e12") * 5 else 0.0
    return ms / 1000 if math.isfinite(ms) and ms < _LAST_MS else 0.0


def decoded(content: str | bytes) -> JsonValue:
    """Return what JSON says; None if it is none."""
    try:
        value: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value
