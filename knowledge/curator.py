"""What people decide about entries."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from knowledge.curation import (
    ANALYSTS_HINT,
    approved,
    check_may,
    check_words,
    freed,
    instead,
    merged,
    parted,
    queue,
    revisions,
    with_text,
)
from knowledge.distill_entry import content_hash
from knowledge.gaps import gaps
from vigil_bot.errors import InputError, NotFoundError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import (
    Audience,
    ChangeKind,
    Confidence,
    EntryVersion,
    EvidenceClass,
    KnowledgeEntry,
    Source,
    Viewer,
)
from vigil_bot.model.policy import Policy
from vigil_bot.model.review import Actor, Gap, ReviewItem, Revision
from vigil_bot.ports.curation import Posted, Reviewed
from vigil_bot.ports.records import Cases, Ledger, Threads, Transcript
from vigil_bot.texts.text import Text

LOOKED_THROUGH = 300  # entries of each kind, for a review
TITLE_CHARS = 90
BY = "vigil"


class Base(Protocol):
    """The part of the knowledge base that is needed here."""

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def load(self, entry_ids: Sequence[str]) -> list[KnowledgeEntry]:
        """Return those of the entries that there are."""
        ...

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        ...

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version."""
        ...

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        ...

    async def revert(self, entry_id: str, to_version: int, *, by: str, at: float) -> KnowledgeEntry:
        """Make an earlier version the newest."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is needed here."""

    base: Base
    reviewed: Reviewed
    posted: Posted
    transcript: Transcript
    ledger: Ledger
    cases: Cases
    threads: Threads
    policy_of: Callable[[ConversationRef], Policy]
    redact: Callable[[str], str]


