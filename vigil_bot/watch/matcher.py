"""Ask rules about messages; waits for what texts mean."""

from collections.abc import Sequence

from vigil_bot.model.conversation import AuthorKind, Conversation, Message
from vigil_bot.model.policy import Policy
from vigil_bot.model.watch import RuleKind, WatchRule
from vigil_bot.ports.watching import Meaning
from vigil_bot.proactive.signals import intent_of
from vigil_bot.watch.decide import Hit, covers
from vigil_bot.watch.match import Heard, context, excluded, match, needs_meaning, speaks, threads

ALIKE = 0.35  # how near in meaning two reports of one problem are


class Matcher:
    """Matches rules and filters."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    async def hit(self, rule: WatchRule, conversation: Conversation, message: Message, policy: Policy) -> Hit | None:
        """Return what a rule finds in a message of a thread; None if it does not match."""
        asks = rule.asks and intent_of(conversation, message, policy.analysts)[0].asks
        meaning = needs_meaning(rule, message.text)
        likeness = await self._meaning.likeness(message.text, (*rule.like, *rule.unlike)) if meaning else ()
        found = match(rule, Heard(message=message, asks=asks, likeness=likeness))
        return Hit(message=message, match=found) if found else None

    async def hits(self, rule: WatchRule, messages: Sequence[Message], policy: Policy) -> list[Hit]:
        """Return those of a channel's messages that a rule matches."""
        of_thread = threads(messages)
        found = []
        for message in messages:
            conversation = of_thread[message.conversation.key]
            if speaks(rule, conversation, message, policy):
                found.append(await self.hit(rule, conversation, message, policy))
        return [hit for hit in found if hit is not None]

    async def alike(self, message: Message, hits: Sequence[Hit]) -> list[Hit]:
        """Return those messages that report what this one does."""
        nearness = await self._meaning.likeness(message.text, [hit.message.text for hit in hits])
        return [hit for hit, near in zip(hits, nearness, strict=True) if near >= ALIKE]

    async def filter_of(
        self, rules: Sequence[WatchRule], rule: WatchRule, message: Message, conversation: Conversation
    ) -> WatchRule | None:
        """Return the filter that keeps a rule back from a message."""
        for one in rules:
            if one.kind is RuleKind.FILTER and covers(one, rule) and await self._holds(one, message, conversation):
                return one
        return None

    async def _holds(self, filter_rule: WatchRule, message: Message, conversation: Conversation) -> bool:
        """Whether the newest message of the thread that says anything about it says that the filter holds."""
        for said in context(filter_rule, message, conversation):
            if said.author.kind is AuthorKind.SELF:
                continue
            if excluded(filter_rule, said.text):
                return False
            if await self.hit(filter_rule, conversation, said, Policy()):
                return True
        return False
