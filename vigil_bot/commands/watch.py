"""`/vigil watch ...`: what analysts want to be told of."""

from collections.abc import Awaitable, Callable

from vigil_bot.commands import cards
from vigil_bot.commands.kb import actor_of
from vigil_bot.commands.parse import duration_s
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.model.card import Block, Card, FactsBlock, Link, LinksBlock, TextBlock
from vigil_bot.model.conversation import Message
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.policy import LearnedAudience, Mode, Policy
from vigil_bot.model.watch import RuleKind, RuleMute, WatchRule
from vigil_bot.readers import SEEN_WINDOW_S
from vigil_bot.texts.text import Moment, Text, plural
from vigil_bot.watch.decide import Hit
from vigil_bot.watch.defaults import defaults, rule_from
from vigil_bot.watch.rules import MAX_MESSAGES, merged, parse_name
from vigil_bot.watch.shown import all_keys, summary, with_receipts
from vigil_bot.watch.words import WatchCommand, parse_watch

MAX_RULES = 50
TESTED = 100
MAX_SHOWN = 5
MAX_COUNTED = 50  # matches of a test that are counted with what was said before
_NO_RULE = Text("`/vigil watch` lists the rules of this channel.")


class WatchCommands:
    """Carries the commands out, for analysts."""

    def __init__(self, services: Services) -> None:
        self._on = services
        self._verbs: dict[str, Callable[[CommandInvoked, WatchCommand], Awaitable[Card]]] = {
            "list": self._list,
            "show": self._show,
            "add": self._add,
            "edit": self._edit,
            "remove": self._remove,
            "test": self._test,
            "mute": self._mute,
            "unmute": self._unmute,
        }

    async def run(self, invoked: CommandInvoked, rest: str) -> Card:
        """Carry out what follows "watch". Raises InputError."""
        if not await self._may(invoked):
            raise InputError(Text("Only analysts may see and change watch rules."))
        command = parse_watch(rest)
        return await self._verbs[command.verb](invoked, command)

    async def with_watched(self, card: Card, invoked: CommandInvoked, message: Message) -> Card:
        """Return the receipt of a message with what came of the watch rules, for those who may know."""
        if not await self._may(invoked):
            return card
        watched = await self._on.watches.watched_on(message.conversation.key, message.id)
        keys = [post.key for one in watched for post in one.posts]
        return with_receipts(card, watched, await self._on.watches.deliveries(keys))

    async def _may(self, invoked: CommandInvoked) -> bool:
        """Whether it is an analyst who asks; where nobody is known to be one, anybody who is not a requester."""
        actor = actor_of(invoked, self._policy(invoked))
        if actor is None or actor.trusted:
            return actor is not None
        since = self._on.clock.now() - SEEN_WINDOW_S
        seen = await self._on.transcript.analysts_seen(invoked.conversation.channel, since=since)
        return not seen or invoked.author.id in seen

    def _policy(self, invoked: CommandInvoked) -> Policy:
        return self._on.policy_of(invoked.conversation)

    async def _list(self, invoked: CommandInvoked, _command: WatchCommand) -> Card:
        standing = await self._on.watches.standing(invoked.conversation.channel)
        from_file = {rule.name for rule in self._policy(invoked).watch}
        now = self._on.clock.now()
        mutes = {mute.rule: mute for mute in standing.mutes if mute.holds(now)}
        rules = merged(self._policy(invoked).watch, standing.rules)
        facts = tuple(
            (rule.name, summary(rule, mutes.get(rule.name), from_file=rule.name in from_file)) for rule in rules
        )
        blocks: list[Block] = [FactsBlock(facts=facts)] if facts else []
        ready = [name for name in defaults() if name not in {rule.name for rule in rules}]
        if ready:
            blocks.append(
                TextBlock(markdown=Text("Ready to switch on with `watch add NAME`: {names}.", names=", ".join(ready)))
            )
        title = plural("{count} watch rule here", "{count} watch rules here", count=len(rules))
        footer = "`/vigil watch add|show|edit|remove|test|mute|unmute NAME …`"
        return cards.reply(title, *blocks, footer=footer)

    async def _show(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        rule = await self._rule(invoked, command.name)
        return cards.reply(rule.name, FactsBlock(facts=all_keys(rule)))

    async def _add(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        name = self._writable(invoked, command.name)
        rules = await self._on.watches.rules(invoked.conversation.channel)
        if any(rule.name == name for rule in rules):
            raise InputError(
                Text("There is a rule `{name}` already.", name=name),
                hint=Text("`/vigil watch edit {name} …` changes it.", name=name),
            )
        if len(rules) >= MAX_RULES:
            raise InputError(
                Text("There are {count} rules in this channel already.", count=MAX_RULES),
                hint=Text("Remove one first."),
            )
        return await self._put(invoked, rule_from(name, command.given), Text("Watching: {name}", name=name))

    async def _edit(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        name = self._writable(invoked, command.name)
        rule = await self._rule(invoked, name)
        if not command.given:
            raise InputError(
                Text("Change what?"), hint=Text("`/vigil watch edit {name} level=P0 silence=2h`", name=name)
            )
        return await self._put(invoked, rule_from(name, command.given, rule), Text("Changed: {name}", name=name))

    async def _put(self, invoked: CommandInvoked, rule: WatchRule, done: Text) -> Card:
        policy = self._policy(invoked)
        if rule.quote and policy.audience is LearnedAudience.CHANNEL:
            raise InputError(
                Text("What is said here is for this channel alone, so no alert elsewhere may quote it."),
                hint=Text('Leave out `quote`, or have the policy file say `audience = "workspace"`.'),
            )
        await self._on.watches.put_rule(invoked.conversation.channel, rule)
        blocks = [TextBlock(markdown=summary(rule)), *(TextBlock(markdown=line) for line in _notes(rule, policy))]
        return cards.reply(done, *blocks, footer=Text("`/vigil watch test {name}` tries it out.", name=rule.name))

    async def _remove(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        name = self._writable(invoked, command.name)
        if not await self._on.watches.remove_rule(invoked.conversation.channel, name):
            raise InputError(Text("There is no rule `{name}`.", name=name), hint=_NO_RULE)
        return cards.reply(Text("Removed: {name}", name=name))

    async def _mute(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        rule, now = await self._rule(invoked, command.name), self._on.clock.now()
        length_s = duration_s(command.rest) if command.rest else None
        if command.rest and length_s is None:
            raise InputError(Text("Mute it for how long?"), hint=Text("`/vigil watch mute {name} 2h`", name=rule.name))
        until = None if length_s is None else now + length_s
        mute = RuleMute(rule=rule.name, by=invoked.author.id, at=now, until=until)
        await self._on.watches.mute_rule(invoked.conversation.channel, mute)
        lasts = (
            Text("Until {at}.", at=Moment(until))
            if until
            else Text("Until `/vigil watch unmute {name}`.", name=rule.name)
        )
        return cards.reply(Text("{name} is muted.", name=rule.name), TextBlock(markdown=lasts))

    async def _unmute(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        name = parse_name(command.name)
        was = await self._on.watches.unmute_rule(invoked.conversation.channel, name)
        said = Text("{name} is not muted any more.", name=name) if was else Text("{name} was not muted.", name=name)
        return cards.reply(said)

    async def _test(self, invoked: CommandInvoked, command: WatchCommand) -> Card:
        rule, policy = await self._rule(invoked, command.name), self._policy(invoked)
        limit = int(command.rest) if command.rest.isdecimal() else TESTED
        channel = invoked.conversation.channel
        said = await self._on.watches.said(channel, since=0.0, limit=max(1, min(limit, MAX_MESSAGES)))
        hits = await self._on.watcher.matching(rule, said, policy)
        rules = merged(policy.watch, await self._on.watches.rules(channel))
        enough = [hit for hit in hits[-MAX_COUNTED:] if await self._enough(rule, rules, hit, policy)]
        facts = [(Text("Messages looked at"), str(len(said))), (Text("Matched"), str(len(hits)))]
        if rule.kind is RuleKind.DETECT:
            facts.append((Text("Would have raised an alert, but for silence"), str(len(enough))))
        shown = reversed((enough or hits)[-MAX_SHOWN:])
        links = tuple(Link(title=_line(hit), url=hit.message.permalink, note=f"{hit.match.score:.2f}") for hit in shown)
        return cards.reply(
            Text("Test of {name}", name=rule.name),
            FactsBlock(facts=tuple(facts)),
            *([LinksBlock(links=links)] if links else []),
        )

    async def _enough(self, rule: WatchRule, rules: tuple[WatchRule, ...], hit: Hit, policy: Policy) -> bool:
        return rule.kind is RuleKind.DETECT and await self._on.watcher.reached(rule, hit, policy, rules=rules)

    async def _rule(self, invoked: CommandInvoked, name: str) -> WatchRule:
        wanted = parse_name(name)
        rules = merged(self._policy(invoked).watch, await self._on.watches.rules(invoked.conversation.channel))
        rule = next((rule for rule in rules if rule.name == wanted), None)
        if rule is None:
            ready = wanted in defaults()
            hint = Text("`/vigil watch add {name}` switches it on.", name=wanted) if ready else _NO_RULE
            raise InputError(Text("There is no rule `{name}`.", name=wanted), hint=hint)
        return rule

    def _writable(self, invoked: CommandInvoked, name: str) -> str:
        """Return a rule's name. Raises InputError if its rule stands in the policy file."""
        wanted = parse_name(name)
        if any(rule.name == wanted for rule in self._policy(invoked).watch):
            raise InputError(
                Text("`{name}` stands in the policy file.", name=wanted),
                hint=Text("Change it there; muting works here."),
            )
        return wanted


def _notes(rule: WatchRule, policy: Policy) -> list[str]:
    """Return what somebody who made a rule should know about the channel."""
    if rule.kind is RuleKind.FILTER:
        return [Text("It keeps back rules of level {level} and below.", level=rule.level.value)]
    if policy.mode is Mode.OFF:
        return [Text("I am off here: I look at nothing. `/vigil mode private` changes that.")]
    if policy.mode is Mode.SHADOW:
        return [Text("The mode here is shadow: I record alerts and send none. `/vigil mode private` changes that.")]
    return []


def _line(hit: Hit) -> str:
    words = " ".join(hit.message.text.split())
    return words if len(words) <= 100 else f"{words[:99]}…"  # noqa: PLR2004 -- what fits on a line
