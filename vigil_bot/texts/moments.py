"""Times among the words of a text that was said, so that a platform can show them in the reader's own zone; pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

PATTERN = r"(?<!\d)\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC(?:[+-]\d\d:\d\d)?(?![\w:])"
_MOMENT = re.compile(PATTERN, re.ASCII)


def cut(text: str) -> Iterator[tuple[str, float | None]]:
    """Yield a text in pieces, each with the epoch seconds that it names, or None for words."""
    at = 0
    for found in _MOMENT.finditer(text):
        seconds = read(found[0])
        if seconds is None:
            continue
        if found.start() > at:
            yield text[at : found.start()], None
        yield found[0], seconds
        at = found.end()
    if at < len(text):
        yield text[at:], None


def read(words: str) -> float | None:
    """Return the epoch seconds of a time as `Moment` shows it; None if there is no such time."""
    when, _, zone = words.rpartition(" UTC")
    sign, hours, minutes = (-1 if zone[:1] == "-" else 1), zone[1:3] or "0", zone[4:6] or "0"
    try:
        offset = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes))) if zone else UTC
        return datetime.fromisoformat(when).replace(tzinfo=offset).timestamp()
    except (ValueError, OverflowError):
        return None


def is_exact(words: str) -> bool:
    """Whether a time is shown to the second."""
    return words.count(":", 0, words.rindex("UTC")) > 1
