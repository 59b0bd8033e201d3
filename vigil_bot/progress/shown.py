"""How times, people and their words are shown on cards; pure."""

from datetime import UTC, datetime

from vigil_bot.model.conversation import Conversation

_UNITS = ((86_400.0, "d", "天"), (3_600.0, "h", "小时"), (60.0, "min", "分钟"))


def clock(at: float) -> str:
    """Return a time as text."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def length(seconds: float, language: str) -> str:
    """Return a duration in the unit that fits."""
    unit_s, *names = next((unit for unit in _UNITS if seconds >= 2 * unit[0]), _UNITS[-1])
    return f"{seconds / unit_s:.0f} {names[language == 'zh']}"


def name_of(author_id: str, conversation: Conversation) -> str:
    """Return the name that somebody goes by in a thread, else their id."""
    names = (m.author.name for m in conversation.messages if m.author.id == author_id and m.author.name)
    return next(names, author_id)


def quoted(text: str, limit: int) -> str:
    """Return somebody's words on one line, within limit characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
