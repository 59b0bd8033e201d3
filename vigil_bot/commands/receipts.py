"""Receipts as far as those who ask may see them: what was found may be meant for fewer people by now."""

from collections.abc import Sequence
from dataclasses import replace

from vigil_bot.commands import cards
from vigil_bot.commands.services import Services
from vigil_bot.model.card import Card, TextBlock
from vigil_bot.model.conversation import Message
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.knowledge import Viewer
from vigil_bot.model.policy import Mode
from vigil_bot.ports.knowledge import EntryStore
from vigil_bot.texts.text import Text


async def of(on: Services, message: Message) -> Card:
    """Return why a person's message was answered, or not."""
    record = await on.ledger.decision(message.conversation.key, message.id)
    policy = on.policy_of(message.conversation)
    if record is None:
        if policy.mode is Mode.OFF:
            wakes = TextBlock(markdown=Text("`/vigil mode on` wakes me."))
            return cards.reply(Text("I am off in this channel."), wakes)
        waits = Text("I look at a thread when it has been quiet for {seconds} s.", seconds=f"{policy.settle_s:g}")
        return cards.reply(Text("Not decided yet."), TextBlock(markdown=waits))
    (shown,) = await readable([record], on.entries, policy.viewer(message.conversation))
    suggestion = await on.ledger.suggestion(record.suggestion_id) if record.suggestion_id else None
    return cards.why_card(shown, suggestion.state if suggestion else None)


async def of_own(on: Services, post: Message) -> Card:
    """Return why we wrote a message: the receipt of the question that a suggestion answers."""
    suggestion = await on.ledger.suggestion_posted_as(post.conversation.key, post.id)
    thread = await on.transcript.conversation(post.conversation)
    asked = next((m for m in thread.messages if suggestion is not None and m.id == suggestion.message_id), None)
    if asked is None:
        kept = TextBlock(markdown=Text("It answers no question; it tells where a case or a command stands."))
        return cards.reply(Text("I wrote that message."), kept)
    return await of(on, asked)


async def readable(records: Sequence[DecisionRecord], entries: EntryStore, viewer: Viewer) -> list[DecisionRecord]:
    """Return receipts without entries that the viewer may not see, and without drafts that rest on one."""
    named = {entry_id for record in records for entry_id in _named(record)}
    found = await entries.load(sorted(named))
    seen = frozenset(entry.id for entry in found if entry.audience.allows(viewer))
    return [_without(record, seen) for record in records]


def _named(record: DecisionRecord) -> frozenset[str]:
    return frozenset((*record.citations, *(one.entry_id for one in record.considered)))


def _without(record: DecisionRecord, seen: frozenset[str]) -> DecisionRecord:
    text = record.text if seen.issuperset(record.citations) else ""
    return replace(record, text=text, considered=tuple(one for one in record.considered if one.entry_id in seen))
