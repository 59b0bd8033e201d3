"""Which posted suggestions are wrong by now, and what stands in their place; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from knowledge.sentences import commands, normal
from vigil_bot.model.card import Block, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry, Viewer
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState
from vigil_bot.model.work import Post, PostOp

MAX_QUOTE_CHARS = 600


class Fault(StrEnum):
    """What became of an entry that was cited."""

    CORRECTED = "corrected"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A posted suggestion that must be put right: the entry that is right now (None: there is none), and the card."""

    suggestion: Suggestion
    fault: Fault
    entry: KnowledgeEntry | None
    card: Card

    @property
    def post(self) -> Post:
        """The edit in place; its key is the same for the same correction."""
        now = f"{self.entry.id}.{self.entry.version}" if self.entry is not None else self.fault.value
        return Post(
            key=f"{self.suggestion.id}/recall/{now}",
            conversation=ConversationRef.from_key(self.suggestion.conversation),
            op=PostOp.EDIT,
            card=self.card,
            target_key=self.suggestion.id,
        )

    @property
    def state(self) -> tuple[str, SuggestionState]:
        """The suggestion's state from now on."""
        gone = self.fault is Fault.WITHDRAWN
        return self.suggestion.id, SuggestionState.WITHDRAWN if gone else SuggestionState.CORRECTED


def recalls(
    suggestions: Iterable[Suggestion], entries: Mapping[str, KnowledgeEntry], *, language: Mapping[str, str] = {}
) -> list[Recall]:
    """Return the suggestions to put right.

    Args:
        suggestions: Posted ones; those shown to single persons cannot be edited and are left out.
        entries: Every cited entry as it is now, and those that replaced them, by id; a missing one has been forgotten.
        language: Conversation key -> "en" or "zh".
    """
    found = []
    for suggestion in suggestions:
        if suggestion.private or suggestion.state is not SuggestionState.POSTED:
            continue
        judged = [one for one in (_judge(c, entries, _viewer(suggestion)) for c in suggestion.citations) if one]
        if judged:
            fault, entry = judged[0]
            words = _WORDS.get(language.get(suggestion.conversation, "en"), _WORDS["en"])
            card = _card(fault, entry, words)
            found.append(Recall(suggestion=suggestion, fault=fault, entry=entry, card=card))
    return found


def cited(suggestions: Iterable[Suggestion]) -> list[str]:
    """Return the ids of the entries that suggestions cite, each once."""
    return list(dict.fromkeys(c.entry_id for s in suggestions for c in s.citations))


def _judge(
    citation: Citation, entries: Mapping[str, KnowledgeEntry], viewer: Viewer
) -> tuple[Fault, KnowledgeEntry | None] | None:
    """Return what is wrong with a citation and the entry to show instead, as far as it may be seen there."""
    entry = entries.get(citation.entry_id)
    if entry is None:
        return Fault.WITHDRAWN, None
    if entry.superseded_by is not None:
        newer = _last(entry, entries)
        shown = newer is not None and not newer.waits and newer.audience.allows(viewer)
        if newer is not None and shown and not _changed(citation, newer):
            return None  # merged into another: the words still stand
        return (Fault.SUPERSEDED, newer) if shown else (Fault.WITHDRAWN, None)
    if not entry.usable or not entry.audience.allows(viewer):
        return Fault.WITHDRAWN, None
    if entry.version == citation.version or not _changed(citation, entry):
        return None
    return Fault.CORRECTED, entry


def _last(entry: KnowledgeEntry, entries: Mapping[str, KnowledgeEntry]) -> KnowledgeEntry | None:
    seen: set[str] = set()
    now: KnowledgeEntry | None = entry
    while now is not None and now.superseded_by is not None and now.id not in seen:
        seen.add(now.id)
        now = entries.get(now.superseded_by)
    return now if now is not None and now.usable else None


def _changed(citation: Citation, entry: KnowledgeEntry) -> bool:
    """Whether what was quoted does not stand in the entry any more; a correction of spelling elsewhere is no reason to edit."""
    if not citation.quote:
        return True
    stands = normal(f"{entry.issue}\n{entry.resolution}\n{entry.cause or ''}")
    if normal(citation.quote.rstrip("…")) in stands:
        return False
    quoted = [normal(line) for line in citation.quote.rstrip("…").split("\n") if normal(line)]
    return any(line not in stands for line in (*quoted, *commands(citation.quote)))


def _card(fault: Fault, entry: KnowledgeEntry | None, words: Mapping[str, str]) -> Card:
    blocks: tuple[Block, ...] = (TextBlock(markdown=words["why"]),)
    if entry is not None:
        text = entry.resolution
        quote = text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"
        permalink = next((s.permalink for s in entry.sources if s.permalink), None)
        link = Link(title=entry.title or entry.issue[:80], url=permalink, note=f"{entry.id} v{entry.version}")
        blocks = (TextBlock(markdown=words["now"]), QuoteBlock(text=quote), LinksBlock(links=(link,)))
    mark = words["provisional"] if entry is not None and entry.provisional else ""
    return Card(kind=CardKind.NOTICE, title=words[fault.value], blocks=blocks, footer=mark)


def _viewer(suggestion: Suggestion) -> Viewer:
    ref = ConversationRef.from_key(suggestion.conversation)
    return Viewer(workspace_id=ref.workspace_id, channel_id=ref.channel_id)


_WORDS = {
    "en": {
        "corrected": "Corrected: what I suggested here has changed",
        "superseded": "Corrected: what I suggested here is out of date",
        "withdrawn": "Corrected: please do not follow what I suggested here",
        "why": "It was found wrong, or may not be shown here any more.",
        "now": "What is known now:",
        "provisional": "Nobody has validated this yet. Please check before you run it.",
    },
    "zh": {
        "corrected": "更正：此前的建议内容已变更",
        "superseded": "更正：此前的建议已过时",
        "withdrawn": "更正：请不要按此前的建议操作",
        "why": "该建议被认定有误，或不再适合在此显示。",
        "now": "目前已知的做法：",
        "provisional": "尚未经人工确认，执行前请先核实。",
    },
}
