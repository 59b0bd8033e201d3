"""Turn resolved cases into entries: extract, ground, redact, merge, store."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol, assert_never

from knowledge.audience import narrower
from knowledge.authority import evidence_of, outsiders, without_strange_links
from knowledge.distill_entry import audience_of, content_hash, entry_of
from knowledge.grounding import ground
from knowledge.merge import Add, Confirm, Contradict, Reject, Supersede, Update, backed, merge, same_resolution
from knowledge.resolution import ready
from vigil_bot.errors import ModelError, StaleCase
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.knowledge import (
    ChangeKind,
    Confidence,
    Hit,
    KnowledgeEntry,
    Source,
    Viewer,
)
from vigil_bot.model.policy import Policy
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.ports.records import Cases, Transcript

BY = "distill"
NEIGHBOURS = 5
WAITING_NEIGHBOURS = 20  # looked through for what waits for a person, which no viewer is shown
BATCH = 500  # cases read at a time


class Base(Protocol):
    """The part of the knowledge base that distillation needs."""

    async def find(self, text: str, *, viewer: Viewer | None, limit: int = 5, before: float | None = None) -> list[Hit]:
        """Return entries about the text that may be shown to the viewer, best first."""
        ...

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        ...

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        ...

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillReport:
    """What a run did; rejected counts reasons, left counts cases that the next run will see again."""

    cases: int = 0
    added: int = 0
    confirmed: int = 0
    updated: int = 0
    superseded: int = 0
    contradicted: int = 0
    unchanged: int = 0
    left: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What became of one case."""

    what: str
    why: str = ""
    entry_ids: tuple[str, ...] = ()


class Distiller:
    """Goes through resolved cases; running again after a crash, or over the same case, changes nothing twice."""

    def __init__(
        self,
        *,
        transcript: Transcript,
        cases: Cases,
        base: Base,
        reasoner: Reasoner,
        redact: Callable[[str], str],
        policy_of: Callable[[ConversationRef], Policy],
        permalink: Callable[[Message], str | None],
        counted_for: Callable[[ConversationRef], AbstractContextManager[None]] = lambda _: nullcontext(),
        settle_s: float = 0.0,
    ) -> None:
        self._transcript = transcript
        self._cases = cases
        self._base = base
        self._reasoner = reasoner
        self._redact = redact
        self._policy_of = policy_of
        self._permalink = permalink
        self._counted_for = counted_for
        self._settle_s = settle_s

    async def run(self, *, now: float, since: float | None = None) -> DistillReport:
        """Distill what is resolved and not yet distilled; with since, only cases changed from then on."""
        tally: Counter[str] = Counter()
        rejected: Counter[str] = Counter()
        entry_ids: dict[str, None] = {}
        seen: set[str] = set()
        left: set[str] = set()
        while batch := await self._next(seen, len(left), now=now):
            for case in batch:
                seen.add(case.conversation)
                if since is not None and case.changed_at < since:
                    left.add(case.conversation)
                    continue
                done = await self._distill(case, now=now)
                if done.what == "left":
                    left.add(case.conversation)
                tally.update(("cases", done.what))
                rejected.update([done.why] if done.what == "rejected" else [])
                entry_ids.update(dict.fromkeys(done.entry_ids))
        return DistillReport(
            **{name: tally[name] for name in _COUNTED},
            rejected=dict(rejected),
            entry_ids=tuple(entry_ids),
        )

    async def _next(self, seen: set[str], left: int, *, now: float) -> list[Case]:
        """Return the next cases to look at; none comes twice in a run, though those that are left stay undistilled."""
        found = await self._cases.undistilled(resolved_before=now - self._settle_s, limit=BATCH + left)
        return [case for case in found if case.conversation not in seen]

    async def _distill(self, case: Case, *, now: float) -> _Done:
        try:
            with self._counted_for(ConversationRef.from_key(case.conversation)):
                done = await self._learn(case, now=now)
            if done.what != "left":
                await self._cases.save(replace(case, distilled_at=now))
        except (StaleCase, ModelError):  # it changed under us, or the model is down: the next run sees it again
            return _Done(what="left")
        return done

    async def _learn(self, case: Case, *, now: float) -> _Done:
        ref = ConversationRef.from_key(case.conversation)
        policy = self._policy_of(ref)
        if not policy.learn:
            return _Done(what="rejected", why="learning is off in this channel")
        conversation = await self._transcript.conversation(ref)
        evidence = ready(case, conversation, now=now, settle_s=self._settle_s)
        if evidence is None:
            return (
                _Done(what="rejected", why="nothing is stored of the thread") if not conversation.messages else _NOT_YET
            )
        draft = await self._reasoner.extract(conversation, case)
        if draft is None:
            return _Done(what="rejected", why="no answer in the thread")
        grounded = ground(draft, conversation)
        if grounded is None:
            return _Done(what="rejected", why="not grounded in the thread")
        strangers = outsiders(conversation, case, policy.analysts)
        vouched = without_strange_links(grounded, conversation, strangers)
        if vouched is None:
            return _Done(what="rejected", why="it rests on a link that nobody vouches for")
        entry = entry_of(
            vouched,
            conversation,
            evidence=evidence_of(vouched, conversation, evidence, strangers),
            audience=audience_of(ref, policy),
            permalink=self._permalink,
            redact=self._redact,
            now=now,
        )
        own = await self._own(entry)
        note = draft.note
        return await (self._revise(own, entry, note, now=now) if own else self._place(entry, ref, note, now=now))

    async def _own(self, entry: KnowledgeEntry) -> KnowledgeEntry | None:
        """Return the entry that came from this thread already, or that the thread confirmed and still does."""
        known = await self._base.get(entry.id)
        if known is not None:
            return known
        confirmed = [e for s in entry.sources for e in await self._base.from_thread(s.thread_id or "")]
        return next((e for e in confirmed if same_resolution(e.resolution, entry.resolution)), None)

    async def _revise(self, own: KnowledgeEntry, entry: KnowledgeEntry, note: str, *, now: float) -> _Done:
        """Store what a case that was distilled before says now; what a person edited or archived stays as it is."""
        if not own.usable:
            return _Done(what="rejected", why="its entry was archived or replaced")
        audience = narrower(own.audience, entry.audience)
        if audience is None:
            return await self._part(own, entry, now=now)
        revised = replace(own, audience=audience)
        if own.confidence is not Confidence.VALIDATED or backed(entry):
            revised = replace(revised, sources=_ordered(own, entry))
            learned = own.id == entry.id and own.content_hash == content_hash(own.issue, own.resolution)
            revised = _with_words(revised, entry) if learned else revised
        if revised == own:
            return _Done(what="unchanged", entry_ids=(own.id,))
        why = "; ".join(filter(None, ("its case was resolved again", note)))
        stored = await self._base.put(replace(revised, updated_at=now), kind=ChangeKind.UPDATE, by=BY, why=why, at=now)
        return _Done(what="updated", entry_ids=(stored.id,))

    async def _part(self, own: KnowledgeEntry, entry: KnowledgeEntry, *, now: float) -> _Done:
        """Separate an entry and a thread that nobody may see both of.

        The entry's words go where they came from this thread; else it goes on without the thread.
        """
        if own.id == entry.id:
            why = "nobody may see all that it rests on"
            gone = replace(own, confidence=Confidence.ARCHIVED, updated_at=now)
            await self._base.put(gone, kind=ChangeKind.ARCHIVE, by=BY, why=why, at=now)
            return _Done(what="updated", entry_ids=(own.id,))
        threads = {source.thread_id for source in entry.sources}
        rest = tuple(source for source in own.sources if source.thread_id not in threads)
        why = "a thread that confirmed it is not for all who see it"
        alone = replace(own, sources=rest, updated_at=now)
        await self._base.put(alone, kind=ChangeKind.UPDATE, by=BY, why=why, at=now)
        await self._base.put(entry, kind=ChangeKind.ADD, by=BY, why=f"separated from {own.id}", at=now)
        return _Done(what="added", entry_ids=(entry.id,))

    async def _place(self, entry: KnowledgeEntry, ref: ConversationRef, note: str, *, now: float) -> _Done:
        """Store what is new, beside or into what is known."""
        viewer = self._policy_of(ref).viewer(ref)
        about = f"{entry.title}\n{entry.issue}"
        hits = await self._base.find(about, viewer=viewer, limit=NEIGHBOURS)
        seen = {hit.entry.id for hit in hits}
        everywhere = await self._base.find(about, viewer=None, limit=WAITING_NEIGHBOURS)
        waiting = [
            h for h in everywhere if h.entry.waits and h.entry.id not in seen and h.entry.audience.allows(viewer)
        ]
        change = merge(entry, [*hits, *waiting])
        if isinstance(change, Reject):
            return _Done(what="rejected", why=change.why)
        for stored, kind, why in _writes(change):
            await self._base.put(
                replace(stored, updated_at=now), kind=kind, by=BY, why=f"{why}; {note}" if note else why, at=now
            )
        return _Done(what=_DONE[change.kind], entry_ids=(change.entry.id,))


