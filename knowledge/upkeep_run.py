"""Go through the entries, a part of them each time; fits `vigil_bot.ports.upkeep.Caretaker`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from knowledge.analyze import analyze, query_terms
from knowledge.authority import Voice
from knowledge.find import Frequencies
from knowledge.importing_changes import marked
from knowledge.upkeep import failed_in_use, findings_of, still_holds, with_findings
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, KnowledgeEntry, StaleReason, Viewer
from vigil_bot.model.upkeep import Finding, Upkeep
from vigil_bot.ports.documents import Notes
from vigil_bot.ports.knowledge import EntryStore

BY = "upkeep"
LIMIT = 300  # entries looked at in a run; each costs a look into the words index
NEAR = 10
TERMS = 12
SAVED_EVERY = 25  # entries; so much is looked at again after a crash
VOICES_S = 90 * 86_400.0
ROUND_S = 7 * 86_400.0  # the next round begins so long after the last one ended: whoever is told is told weekly
_NOTE = "upkeep"
_STATE = TypeAdapter(Upkeep)

Voices = Callable[[float], Awaitable[Mapping[str, list[Voice]]]]
"""Returns what people said of entries in suggestions since a time."""


class Base(Protocol):
    """The part of the knowledge base that is needed here."""

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version."""
        ...


class Warden:
    """Looks at new entries at once, and at all others in turn, in rounds."""

    def __init__(self, base: Base, shelf: EntryStore, notes: Notes, voices: Voices) -> None:
        self._base = base
        self._shelf = shelf
        self._notes = notes
        self._voices = voices
        self._frequencies = Frequencies(shelf)

    async def run(self, now: float, *, limit: int = LIMIT) -> Upkeep:
        """Look at so many entries, going on where the last run stopped; return how far it came."""
        failed = await self._mark_failed(now)
        state = replace(await self._state(), looked_at=0)
        new = [*failed, *await self._shelf.created_since(state.newest_at, limit=limit // 2)]
        state = await self._look(new, replace(state, newest_at=now), now=now)
        if not state.after and now - state.rounded_at < ROUND_S:
            return state
        return await self._go_on(state, {entry.id for entry in new}, limit=max(1, limit - len(new)), now=now)

    async def _go_on(self, state: Upkeep, seen: set[str], *, limit: int, now: float) -> Upkeep:
        """Look at the next entries of the round."""
        page = await self._base.entries(after_id=state.after, limit=limit)
        for start in range(0, len(page), SAVED_EVERY):
            batch = page[start : start + SAVED_EVERY]
            unseen = [entry for entry in batch if entry.id not in seen]
            state = await self._look(unseen, replace(state, after=batch[-1].id), now=now)
        if len(page) < limit:
            state = await self._save(replace(state, after="", rounds=state.rounds + 1, rounded_at=now))
        return state

    async def findings(self, *, viewer: Viewer | None) -> list[tuple[Finding, tuple[KnowledgeEntry, ...]]]:
        """Return what was found and still holds, with its entries, as far as they may be shown there; most urgent first."""
        shown = []
        for finding in (await self._state()).findings:
            ids = filter(None, (finding.entry_id, finding.other_id))
            entries = tuple([entry for entry_id in ids if (entry := await self._base.get(entry_id)) is not None])
            visible = all(viewer is None or entry.audience.allows(viewer) for entry in entries)
            if visible and still_holds(finding, entries):
                shown.append((finding, entries))
        return shown

    async def _look(self, entries: list[KnowledgeEntry], state: Upkeep, *, now: float) -> Upkeep:
        found: list[Finding] = []
        for entry in entries:
            found += findings_of(entry, await self._near(entry) if entry.usable else (), now=now)
        findings = with_findings(state.findings, (entry.id for entry in entries), found)
        return await self._save(replace(state, findings=findings, looked_at=state.looked_at + len(entries)))

    async def _near(self, entry: KnowledgeEntry) -> list[KnowledgeEntry]:
        """Return the entries that share the rarest words of an entry; needs no vectors, and finds doubles that a search hides."""
        terms = query_terms(analyze(f"{entry.title}\n{entry.issue}"), limit=TERMS)
        found = await self._shelf.search_words(await self._frequencies.telling(terms), limit=NEAR + 1)
        return await self._shelf.load([entry_id for entry_id, _ in found if entry_id != entry.id])

    async def _mark_failed(self, now: float) -> list[KnowledgeEntry]:
        """Mark entries that people found wrong in use; return these."""
        failed = []
        for entry_id, voices in (await self._voices(now - VOICES_S)).items():
            entry = await self._base.get(entry_id)
            if entry is None or not failed_in_use(entry, await self._base.history(entry_id), voices):
                continue
            mark = marked(entry, StaleReason.FAILED_IN_USE, now=now)
            if mark is not None:
                failed.append(await self._base.put(mark.entry, kind=mark.kind, by=BY, why=mark.why, at=now))
        return failed

    async def _state(self) -> Upkeep:
        note = await self._notes.note(_NOTE)
        try:
            return _STATE.validate_json(note) if note else Upkeep()
        except ValidationError:  # of another version of the program: begin anew
            return Upkeep()

    async def _save(self, state: Upkeep) -> Upkeep:
        await self._notes.set_note(_NOTE, _STATE.dump_json(state).decode())
        return state
