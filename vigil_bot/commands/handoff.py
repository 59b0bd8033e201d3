"""`/vigil handoff`, to oneself or to somebody, and the same by itself at the times of a channel's rota."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from vigil_bot.commands import cards
from vigil_bot.commands.receipts import readable
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Conversation, ConversationRef, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, PostOp
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.curation import Posted
from vigil_bot.ports.knowledge import EntryStore
from vigil_bot.ports.records import Cases, Ledger, Transcript
from vigil_bot.proactive.gate import muted
from vigil_bot.progress import digest
from vigil_bot.progress.clusters import may_read_words
from vigil_bot.progress.digest import Thread
from vigil_bot.readers import analysts_of, desk_of
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.texts.text import Text

CRON = "*/5 * * * *"
LATE_S = 3600.0  # a hand-off that could not be made for so long is not made
SHIFT_S = 12 * 3600.0
MAX_CASES = 200
_WHO = re.compile(r"<@!?([^>|]{1,80})(?:\|[^>]{0,80})?>|@(\S{1,80})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Where a hand-off is put together from."""

    cases: Cases
    transcript: Transcript
    ledger: Ledger
    entries: EntryStore
    posted: Posted
    policy_of: Callable[[ConversationRef], Policy]
    wake: Callable[[], None]
    clock: Clock

    async def card(self, channel: ConversationRef, *, since: float, at: ConversationRef) -> Card:
        """Return what the next shift of a channel takes over, as far as those who read at a place may see it."""
        policy, now = self.policy_of(channel), self.clock.now()
        words = may_read_words(policy, channel, at)
        viewer = self.policy_of(at).viewer(at)
        decisions = [
            r for r in await self.ledger.decisions(since=since) if r.conversation.startswith(channel.key + "/")
        ]
        learned = await self.entries.created_since(since)
        threads = [
            Thread(case=case, conversation=await self._conversation(case.conversation, words=words))
            for case in await self.cases.cases(channel=channel.key, limit=MAX_CASES)
        ]
        return digest.handoff(
            threads,
            now=now,
            since=since,
            stalled_after_s=policy.nudge_after_s,
            decisions=await readable(decisions, self.entries, viewer) if words else (),
            entries=[entry for entry in learned if entry.usable and entry.audience.allows(viewer)],
        )

    async def run(self, _due: float) -> None:
        """Make the hand-offs that have fallen due in the last hour, each once."""
        now = self.clock.now()
        for channel in map(ConversationRef.from_key, await self.cases.channels()):
            policy = self.policy_of(channel)
            for at, shift_s in due_shifts(policy, now=now):
                await self._hand_over(channel, policy, at, shift_s)
        self.wake()

    async def _hand_over(self, channel: ConversationRef, policy: Policy, due: float, shift_s: float) -> None:
        place = channel if policy.handoff_to else desk_of(policy, channel) or channel
        private = place == channel
        mutes = await self.ledger.mutes([channel.key, place.key], now=self.clock.now())
        silent = any(muted(ref, "", mutes, now=self.clock.now()) for ref in (channel, place))
        if silent or not {policy.mode, self.policy_of(place).mode} <= {Mode.ON, Mode.PRIVATE}:
            return
        readers = await self._readers(channel, policy) if private else ()
        if private and not readers:
            return
        card = await self.card(channel, since=due - shift_s, at=place)
        if not private:
            card = replace(card, title=Text("Hand-off of {channel}", channel=channel.channel_id))
        spoken = Reader(language=next(iter(policy.languages), ENGLISH), zone=policy.zone)
        post = Post(
            key=f"handoff/{channel.key}/{due:.0f}",
            conversation=place,
            op=PostOp.EPHEMERAL if private else PostOp.POST,
            card=said(card, spoken),
            reader_ids=readers,
            expires_at=due + LATE_S,
            heeds_mutes=True,
        )
        await self.posted.intend([post], now=self.clock.now())

    async def _readers(self, channel: ConversationRef, policy: Policy) -> tuple[str, ...]:
        return policy.handoff_to or await analysts_of(channel, policy, self.transcript, now=self.clock.now())

    async def _conversation(self, key: str, *, words: bool) -> Conversation:
        conversation = await self.transcript.conversation(ConversationRef.from_key(key))
        if words:
            return conversation
        bare = tuple(replace(message, text="") for message in conversation.messages)
        return replace(conversation, messages=bare, title=None)


def due_shifts(policy: Policy, *, now: float) -> list[tuple[float, float]]:
    """Return the rota changes of the last hour, each with the length of the shift that it ends."""
    zone, times = ZoneInfo(policy.zone), sorted(set(policy.handoff_at))
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today + timedelta(days=back) for back in (-2, -1, 0)]
    changes = [day.replace(hour=minute // 60, minute=minute % 60).timestamp() for day in days for minute in times]
    return [(at, at - before) for before, at in pairwise(changes) if now - LATE_S < at <= now]


async def handoff(on: Services, invoked: CommandInvoked, rest: str) -> Card:
    """Return what the next shift takes over, or show it to whom it is handed."""
    shifts = shifts_of(on)
    channel = invoked.conversation.channel
    card = await shifts.card(channel, since=on.clock.now() - SHIFT_S, at=channel)
    if not rest:
        return card
    policy = on.policy_of(channel)
    if invoked.author.role is Role.REQUESTER and invoked.author.id not in policy.analysts:
        raise InputError(Text("Only analysts may hand over to somebody."))
    who = await _person(on, invoked, rest, policy)
    reader = Reader(language=next(iter(policy.languages), ENGLISH), zone=policy.zone)
    addressed = replace(card, title=Text("Hand-off to you, from {who}", who=invoked.author.name or invoked.author.id))
    key = f"handoff/{channel.key}/{invoked.author.id}/{who}/{invoked.at:.6f}"
    post = Post(key=key, conversation=channel, op=PostOp.EPHEMERAL, card=said(addressed, reader), reader_ids=(who,))
    await on.posted.intend([post], now=on.clock.now())
    on.wake()
    return cards.reply(Text("Handed over to {who}.", who=rest), *card.blocks)


def shifts_of(on: Services) -> Shifts:
    """Return what hand-offs are put together from."""
    return Shifts(
        cases=on.cases,
        transcript=on.transcript,
        ledger=on.ledger,
        entries=on.entries,
        posted=on.posted,
        policy_of=on.policy_of,
        wake=on.wake,
        clock=on.clock,
    )


async def _person(on: Services, invoked: CommandInvoked, rest: str, policy: Policy) -> str:
    """Return the id of a named person who is known to read in the channel."""
    named = _WHO.fullmatch(rest.strip())
    if named is None:
        raise InputError(Text("Hand over to whom?"), hint="`/vigil handoff @anna`")
    who: str = named[1] or named[2]
    known = who in policy.analysts or await on.watches.present(invoked.conversation.channel, [who])
    if not known:
        raise InputError(
            Text("I know nobody of that name in this channel."), hint=Text("They must have written here before.")
        )
    return who
