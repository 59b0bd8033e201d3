"""What an operator does with knowledge as a whole: documents, exports, upkeep; name and JSON in, JSON out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue, TypeAdapter, ValidationError

from vigil_bot.errors import InputError
from vigil_bot.model.document import FolderReport, Taken
from vigil_bot.model.knowledge import Confidence, EntryVersion, KnowledgeEntry
from vigil_bot.model.upkeep import Finding
from vigil_bot.operation import Operation, Parameters
from vigil_bot.operations_review import MAX_LISTED, OPERATOR
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.upkeep import Caretaker

_PATHS = TypeAdapter(list[Path])


class Folders(Protocol):
    """Files and folders on this computer as documents."""

    async def take_in(self, files: Sequence[Path], *, now: float) -> FolderReport:
        """Read files, as far as they have changed."""
        ...

    async def drop_gone(self, path: Path, *, now: float) -> Taken:
        """Take out of use what came of files of a folder that are not there any more. Raises InputError."""
        ...


class Archive(Protocol):
    """The part of the knowledge base that is needed here."""

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def restore(
        self, entries: Sequence[tuple[KnowledgeEntry, Sequence[EntryVersion]]], *, by: str, why: str, at: float
    ) -> int:
        """Store entries with those of their versions that are missing; return how many changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepDesk:
    """What these operations need; export and parse are an entry with its versions as JSON, out and in."""

    folders: Folders
    archive: Archive
    caretaker: Caretaker
    recall: Callable[[], Awaitable[int]]
    export: Callable[[KnowledgeEntry, Sequence[EntryVersion]], dict[str, JsonValue]]
    parse: Callable[[JsonValue], tuple[KnowledgeEntry, Sequence[EntryVersion]]]
    clock: Clock


class UpkeepOperations:
    """The table of these operations."""

    def __init__(self, on: UpkeepDesk) -> None:
        self._on = on
        self.table: dict[str, Operation] = {
            "kb.documents": self._documents,
            "kb.documents_gone": self._documents_gone,
            "kb.export": self._export,
            "kb.restore": self._restore,
            "kb.upkeep": self._upkeep,
        }

    async def _documents(self, p: Parameters) -> JsonValue:
        try:
            files = _PATHS.validate_python(p.get("files"))
        except ValidationError as error:
            raise InputError("`files` must be a list of paths.") from error
        report = await self._on.folders.take_in(files, now=self._on.clock.now())
        if report.taken.stored or report.taken.archived:
            await self._on.recall()
        return {**_counts(report.taken), "failed": list(report.failed)}

    async def _documents_gone(self, p: Parameters) -> JsonValue:
        taken = await self._on.folders.drop_gone(Path(str(p.get("path") or "")), now=self._on.clock.now())
        if taken.archived:
            await self._on.recall()
        return {**_counts(taken), "documents": 0, "failed": []}

    async def _export(self, p: Parameters) -> JsonValue:
        limit = p.get("limit", 100)
        if not isinstance(limit, int) or not 1 <= limit <= MAX_LISTED:
            raise InputError(f"`limit` must be a whole number from 1 to {MAX_LISTED}.")
        page = await self._on.archive.entries(after_id=str(p.get("after") or ""), limit=limit)
        return [self._on.export(entry, await self._on.archive.history(entry.id)) for entry in page]

    async def _restore(self, p: Parameters) -> JsonValue:
        given = p.get("entries")
        if not isinstance(given, list):
            raise InputError("`entries` is missing.")
        try:
            entries = [self._on.parse(one) for one in given]
        except ValidationError as error:
            raise InputError(f"{error.error_count()} of the entries cannot be read.") from error
        now, why = self._on.clock.now(), str(p.get("why") or "import")
        changed = await self._on.archive.restore(entries, by=OPERATOR, why=why, at=now)
        return {"read": len(entries), "changed": changed, "unchanged": len(entries) - changed}

    async def _upkeep(self, _p: Parameters) -> JsonValue:
        state = await self._on.caretaker.run(self._on.clock.now())
        found = await self._on.caretaker.findings(viewer=None)
        return {
            "looked_at": state.looked_at,
            "rounds": state.rounds,
            "findings": [_finding(finding, entries) for finding, entries in found],
        }


def _counts(taken: Taken) -> dict[str, JsonValue]:
    return {
        "documents": taken.documents,
        "unchanged": taken.unchanged,
        "entries": taken.entries,
        "stored": taken.stored,
        "archived": taken.archived,
        "marked": taken.marked,
    }


def _finding(finding: Finding, entries: Sequence[KnowledgeEntry]) -> JsonValue:
    return {
        "kind": finding.kind.value,
        "why": entries[0].stale.reason.value if entries[0].stale is not None else None,
        "since": entries[0].stale.since if entries[0].stale is not None else None,
        "entries": [{"id": entry.id, "title": entry.title or entry.issue[:80]} for entry in entries],
    }
