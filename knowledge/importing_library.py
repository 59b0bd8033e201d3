"""Keep entries in step with the documents that they come from."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from knowledge.importing_changes import BY, Change, Known, digest_of, left_out, marked, prepared, taken_in
from vigil_bot.model.document import Document, Taken
from vigil_bot.model.knowledge import ChangeKind, EntryVersion, KnowledgeEntry, StaleReason
from vigil_bot.ports.documents import Documents


class Base(Protocol):
    """The part of the knowledge base that is needed here."""

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version."""
        ...


class Library:
    """Documents and their entries. A document is recorded after its entries: what a crash interrupts is done again."""

    def __init__(self, base: Base, documents: Documents, redact: Callable[[str], str]) -> None:
        self._base = base
        self._documents = documents
        self._redact = redact

    async def known(self, root: str, path: str) -> Document | None:
        """Return what is known of a document."""
        return await self._documents.document(root, path)

    async def count(self, root: str, *, under: str) -> int:
        """Return how many documents are known whose path begins so."""
        return len(await self._documents.documents(root, under=under))

    async def take_in(self, document: Document, entries: Sequence[KnowledgeEntry], *, now: float) -> Taken:
        """Store what a document says now; document.sections are those of the last time."""
        wanted, steering = prepared(entries, document, document.sources, self._redact)
        before = dict(document.sections)
        changes = [taken_in(entry, await self._known(entry.id, before), now=now) for entry in wanted]
        given = {entry.id: digest_of(entry) for entry in wanted}
        changes += [left_out(known, now=now) for known in await self._lost(before, given)]
        taken = await self._store(changes, now=now)
        await self._documents.put_document(replace(document, sections=tuple(given.items()), read_at=now))
        return replace(
            taken, documents=1, unchanged=int(not any(changes)), entries=len(wanted), steering=tuple(steering)
        )

    async def gone(self, root: str, *, under: str, present: Collection[str], now: float) -> Taken:
        """Take out of use what came of documents whose path begins so and that are not there any more."""
        taken = Taken()
        for document in await self._documents.documents(root, under=under):
            if document.path in present:
                continue
            lost = await self._lost(dict(document.sections), ())
            stored = await self._store([left_out(known, now=now) for known in lost], now=now)
            taken = taken.plus(replace(stored, documents=1))
            if any(known.entry.usable and not known.is_as_read for known in lost):
                await self._documents.put_document(replace(document, digest=""))  # it may come back
            else:
                await self._documents.drop_document(document)
        return taken

    async def mark(self, document: Document, reason: StaleReason, *, now: float) -> Taken:
        """Mark all entries of a document."""
        entries = [await self._base.get(entry_id) for entry_id, _ in document.sections]
        return await self._store([marked(entry, reason, now=now) for entry in entries if entry is not None], now=now)

    async def _lost(self, before: dict[str, str], given: Collection[str]) -> list[Known]:
        """Return what is known of sections that are not given any more."""
        found = [await self._known(entry_id, before) for entry_id in before if entry_id not in given]
        return [known for known in found if known is not None]

    async def _known(self, entry_id: str, before: dict[str, str]) -> Known | None:
        entry = await self._base.get(entry_id)
        if entry is None:
            return None
        versions = await self._base.history(entry_id)
        imported = next((v for v in reversed(versions) if v.kind is ChangeKind.IMPORT), None)
        digest = before.get(entry_id) or (digest_of(imported.entry) if imported is not None else None)
        return Known(entry=entry, newest=versions[-1] if versions else None, digest=digest)

    async def _store(self, changes: Iterable[Change | None], *, now: float) -> Taken:
        taken = Taken()
        for change in filter(None, changes):
            entry = replace(change.entry, created_at=change.entry.created_at or now, updated_at=now)
            await self._base.put(entry, kind=change.kind, by=BY, why=change.why, at=now)
            match change.kind:
                case ChangeKind.ARCHIVE:
                    taken = replace(taken, archived=taken.archived + 1)
                case ChangeKind.MARK if entry.stale is not None:
                    taken = replace(taken, marked=taken.marked + 1)
                case _:
                    taken = replace(taken, stored=taken.stored + 1)
        return taken
