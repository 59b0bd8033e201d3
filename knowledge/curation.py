"""What people do with entries: compare, merge, split, decide between; pure."""

import difflib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from knowledge.audience import narrower
from knowledge.instructions import steers
from knowledge.merge import with_sources
from knowledge.sentences import codes, overlap, split, terms
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import Confidence, EntryVersion, KnowledgeEntry, Viewer
from vigil_bot.model.review import Actor, ReviewItem, ReviewReason, Revision
from vigil_bot.texts.text import Text, listed

FIELDS = ("title", "issue", "environment", "resolution", "cause")
REQUIRED = ("issue", "resolution")
MAX_TEXT_CHARS = 8_000
SAME = 0.8  # cosine of the terms of two entries, issue and resolution together, that are one
ANALYSTS_HINT = Text("An operator names them: `analysts` in the policy file.")
LESS_TRUSTED = (Confidence.WORK_IN_PROGRESS, Confidence.NOT_VALIDATED, Confidence.VALIDATED)


def diff(old: KnowledgeEntry, new: KnowledgeEntry) -> tuple[str, ...]:
    """Return what changed, sentence by sentence: "- " before what went, "+ " before what came, "name: old → new" for the rest."""
    lines: list[str] = []
    for name in FIELDS:
        before, after = getattr(old, name) or "", getattr(new, name) or ""
        changed = [line for line in difflib.ndiff(split(before), split(after)) if line[:2] in ("- ", "+ ")]
        lines += [f"{name}:", *changed] if changed else []
    if old.confidence is not new.confidence:
        lines.append(f"confidence: {old.confidence.value} → {new.confidence.value}")
    if old.audience != new.audience:
        lines.append("audience: changed")
    more = len(new.sources) - len(old.sources)
    lines += [f"sources: {more:+d}"] if more else []
    return tuple(lines)


def revisions(versions: Sequence[EntryVersion], viewer: Viewer | None) -> list[Revision]:
    """Return the history of an entry; words of a version that the viewer may not see are left out."""
    found: list[Revision] = []
    before: EntryVersion | None = None
    for version in versions:
        entry = version.entry
        shown = all(viewer is None or v.entry.audience.allows(viewer) for v in (version, before or version))
        lines = diff(before.entry, entry) if before is not None and shown else ()
        why = version.why if shown else ""
        found.append(
            Revision(version=entry.version, kind=version.kind, by=version.by, at=version.at, why=why, lines=lines)
        )
        before = version
    return found


def with_text(entry: KnowledgeEntry, name: str, text: str) -> KnowledgeEntry:
    """Return an entry with another text in one field. Raises InputError."""
    text = text.strip()
    if name not in FIELDS:
        raise InputError(
            Text("An entry has no `{name}`.", name=name[:20]), hint=Text("Change one of {names}.", names=listed(FIELDS))
        )
    if not text and name in REQUIRED:
        raise InputError(Text("The {name} must not be empty.", name=name), hint=Text("Archive the entry instead."))
    check_words(text)
    match name:
        case "title":
            return replace(entry, title=text)
        case "issue":
            return replace(entry, issue=text)
        case "environment":
            return replace(entry, environment=text)
        case "resolution":
            return replace(entry, resolution=text)
        case _:
            return replace(entry, cause=text or None)


def check_words(*texts: str) -> None:
    """Raise InputError for words that are no knowledge: addressed to a program, or far too long."""
    if any(len(text) > MAX_TEXT_CHARS for text in texts):
        raise InputError(Text("At most {count} characters, please.", count=MAX_TEXT_CHARS))
    if any(steers(text) for text in texts):
        raise InputError(Text("That tells the reader what to answer, instead of what solves the problem."))


def merged(kept: KnowledgeEntry, other: KnowledgeEntry) -> tuple[KnowledgeEntry, KnowledgeEntry]:
    """Return the first entry with the sources of both, for those who may see both, and the other replaced by it.

    It is trusted as the less trusted of the two. Raises InputError.
    """
    if kept.id == other.id:
        raise InputError(Text("These are the same entry."))
    if not (kept.usable and other.usable):
        raise InputError(Text("One of these entries is out of use."))
    audience = narrower(kept.audience, other.audience)
    if audience is None:
        raise InputError(Text("Nobody may see both of these entries."), hint=Text("They stay apart."))
    both = {kept.id, other.id}
    one = replace(
        kept,
        audience=audience,
        sources=with_sources(kept, other.sources),
        confidence=min(kept.confidence, other.confidence, key=LESS_TRUSTED.index),
        contradicts=tuple(i for i in dict.fromkeys((*kept.contradicts, *other.contradicts)) if i not in both),
        reuse_count=kept.reuse_count + other.reuse_count,
        helpful=kept.helpful + other.helpful,
        unhelpful=kept.unhelpful + other.unhelpful,
        right_at=max(kept.last_right_at, other.last_right_at),
    )
    return one, replace(other, superseded_by=kept.id, contradicts=())


