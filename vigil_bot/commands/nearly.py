"""`/vigil nearly`, and the same once a week by itself: what I nearly said in a channel, and what people then said."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vigil_bot.commands import cards
from vigil_bot.commands.kb import actor_of
from vigil_bot.commands.names import REASONS
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.model.card import Block, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import Conversation, ConversationRef
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.label import Truth
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, PostOp
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.curation import Posted
from vigil_bot.ports.knowledge import EntryStore
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.label import label_of
from vigil_bot.readers import analysts_of
from vigil_bot.replay.outcomes import is_answer
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.texts.text import Text, plural

CRON = "0 8 * * mon"
WEEK_S = 7 * 86_400.0
SHOWN = 5
_DRAFT_CHARS, _ANSWER_CHARS, _TITLE_CHARS = 200, 160, 80
_TRUTHS: Mapping[Truth, str] = {
    Truth.RIGHT: Text("people then said the same"),
    Truth.WRONG: Text("people then said otherwise, or had said it already"),
    Truth.UNKNOWN: Text("nobody's words tell"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A draft that was not posted; said is what a person answered after it, link where the question stands."""

    record: DecisionRecord
    question: str
    truth: Truth
    said: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Where drafts are looked up."""

    ledger: Ledger
    transcript: Transcript
    entries: EntryStore
    policy_of: Callable[[ConversationRef], Policy]
    clock: Clock

    async def nearly(self, channel: ConversationRef, records: Sequence[DecisionRecord]) -> list[Near]:
        """Return what was drafted and not posted in a channel, and may still be shown there: what proved right first."""
        newest = {(r.conversation, r.message_id): r for r in records if _in(r, channel)}
        found = [await self._near(channel, record) for record in newest.values() if record.text]
        order = list(Truth)
        return sorted((one for one in found if one), key=lambda one: (order.index(one.truth), -one.record.at))

    async def since(self, since: float) -> list[DecisionRecord]:
        """Return the receipts of this time, oldest first."""
        return await self.ledger.decisions(since=since)

    async def _near(self, channel: ConversationRef, record: DecisionRecord) -> Near | None:
        suggestion = await self.ledger.suggestion(record.suggestion_id) if record.suggestion_id else None
        posted = suggestion is not None and label_of(record, _EMPTY, suggestion=suggestion).posted
        if posted or not await self._may_show(channel, record):
            return None
        conversation = await self.transcript.conversation(ConversationRef.from_key(record.conversation))
        question = conversation.message(record.message_id)
        if question is None or question.deleted:
            return None
        return Near(
            record=record,
            question=question.text,
            truth=label_of(record, conversation).truth,
            said=_answer_after(conversation, record, question.author.id),
            link=question.permalink,
        )

    async def _may_show(self, channel: ConversationRef, record: DecisionRecord) -> bool:
        """Whether all that a draft rests on may be seen in the channel as things are today."""
        viewer = self.policy_of(channel).viewer(channel)
        entries = await self.entries.load(record.citations)
        allowed = {entry.id for entry in entries if entry.usable and entry.audience.allows(viewer)}
        return set(record.citations) <= allowed


class Weekly:
    """Shows it to the analysts of every channel, once a week, privately."""

    def __init__(self, drafts: Drafts, posted: Posted, *, wake: Callable[[], None]) -> None:
        self._drafts = drafts
        self._posted = posted
        self._wake = wake

    async def run(self, due: float) -> None:
        """Show it where there is something to show and somebody to show it to."""
        records = await self._drafts.since(due - WEEK_S)
        channels = {ConversationRef.from_key(r.conversation).channel for r in records if r.text}
        for channel in sorted(channels, key=lambda ref: ref.key):
            await self._show(channel, records, due)
        self._wake()

    async def _show(self, channel: ConversationRef, records: Sequence[DecisionRecord], due: float) -> None:
        policy = self._drafts.policy_of(channel)
        readers = await analysts_of(channel, policy, self._drafts.transcript, now=due)
        near = await self._drafts.nearly(channel, records) if readers and policy.mode is not Mode.OFF else []
        if not near:
            return
        reader = Reader(language=next(iter(policy.languages), ENGLISH), zone=policy.zone)
        post = Post(
            key=f"nearly/{channel.key}/{due // WEEK_S:.0f}",
            conversation=channel,
            op=PostOp.EPHEMERAL,
            card=said(nearly_card(near), reader),
            reader_ids=readers,
            heeds_mutes=True,
        )
        await self._posted.intend([post], now=self._drafts.clock.now())


async def nearly(on: Services, invoked: CommandInvoked) -> Card:
    """Return what was nearly said in a channel in the last week. Raises InputError where no analyst asks."""
    channel = invoked.conversation.channel
    drafts = Drafts(
        ledger=on.ledger, transcript=on.transcript, entries=on.entries, policy_of=on.policy_of, clock=on.clock
    )
    if actor_of(invoked, drafts.policy_of(channel)) is None:
        raise InputError(Text("Only analysts may see what I nearly said."))
    records = await drafts.since(drafts.clock.now() - WEEK_S)
    return nearly_card(await drafts.nearly(channel, records))


def nearly_card(near: Sequence[Near]) -> Card:
    """Return the drafts that were not posted, the first of them in full."""
    title = Text("What I nearly said in the last seven days")
    if not near:
        return cards.reply(title, TextBlock(markdown=Text("Nothing: I had no draft that I kept to myself.")))
    counts = Counter(one.truth for one in near)
    blocks: list[Block] = [TextBlock(markdown=_counted(counts, len(near)))]
    for one in near[:SHOWN]:
        note = Text("{outcome}. {reason}", outcome=_TRUTHS[one.truth], reason=REASONS[one.record.reason])
        blocks.append(LinksBlock(links=(Link(title=_cut(one.question, _TITLE_CHARS), url=one.link, note=note),)))
        blocks.append(QuoteBlock(text=_cut(one.record.text, _DRAFT_CHARS)))
        blocks += [QuoteBlock(text=_cut(one.said, _ANSWER_CHARS))] if one.said else []
    footer = Text(
        "First my draft, then what a person answered. `/vigil set target_precision` changes how sure I must be."
    )
    return Card(kind=CardKind.REPLY, title=title, blocks=tuple(blocks), footer=footer)


_EMPTY = Conversation(ref=ConversationRef(platform="", workspace_id="", channel_id=""))


def _counted(counts: Mapping[Truth, int], total: int) -> str:
    drafts = plural("{count} draft", "{count} drafts", count=total)
    known = defaultdict(int, counts)
    return Text(
        "{drafts} not posted: {right} would have been right, {wrong} not, of {unknown} nobody's words tell.",
        drafts=drafts,
        right=known[Truth.RIGHT],
        wrong=known[Truth.WRONG],
        unknown=known[Truth.UNKNOWN],
    )


def _answer_after(conversation: Conversation, record: DecisionRecord, asker_id: str) -> str:
    later = (m for m in conversation.messages if m.sent_at > record.at and is_answer(m, asker_id=asker_id))
    return next((m.text for m in later), "")


def _in(record: DecisionRecord, channel: ConversationRef) -> bool:
    return record.conversation.startswith(channel.key + "/") or record.conversation == channel.key


def _cut(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1] + "…"
