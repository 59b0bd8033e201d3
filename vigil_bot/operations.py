"""What an operator can do from the command line, here or in the running process: name and JSON in, JSON out."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from vigil_bot.commands.cards import why_card
from vigil_bot.errors import InputError, NotFoundError
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, Hit, KnowledgeEntry, Viewer
from vigil_bot.model.review import Actor
from vigil_bot.operation import Operation, Parameters
from vigil_bot.operations_review import MAX_LISTED, OPERATOR, ReviewDesk, ReviewOperations
from vigil_bot.operations_upkeep import UpkeepDesk, UpkeepOperations
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.knowledge import KnowledgeKeeper
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.ports.work import WorkQueue

_ENTRY = TypeAdapter(KnowledgeEntry)
_ENTRIES = TypeAdapter(list[KnowledgeEntry])
_VERSION = TypeAdapter(EntryVersion)
_CHANGING = ("kb.edit", "kb.archive", "kb.revert")
_EDITABLE = frozenset({"title", "issue", "environment", "resolution", "cause", "confidence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backstage:
    """What operations need."""

    keeper: KnowledgeKeeper
    review: ReviewDesk
    upkeep: UpkeepDesk
    transcript: Transcript
    ledger: Ledger
    queue: WorkQueue
    distill: Callable[[float | None], Awaitable[JsonValue]]
    backup: Callable[[Path], Awaitable[int]]
    clock: Clock


class Operations:
    """The table of operations."""

    def __init__(self, on: Backstage) -> None:
        self._on = on
        self.table: dict[str, Operation] = {
            "distill": self._distill,
            "why": self._why,
            "backup": self._backup,
            "dead": self._dead,
            "requeue": self._requeue,
            "kb.import": self._import,
            "kb.search": self._search,
            "kb.list": self._list,
            "kb.show": self._show,
            "kb.edit": self._edit,
            "kb.archive": self._archive,
            "kb.revert": self._revert,
            "kb.history": self._history,
            "kb.reindex": self._reindex,
            "kb.check": self._check,
            **ReviewOperations(on.review).table,
            **UpkeepOperations(on.upkeep).table,
        }

    async def call(self, name: str, parameters: Parameters) -> JsonValue:
        """Carry out an operation.

        Raises:
            NotFoundError: If there is none of this name. InputError: If the parameters do not fit.
        """
        operation = self.table.get(name)
        if operation is None:
            raise NotFoundError(f"There is no operation {name[:40]!r}.")
        result = await operation(parameters)
        if name in _CHANGING:
            await self._on.review.recall()
        return result

    async def _distill(self, p: Parameters) -> JsonValue:
        since = p.get("since")
        return await self._on.distill(float(since) if isinstance(since, int | float) else None)

    async def _why(self, p: Parameters) -> JsonValue:
        message = await self._on.transcript.find_message(_text(p, "message"))
        if message is None:
            raise NotFoundError("No such message is stored.", hint="Give its permalink or its id.")
        record = await self._on.ledger.decision(message.conversation.key, message.id)
        if record is None:
            return {"message_id": message.id, "decision": None, "text": "Not decided yet."}
        suggestion = await self._on.ledger.suggestion(record.suggestion_id) if record.suggestion_id else None
        state = suggestion.state if suggestion else None
        return {
            "message_id": message.id,
            "thread": record.conversation,
            "decision": record.decision.kind,
            "reason": record.reason.value,
            "score": record.signals.relevance,
            "delivery": state.value if state else "",
            "text": why_card(record, state).text,
        }

    async def _backup(self, p: Parameters) -> JsonValue:
        path = Path(_text(p, "path"))
        return {"path": str(path), "bytes": await self._on.backup(path)}

    async def _dead(self, _p: Parameters) -> JsonValue:
        letters = await self._on.queue.dead_letters()
        return [
            {
                "id": d.id,
                "conversation": d.conversation,
                "kind": d.kind,
                "error": d.error,
                "attempts": d.attempts,
                "at": d.at,
            }
            for d in letters
        ]

    async def _requeue(self, p: Parameters) -> JsonValue:
        await self._on.queue.requeue(int(_text(p, "id")), now=self._on.clock.now())
        return {"requeued": _text(p, "id")}

    async def _import(self, p: Parameters) -> JsonValue:
        try:
            entries = _ENTRIES.validate_python(p.get("entries"))
        except ValidationError as error:
            raise InputError(f"{error.error_count()} of the entries cannot be read.") from error
        now = self._on.clock.now()
        stamped = [replace(e, created_at=e.created_at or now, updated_at=now) for e in entries]
        why = str(p.get("why") or "import")
        changed = await self._on.keeper.put_many(stamped, kind=ChangeKind.IMPORT, by=OPERATOR, why=why, at=now)
        return {"read": len(entries), "changed": changed, "unchanged": len(entries) - changed}

    async def _search(self, p: Parameters) -> JsonValue:
        candidates = p.get("candidates")
        before = p.get("before")
        hits = await self._on.keeper.find(
            _text(p, "text"),
            viewer=_viewer(p.get("audience")),
            limit=_count(p, "limit", 10),
            before=float(before) if isinstance(before, int | float) else None,
            candidates=[str(c) for c in candidates] if isinstance(candidates, list) else None,
        )
        return [hit_json(hit, brief=bool(p.get("brief"))) for hit in hits]

    async def _list(self, p: Parameters) -> JsonValue:
        entries = await self._on.keeper.entries(
            after_id=str(p.get("after") or ""), limit=_count(p, "limit", 100), confidence=_confidence(p)
        )
        return [entry_json(entry) for entry in entries]

    async def _show(self, p: Parameters) -> JsonValue:
        return entry_json(await self._entry(p))

    async def _edit(self, p: Parameters) -> JsonValue:
        entry = await self._entry(p)
        changes = p.get("changes")
        if not isinstance(changes, dict) or not changes or not set(changes) <= _EDITABLE:
            raise InputError("Nothing to change.", hint=f"Fields: {', '.join(sorted(_EDITABLE))}.")
        now = self._on.clock.now()
        try:
            edited = _ENTRY.validate_python({**_ENTRY.dump_python(entry, mode="json"), **changes, "updated_at": now})
        except ValidationError as error:
            raise InputError(f"{error.errors()[0]['loc'][0]} cannot have this value.") from error
        stored = await self._on.keeper.put(
            edited, kind=ChangeKind.EDIT, by=OPERATOR, why=str(p.get("why") or ""), at=now
        )
        return entry_json(stored)

    async def _archive(self, p: Parameters) -> JsonValue:
        actor = Actor(by=OPERATOR, at=self._on.clock.now(), trusted=True)
        why = str(p.get("why") or "")
        return entry_json(await self._on.review.curation.archive((await self._entry(p)).id, why=why, actor=actor))

    async def _revert(self, p: Parameters) -> JsonValue:
        entry = await self._entry(p)
        to = _count(p, "version", entry.version - 1)
        return entry_json(await self._on.keeper.revert(entry.id, to, by=OPERATOR, at=self._on.clock.now()))

    async def _history(self, p: Parameters) -> JsonValue:
        entry = await self._entry(p)
        return [version_json(version) for version in await self._on.keeper.history(entry.id)]

    async def _reindex(self, _p: Parameters) -> JsonValue:
        return {"indexed": await self._on.keeper.reindex()}

    async def _check(self, _p: Parameters) -> JsonValue:
        return asdict(await self._on.keeper.check())

    async def _entry(self, p: Parameters) -> KnowledgeEntry:
        entry_id = _text(p, "id")
        entry = await self._on.keeper.get(entry_id)
        if entry is None:
            raise NotFoundError(f"There is no entry {entry_id[:80]!r}.", hint="`vigil kb list` shows them.")
        return entry


def entry_json(entry: KnowledgeEntry) -> JsonValue:
    """Return an entry as JSON."""
    dumped: JsonValue = _ENTRY.dump_python(entry, mode="json")
    return dumped


def version_json(version: EntryVersion) -> JsonValue:
    """Return a version of an entry as JSON."""
    dumped: JsonValue = _VERSION.dump_python(version, mode="json")
    return dumped


def hit_json(hit: Hit, *, brief: bool = False) -> JsonValue:
    """Return a hit as JSON; brief: id and score only."""
    found: Parameters = {"entry_id": hit.entry.id, "score": round(hit.score, 4)}
    if not brief:
        found |= {
            "title": hit.entry.title or hit.entry.issue[:80],
            "resolution": hit.entry.resolution,
            "confidence": hit.entry.confidence.value,
            "permalink": next((s.permalink for s in hit.entry.sources if s.permalink), None),
        }
    return found


def _text(p: Parameters, name: str) -> str:
    value = p.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f"`{name}` is missing.")
    return str(value)


def _count(p: Parameters, name: str, default: int) -> int:
    value = p.get(name, default)
    if not isinstance(value, int) or not 1 <= value <= MAX_LISTED:
        raise InputError(f"`{name}` must be a whole number from 1 to {MAX_LISTED}.")
    return value


def _confidence(p: Parameters) -> Confidence | None:
    value = p.get("confidence")
    try:
        return None if value is None else Confidence(str(value))
    except ValueError as error:
        raise InputError(f"There is no confidence {value!r}.", hint=", ".join(Confidence)) from error


def _viewer(audience: JsonValue) -> Viewer | None:
    if not isinstance(audience, dict):
        return None
    channels = audience.get("channels")
    channel = channels[0] if isinstance(channels, list) and channels else audience.get("channel", "")
    return Viewer(workspace_id=str(audience.get("workspace", "")), channel_id=str(channel))
