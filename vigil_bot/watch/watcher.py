"""Look at what was said with the rules of its channel, and work out whom to tell."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vigil_bot.model.conversation import Conversation, ConversationRef, Message
from vigil_bot.model.event import Event, MessageDeleted, MessageEdited, MessagePosted
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.watch import Counted, DestinationKind, RuleKind, Standing, Watched, WatchOutcome, WatchRule
from vigil_bot.model.work import Post
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.ports.watching import Meaning, Watches
from vigil_bot.proactive.gate import gate, muted
from vigil_bot.readers import analysts_of
from vigil_bot.watch.alerts import Alert, grouped, posts_of, reference, withdrawal
from vigil_bot.watch.decide import Hit, Room, There, count, found_words, held_back, kept_in, room_of, words_note
from vigil_bot.watch.match import speaks, threads
from vigil_bot.watch.matcher import Matcher
from vigil_bot.watch.rules import MAX_MESSAGES, merged

CONTEXT_S = 86_400.0  # of the channel that is read where a rule counts, so that filters know the threads


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What rules add to a turn's outcome."""

    watched: tuple[Watched, ...] = ()
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A message, and all that holds around it."""

    message: Message
    state: ThreadState
    policy: Policy
    rules: tuple[WatchRule, ...]
    standing: Standing
    now: float

    @property
    def conversation(self) -> Conversation:
        """The thread of the message."""
        return self.state.conversation


class Watcher:
    """Matches rules and decides on alerts; writes nothing."""

    def __init__(
        self,
        *,
        watches: Watches,
        meaning: Meaning,
        transcript: Transcript,
        ledger: Ledger,
        policy_of: Callable[[ConversationRef], Policy],
    ) -> None:
        self._watches = watches
        self._matcher = Matcher(meaning)
        self._transcript = transcript
        self._ledger = ledger
        self._policy_of = policy_of

    async def watch(self, state: ThreadState, events: Sequence[Event], policy: Policy, *, now: float) -> WatchReport:
        """Return what the rules say of the messages that were written or changed; take back alerts on deleted ones."""
        if policy.mode is Mode.OFF:
            return WatchReport()
        report = WatchReport(posts=await self._withdrawn(state.conversation, events))
        said = {event.message.id: event for event in events if isinstance(event, MessagePosted | MessageEdited)}
        if not said:
            return report
        standing = await self._watches.standing(state.conversation.ref)
        rules = merged(policy.watch, standing.rules)
        if not any(rule.kind is RuleKind.DETECT for rule in rules):
            return report
        for message_id, event in said.items():
            message = state.conversation.message(message_id)
            if message is None or gate(message, policy, (), now=now) is not None:
                continue
            look = _Look(message=message, state=state, policy=policy, rules=rules, standing=standing, now=now)
            found = await self._look(look, again=isinstance(event, MessageEdited))
            report = WatchReport(watched=report.watched + found.watched, posts=report.posts + found.posts)
            standing = replace(standing, alerts=(*_raised(found.watched), *standing.alerts))
        return report

    async def matching(self, rule: WatchRule, messages: Sequence[Message], policy: Policy) -> list[Hit]:
        """Return those of a channel's messages that a rule matches."""
        return await self._matcher.hits(rule, messages, policy)

    async def reached(self, rule: WatchRule, hit: Hit, policy: Policy, *, rules: Sequence[WatchRule]) -> bool:
        """Whether a message that a rule matched is enough for an alert, with what was said before it."""
        hits = await self._counted(rule, hit, policy, rules)
        return hit in hits and count(rule, hits) >= rule.needs

    async def _counted(self, rule: WatchRule, hit: Hit, policy: Policy, rules: Sequence[WatchRule]) -> list[Hit]:
        """Return the messages that a rule counts together, oldest first; those that are filtered are left out."""
        message = hit.message
        since = message.sent_at - max(rule.within_s, CONTEXT_S)
        said = await self._watches.said(message.conversation.channel, since=since, limit=MAX_MESSAGES)
        of_thread = threads(m for m in said if m.sent_at <= message.sent_at)
        counts = [m for m in said if message.sent_at - rule.within_s <= m.sent_at <= message.sent_at]
        if rule.needs == 1:
            counts = [message]
        elif rule.of is Counted.MESSAGES:
            counts = [m for m in counts if m.conversation == message.conversation]
        hits = await self._matcher.hits(rule, counts[-rule.messages :], policy)
        if rule.alike:
            hits = await self._matcher.alike(message, hits)
        if hit not in hits:
            hits.append(hit)
        left: list[Hit] = []
        for one in hits:
            thread = of_thread.get(one.message.conversation.key) or Conversation(ref=one.message.conversation)
            filtered = await self._matcher.filter_of(rules, rule, one.message, thread)
            left += [one] if filtered is None else []
        return left

    async def _withdrawn(self, conversation: Conversation, events: Sequence[Event]) -> tuple[Post, ...]:
        posts: dict[str, Post] = {}
        for event in events:
            if isinstance(event, MessageDeleted):
                for one in await self._watches.watched_on(conversation.ref.key, event.message_id):
                    posts |= {post.key: withdrawal(post) for post in one.posts if not post.private}
        return tuple(posts.values())

    async def _look(self, look: _Look, *, again: bool) -> WatchReport:
        told = await self._watches.watched_on(look.conversation.ref.key, look.message.id) if again else []
        asked = [rule for rule in look.rules if rule.kind is RuleKind.DETECT and not _told(rule, told)]
        found = [await self._ask(look, rule) for rule in asked]
        watched = [one for one in found if isinstance(one, Watched)]
        posts: list[Post] = []
        for group in grouped([one for one in found if isinstance(one, Alert)]):
            calls = posts_of(group, look.message, now=look.now)
            posts += calls
            watched += [_alerted(look, alert, calls) for alert in group]
        return WatchReport(watched=tuple(watched), posts=tuple(posts))

    async def _ask(self, look: _Look, rule: WatchRule) -> Alert | Watched | None:
        """Return the alert of a rule, or the receipt of what keeps it back; None if it does not match."""
        if not speaks(rule, look.conversation, look.message, look.policy):
            return None
        hit = await self._matcher.hit(rule, look.conversation, look.message, look.policy)
        if hit is None:
            return None
        filtered = await self._matcher.filter_of(look.rules, rule, look.message, look.conversation)
        counts = rule.needs > 1 and filtered is None
        hits = await self._counted(rule, hit, look.policy, look.rules) if counts else [hit]
        last = _last(look, rule)
        held = held_back(rule, hits, mutes=look.standing.mutes, filtered=filtered, last=last, now=look.now)
        if held is not None:
            return _receipt(look, rule, *held)
        room = await self._room(look, rule)
        if isinstance(room, Watched):
            return room
        return Alert(rule=rule, hits=tuple(hits), room=room, scope=_scope(look, rule), last=last)

    async def _room(self, look: _Look, rule: WatchRule) -> Room | Watched:
        """Return where a rule alerts, or the receipt of why it does so nowhere."""
        source = look.message.conversation
        readers = await self._readers(rule, source, look.policy, now=look.now)
        seen = await self._watches.present(source.channel, readers) if readers else set()
        room = room_of(rule, source, look.policy, readers, seen)
        here = There(policy=look.policy, muted=muted(source, "", look.state.mutes, now=look.now))
        kept = kept_in(room, source, here, await self._there(room.ref, now=look.now))
        return _receipt(look, rule, *kept) if kept else room

    async def _there(self, ref: ConversationRef, *, now: float) -> There:
        mutes = await self._ledger.mutes([ref.channel.key], now=now)
        return There(policy=self._policy_of(ref), muted=muted(ref.channel, "", mutes, now=now))

    async def _readers(
        self, rule: WatchRule, source: ConversationRef, policy: Policy, *, now: float
    ) -> tuple[str, ...]:
        match rule.to.kind:
            case DestinationKind.PERSON:
                return (rule.to.target,)
            case DestinationKind.ANALYSTS:
                return await analysts_of(source, policy, self._transcript, now=now)
            case DestinationKind.CHANNEL:
                return ()