def parted(entry: KnowledgeEntry, lines: Sequence[int], *, new_id: str) -> tuple[KnowledgeEntry, KnowledgeEntry]:
    """Return an entry without some sentences of its resolution (numbered from 1), and one of them. Raises InputError."""
    sentences = split(entry.resolution)
    wanted = {n for n in lines if 1 <= n <= len(sentences)}
    if not wanted or len(wanted) == len(sentences) or len(wanted) != len(set(lines)):
        raise InputError(
            Text("The resolution has {count} sentences; name some of them, not all.", count=len(sentences))
        )
    stays = "\n".join(s for n, s in enumerate(sentences, 1) if n not in wanted)
    goes = "\n".join(s for n, s in enumerate(sentences, 1) if n in wanted)
    counts = {"version": 1, "reuse_count": 0, "helpful": 0, "unhelpful": 0}
    new = replace(entry, id=new_id, resolution=goes, content_hash="", **counts)  # type: ignore[arg-type]
    return replace(entry, resolution=stays), new


def approved(entry: KnowledgeEntry) -> KnowledgeEntry:
    """Return an entry that somebody takes for right. Raises InputError if it is out of use."""
    if not entry.usable:
        raise InputError(Text("That entry is out of use."), hint=Text("Undo what took it out first."))
    return replace(entry, confidence=Confidence.VALIDATED, contradicts=(), stale=None)


def check_may(entry: KnowledgeEntry, actor: Actor) -> None:
    """Raise InputError for what only an analyst may touch: what one has validated, and what waits for one."""
    if not actor.trusted and (entry.confidence is Confidence.VALIDATED or entry.waits):
        raise InputError(Text("Only analysts may change an entry that is validated or waits."), hint=ANALYSTS_HINT)


def instead(entry: KnowledgeEntry, old_id: str, new_id: str) -> KnowledgeEntry:
    """Return an entry that contradicts the one which replaced the one that it contradicted."""
    ids = (new_id if other == old_id else other for other in entry.contradicts)
    return replace(entry, contradicts=tuple(other for other in dict.fromkeys(ids) if other != entry.id))


def freed(entry: KnowledgeEntry, of: str) -> KnowledgeEntry:
    """Return an entry that no longer contradicts another."""
    return replace(entry, contradicts=tuple(other for other in entry.contradicts if other != of))


def queue(
    *,
    waiting: Sequence[KnowledgeEntry],
    failing: Sequence[KnowledgeEntry],
    unvalidated: Sequence[KnowledgeEntry],
    viewer: Viewer | None,
    limit: int,
) -> list[ReviewItem]:
    """Return what the viewer may decide about, most urgent first, each entry once."""
    doubles = duplicates([*failing, *unvalidated])
    items = [
        *(ReviewItem(entry=e, reason=ReviewReason.CONTRADICTED, other_ids=e.contradicts) for e in waiting),
        *(ReviewItem(entry=e, reason=ReviewReason.STALE) for e in failing),
        *(
            ReviewItem(entry=e, reason=ReviewReason.DUPLICATE, other_ids=doubles[e.id])
            for e in unvalidated
            if e.id in doubles
        ),
        *(ReviewItem(entry=e, reason=ReviewReason.PROVISIONAL) for e in unvalidated if e.provisional),
    ]
    seen: dict[str, ReviewItem] = {}
    for item in items:
        if viewer is None or item.entry.audience.allows(viewer):
            seen.setdefault(item.entry.id, item)
    shown = {
        entry.id for entry in (*waiting, *failing, *unvalidated) if viewer is None or entry.audience.allows(viewer)
    }
    return [
        replace(
            item,
            other_ids=tuple(i for i in item.other_ids if i in shown or item.reason is not _DOUBLE),
            sentences=tuple(split(item.entry.resolution)),
        )
        for item in list(seen.values())[:limit]
    ]


_DOUBLE = ReviewReason.DUPLICATE


def duplicates(entries: Sequence[KnowledgeEntry]) -> dict[str, tuple[str, ...]]:
    """Return entry id -> ids of entries that say nearly the same to the same people; entries with other error codes do not."""
    words = {e.id: terms(f"{e.title}\n{e.issue}\n{e.resolution}") for e in entries}
    by_id = {e.id: e for e in entries}
    holders: dict[str, list[str]] = defaultdict(list)
    for entry_id, found in words.items():
        for term in found:
            holders[term].append(entry_id)
    doubles: dict[str, tuple[str, ...]] = {}
    for entry_id, found in words.items():
        rare = sorted(found, key=lambda term: (len(holders[term]), term))[: max(1, len(found) // 2)]
        near = {other for term in rare for other in holders[term] if other != entry_id}
        same = sorted(other for other in near if _same(by_id[entry_id], by_id[other], found, words[other]))
        if same:
            doubles[entry_id] = tuple(same)
    return doubles


def _same(one: KnowledgeEntry, other: KnowledgeEntry, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    if overlap(ours, theirs) < SAME or narrower(one.audience, other.audience) is None:
        return False
    return codes(f"{one.title}\n{one.issue}") == codes(f"{other.title}\n{other.issue}")
