"""Cards about entries; pure."""

from collections.abc import Sequence

from vigil_bot.commands.cards import reply, when
from vigil_bot.model.card import Block, Button, ButtonStyle, Card, FactsBlock, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.review import Gap, ReviewItem, Revision

REVISIONS = 10
_TITLE_CHARS = 80
_QUOTE_CHARS = 400


def entry_card(title: str, entry: KnowledgeEntry) -> Card:
    """Return an entry, whole, with what can be done about it."""
    facts = (
        ("Entry", f"{entry.id} v{entry.version}"),
        ("Trust", state_of(entry)),
        ("Rests on", f"{len(entry.sources)} sources"),
    )
    blocks: list[Block] = [
        TextBlock(markdown="**Problem**"),
        QuoteBlock(text=entry.issue),
        TextBlock(markdown="**Solution**"),
        QuoteBlock(text=entry.resolution),
        FactsBlock(facts=facts),
        *_sources([entry]),
    ]
    return reply(title, *blocks, buttons=_buttons(entry))


def review_card(items: Sequence[ReviewItem]) -> Card:
    """Return what waits, the source thread beside each entry."""
    if not items:
        return reply("Nothing waits for you.")
    blocks: list[Block] = []
    buttons: list[Button] = []
    for number, item in enumerate(items, 1):
        entry = item.entry
        others = f": {', '.join(item.other_ids)}" if item.other_ids else ""
        blocks += [
            TextBlock(markdown=f"**{number}.** `{entry.id}` {_REASONS[item.reason.value]}{others}"),
            QuoteBlock(text=f"{entry.issue[:_QUOTE_CHARS]}\n→ {entry.resolution[:_QUOTE_CHARS]}"),
            *_sources([entry]),
        ]
        buttons += [
            Button(action="command", label=f"Approve {number}", value=f"kb approve {entry.id}"),
            Button(action="command", label=f"Reject {number}", value=f"kb reject {entry.id}", style=ButtonStyle.DANGER),
        ]
    return reply(f"{len(items)} entries wait for a person", *blocks, buttons=tuple(buttons))


def history_card(entry_id: str, revisions: Sequence[Revision]) -> Card:
    """Return the history of an entry, newest first."""
    blocks: list[Block] = []
    for one in reversed(revisions[-REVISIONS:]):
        why = f": {one.why}" if one.why else ""
        blocks.append(TextBlock(markdown=f"**v{one.version}** {one.kind.value} · {one.by} · {when(one.at)}{why}"))
        blocks += [QuoteBlock(text="\n".join(one.lines)[: _QUOTE_CHARS * 2])] if one.lines else []
    undo = (Button(action="command", label="Undo the last change", value=f"kb undo {entry_id}"),)
    return reply(f"History of {entry_id}", *blocks, buttons=undo if len(revisions) > 1 else ())


def gaps_card(gaps: Sequence[Gap]) -> Card:
    """Return what was asked in vain."""
    if not gaps:
        return reply("Nothing was asked in vain here.")
    facts = tuple((f"{g.count}×, last {when(g.last_at)[:10]}", f"{g.question[:200]}{_helped(g)}") for g in gaps)
    return reply(
        "Asked here, and I had no answer",
        FactsBlock(facts=facts),
        footer="`/vigil kb add PROBLEM => SOLUTION` fills a gap.",
    )


def state_of(entry: KnowledgeEntry) -> str:
    """Return how far an entry is trusted, in words."""
    if entry.superseded_by is not None:
        return f"replaced by {entry.superseded_by}"
    waits = f", waits: it contradicts {', '.join(entry.contradicts)}" if entry.waits else ""
    return entry.confidence.value.replace("_", " ") + waits


def _buttons(entry: KnowledgeEntry) -> tuple[Button, ...]:
    history = Button(action="command", label="History", value=f"kb history {entry.id}")
    if not entry.usable:
        return (Button(action="command", label="Undo", value=f"kb undo {entry.id}"), history)
    approve = Button(action="command", label="Approve", value=f"kb approve {entry.id}", style=ButtonStyle.PRIMARY)
    reject = Button(action="command", label="Reject", value=f"kb reject {entry.id}", style=ButtonStyle.DANGER)
    return (*((approve,) if state_of(entry) != "validated" else ()), reject, history)


def _sources(entries: Sequence[KnowledgeEntry]) -> list[Block]:
    links = tuple(
        Link(title=(e.title or e.issue)[:_TITLE_CHARS], url=s.permalink, note=s.evidence.value.replace("_", " "))
        for e in entries
        for s in e.sources[:3]
        if s.permalink
    )
    return [LinksBlock(links=links)] if links else []


def _helped(gap: Gap) -> str:
    return f" (took it up: {', '.join(gap.helpers)})" if gap.helpers else ""


_REASONS = {
    "contradicted": "is contradicted",
    "stale": "was found wrong in use",
    "duplicate": "is nearly the same as others",
    "provisional": "is new, nobody has validated it",
}