def _last(look: _Look, rule: WatchRule) -> Watched | None:
    """Return the newest alert of a rule where it is silent after one."""
    scope = _scope(look, rule)
    return next((one for one in look.standing.alerts if (one.rule, one.scope) == (rule.name, scope)), None)


def _told(rule: WatchRule, told: Iterable[Watched]) -> bool:
    """Whether a rule, as urgent as it is now, raised an alert about the message before it was edited."""
    return any(one.rule == rule.name and one.level.covers(rule.level) for one in _raised(told))


def _raised(watched: Iterable[Watched]) -> list[Watched]:
    return [one for one in watched if one.outcome is WatchOutcome.ALERTED]


def _scope(look: _Look, rule: WatchRule) -> str:
    return rule.scope(look.message.conversation).key


def _receipt(look: _Look, rule: WatchRule, outcome: WatchOutcome, why: str) -> Watched:
    message = look.message
    return Watched(
        id=f"{message.conversation.key}:{message.id}@{look.now:.6f}/{rule.name}",
        rule=rule.name,
        level=rule.level,
        scope=_scope(look, rule),
        conversation=message.conversation.key,
        message_id=message.id,
        at=look.now,
        outcome=outcome,
        why=why,
    )


def _alerted(look: _Look, alert: Alert, calls: Sequence[Post]) -> Watched:
    why = "; ".join(filter(None, (found_words(alert.rule, alert.hits), words_note(alert.room))))
    receipt = _receipt(look, alert.rule, WatchOutcome.ALERTED, why)
    return replace(receipt, posts=tuple(reference(call) for call in calls))
