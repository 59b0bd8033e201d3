"""What a person finds on the app's own page: cases of their channels, what waits for them, what was learned; pure."""

from collections.abc import Sequence

from vigil_bot.commands.cards import reply
from vigil_bot.commands.names import MODES
from vigil_bot.model.card import Block, Button, Card, FactsBlock, LinksBlock, TextBlock
from vigil_bot.model.card import Link as Source
from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Policy
from vigil_bot.progress.words import STATES
from vigil_bot.texts.text import Moment, Text, listed

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
        TextBlock(markdown=Text("**Waits for you** ({count})", count=len(mine))),
        *_cases(mine),
        TextBlock(markdown=Text("**Open cases in your channels** ({count})", count=len(others))),
        *_cases(others),
        TextBlock(markdown=Text("**Learned this week** ({count})", count=len(learned))),
        *_entries(learned),
        TextBlock(markdown=Text("**Your channels**")),
        FactsBlock(facts=tuple((ref.channel_id, _rules(policy)) for ref, policy in channels[:SHOWN])),
    ]
    buttons = (Button(action="command", label=Text("Help"), value="help"),)
    return reply("Vigil", *[block for block in blocks if block != FactsBlock(facts=())], buttons=buttons)


def _cases(cases: Sequence[Case]) -> list[Block]:
    if not cases:
        return [TextBlock(markdown=Text("Nothing."))]
    facts = tuple(
        (Text("{state} since {at}", state=STATES[case.state], at=Moment(case.changed_at)), _place(case))
        for case in cases[:SHOWN]
    )
    more = len(cases) - SHOWN
    rest = [TextBlock(markdown=Text("… and {count} more.", count=more))] if more > 0 else []
    return [FactsBlock(facts=facts), *rest]


def _place(case: Case) -> str:
    ref = ConversationRef.from_key(case.conversation)
    place = f"{ref.channel_id} {ref.thread_id or ''}".rstrip()
    return listed([place, *([Text("{who} is on it", who=case.owner_id)] if case.owner_id else [])])


def _entries(entries: Sequence[KnowledgeEntry]) -> list[Block]:
    links = tuple(
        Source(title=(entry.title or entry.issue)[:_TITLE_CHARS], url=_link(entry), note=entry.id)
        for entry in entries[:SHOWN]
    )
    return [LinksBlock(links=links)] if links else [TextBlock(markdown=Text("Nothing."))]


def _link(entry: KnowledgeEntry) -> str | None:
    return next((source.permalink for source in entry.sources if source.permalink), None)


def _rules(policy: Policy) -> str:
    learns = Text("learns") if policy.learn else Text("does not learn")
    most = Text("at most {count} a day", count=policy.max_per_day)
    return listed((MODES[policy.mode], learns, most))
