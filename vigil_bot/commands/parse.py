"""Slash commands as people type them; pure."""

import difflib
import re
from dataclasses import dataclass

from vigil_bot.errors import InputError

HELP: dict[str, str] = {
    "help": "what I can do",
    "ask QUESTION": "search what is known, for you only",
    "why [LINK or ID]": "why I spoke or stayed silent on a message",
    "status": "where this case stands",
    "summary": "this thread in a few lines",
    "resolve [NOTE]": "this case is solved",
    "reopen": "it is not",
    "mute [30m|2h|thread|channel|me]": "silence, at once",
    "unmute [thread|channel|me]": "end of silence",
    "mode off|shadow|private|on": "what I may do in this channel",
    "kb search TEXT": "find entries",
    "stats": "the last seven days in this channel",
    "settings": "the rules that hold in this channel",
    "learn [30d]": "learn from what was solved here before I came",
    "catchup": "what you missed here since you last wrote",
    "handoff": "what the next shift takes over",
    "home": "your open cases, and what I learned",
}
NAMES: tuple[str, ...] = tuple(dict.fromkeys(line.split()[0] for line in HELP))
_PREFIX = re.compile(r"^\s*/?vigil\b[\s:,]*", re.IGNORECASE)
_DURATION = re.compile(r"^(\d{1,5})\s*(m|min|h|d)$", re.IGNORECASE)
_UNIT_S = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command word and what follows it."""

    name: str
    rest: str = ""


def parse(text: str) -> Command:
    """Return the command in a text, with or without "/vigil" in front; an empty one is help.

    Raises:
        InputError: If there is no such command; the hint names the nearest.
    """
    words = _PREFIX.sub("", text, count=1).strip()
    name, _, rest = words.partition(" ")
    name = name.lower() or "help"
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"Did you mean `/vigil {near[0]}`?" if near else "`/vigil help` lists all commands."
        raise InputError(f"There is no command `{name[:40]}`.", hint=hint)
    return Command(name=name, rest=rest.strip())


def duration_s(text: str) -> float | None:
    """Return the seconds in "30m", "2h" or "1d"; None if it is no duration."""
    match = _DURATION.match(text.strip())
    return float(match.group(1)) * _UNIT_S[match.group(2).lower()] if match else None
