"""Which posted suggestions are wrong by now, and what stands in their place; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from knowledge.corrections import said_in
from knowledge.sentences import normal, split
from vigil_bot.model.card import Block, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry, Viewer
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState
from vigil_bot.model.work import Post, PostOp
from vigil_bot.texts.text import Text

MAX_QUOTE_CHARS = 600
TOLD_WITHIN_S = 86_400.0  # later nobody needs to be told
_RECALLABLE = (SuggestionState.POSTED, SuggestionState.CORRECTED)


class Fault(StrEnum):
    """What became of an entry that was cited."""

    CORRECTED = "corrected"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Entries as they are now, by id, and as they were when they were cited, by id and version; a missing one is forgotten.

    shared holds the threads in which people of other companies read.
    """

    now: Mapping[str, KnowledgeEntry] = field(default_factory=dict)
    then: Mapping[tuple[str, int], KnowledgeEntry] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A posted suggestion to put right, and the card that stands in its place.

    entry is what is right now (None: there is nothing); heard says that the thread knows, because it was said there.
    """

    suggestion: Suggestion
    fault: Fault
    entry: KnowledgeEntry | None
    card: Card
    mark: str
    heard: bool = False

    @property
    def post(self) -> Post:
        """The edit in place."""
        return Post(
            key=f"{self.suggestion.id}/recall/{self.mark}",
            conversation=ConversationRef.from_key(self.suggestion.conversation),
            op=PostOp.EDIT,
            card=self.card,
            target_key=self.suggestion.id,
        )

    def notice(self, *, now: float) -> Post:
        """Return what tells the thread, once for all suggestions in it that rest on the same entry."""
        return replace(
            self.post,
            key=f"told/{self.suggestion.conversation}/{self.mark}",
            op=PostOp.POST,
            target_key=None,
            expires_at=now + TOLD_WITHIN_S,
            heeds_mutes=True,
        )

    @property
    def corrected(self) -> Suggestion:
        """The suggestion as it stands from now on."""
        shown = None if self.entry is None else _citation(self.entry)
        return replace(self.suggestion, state=SuggestionState.CORRECTED, instead=shown)


def recalls(suggestions: Iterable[Suggestion], known: Known) -> list[Recall]:
    """Return the suggestions to put right, of those that people can see, in the order in which they were made.

    Those shown to single persons cannot be edited and are left out; of several that are one message on the platform, the
    newest is what stands there.
    """
    standing = {(s.conversation, s.posted_id or s.id): s for s in suggestions if not s.private}
    found = (_recall(one, known) for one in standing.values() if one.state in _RECALLABLE)
    return [one for one in found if one is not None]


def cited(suggestions: Iterable[Suggestion]) -> list[Citation]:
    """Return what suggestions cite, each version of an entry once."""
    return list({(c.entry_id, c.version): c for s in suggestions for c in s.citations}.values())


def beside(entry: KnowledgeEntry) -> tuple[str, ...]:
    """Return the ids of the entries that must be known as well to judge what cites this one."""
    return (*entry.contradicts, *((entry.superseded_by,) if entry.superseded_by is not None else ()))


def _recall(suggestion: Suggestion, known: Known) -> Recall | None:
    judged = [(c, found) for c in suggestion.citations if (found := _judge(c, suggestion, known)) is not None]
    corrected_before = suggestion.state is SuggestionState.CORRECTED
    if judged:
        citation, (fault, entry) = judged[0]
    elif corrected_before and suggestion.citations:  # what was corrected stands again: show it
        citation = suggestion.citations[0]
        fault, entry = Fault.CORRECTED, known.now.get(citation.entry_id)
    else:
        return None
    if corrected_before and _shown(suggestion.instead) == _shown(None if entry is None else _citation(entry)):
        return None
    source = known.now.get(citation.entry_id) if entry is None else entry
    mark = f"{source.id}.{source.version}" if source is not None else f"{citation.entry_id}.gone"
    heard = entry is not None and said_in(entry, suggestion.conversation)
    return Recall(
        suggestion=suggestion, fault=fault, entry=entry, card=_card(fault, entry), mark=f"{fault}.{mark}", heard=heard
    )


def _judge(citation: Citation, suggestion: Suggestion, known: Known) -> tuple[Fault, KnowledgeEntry | None] | None:
    """Return what is wrong with a citation and the entry to show instead, as far as it may be seen there."""
    entry, viewer = known.now.get(citation.entry_id), _viewer(suggestion, known)
    if entry is None:
        return Fault.WITHDRAWN, None
    if entry.superseded_by is not None:
        newer = _last(entry, known.now)
        if newer is None or newer.waits or not newer.audience.allows(viewer):
            return Fault.WITHDRAWN, None
        return (Fault.SUPERSEDED, newer) if _changed(citation, newer, known) else None  # merged: the words still stand
    if not entry.usable or not entry.audience.allows(viewer):
        return Fault.WITHDRAWN, None
    others = (known.now.get(other) for other in entry.contradicts)
    right = next((o for o in others if o is not None and o.usable and said_in(o, suggestion.conversation)), None)
    if right is not None and right.audience.allows(viewer):
        return Fault.CORRECTED, right
    return (Fault.CORRECTED, entry) if _changed(citation, entry, known) else None


def _last(entry: KnowledgeEntry, now: Mapping[str, KnowledgeEntry]) -> KnowledgeEntry | None:
    seen: set[str] = set()
    newer: KnowledgeEntry | None = entry
    while newer is not None and newer.superseded_by is not None and newer.id not in seen:
        seen.add(newer.id)
        newer = now.get(newer.superseded_by)
    return newer if newer is not None and newer.usable else None


def _changed(citation: Citation, entry: KnowledgeEntry, known: Known) -> bool:
    """Whether what was quoted does not stand in an entry any more; another spelling elsewhere is no reason to edit.

    A model joins sentences from several places, so that they are looked for one by one, as they were when it cited them.
    """
    if (entry.id, entry.version) == (citation.entry_id, citation.version):
        return False
    stands, quote = _whole(entry), normal(citation.quote.rstrip("…"))
    if quote and quote in stands:
        return False
    then = known.then.get((citation.entry_id, citation.version))
    if then is None:
        return True
    said = [words for words in map(normal, _sentences(then)) if words in quote or (quote and quote in words)]
    return any(words not in stands for words in said) if said else normal(then.resolution) not in stands


def _whole(entry: KnowledgeEntry) -> str:
    return normal(f"{entry.issue}\n{entry.resolution}\n{entry.cause or ''}")


def _sentences(entry: KnowledgeEntry) -> list[str]:
    return [s for text in (entry.issue, entry.resolution, entry.cause or "") for s in split(text) if normal(s)]


def _citation(entry: KnowledgeEntry) -> Citation:
    text = entry.resolution
    quote = text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"
    permalink = next((s.permalink for s in entry.sources if s.permalink), None)
    title = entry.title or entry.issue[:80]
    return Citation(
        entry_id=entry.id,
        version=entry.version,
        title=title,
        quote=quote,
        permalink=permalink,
        right_at=entry.last_right_at,
    )


def _shown(citation: Citation | None) -> tuple[str, str] | None:
    return None if citation is None else (citation.entry_id, normal(citation.quote))


def _card(fault: Fault, entry: KnowledgeEntry | None) -> Card:
    blocks: tuple[Block, ...] = (TextBlock(markdown=_WHY),)
    if entry is not None:
        shown = _citation(entry)
        link = Link(title=shown.title, url=shown.permalink, note=f"{entry.id} v{entry.version}")
        blocks = (TextBlock(markdown=_NOW), QuoteBlock(text=shown.quote), LinksBlock(links=(link,)))
    marked = entry is not None and (entry.provisional or entry.waits)
    return Card(kind=CardKind.NOTICE, title=_TITLES[fault], blocks=blocks, footer=_PROVISIONAL if marked else "")


def _viewer(suggestion: Suggestion, known: Known) -> Viewer:
    ref = ConversationRef.from_key(suggestion.conversation)
    guests = suggestion.conversation in known.shared
    return Viewer(workspace_id=ref.workspace_id, channel_id=ref.channel_id, guests=guests)


_TITLES = {
    Fault.CORRECTED: Text("Corrected: what I suggested here has changed"),
    Fault.SUPERSEDED: Text("Corrected: what I suggested here is out of date"),
    Fault.WITHDRAWN: Text("Corrected: please do not follow what I suggested here"),
}
_WHY = Text("It was found wrong, or may not be shown here any more.")
_NOW = Text("What is known now:")
_PROVISIONAL = Text("Nobody has validated this yet. Please check before you run it.")