def _with_words(entry: KnowledgeEntry, said: KnowledgeEntry) -> KnowledgeEntry:
    return replace(
        entry,
        title=said.title,
        issue=said.issue,
        resolution=said.resolution,
        environment=said.environment,
        cause=said.cause,
        content_hash=said.content_hash,
    )


def _ordered(own: KnowledgeEntry, entry: KnowledgeEntry) -> tuple[Source, ...]:
    """Return the sources of both, in the order in which they came."""
    merged = {s.thread_id: s for s in entry.sources}
    kept = tuple(merged.pop(s.thread_id, s) for s in own.sources)
    return (*kept, *merged.values())


def _writes(
    change: Add | Confirm | Update | Supersede | Contradict,
) -> Sequence[tuple[KnowledgeEntry, ChangeKind, str]]:
    """Return what to store for a change, in an order that a crash between may interrupt."""
    match change:
        case Add():
            return [(change.entry, ChangeKind.ADD, "a case was resolved")]
        case Contradict():
            disputed = f"{change.entry.id} solves it in another way"
            others = [(change.other, ChangeKind.DISPUTE, disputed)] if change.other is not None else []
            return [*others, (change.entry, ChangeKind.ADD, change.why)]
        case Confirm():
            return [(change.entry, ChangeKind.CONFIRM, "another case was resolved in the same way")]
        case Update():
            words = replace(change.entry, content_hash=content_hash(change.entry.issue, change.entry.resolution))
            return [(words, ChangeKind.UPDATE, "another case says more")]
        case Supersede():
            old = replace(change.old, superseded_by=change.entry.id)
            return [
                (old, ChangeKind.SUPERSEDE, f"{change.entry.id} says that it is out of date"),
                (change.entry, ChangeKind.ADD, f"replaces {change.old.id}"),
            ]
        case _:
            assert_never(change)


_NOT_YET = _Done(what="left")
_COUNTED = ("cases", "added", "confirmed", "updated", "superseded", "contradicted", "unchanged", "left")
_DONE: Mapping[str, str] = {
    "add": "added",
    "confirm": "confirmed",
    "update": "updated",
    "supersede": "superseded",
    "contradict": "contradicted",
}
