"""How times, people and their words are shown on cards; pure."""

import re

from vigil_bot.model.conversation import Conversation
from vigil_bot.texts.text import Text, message

_UNITS = ((86_400.0, message("{count} d")), (3_600.0, message("{count} h")), (60.0, message("{count} min")))
_QUOTATION = re.compile(r"^(?:>|&gt;)[^\n]*$|@[\w.]{1,60}\ssaid:|```\w*", re.MULTILINE)
LENGTHS = tuple(words for _unit_s, words in _UNITS)


def length(seconds: float) -> Text:
    """Return a duration in the unit that fits."""
    unit_s, words = next((unit for unit in _UNITS if seconds >= 2 * unit[0]), _UNITS[-1])
    return Text(words, count=f"{seconds / unit_s:.0f}")


def name_of(author_id: str, conversation: Conversation) -> str:
    """Return the name that somebody goes by in a thread, else their id."""
    names = (m.author.name for m in conversation.messages if m.author.id == author_id and m.author.name)
    return next(names, author_id)


def quoted(text: str, limit: int) -> str:
    """Return somebody's own words on one line, within limit characters; what they quote only if they say nothing else."""
    line = " ".join((_QUOTATION.sub(" ", text).strip() or text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
