"""What a person finds on the app's own page: cases of their channels, what waits for them, what was learned; pure."""

from collections.abc import Sequence

from vigil_bot.commands.cards import reply, when
from vigil_bot.model.card import Block, Button, Card, FactsBlock, LinksBlock, TextBlock
from vigil_bot.model.card import Link as Source
from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Policy

SHOWN = 10  # of each list
_TITLE_CHARS = 80


def waits_for(case: Case, author_id: str) -> bool:
    """Whether the next move in a case is this person's."""
    mover = {Side.REQUESTER: case.requester_id, Side.ANALYST: case.owner_id}.get(case.next_mover)
    return not case.state.over and mover == author_id


def home_card(
    author_id: str,
    cases: Sequence[Case],
    learned: Sequence[KnowledgeEntry],
    channels: Sequence[tuple[ConversationRef, Policy]],
) -> Card:
    """Return the page; everything given must be something that the person may see."""
    mine = [case for case in cases if waits_for(case, author_id)]
    others = [case for case in cases if not case.state.over and case not in mine]
    blocks: list[Block] = [
        TextBlock(markdown=f"**Waits for you** ({len(mine)})"),
        *_cases(mine),
        TextBlock(markdown=f"**Open cases in your channels** ({len(others)})"),
        *_cases(others),
        TextBlock(markdown=f"**Learned this week** ({len(learned)})"),
        *_entries(learned),
        TextBlock(markdown="**Your channels**"),
        FactsBlock(facts=tuple((ref.channel_id, _rules(policy)) for ref, policy in channels[:SHOWN])),
    ]
    buttons = (Button(action="command", label="Help", value="help"),)
    return reply("Vigil", *[block for block in blocks if block != FactsBlock(facts=())], buttons=buttons)


def _cases(cases: Sequence[Case]) -> list[Block]:
    if not cases:
        return [TextBlock(markdown="Nothing.")]
    facts = tuple(
        (f"{case.state.value.replace('_', ' ')} since {when(case.changed_at)}", _place(case)) for case in cases[:SHOWN]
    )
    more = len(cases) - SHOWN
    return [FactsBlock(facts=facts), *([TextBlock(markdown=f"… and {more} more.")] if more > 0 else [])]


def _place(case: Case) -> str:
    ref = ConversationRef.from_key(case.conversation)
    owner = f", {case.owner_id} is on it" if case.owner_id else ""
    return f"{ref.channel_id} {ref.thread_id or ''}{owner}"


def _entries(entries: Sequence[KnowledgeEntry]) -> list[Block]:
    links = tuple(
        Source(title=(entry.title or entry.issue)[:_TITLE_CHARS], url=_link(entry), note=entry.id)
        for entry in entries[:SHOWN]
    )
    return [LinksBlock(links=links)] if links else [TextBlock(markdown="Nothing.")]


def _link(entry: KnowledgeEntry) -> str | None:
    return next((source.permalink for source in entry.sources if source.permalink), None)


def _rules(policy: Policy) -> str:
    learns = "learns" if policy.learn else "does not learn"
    return f"{policy.mode.value}, {learns}, at most {policy.max_per_day} a day"
