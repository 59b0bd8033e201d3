"""Cards about entries; pure."""

from collections.abc import Sequence

from vigil_bot.commands.cards import reply
from vigil_bot.commands.names import CHANGES, CONFIDENCES, EVIDENCE, STALE, reason
from vigil_bot.model.card import Block, Button, ButtonStyle, Card, FactsBlock, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry
from vigil_bot.model.review import Gap, ReviewItem, ReviewReason, Revision
from vigil_bot.texts.text import Moment, Text, listed, plural

REVISIONS = 10
_TITLE_CHARS = 80
_QUOTE_CHARS = 400


def entry_card(title: str, entry: KnowledgeEntry) -> Card:
    """Return an entry, whole, with what can be done about it."""
    facts = (
        (Text("Entry"), f"{entry.id} v{entry.version}"),
        (Text("Trust"), state_of(entry)),
        (Text("Last right"), Moment(entry.last_right_at)),
        (Text("Rests on"), plural("{count} source", "{count} sources", count=len(entry.sources))),
    )
    blocks: list[Block] = [
        TextBlock(markdown=Text("**Problem**")),
        QuoteBlock(text=entry.issue),
        TextBlock(markdown=Text("**Solution**")),
        QuoteBlock(text=entry.resolution),
        FactsBlock(facts=facts),
        *_sources([entry]),
    ]
    return reply(title, *blocks, buttons=_buttons(entry))


def review_card(items: Sequence[ReviewItem]) -> Card:
    """Return what waits, the source thread beside each entry."""
    if not items:
        return reply(Text("Nothing waits for you."))
    blocks: list[Block] = []
    buttons: list[Button] = []
    for number, item in enumerate(items, 1):
        entry = item.entry
        blocks += [
            TextBlock(markdown=_heading(number, item)),
            QuoteBlock(text=f"{entry.issue[:_QUOTE_CHARS]}\n→ {entry.resolution[:_QUOTE_CHARS]}"),
            *_sources([entry]),
        ]
        buttons += [
            Button(action="command", label=Text("Approve {number}", number=number), value=f"kb approve {entry.id}"),
            Button(
                action="command",
                label=Text("Reject {number}", number=number),
                value=f"kb reject {entry.id}",
                style=ButtonStyle.DANGER,
            ),
        ]
    title = plural("{count} entry waits for a person", "{count} entries wait for a person", count=len(items))
    return reply(title, *blocks, buttons=tuple(buttons))


def history_card(entry_id: str, revisions: Sequence[Revision]) -> Card:
    """Return the history of an entry, newest first."""
    blocks: list[Block] = []
    for one in reversed(revisions[-REVISIONS:]):
        done = Text(
            "**v{version}** {change} · {by} · {at}",
            version=one.version,
            change=CHANGES[one.kind],
            by=one.by,
            at=Moment(one.at),
        )
        blocks.append(TextBlock(markdown=Text("{what}: {why}", what=done, why=reason(one.why)) if one.why else done))
        blocks += [QuoteBlock(text="\n".join(one.lines)[: _QUOTE_CHARS * 2])] if one.lines else []
    undo = (Button(action="command", label=Text("Undo the last change"), value=f"kb undo {entry_id}"),)
    return reply(Text("History of {entry}", entry=entry_id), *blocks, buttons=undo if len(revisions) > 1 else ())


def gaps_card(gaps: Sequence[Gap]) -> Card:
    """Return what was asked in vain."""
    if not gaps:
        return reply(Text("Nothing was asked in vain here."))
    facts = tuple((Text("{count}×, last {at}", count=g.count, at=Moment(g.last_at)), asked(g)) for g in gaps)
    return reply(
        Text("Asked here, and I had no answer"),
        FactsBlock(facts=facts),
        footer=Text("`/vigil kb add PROBLEM => SOLUTION` fills a gap."),
    )


def state_of(entry: KnowledgeEntry) -> str:
    """Return how far an entry is trusted, in words."""
    if entry.superseded_by is not None:
        return Text("replaced by {entry}", entry=entry.superseded_by)
    trust = CONFIDENCES[entry.confidence]
    if not entry.waits:
        return trust
    if entry.stale is not None:
        why, since = STALE[entry.stale.reason], Moment(entry.stale.since)
        return Text("{trust}, not used since {since}: {why}", trust=trust, since=since, why=why)
    return Text("{trust}, waits: it contradicts {others}", trust=trust, others=listed(entry.contradicts))


def _buttons(entry: KnowledgeEntry) -> tuple[Button, ...]:
    history = Button(action="command", label=Text("History"), value=f"kb history {entry.id}")
    if not entry.usable:
        return (Button(action="command", label=Text("Undo"), value=f"kb undo {entry.id}"), history)
    is_settled = entry.confidence is Confidence.VALIDATED and not entry.waits
    approve = Button(action="command", label=Text("Approve"), value=f"kb approve {entry.id}", style=ButtonStyle.PRIMARY)
    reject = Button(action="command", label=Text("Reject"), value=f"kb reject {entry.id}", style=ButtonStyle.DANGER)
    return (*(() if is_settled else (approve,)), reject, history)


def _sources(entries: Sequence[KnowledgeEntry]) -> list[Block]:
    links = tuple(
        Link(title=(e.title or e.issue)[:_TITLE_CHARS], url=s.permalink, note=EVIDENCE[s.evidence])
        for e in entries
        for s in e.sources[:3]
        if s.permalink
    )
    return [LinksBlock(links=links)] if links else []


def _heading(number: int, item: ReviewItem) -> str:
    entry, why = item.entry.id, _why(item)
    if not item.other_ids:
        return Text("**{number}.** `{entry}` {why}", number=number, entry=entry, why=why)
    others = listed(item.other_ids)
    return Text("**{number}.** `{entry}` {why}: {others}", number=number, entry=entry, why=why, others=others)


def _why(item: ReviewItem) -> str:
    stale = item.entry.stale
    if item.reason is not ReviewReason.STALE or stale is None:
        return REASONS[item.reason]
    return Text("is perhaps out of date since {since}: {why}", since=Moment(stale.since), why=STALE[stale.reason])


def asked(gap: Gap) -> str:
    """Return a question that was asked in vain, with those who took it up."""
    question = gap.question[:200]
    if not gap.helpers:
        return question
    return Text("{question} (took it up: {who})", question=question, who=listed(gap.helpers))


REASONS = {
    ReviewReason.CONTRADICTED: Text("is contradicted"),
    ReviewReason.STALE: Text("was found wrong in use"),
    ReviewReason.DUPLICATE: Text("is nearly the same as others"),
    ReviewReason.PROVISIONAL: Text("is new, nobody has validated it"),
}
