"""Slash commands as people type them; pure."""

import difflib
import re
from dataclasses import dataclass

from vigil_bot.commands.spoken import fits, split, translated
from vigil_bot.errors import InputError
from vigil_bot.texts.language import CHINESE, language_of, written_in
from vigil_bot.texts.text import Text

HELP: dict[str, str] = {
    "help": Text("what I can do"),
    Text("ask QUESTION"): Text("search what is known, for you only"),
    Text("why [LINK or ID]"): Text("why I spoke or stayed silent on a message"),
    "status": Text("where this case stands"),
    "summary": Text("this thread in a few lines"),
    Text("resolve [NOTE]"): Text("this case is solved"),
    "reopen": Text("it is not"),
    "mute [30m|2h|thread|channel|me]": Text("silence, at once"),
    "unmute [thread|channel|me]": Text("end of silence"),
    "mode off|shadow|private|on": Text("what I may do in this channel"),
    "kb search|show|add|edit|approve|review|...": Text("what is known, and what you put right; `kb` lists all of it"),
    Text("watch [add|edit|remove|test|mute NAME ...]"): Text("what analysts are told of: rules by words or by meaning"),
    "stats": Text("the last seven days in this channel"),
    "settings": Text("the rules that hold in this channel"),
    Text("set [NAME VALUE]"): Text("change a rule of this channel; without a name, all that can be set"),
    Text("unset NAME"): Text("take such a change back"),
    "nearly": Text("what I nearly said here this week, and what people then said"),
    "learn [30d]": Text("learn from what was solved here before I came"),
    "catchup": Text("what you missed here since you last wrote"),
    Text("handoff [@WHO]"): Text("what the next shift takes over"),
    Text("link THREAD"): Text("this thread and that one report the same problem"),
    "unlink": Text("they do not"),
    "home": Text("your open cases, and what I learned"),
}
NAMES: tuple[str, ...] = tuple(dict.fromkeys(line.split()[0] for line in HELP))
_OWN_WORDS = frozenset({"ask", "resolve", "kb"})  # are followed by sentences
_CALLED = re.compile(r"^/?vigil\b[\s:,，：]*(?=\S)", re.IGNORECASE)
_PREFIX = re.compile(r"^\s*/?vigil\b[\s:,]*", re.IGNORECASE)
_DURATION = re.compile(r"^(\d{1,5})\s*(m|min|h|d)$", re.IGNORECASE)
_UNIT_S = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command word and what follows it."""

    name: str
    rest: str = ""


def command_in(words: str) -> str | None:
    """Return the command in words to us, as `parse` takes it; None if they are none.

    "help" is a command and "help me with this" is not, unless it is said with the bot's command word: "/vigil help me".
    """
    said = words.strip()
    called = _CALLED.match(said)
    name, rest = split(said[called.end() :] if called else said)
    if name not in NAMES:
        return None
    rest = translated(name, rest)
    return f"{name} {rest}".strip() if called or fits(name, rest) else None


def parse(text: str) -> Command:
    """Return the command in a text, with or without "/vigil" in front; an empty one is help.

    Raises:
        InputError: If there is no such command; the hint names the nearest.
    """
    words = _PREFIX.sub("", text, count=1).strip()
    if not words.isascii():
        name, rest = split(words)
        words = f"{name} {translated(name, rest)}" if name else words
    name, _, rest = words.partition(" ")
    name = name.lower() or "help"
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        nearest = Text("Did you mean `/vigil {name}`?", name=near[0]) if near else ""
        hint = nearest or Text("`/vigil help` lists all commands.")
        raise InputError(Text("There is no command `{name}`.", name=name[:40]), hint=hint)
    return Command(name=name, rest=rest.strip())


def language_of_command(text: str) -> str:
    """Return the language of what somebody typed; "" where it is command words alone, which are the same for all."""
    name, _, rest = text.strip().partition(" ")
    in_own_words = language_of(rest) if name.lower() in _OWN_WORDS else ""
    return in_own_words or (CHINESE if written_in(text) == CHINESE else "")


def duration_s(text: str) -> float | None:
    """Return the seconds in "30m", "2h" or "1d"; None if it is no duration."""
    match = _DURATION.match(text.strip())
    return float(match.group(1)) * _UNIT_S[match.group(2).lower()] if match else None
