"""Rules and their receipts in words; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from vigil_bot.model.card import Card, FactsBlock, TextBlock
from vigil_bot.model.watch import Counted, DestinationKind, RuleKind, RuleMute, Watched, WatchOutcome, WatchRule
from vigil_bot.model.work import PostState
from vigil_bot.progress.shown import length
from vigil_bot.texts.text import Text, listed, message, plural
from vigil_bot.watch.decide import explained

MAX_SHOWN_CHARS = 60
_SAID: dict[WatchOutcome, Text] = {
    WatchOutcome.TOO_FEW: Text("matched, not enough yet"),
    WatchOutcome.RULE_MUTED: Text("matched, muted"),
    WatchOutcome.FILTERED: Text("matched, filtered"),
    WatchOutcome.SILENCED: Text("matched, silent after an alert"),
    WatchOutcome.NOT_SENT: Text("would have alerted"),
    WatchOutcome.MUTED: Text("would have alerted, but I am muted"),
    WatchOutcome.WITHHELD: Text("kept back"),
    WatchOutcome.ALERTED: Text("alerted"),
}
_KINDS: dict[RuleKind, Text] = {RuleKind.DETECT: Text("detect"), RuleKind.FILTER: Text("filter")}
_DELIVERY: dict[PostState, Text] = {
    PostState.NEW: Text("on its way"),
    PostState.SENDING: Text("being sent"),
    PostState.SENT: Text("sent"),
    PostState.DROPPED: Text("not delivered"),
}
_COUNTED: dict[Counted, str] = {
    Counted.MESSAGES: message("{count} messages in the thread within {time}"),
    Counted.PEOPLE: message("{count} people within {time}"),
    Counted.THREADS: message("{count} threads within {time}"),
    Counted.VALUES: message("{count} different names within {time}"),
}


def destination(rule: WatchRule) -> str:
    """Return who is told."""
    match rule.to.kind:
        case DestinationKind.ANALYSTS:
            return Text("the analysts, privately")
        case DestinationKind.CHANNEL:
            return f"#{rule.to.target}"
        case DestinationKind.PERSON:
            return f"@{rule.to.target}"


def summary(rule: WatchRule, mute: RuleMute | None = None, *, from_file: bool = False) -> str:
    """Return a rule on one line."""
    parts: list[str] = [rule.level.value, _KINDS[rule.kind], *conditions(rule)]
    if rule.kind is RuleKind.DETECT:
        parts.append(Text("tells {whom}", whom=destination(rule)))
    if mute is not None:
        parts.append(Text("muted"))
    if from_file:
        parts.append(Text("from the policy file"))
    return listed(parts)


def conditions(rule: WatchRule) -> list[str]:
    """Return what a rule looks for, briefly."""
    found: list[str] = [f"/{rule.pattern[:MAX_SHOWN_CHARS]}/"] if rule.pattern else []
    found += [plural("{count} example", "{count} examples", count=len(rule.like))] if rule.like else []
    found += [Text("names {names}", names=", ".join(rule.names)[:MAX_SHOWN_CHARS])] if rule.names else []
    found += [Text("asks for help")] if rule.asks else []
    found += [Text("alike")] if rule.alike else []
    found += [Text(_COUNTED[rule.of], count=rule.needs, time=length(rule.within_s))] if rule.needs > 1 else []
    return found


def all_keys(rule: WatchRule) -> tuple[tuple[str, str], ...]:
    """Return everything that a rule says, as label/value pairs."""
    phrases = (("names", rule.names), ("like", rule.like), ("unlike", rule.unlike))
    return (
        ("kind", rule.kind.value),
        ("level", rule.level.value),
        *((key, text) for key, text in (("pattern", rule.pattern), ("unless", rule.unless)) if text),
        *((key, "\n".join(said)) for key, said in phrases if said),
        *((("at_least", f"{rule.at_least:g}"),) if rule.like else ()),
        ("asks", _yes(flag=rule.asks)),
        ("speaker", rule.speaker.value),
        ("needs", f"{rule.needs} {rule.of.value}{', alike' if rule.alike else ''}"),
        ("within", Text("{time}, {count} messages", time=length(rule.within_s), count=rule.messages)),
        ("silence", length(rule.silence_s)),
        ("to", destination(rule)),
        ("quote", _yes(flag=rule.quote)),
    )


def receipt_facts(watched: Iterable[Watched], deliveries: Mapping[str, PostState]) -> Iterator[tuple[str, str]]:
    """Go through what came of each rule on a message."""
    for one in watched:
        states = dict.fromkeys(_DELIVERY[deliveries[post.key]] for post in one.posts if post.key in deliveries)
        yield f"{one.rule} ({one.level})", listed(filter(None, (_SAID[one.outcome], explained(one.why), *states)))


def with_receipts(card: Card, watched: Sequence[Watched], deliveries: Mapping[str, PostState]) -> Card:
    """Return the receipt of a message with what came of the watch rules."""
    if not watched:
        return card
    facts = FactsBlock(facts=tuple(receipt_facts(watched, deliveries)))
    return replace(card, blocks=(*card.blocks, TextBlock(markdown=Text("Watch rules:")), facts))


def _yes(*, flag: bool) -> str:
    return Text("yes") if flag else Text("no")
