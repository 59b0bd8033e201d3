"""What comes of a rule that matched: counting, filters, silence, and whom it may be told to; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.policy import LearnedAudience, Mode, Policy
from vigil_bot.model.watch import (
    Counted,
    DestinationKind,
    RuleMute,
    Watched,
    WatchOutcome,
    WatchRule,
)
from vigil_bot.progress.shown import LENGTHS, length
from vigil_bot.texts.catalogue import recognised
from vigil_bot.texts.text import Text, listed, message
from vigil_bot.watch.match import Match

MAX_NAMED_CHARS = 80
Verdict = tuple[WatchOutcome, str]
"""What came of it, and why in words."""


_COUNTED: dict[Counted, str] = {
    Counted.MESSAGES: message("{count} messages in {span}"),
    Counted.PEOPLE: message("{count} people in {span}"),
    Counted.THREADS: message("{count} threads in {span}"),
    Counted.VALUES: message("{count} different names in {span}"),
}
_ALIKE = message("by meaning, {score}")
_SAYS = message("it says: {words}")
_BY_WORDS = message("by its words")
_TOO_FEW = message("{found}, it needs {needed}")
_RULE_MUTED = message("the rule is muted here")
_FILTERED = message("filtered by `{name}`")
_SILENT = message("it alerted {ago} ago and is silent for {span}")
_SHADOW = message("shadow mode: recorded, not sent")
_PRIVATE = message("private mode: nothing is posted in this channel")
_MUTED_HERE = message("I am muted here")
_MUTED_THERE = message("I am off or muted where it would go")
_ELSEWHERE = message("it would go to another workspace, whose people may not see this channel")
_NO_ANALYST = message("no analyst is known to tell it to")
_LINK_ONLY = message("link without the words: people there may not be allowed to read this channel")
_LINK_FOR_SOME = message("link without the words for those who never wrote in this channel")
_WHY = (  # what receipts keep
    *(_TOO_FEW, _SILENT, *_COUNTED.values(), *LENGTHS),
    *(_RULE_MUTED, _FILTERED, _SHADOW, _PRIVATE, _MUTED_HERE, _MUTED_THERE, _ELSEWHERE, _NO_ANALYST),
    *(_LINK_ONLY, _LINK_FOR_SOME, _ALIKE, _BY_WORDS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that a rule matched."""

    message: Message
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where an alert is shown; words says that the people there may read the message."""

    ref: ConversationRef
    private: bool = False
    words: bool = False
    readers: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()  # readers who are not known to read the channel: they get the link alone


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What holds where an alert would be shown."""

    policy: Policy
    muted: bool = False


def count(rule: WatchRule, hits: Sequence[Hit]) -> int:
    """Return how many different things the rule counts among the messages that it matched."""
    match rule.of:
        case Counted.MESSAGES:
            return len({hit.message.id for hit in hits})
        case Counted.PEOPLE:
            return len({hit.message.author.id for hit in hits})
        case Counted.THREADS:
            return len({hit.message.conversation for hit in hits})
        case Counted.VALUES:
            return len(frozenset().union(*(hit.match.values for hit in hits)))


def found_words(rule: WatchRule, hits: Sequence[Hit], *, words: bool = False) -> str:
    """Return what a rule found; with words, what of the message it was."""
    if rule.needs > 1:
        return Text(_COUNTED[rule.of], count=count(rule, hits), span=length(rule.within_s))
    score = hits[-1].match.score
    if rule.like and score < 1.0:
        return Text(_ALIKE, score=f"{score:.2f}")
    named = ", ".join(sorted(hits[-1].match.values))[:MAX_NAMED_CHARS] if words else ""
    return Text(_SAYS, words=named) if named else Text(_BY_WORDS)


def explained(why: str) -> str:
    """Return why something came of a rule, as it was stored, as a text."""
    return listed(recognised(part, _WHY) for part in why.split("; "))