class Curator:
    """What people decide about entries: fits `vigil_bot.ports.curation.Curation`."""

    def __init__(self, desk: Desk) -> None:
        self._on = desk
        self._base = desk.base

    async def show(self, entry_id: str, *, viewer: Viewer | None) -> KnowledgeEntry:
        """Return an entry, also one that waits or is archived. Raises NotFoundError."""
        entry = await self._base.get(entry_id)
        if entry is None or (viewer is not None and not entry.audience.allows(viewer)):
            raise NotFoundError(Text("There is no such entry here."), hint=Text("`kb search` finds them."))
        return entry

    async def history(self, entry_id: str, *, viewer: Viewer | None) -> list[Revision]:
        """Return what became of an entry, oldest first. Raises NotFoundError."""
        await self.show(entry_id, viewer=viewer)
        return revisions(await self._base.history(entry_id), viewer)

    async def review(self, *, viewer: Viewer | None, limit: int) -> list[ReviewItem]:
        """Return what waits for a person, most urgent first."""
        look = self._on.reviewed
        return queue(
            waiting=await look.waiting(limit=LOOKED_THROUGH),
            failing=await look.failing(limit=LOOKED_THROUGH),
            unvalidated=await look.unvalidated(limit=LOOKED_THROUGH),
            viewer=viewer,
            limit=limit,
        )

    async def gaps(self, channel: str, *, since: float, limit: int) -> list[Gap]:
        """Return the questions of a channel that got no answer from us, most frequent first."""
        records = [r for r in await self._on.ledger.decisions(since=since) if r.conversation.startswith(channel + "/")]
        cases = await self._on.cases.cases(channel=channel)
        owners = {case.conversation: case.owner_id for case in cases if case.owner_id is not None}
        return gaps(records, owners=owners, limit=limit)

    async def add(
        self, issue: str, resolution: str, *, audience: Audience, actor: Actor, permalink: str | None = None
    ) -> KnowledgeEntry:
        """Store what somebody teaches; only an analyst's word is valid at once. Raises InputError."""
        check_words(issue, resolution)
        issue, resolution = self._on.redact(issue.strip()), self._on.redact(resolution.strip())
        if not issue or not resolution:
            raise InputError(Text("Say both: the problem, and what solves it."))
        digest = content_hash(issue, resolution)
        evidence = EvidenceClass.ANALYST_SAID if actor.trusted else EvidenceClass.SOMEBODY_SAID
        place = hashlib.sha256(f"{audience}\0{digest}".encode()).hexdigest()[:16]
        entry = KnowledgeEntry(
            id=f"p-{place}",
            title=issue.partition("\n")[0][:TITLE_CHARS],
            issue=issue,
            resolution=resolution,
            confidence=Confidence.VALIDATED if actor.trusted else Confidence.NOT_VALIDATED,
            audience=audience,
            sources=(Source(permalink=permalink, evidence=evidence, author_ids=(actor.by,)),),
            created_at=actor.at,
            updated_at=actor.at,
            content_hash=digest,
        )
        if await self._base.get(entry.id) is not None:
            raise InputError(Text("That is known already, as {entry}.", entry=entry.id))
        return await self._put(entry, ChangeKind.ADD, "somebody taught it", actor)

    async def edit(self, entry_id: str, *, name: str, text: str, actor: Actor) -> KnowledgeEntry:
        """Change one field of an entry. Raises InputError, NotFoundError."""
        entry = await self._changeable(entry_id, actor)
        changed = with_text(entry, name, self._on.redact(text))
        return await self._put(changed, ChangeKind.EDIT, f"changed the {name}", actor)

    async def approve(self, entry_id: str, *, actor: Actor, both: bool = False) -> KnowledgeEntry:
        """Take an entry for right; those that say otherwise are replaced by it, unless both are right."""
        if not actor.trusted:
            raise InputError(Text("Only analysts may approve an entry."), hint=ANALYSTS_HINT)
        entry = approved(shown := await self.show(entry_id, viewer=actor.viewer))
        against = await self._against(shown, actor)
        stored = await self._put(entry, ChangeKind.APPROVE, "a person took it for right", actor)
        for other in against:
            if both:
                await self._put(freed(other, entry_id), ChangeKind.APPROVE, "both are right", actor)
                continue
            for third in await self._against(other, actor):
                moved = instead(third, other.id, entry_id)
                if third.id != entry_id and moved != third:
                    await self._put(moved, ChangeKind.DISPUTE, f"{entry_id} replaced {other.id}", actor)
            replaced = replace(other, superseded_by=entry_id, contradicts=())
            await self._put(replaced, ChangeKind.SUPERSEDE, f"{entry_id} was taken for right", actor)
        return stored

    async def reject(self, entry_id: str, *, why: str, actor: Actor) -> KnowledgeEntry:
        """Take an entry for wrong: it is archived, and what waited only because of it is free."""
        return await self._retire(entry_id, ChangeKind.REJECT, why or "a person took it for wrong", actor)

    async def archive(self, entry_id: str, *, why: str, actor: Actor) -> KnowledgeEntry:
        """Take an entry out of use; what waited only because of it is free."""
        return await self._retire(entry_id, ChangeKind.ARCHIVE, why, actor)

    async def undo(self, entry_id: str, *, actor: Actor) -> KnowledgeEntry:
        """Go back to the version before, with what the last change did to other entries; what has only one is archived."""
        entry = await self._changeable(entry_id, actor)
        *earlier, last = await self._base.history(entry_id)
        if last.kind is ChangeKind.FORGET:
            raise InputError(Text("What was forgotten stays forgotten."))
        if not earlier:
            return await self.archive(entry_id, why="undone", actor=actor)
        before = earlier[-1].entry
        check_may(before, actor)
        for other in await self._on.reviewed.replaced_by(entry_id):
            if before.superseded_by is None and last.kind in (ChangeKind.APPROVE, ChangeKind.MERGE):
                await self._unreplace(other, since=last.at, actor=actor)
        if last.kind is ChangeKind.SPLIT:
            await self._join(f"{entry_id}-{before.version}", entry, actor)
        return await self._base.revert(entry_id, before.version, by=actor.by, at=actor.at)

    async def merge(self, entry_id: str, other_id: str, *, actor: Actor) -> KnowledgeEntry:
        """Make one entry of two: the first one's words, the sources of both, for those who may see both."""
        one = await self._changeable(entry_id, actor)
        kept, replaced = merged(one, await self._changeable(other_id, actor))
        await self._put(replaced, ChangeKind.SUPERSEDE, f"merged into {entry_id}", actor)
        return await self._put(kept, ChangeKind.MERGE, f"merged with {other_id}", actor)

    async def split(
        self, entry_id: str, lines: Sequence[int], *, actor: Actor
    ) -> tuple[KnowledgeEntry, KnowledgeEntry]:
        """Move sentences of a resolution (numbered from 1) into an entry of their own."""
        entry = await self._changeable(entry_id, actor)
        stays, goes = parted(entry, lines, new_id=f"{entry_id}-{entry.version}")
        added = await self._put(goes, ChangeKind.SPLIT, f"split from {entry_id}", actor)
        return await self._put(stays, ChangeKind.SPLIT, f"split into {added.id}", actor), added

    async def _changeable(self, entry_id: str, actor: Actor) -> KnowledgeEntry:
        entry = await self.show(entry_id, viewer=actor.viewer)
        check_may(entry, actor)
        return entry

    async def _against(self, entry: KnowledgeEntry, actor: Actor) -> list[KnowledgeEntry]:
        """Return the entries in use that say otherwise, as far as the actor may see them."""
        named = [other for other_id in entry.contradicts if (other := await self._base.get(other_id)) is not None]
        waiting = await self._on.reviewed.waiting(limit=LOOKED_THROUGH)
        found = {other.id: other for other in (*named, *(e for e in waiting if entry.id in e.contradicts))}
        seen = (o for o in found.values() if actor.viewer is None or o.audience.allows(actor.viewer))
        return [other for other in seen if other.usable]

    async def _retire(self, entry_id: str, kind: ChangeKind, why: str, actor: Actor) -> KnowledgeEntry:
        entry = await self._changeable(entry_id, actor)
        gone = replace(entry, confidence=Confidence.ARCHIVED, contradicts=())
        stored = await self._put(gone, kind, self._on.redact(why), actor)
        for other in await self._against(entry, actor):
            if entry_id in other.contradicts:
                done = "was taken for wrong" if kind is ChangeKind.REJECT else "is out of use"
                await self._put(freed(other, entry_id), ChangeKind.APPROVE, f"{entry_id} {done}", actor)
        return stored

    async def _unreplace(self, other: KnowledgeEntry, *, since: float, actor: Actor) -> None:
        """Bring back an entry that was replaced by a change that is undone."""
        *earlier, last = await self._base.history(other.id)
        if earlier and last.kind is ChangeKind.SUPERSEDE and last.at == since:
            await self._base.revert(other.id, earlier[-1].entry.version, by=actor.by, at=actor.at)

    async def _join(self, part_id: str, entry: KnowledgeEntry, actor: Actor) -> None:
        """Take a part out of use that comes back into its entry."""
        part = await self._base.get(part_id)
        if part is not None and part.usable:
            gone = replace(part, confidence=Confidence.ARCHIVED)
            await self._put(gone, ChangeKind.ARCHIVE, f"back in {entry.id}", actor)

    async def _put(self, entry: KnowledgeEntry, kind: ChangeKind, why: str, actor: Actor) -> KnowledgeEntry:
        stamped = replace(entry, updated_at=actor.at)
        return await self._base.put(stamped, kind=kind, by=actor.by, why=why, at=actor.at)
