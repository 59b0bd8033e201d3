"""What the owners of the knowledge of a channel are told once a week: what was asked in vain, and what waits for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vigil_bot.commands.kb_cards import asked
from vigil_bot.commands.names import STALE
from vigil_bot.model.card import Block, Button, Card, CardKind, FactsBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Mode, Policy, WeeklyTime
from vigil_bot.model.review import Gap
from vigil_bot.model.upkeep import Finding, FindingKind
from vigil_bot.model.work import Post, PostOp
from vigil_bot.ports.curation import Curation, Posted
from vigil_bot.ports.records import Cases
from vigil_bot.ports.upkeep import Caretaker
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.texts.text import Moment, Text, plural

CRON = "7 * * * *"
WEEK_S = 7 * 86_400.0
LATE_S = 86_400.0  # a report that could not be made for so long is left out
SHOWN = 5
_COUNTED = 100
_TITLE_CHARS = 80
_LABEL_CHARS = 24

Found = tuple[Finding, tuple[KnowledgeEntry, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeReport:
    """Where the report of a channel is put together from."""

    curation: Curation
    caretaker: Caretaker
    cases: Cases
    posted: Posted
    policy_of: Callable[[ConversationRef], Policy]
    wake: Callable[[], None]

    async def run(self, now: float) -> None:
        """Tell the owners of each channel, or its analysts, where it is their time; each week once."""
        for channel in map(ConversationRef.from_key, await self.cases.channels()):
            policy = self.policy_of(channel)
            due = last_weekly(policy.report_at, policy.zone, now=now)
            readers = policy.owners or policy.analysts
            if readers and policy.mode is not Mode.OFF and now - due < LATE_S:
                await self._tell(channel, policy, readers, due=due, now=now)
        self.wake()

    async def _tell(
        self, channel: ConversationRef, policy: Policy, readers: tuple[str, ...], *, due: float, now: float
    ) -> None:
        viewer = policy.viewer(channel)
        gaps = await self.curation.gaps(channel.key, since=due - WEEK_S, limit=SHOWN)
        waiting = len(await self.curation.review(viewer=viewer, limit=_COUNTED))
        card = report_card(gaps, waiting, await self.caretaker.findings(viewer=viewer))
        if card is None:
            return
        post = Post(
            key=f"knowledge/{channel.key}/{due:.0f}",
            conversation=channel,
            op=PostOp.EPHEMERAL,
            card=said(card, Reader(language=next(iter(policy.languages), ENGLISH), zone=policy.zone)),
            reader_ids=readers,
            heeds_mutes=True,
        )
        await self.posted.intend([post], now=now)


def last_weekly(at: WeeklyTime, zone: str, *, now: float) -> float:
    """Return when a time of the week was last, at or before now."""
    there = datetime.fromtimestamp(now, ZoneInfo(zone))
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    day = midnight - timedelta(days=(there.weekday() - at.weekday) % 7)
    hour, minute = divmod(at.minute, 60)
    due = day.replace(hour=hour, minute=minute)
    return (due if due.timestamp() <= now else due - timedelta(days=7)).timestamp()


def report_card(gaps: Sequence[Gap], waiting: int, found: Sequence[Found]) -> Card | None:
    """Return the report; None where there is nothing to tell."""
    shown = [one for one in found if one[0].kind is not FindingKind.UNUSED]
    unused = len(found) - len(shown)
    if not gaps and not waiting and not shown:
        return None
    blocks: list[Block] = []
    if gaps:
        facts = tuple(
            (Text("{count}×, last {at}", count=gap.count, at=Moment(gap.last_at)), asked(gap)) for gap in gaps
        )
        blocks += [TextBlock(markdown=Text("**Asked here, and I had no answer**")), FactsBlock(facts=facts)]
    if waiting:
        wait = plural("{count} entry waits for a person", "{count} entries wait for a person", count=waiting)
        blocks.append(TextBlock(markdown=Text("**{what}**: `/vigil kb review`", what=wait)))
    if shown:
        blocks.append(TextBlock(markdown=Text("**Worth a look**")))
        blocks.append(FactsBlock(facts=tuple(_fact(finding, entries) for finding, entries in shown[:SHOWN])))
    if unused:
        idle = plural(
            "{count} entry has not been used in half a year.",
            "{count} entries have not been used in half a year.",
            count=unused,
        )
        blocks.append(TextBlock(markdown=idle))
    return Card(
        kind=CardKind.NOTICE,
        title=Text("What I know, this week"),
        blocks=tuple(blocks),
        buttons=tuple(_merge(finding) for finding, _ in shown[:SHOWN] if finding.kind is FindingKind.DUPLICATE),
        footer=Text("`/vigil kb add PROBLEM => SOLUTION` fills a gap."),
    )


def _fact(finding: Finding, entries: Sequence[KnowledgeEntry]) -> tuple[str, str]:
    entry = entries[0]
    titles = [f"{one.id}: {(one.title or one.issue)[:_TITLE_CHARS]}" for one in entries]
    what = titles[0] if len(titles) == 1 else Text("{one} · {other}", one=titles[0], other=titles[1])
    match finding.kind:
        case FindingKind.DISAGREEMENT:
            return Text("Two solutions of one problem"), what
        case FindingKind.DUPLICATE:
            return Text("Nearly the same"), what
        case _:
            return (STALE[entry.stale.reason] if entry.stale is not None else Text("Not used")), what


def _merge(finding: Finding) -> Button:
    label = Text("Merge {one} and {other}", one=finding.entry_id[:_LABEL_CHARS], other=finding.other_id[:_LABEL_CHARS])
    return Button(action="command", label=label, value=f"kb merge {finding.entry_id} {finding.other_id}")
