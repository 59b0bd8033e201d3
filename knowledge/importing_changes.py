"""What a document that was read again changes in the entries that came of it; pure."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from knowledge.importing_entries import stamped
from knowledge.instructions import steers
from vigil_bot.model.document import Document
from vigil_bot.model.knowledge import (
    ChangeKind,
    Confidence,
    EntryVersion,
    EvidenceClass,
    KnowledgeEntry,
    Source,
    Stale,
    StaleReason,
)

BY = "documents"
_OF_DOCUMENTS = (StaleReason.DOCUMENT_CHANGED, StaleReason.DOCUMENT_GONE, StaleReason.LINK_DIED)
_FROM_OUTSIDE = (EvidenceClass.DOCUMENT, EvidenceClass.LINK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A version to store."""

    entry: KnowledgeEntry
    kind: ChangeKind
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored of a section: its entry, the version that was made last, and the words that the document gave it."""

    entry: KnowledgeEntry
    newest: EntryVersion | None
    digest: str | None

    @property
    def is_as_read(self) -> bool:
        """Whether nobody has changed its words, and nothing else stands behind it."""
        if any(source.evidence not in _FROM_OUTSIDE for source in self.entry.sources):
            return False
        return digest_of(self.entry) == self.digest

    @property
    def is_archived_by_us(self) -> bool:
        """Whether it is out of use only because its document was gone."""
        return self.newest is not None and (self.newest.by, self.newest.kind) == (BY, ChangeKind.ARCHIVE)


def digest_of(entry: KnowledgeEntry) -> str:
    """Return what tells the words of an entry from others."""
    words = (entry.title, entry.issue, entry.environment, entry.resolution, entry.cause or "")
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def prepared(
    entries: Sequence[KnowledgeEntry], document: Document, sources: Sequence[Source], redact: Callable[[str], str]
) -> tuple[list[KnowledgeEntry], list[str]]:
    """Return the sections as they may be stored, and the titles of those that steer whoever reads them."""
    kept: list[KnowledgeEntry] = []
    steering: list[str] = []
    for entry in entries:
        if steers(f"{entry.issue}\n{entry.resolution}"):
            steering.append(redact(entry.title))
            continue
        redacted = replace(
            entry,
            title=redact(entry.title),
            issue=redact(entry.issue),
            resolution=redact(entry.resolution),
            audience=document.audience,
            sources=tuple(sources),
        )
        kept.append(stamped(redacted))
    return kept, steering


def taken_in(new: KnowledgeEntry, known: Known | None, *, now: float) -> Change | None:
    """Return what a section of a document changes; None where it says what is known.

    What a person edited is marked, never overwritten; what a person took out of use stays out.
    """
    if known is None:
        return Change(entry=new, kind=ChangeKind.IMPORT, why="read from a document")
    entry = known.entry
    if not entry.usable:
        if not known.is_archived_by_us:
            return None
        return Change(entry=_with_words(entry, new), kind=ChangeKind.IMPORT, why="its document is there again")
    if digest_of(new) in (known.digest, digest_of(entry)):
        return _unmarked(entry, new) if digest_of(new) == digest_of(entry) else _back(entry)
    if known.is_as_read:
        return Change(entry=_with_words(entry, new), kind=ChangeKind.IMPORT, why="its document changed")
    return marked(entry, StaleReason.DOCUMENT_CHANGED, now=now)


def left_out(known: Known, *, now: float) -> Change | None:
    """Return what becomes of an entry whose section is not in its document any more."""
    entry = known.entry
    if not entry.usable:
        return None
    if not known.is_as_read:
        return marked(entry, StaleReason.DOCUMENT_GONE, now=now)
    gone = replace(entry, confidence=Confidence.ARCHIVED, stale=None)
    return Change(entry=gone, kind=ChangeKind.ARCHIVE, why="it is not in its document any more")


def marked(entry: KnowledgeEntry, reason: StaleReason, *, now: float) -> Change | None:
    """Return an entry with a mark, unless it has one or is out of use."""
    if entry.stale is not None or not entry.usable:
        return None
    stale = replace(entry, stale=Stale(reason=reason, since=now))
    return Change(entry=stale, kind=ChangeKind.MARK, why=_WHY[reason])


def _back(entry: KnowledgeEntry) -> Change | None:
    """Return an edited entry without the mark that its section was gone: it is there again, as it was."""
    if entry.stale is None or entry.stale.reason not in (StaleReason.DOCUMENT_GONE, StaleReason.LINK_DIED):
        return None
    return Change(entry=replace(entry, stale=None), kind=ChangeKind.MARK, why="its document is there again")


def _unmarked(entry: KnowledgeEntry, new: KnowledgeEntry) -> Change | None:
    """Return an entry that says what its document says, with everybody who linked to it, and without a document's mark."""
    is_fresh = entry.stale is None or entry.stale.reason not in _OF_DOCUMENTS
    sources = _sources(entry, new)
    linked = {s.thread_id for s in sources} != {s.thread_id for s in entry.sources}
    if is_fresh and not linked:
        return None
    current = replace(entry, sources=sources, stale=entry.stale if is_fresh else None)
    return Change(entry=current, kind=ChangeKind.CONFIRM, why="its document says the same")


def _with_words(entry: KnowledgeEntry, new: KnowledgeEntry) -> KnowledgeEntry:
    stays = entry.stale is not None and entry.stale.reason not in _OF_DOCUMENTS
    return replace(
        entry,
        title=new.title,
        issue=new.issue,
        environment=new.environment,
        resolution=new.resolution,
        cause=new.cause,
        confidence=new.confidence,
        sources=_sources(entry, new),
        content_hash=new.content_hash,
        stale=entry.stale if stays else None,
    )


def _sources(entry: KnowledgeEntry, new: KnowledgeEntry) -> tuple[Source, ...]:
    """Return the sources as the document has them now, and the others that an entry has."""
    return (*new.sources, *(s for s in entry.sources if s.evidence not in _FROM_OUTSIDE))


_WHY = {
    StaleReason.DOCUMENT_CHANGED: "its document changed, and a person had edited the entry",
    StaleReason.DOCUMENT_GONE: "its document is gone, and a person had edited the entry",
    StaleReason.LINK_DIED: "the page that it was read from is gone",
    StaleReason.FAILED_IN_USE: "more people found it wrong than right",
}
