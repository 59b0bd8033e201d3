"""Whether a rule matches a message, and what it finds there; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vigil_bot.model.conversation import AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.policy import Policy
from vigil_bot.model.watch import Speaker, WatchRule
from vigil_bot.proactive.signals import role_in
from vigil_bot.watch.pattern import found, pattern_of, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message with what was worked out about it; likeness is to the rule's like and then its unlike."""

    message: Message
    asks: bool = False
    likeness: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a rule found; score is that of the nearest example, 1 for words."""

    values: frozenset[str] = frozenset()
    score: float = 1.0


def excluded(rule: WatchRule, text: str) -> bool:
    """Whether a text says in so many words that the rule does not hold."""
    return bool(rule.unless) and found(rule.unless, text)


def needs_meaning(rule: WatchRule, text: str) -> bool:
    """Whether only the meaning of a text can tell if the rule matches it."""
    return bool(rule.like) and not excluded(rule, text) and not (rule.pattern and found(rule.pattern, text))


def match(rule: WatchRule, heard: Heard) -> Match | None:
    """Return what a rule finds in a message; None if it does not match."""
    text = heard.message.text
    if excluded(rule, text) or (rule.asks and not heard.asks):
        return None
    named = _named(rule, heard.message)
    if rule.names and not named:
        return None
    if rule.pattern and (seen := values(rule.pattern, text)):
        return Match(values=seen)
    if rule.like:
        score = meant(rule, heard.likeness)
        return None if score is None else Match(values=named, score=score)
    return None if rule.pattern else Match(values=named)


def meant(rule: WatchRule, likeness: Sequence[float]) -> float | None:
    """Return how near a text is to what is meant; None if it is not near enough, or nearer to what is not meant."""
    like, unlike = likeness[: len(rule.like)], likeness[len(rule.like) :]
    best = max(like, default=0.0)
    return best if best >= rule.at_least and best > max(unlike, default=0.0) else None


def _named(rule: WatchRule, message: Message) -> frozenset[str]:
    """Return the names that a message holds, or that its author bears."""
    if not rule.names:
        return frozenset()
    author = {message.author.id.casefold(), message.author.name.casefold()}
    wrote = frozenset(name.casefold() for name in rule.names if name.casefold() in author)
    return wrote | values(pattern_of(rule.names), message.text)


def speaks(rule: WatchRule, conversation: Conversation, message: Message, policy: Policy) -> bool:
    """Whether a rule looks at what this author writes."""
    if message.deleted or message.author.kind is AuthorKind.SELF:
        return False
    if message.author.kind is AuthorKind.BOT:
        return message.author.id in policy.read_bots
    return rule.speaker is Speaker.ANYONE or role_in(conversation, message, policy.analysts) is not Role.ANALYST


def threads(messages: Iterable[Message]) -> dict[str, Conversation]:
    """Return the threads of some messages of a channel by their keys, as far as they are there."""
    said: dict[ConversationRef, list[Message]] = {}
    for message in messages:
        said.setdefault(message.conversation, []).append(message)
    return {ref.key: Conversation(ref=ref, messages=tuple(of_thread)) for ref, of_thread in said.items()}


def context(filter_rule: WatchRule, message: Message, conversation: Conversation) -> list[Message]:
    """Return the messages of a thread that a filter asks about one of them, the newest first."""
    since = message.sent_at - filter_rule.within_s
    before = [m for m in conversation.messages if since <= m.sent_at <= message.sent_at and not m.deleted]
    return before[: -filter_rule.messages - 1 : -1]
