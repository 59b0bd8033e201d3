"""`/vigil kb ...` as people type it; pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from vigil_bot.errors import InputError
from vigil_bot.texts.text import Text, listed

USAGE: dict[str, str] = {
    Text("kb search TEXT"): Text("find entries"),
    Text("kb show ID"): Text("one entry, whole"),
    Text("kb add PROBLEM => SOLUTION"): Text("teach me something"),
    Text("kb edit ID FIELD: TEXT"): Text("change title, issue, environment, resolution or cause"),
    Text("kb approve ID [both]"): Text("it is right; what says otherwise is replaced, or both are right"),
    Text("kb reject ID [WHY]"): Text("it is wrong"),
    Text("kb archive ID [WHY]"): Text("take it out of use"),
    Text("kb merge ID OTHER"): Text("make one of two"),
    Text("kb split ID 2,3"): Text("move sentences of a resolution into an entry of their own"),
    Text("kb undo ID"): Text("back to the version before"),
    Text("kb history ID"): Text("who changed it, when and why"),
    "kb review": Text("what waits for a person"),
    "kb gaps": Text("what was asked here in vain, in the last 30 days"),
}
CHANGES = frozenset({"add", "edit", "approve", "reject", "archive", "merge", "split", "undo"})
_EDIT = re.compile(
    r"^(?P<id>\S+)\s+(?P<name>title|issue|environment|resolution|cause)\s*[:=：]\s*(?P<text>.*)$",
    re.DOTALL | re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,，\s]\s*\d{1,3})*")
_VERBS = tuple(dict.fromkeys(line.split()[1] for line in USAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class KbCommand:
    """A command, taken apart: the entry that it is about, and what follows."""

    verb: str
    entry_id: str = ""
    name: str = ""
    text: str = ""
    other_id: str = ""
    lines: tuple[int, ...] = ()


def parse_kb(rest: str) -> KbCommand:
    """Return the command in what follows "kb". Raises InputError; its hint shows how it is meant."""
    verb, _, text = rest.strip().partition(" ")
    verb, text = verb.lower(), text.strip()
    usage = next((line for line in USAGE if line.split()[1] == verb), None)
    if usage is None:
        raise InputError(
            Text("I cannot `kb {verb}`.", verb=verb[:20]), hint=Text("I can: {verbs}.", verbs=listed(_VERBS))
        )
    if verb in ("review", "gaps"):
        return KbCommand(verb=verb, text=text)
    parsed = _PARSERS.get(verb, _of_entry)(verb, text)
    if parsed is None:
        raise InputError(Text("That is not complete."), hint=Text("`/vigil {usage}`", usage=usage))
    return parsed


def _of_entry(verb: str, text: str) -> KbCommand | None:
    entry_id, _, rest = text.partition(" ")
    return KbCommand(verb=verb, entry_id=entry_id, text=rest.strip()) if entry_id else None


def _search(verb: str, text: str) -> KbCommand | None:
    return KbCommand(verb=verb, text=text) if text else None


def _add(verb: str, text: str) -> KbCommand | None:
    issue, arrow, resolution = text.partition("=>")
    whole = arrow and issue.strip() and resolution.strip()
    return KbCommand(verb=verb, name=issue.strip(), text=resolution.strip()) if whole else None


def _edit(verb: str, text: str) -> KbCommand | None:
    match = _EDIT.match(text)
    if match is None:
        return None
    return KbCommand(verb=verb, entry_id=match["id"], name=match["name"].lower(), text=match["text"].strip())


def _merge(verb: str, text: str) -> KbCommand | None:
    ids = text.split()
    return KbCommand(verb=verb, entry_id=ids[0], other_id=ids[1]) if len(ids) == 2 else None  # noqa: PLR2004


def _split(verb: str, text: str) -> KbCommand | None:
    entry_id, _, rest = text.partition(" ")
    if not entry_id or not _NUMBERS.fullmatch(rest.strip()):
        return None
    return KbCommand(verb=verb, entry_id=entry_id, lines=tuple(int(n) for n in re.findall(r"\d+", rest)))


_PARSERS: dict[str, Callable[[str, str], KbCommand | None]] = {
    "search": _search,
    "add": _add,
    "edit": _edit,
    "merge": _merge,
    "split": _split,
}
