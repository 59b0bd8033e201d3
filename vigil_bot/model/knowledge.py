"""What is known: entries in the sense of KCS v6, with versions, sources and an audience."""

from dataclasses import dataclass
from enum import StrEnum

SHOWN_FROM = 0.005  # people are not shown what scores less: it has nothing to do with what they asked


class Confidence(StrEnum):
    """The article states of KCS v6; ARCHIVED entries are never suggested."""

    WORK_IN_PROGRESS = "work_in_progress"
    NOT_VALIDATED = "not_validated"
    VALIDATED = "validated"
    ARCHIVED = "archived"


class EvidenceClass(StrEnum):
    """Whose word an entry rests on, strongest first."""

    REQUESTER_CONFIRMED = "requester_confirmed"
    ANALYST_SAID = "analyst_said"
    SOMEBODY_SAID = "somebody_said"
    DOCUMENT = "document"
    LINK = "link"
    IMPORTED = "imported"


_FROM_CHAT = (
    EvidenceClass.REQUESTER_CONFIRMED,
    EvidenceClass.ANALYST_SAID,
    EvidenceClass.SOMEBODY_SAID,
    EvidenceClass.LINK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who may see an entry: everybody in workspace ("*" = any), or only the named channels of it (channel ids).

    What belongs to one workspace is kept from people of other companies who read along in a channel, unless guests says that
    it was said before them.
    """

    workspace: str = "*"
    channels: tuple[str, ...] = ()
    guests: bool = False

    def allows(self, viewer: "Viewer") -> bool:
        """Whether somebody reading in the viewer's channel may see it."""
        if self.workspace not in ("*", viewer.workspace_id) or (viewer.guests and not self.for_guests):
            return False
        return not self.channels or viewer.channel_id in self.channels

    @property
    def for_guests(self) -> bool:
        """Whether people of other companies may see it, where they read."""
        return self.guests or self.workspace == "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Where an entry would be shown; guests says that people of other companies read there too."""

    workspace_id: str
    channel_id: str
    guests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an entry comes from: messages of a thread (conversation key) and who wrote them, or a document.

    document is its path or address, revision the commit that it was read at.
    """

    thread_id: str | None = None
    message_ids: tuple[str, ...] = ()
    permalink: str | None = None
    evidence: EvidenceClass = EvidenceClass.IMPORTED
    author_ids: tuple[str, ...] = ()
    document: str = ""
    revision: str = ""


class StaleReason(StrEnum):
    """Why an entry is perhaps not right any more; age is none of them."""

    DOCUMENT_CHANGED = "document_changed"
    DOCUMENT_GONE = "document_gone"
    LINK_DIED = "link_died"
    FAILED_IN_USE = "failed_in_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A mark on an entry, until somebody approves it: it is found, and not used."""

    reason: StaleReason
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeEntry:
    """One problem and what solved it.

    version starts at 1 and grows by one with each change. reuse_count counts posted suggestions that cited it; helpful and
    unhelpful count people's verdicts. content_hash identifies what was imported. contradicts names the entries that solve the
    same problem in another way; until a person has decided between them, the entry waits. stale says why it waits without
    being contradicted. right_at is when somebody last found it right: by approving it, by using it well, by solving another
    case in the same way; 0 if nobody has since it was made.
    """

    id: str
    issue: str
    resolution: str
    title: str = ""
    environment: str = ""
    cause: str | None = None
    confidence: Confidence = Confidence.NOT_VALIDATED
    audience: Audience = Audience()
    sources: tuple[Source, ...] = ()
    created_at: float = 0.0
    updated_at: float = 0.0
    version: int = 1
    reuse_count: int = 0
    helpful: int = 0
    unhelpful: int = 0
    right_at: float = 0.0
    superseded_by: str | None = None
    content_hash: str = ""
    contradicts: tuple[str, ...] = ()
    stale: Stale | None = None

    @property
    def resolve_rate(self) -> float | None:
        """Share of verdicts that were good, in [0, 1]; None without any."""
        verdicts = self.helpful + self.unhelpful
        return self.helpful / verdicts if verdicts else None

    @property
    def last_right_at(self) -> float:
        """When it was last right: when it solved the case that it comes from, or later, when somebody found it right."""
        return max(self.created_at, self.right_at)

    @property
    def usable(self) -> bool:
        """Whether it may be suggested at all."""
        return self.confidence is not Confidence.ARCHIVED and self.superseded_by is None

    @property
    def waits(self) -> bool:
        """Whether a person must decide before it is shown in a chat."""
        return self.usable and bool(self.contradicts or self.stale)

    @property
    def ages(self) -> bool:
        """Whether a newer one is likelier to be meant: nobody has validated it, and it stands in no document."""
        return self.confidence is not Confidence.VALIDATED and not any(source.document for source in self.sources)

    @property
    def provisional(self) -> bool:
        """Whether it rests on chat alone and nobody has validated it: wherever it is used, it is marked."""
        said = any(source.evidence in _FROM_CHAT for source in self.sources)
        return said and self.confidence in (Confidence.WORK_IN_PROGRESS, Confidence.NOT_VALIDATED)


class ChangeKind(StrEnum):
    """Why an entry has a new version."""

    ADD = "add"
    CONFIRM = "confirm"
    UPDATE = "update"
    SUPERSEDE = "supersede"
    EDIT = "edit"
    ARCHIVE = "archive"
    REVERT = "revert"
    IMPORT = "import"
    APPROVE = "approve"
    REJECT = "reject"
    DISPUTE = "dispute"
    MERGE = "merge"
    SPLIT = "split"
    FORGET = "forget"
    MARK = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryVersion:
    """One version of an entry as it was, with who made it and why."""

    entry: KnowledgeEntry
    kind: ChangeKind
    by: str
    at: float
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEntry:
    """An entry before it is merged: each sentence of issue and resolution with the message that it was taken from.

    note says why another reasoner than the one that was asked made it, if so.
    """

    title: str
    issue: tuple["Quoted", ...]
    resolution: tuple["Quoted", ...]
    environment: str = ""
    cause: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A sentence and the id of the message that supports it."""

    text: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """How a query and an entry match, each in [0, 1]; what the score is made of, kept for receipts.

    cosine is 0 where vectors say nothing about the language at hand. identifiers is the share of the query's error codes,
    names and versions that the entry has; -1 where the query has none. covered is the share of the entry's issue that the
    query has; evidence grows with how much they share, however long both are. symptoms is 0 when the entry tells of a symptom
    and the query of none, in between when of others.
    """

    cosine: float = 0.0
    coverage: float = 0.0
    title_coverage: float = 0.0
    covered: float = 0.0
    evidence: float = 0.0
    symptoms: float = 1.0
    ngrams: float = 0.0
    identifiers: float = -1.0
    trust: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry found; score is a calibrated probability in [0, 1] that the entry is about the question.

    rank_score orders hits of one query and means nothing across queries. score_anywhere is the score before what a channel's
    common words explain was taken away; None where nothing was.
    """

    entry: KnowledgeEntry
    score: float
    rank_score: float = 0.0
    score_anywhere: float | None = None
    features: Features = Features()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryUse:
    """What happened to an entry that was shown: counts to add, and when it was found right (0: it was not)."""

    entry_id: str
    reused: int = 0
    helpful: int = 0
    unhelpful: int = 0
    right_at: float = 0.0
