"""Whether what a case teaches is new, known, better known, or disputed; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.audience import within
from knowledge.sentences import codes, commands, contained, identifiers, negated, numbers, overlap, split, terms
from vigil_bot.model.knowledge import Confidence, EvidenceClass, Hit, KnowledgeEntry, Source

SAME_ISSUE = 0.55  # cosine of the terms of two issues
LIKELY_ISSUE = 0.3  # enough where the finder is sure as well
SURE_SCORE = 0.75
SAME_RESOLUTION = 0.6  # share of the shorter resolution's terms that the longer one has
MIN_ADDED = 3  # terms that make a resolution longer, and not only other words
MIN_TERMS = 2
_STRONG = (EvidenceClass.REQUESTER_CONFIRMED, EvidenceClass.ANALYST_SAID)
_OUT_OF_DATE = re.compile(
    r"\b(?:no\s+longer|not\s+any\s*more|any\s*more|deprecated|obsolete|out\s+of\s+date|outdated|instead\s+of|used\s+to|replaced\s+by|superseded|since\s+v?\d)\b"
    r"|已废弃|不再|废弃|弃用|过时|以前的(?:做法|方法|办法)|旧的?(?:做法|方法|办法|命令)|改用|取代|替代",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """It is new: store the draft."""

    entry: KnowledgeEntry
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """It is known: entry is the known one with another source, and more trust."""

    entry: KnowledgeEntry
    kind: Literal["confirm"] = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """It is known, and this says more: entry is the known one with the longer words."""

    entry: KnowledgeEntry
    kind: Literal["update"] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersede:
    """It says that the known way is out of date: entry is the new one, old the one that it replaces."""

    entry: KnowledgeEntry
    old: KnowledgeEntry
    kind: Literal["supersede"] = "supersede"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradict:
    """The same problem was solved in another way: both are kept, and wait for a person.

    entry is the new one; other the known one, None when the new one's evidence is too weak to make it wait, or more people
    may see it.
    """

    entry: KnowledgeEntry
    why: str
    other: KnowledgeEntry | None = None
    kind: Literal["contradict"] = "contradict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """It is not worth keeping."""

    why: str
    kind: Literal["reject"] = "reject"


Merge = Add | Confirm | Update | Supersede | Contradict | Reject


def merge(draft: KnowledgeEntry, neighbours: Sequence[Hit]) -> Merge:
    """Return what to do with a draft entry, given the entries nearest to it, best first.

    A known entry is only touched when everybody who may see it may see the draft's source; else the draft stands alone. What
    only the requester said never changes the words of a validated entry.
    """
    if len(terms(draft.issue)) < MIN_TERMS:
        return Reject(why="the issue is too thin")
    if len(terms(draft.resolution)) < MIN_TERMS and not commands(draft.resolution):
        return Reject(why="the resolution is too thin")
    near = [h for h in neighbours if h.entry.id != draft.id and h.entry.usable and same_issue(draft, h)]
    mergeable = [h.entry for h in near if within(h.entry.audience, draft.audience)]
    known = next((e for e in mergeable if same_resolution(draft.resolution, e.resolution)), None)
    if known is not None:
        return _known(draft, known)
    wider = [h.entry for h in near if within(draft.audience, h.entry.audience)]
    if any(same_resolution(draft.resolution, e.resolution) for e in wider):
        return Add(entry=draft)
    disputed = next((e for e in (*mergeable, *wider) if e.resolution.strip()), None)
    return _disputed(draft, disputed) if disputed is not None else Add(entry=draft)


def same_issue(draft: KnowledgeEntry, hit: Hit) -> bool:
    """Whether two entries are about one problem; error codes that differ say no."""
    ours, theirs = f"{draft.title}\n{draft.issue}", f"{hit.entry.title}\n{hit.entry.issue}"
    our_codes, their_codes = codes(ours), codes(theirs)
    if our_codes and their_codes and not our_codes & their_codes:
        return False
    likeness = overlap(terms(ours), terms(theirs))
    return likeness >= SAME_ISSUE or (hit.score >= SURE_SCORE and likeness >= LIKELY_ISSUE)


def same_resolution(one: str, other: str) -> bool:
    """Whether two resolutions do the same: the same commands, or one's words in the other, and nothing against it."""
    if any(_clash(f(one), f(other)) for f in (numbers, identifiers)) or _denies(one, other):
        return False
    ours, theirs = frozenset(commands(one)), frozenset(commands(other))
    if ours and theirs:
        return ours <= theirs or theirs <= ours
    shorter, longer = sorted((terms(one), terms(other)), key=len)
    return contained(shorter, longer) >= SAME_RESOLUTION


