"""What an operator decides about entries, and whom the program forgets: name and JSON in, JSON out."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from pydantic import JsonValue, TypeAdapter

from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.review import Actor, Forgotten
from vigil_bot.operation import Operation, Parameters
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.curation import Curation
from vigil_bot.ports.records import Transcript

OPERATOR = "operator"
MAX_LISTED = 1000
_ENTRY = TypeAdapter(KnowledgeEntry)


class Forgetter(Protocol):
    """Forgets people."""

    async def person(self, author_id: str, *, workspace_id: str, by: str, at: float) -> Forgotten:
        """Forget everything that somebody wrote, and return what that was."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDesk:
    """What these operations need; recall puts right what was posted from entries that have changed."""

    curation: Curation
    forgetter: Forgetter
    transcript: Transcript
    recall: Callable[[], Awaitable[int]]
    clock: Clock


class ReviewOperations:
    """The table of these operations; an operator sees everything and is taken at their word."""

    def __init__(self, on: ReviewDesk) -> None:
        self._on = on
        self.table: dict[str, Operation] = {
            "kb.review": self._review,
            "kb.approve": self._approve,
            "kb.reject": self._reject,
            "kb.merge": self._merge,
            "kb.split": self._split,
            "kb.undo": self._undo,
            "forget": self._forget,
        }

    async def _review(self, p: Parameters) -> JsonValue:
        items = await self._on.curation.review(viewer=None, limit=_limit(p))
        return [
            {**_ENTRY.dump_python(i.entry, mode="json"), "reason": i.reason.value, "other_ids": list(i.other_ids)}
            for i in items
        ]

    async def _approve(self, p: Parameters) -> JsonValue:
        both = bool(p.get("both"))
        return await self._changed(await self._on.curation.approve(_id(p, "id"), actor=self._actor(), both=both))

    async def _reject(self, p: Parameters) -> JsonValue:
        why = str(p.get("why") or "")
        return await self._changed(await self._on.curation.reject(_id(p, "id"), why=why, actor=self._actor()))

    async def _merge(self, p: Parameters) -> JsonValue:
        merged = await self._on.curation.merge(_id(p, "id"), _id(p, "other"), actor=self._actor())
        return await self._changed(merged)

    async def _split(self, p: Parameters) -> JsonValue:
        lines = p.get("lines")
        if not isinstance(lines, list) or not lines:
            raise InputError("Say which sentences of the resolution go.", hint="Numbered from 1, e.g. `2 3`.")
        numbers = [line for line in lines if isinstance(line, int)]
        _, added = await self._on.curation.split(_id(p, "id"), numbers, actor=self._actor())
        return await self._changed(added)

    async def _undo(self, p: Parameters) -> JsonValue:
        return await self._changed(await self._on.curation.undo(_id(p, "id"), actor=self._actor()))

    async def _forget(self, p: Parameters) -> JsonValue:
        workspace, now = str(p.get("workspace") or "local"), self._on.clock.now()
        done = await self._on.forgetter.person(_id(p, "person"), workspace_id=workspace, by=OPERATOR, at=now)
        await self._on.recall()
        return asdict(done)

    async def _changed(self, entry: KnowledgeEntry) -> JsonValue:
        await self._on.recall()
        dumped: JsonValue = _ENTRY.dump_python(entry, mode="json")
        return dumped

    def _actor(self) -> Actor:
        return Actor(by=OPERATOR, at=self._on.clock.now(), trusted=True)


def _id(p: Parameters, name: str) -> str:
    value = p.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"`{name}` is missing.")
    return value.strip()


def _limit(p: Parameters) -> int:
    value = p.get("limit", 50)
    if not isinstance(value, int) or not 1 <= value <= MAX_LISTED:
        raise InputError(f"`limit` must be a whole number from 1 to {MAX_LISTED}.")
    return value