def held_back(
    rule: WatchRule,
    hits: Sequence[Hit],
    *,
    mutes: Sequence[RuleMute],
    filtered: WatchRule | None,
    last: Watched | None,
    now: float,
) -> Verdict | None:
    """Return why a rule raises no alert, whoever would be told; None if it does.

    Args:
        last: The newest alert of the rule where it is silent after one.
    """
    if count(rule, hits) < rule.needs:
        return WatchOutcome.TOO_FEW, Text(_TOO_FEW, found=found_words(rule, hits), needed=rule.needs)
    if any(mute.rule == rule.name and mute.holds(now) for mute in mutes):
        return WatchOutcome.RULE_MUTED, _RULE_MUTED
    if filtered is not None:
        return WatchOutcome.FILTERED, Text(_FILTERED, name=filtered.name)
    if last is not None and last.level.covers(rule.level) and now < last.at + rule.silence_s:
        ago = length(max(0.0, now - last.at))
        return WatchOutcome.SILENCED, Text(_SILENT, ago=ago, span=length(rule.silence_s))
    return None


def covers(filter_rule: WatchRule, rule: WatchRule) -> bool:
    """Whether a filter is urgent enough to keep a rule back."""
    return filter_rule.level.covers(rule.level)


def room_of(rule: WatchRule, source: ConversationRef, policy: Policy, readers: Sequence[str], seen: set[str]) -> Room:
    """Return where an alert of a rule about a thread is shown.

    Args:
        readers: Who is told, where it is told to persons.
        seen: Those of them who are known to read the channel.
    """
    if rule.to.kind is not DestinationKind.CHANNEL:
        return Room(
            ref=source,
            private=True,
            words=True,
            readers=tuple(one for one in readers if one in seen),
            unseen=tuple(one for one in readers if one not in seen),
        )
    ref = channel_of(rule, source)
    own = ref == source.channel
    shared = rule.quote and _may_read(ref, source, policy)
    return Room(ref=ref, words=own or shared)


def channel_of(rule: WatchRule, source: ConversationRef) -> ConversationRef:
    """Return the channel that a rule alerts: one of the same workspace, or named by its key."""
    if "/" in rule.to.target:
        return ConversationRef.from_key(rule.to.target).channel
    return ConversationRef(
        platform=source.platform, workspace_id=source.workspace_id, channel_id=rule.to.target, thread_id=None
    )


def kept_in(room: Room, source: ConversationRef, here: There, there: There) -> Verdict | None:
    """Return why an alert is not shown in a room; None if it is."""
    if here.policy.mode is Mode.SHADOW:
        return WatchOutcome.NOT_SENT, _SHADOW
    if room.ref.channel == source.channel:
        return _kept_in_own(room, here)
    if there.muted or there.policy.mode is Mode.OFF:
        return WatchOutcome.MUTED, _MUTED_THERE
    if not _same_workspace(room.ref, source) and here.policy.audience is not LearnedAudience.EVERYONE:
        return WatchOutcome.WITHHELD, _ELSEWHERE
    return None


def _kept_in_own(room: Room, here: There) -> Verdict | None:
    """Return why an alert is not shown in the channel it is about."""
    if not room.private and here.policy.mode is Mode.PRIVATE:
        return WatchOutcome.NOT_SENT, _PRIVATE
    if here.muted:
        return WatchOutcome.MUTED, _MUTED_HERE
    if room.private and not (room.readers or room.unseen):
        return WatchOutcome.WITHHELD, _NO_ANALYST
    return None


def words_note(room: Room) -> str:
    """Return what a receipt says of words that were left out."""
    if not room.words:
        return _LINK_ONLY
    if room.unseen:
        return _LINK_FOR_SOME
    return ""


def _may_read(ref: ConversationRef, source: ConversationRef, policy: Policy) -> bool:
    """Whether the policy of the source lets the people of another channel see what was said there."""
    if policy.audience is LearnedAudience.EVERYONE:
        return True
    return policy.audience is LearnedAudience.WORKSPACE and _same_workspace(ref, source)


def _same_workspace(one: ConversationRef, other: ConversationRef) -> bool:
    return (one.platform, one.workspace_id) == (other.platform, other.workspace_id)