def _denies(one: str, other: str) -> bool:
    """Whether a sentence of one stands in the other with the opposite sign: "restart it", "do not restart it"."""
    pairs = ((a, b) for a in split(one) for b in split(other))
    return any(overlap(terms(a), terms(b)) >= SAME_RESOLUTION and negated(a) != negated(b) for a, b in pairs)


def _clash(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name something and neither names all that the other does."""
    return bool(one and other) and not (one <= other or other <= one)


def with_sources(entry: KnowledgeEntry, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return an entry's sources and these; a thread stands once, as it was read last."""
    threads = {s.thread_id for s in sources if s.thread_id is not None}
    return (*(s for s in entry.sources if s.thread_id not in threads and s not in sources), *sources)


def _known(draft: KnowledgeEntry, known: KnowledgeEntry) -> Merge:
    merged = replace(known, sources=with_sources(known, draft.sources), confidence=_confidence(draft, known))
    added = terms(draft.resolution) - terms(known.resolution)
    settled = known.confidence is Confidence.VALIDATED
    if settled and not backed(draft):
        return Reject(why="it is known and validated; only a word that somebody backs adds to it")
    grows = len(added) >= MIN_ADDED and contained(terms(known.resolution), terms(draft.resolution)) >= SAME_RESOLUTION
    if not grows or (backed(known) and not backed(draft)):
        return Confirm(entry=merged)
    return Update(
        entry=replace(
            merged,
            resolution=draft.resolution,
            cause=known.cause or draft.cause,
            environment=known.environment or draft.environment,
        )
    )


def _disputed(draft: KnowledgeEntry, known: KnowledgeEntry) -> Merge:
    may_replace = backed(draft) and within(known.audience, draft.audience)
    out_of_date = may_replace and _OUT_OF_DATE.search(draft.resolution)
    if out_of_date and contained(
        identifiers(known.resolution) or terms(known.resolution), terms_and_names(draft.resolution)
    ):
        return Supersede(entry=draft, old=known)
    why = f"the same issue has another resolution in {known.id}"
    waiting = replace(draft, contradicts=(known.id,))
    if not backed(draft) or not within(known.audience, draft.audience):
        return Contradict(entry=waiting, why=why)
    others = tuple(dict.fromkeys((*known.contradicts, draft.id)))
    return Contradict(entry=waiting, why=why, other=replace(known, contradicts=others))


def terms_and_names(text: str) -> frozenset[str]:
    """Return terms and identifiers of a text together."""
    return terms(text) | identifiers(text)


def _confidence(draft: KnowledgeEntry, known: KnowledgeEntry) -> Confidence:
    """Return the next state of trust: another thread with a strong word in it lifts an entry by one."""
    threads = {s.thread_id for s in known.sources}
    if not backed(draft) or known.waits or all(s.thread_id in threads for s in draft.sources):
        return known.confidence
    lifted = {
        Confidence.WORK_IN_PROGRESS: Confidence.NOT_VALIDATED,
        Confidence.NOT_VALIDATED: Confidence.VALIDATED,
    }
    return lifted.get(known.confidence, known.confidence)


def backed(draft: KnowledgeEntry) -> bool:
    """Whether somebody other than its author's side stands behind a draft."""
    return any(source.evidence in _STRONG for source in draft.sources)
