"""What analysts want to be told of: watch rules, and what came of each."""

from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.conversation import ConversationRef


class Level(StrEnum):
    """How urgent it is; P0 comes first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"

    def covers(self, other: "Level") -> bool:
        """Whether it is as urgent as another, or more."""
        return self.value <= other.value


class RuleKind(StrEnum):
    """DETECT raises an alert; FILTER keeps others from doing so."""

    DETECT = "detect"
    FILTER = "filter"


class Counted(StrEnum):
    """What a rule that needs several counts: messages of the thread, or people, threads or named things of the channel."""

    MESSAGES = "messages"
    PEOPLE = "people"
    THREADS = "threads"
    VALUES = "values"


class Speaker(StrEnum):
    """Whose messages a rule looks at."""

    REQUESTERS = "requesters"
    ANYONE = "anyone"


class DestinationKind(StrEnum):
    """Who is told."""

    ANALYSTS = "analysts"
    CHANNEL = "channel"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an alert goes; target is the id of a channel or a person, or the key of a channel elsewhere."""

    kind: DestinationKind = DestinationKind.ANALYSTS
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRule:
    """One rule of a channel; each condition that is given must hold.

    Conditions: pattern is found and unless is not; one of names is written, or wrote; it means what like means, to at_least in
    [0, 1], rather than what unlike does; it asks for help. Of needs counted things within within_s and the newest messages,
    alike says that only messages like this one count. After an alert the rule is silent for silence_s, in the thread, or in the
    channel if it counts over threads. quote says that an alert in another channel may hold the words.
    """

    name: str
    kind: RuleKind = RuleKind.DETECT
    level: Level = Level.P1
    pattern: str = ""
    unless: str = ""
    names: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    at_least: float = 0.42
    asks: bool = False
    alike: bool = False
    speaker: Speaker = Speaker.REQUESTERS
    needs: int = 1
    of: Counted = Counted.PEOPLE
    within_s: float = 1800.0
    messages: int = 200
    silence_s: float = 3600.0
    to: Destination = Destination()
    quote: bool = False

    def scope(self, conversation: ConversationRef) -> ConversationRef:
        """Where the rule counts and is silent after an alert: the thread, or its channel."""
        wide = self.needs > 1 and self.of is not Counted.MESSAGES
        return conversation.channel if wide else conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMute:
    """Silence of one rule in a channel, asked for by a person; until is None for "until undone"."""

    rule: str
    by: str
    at: float
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it is in force at this time."""
        return self.until is None or now < self.until


class WatchOutcome(StrEnum):
    """What came of a rule that matched, in the order in which it is asked."""

    TOO_FEW = "too_few"
    RULE_MUTED = "rule_muted"
    FILTERED = "filtered"
    SILENCED = "silenced"
    NOT_SENT = "not_sent"
    MUTED = "muted"
    WITHHELD = "withheld"
    ALERTED = "alerted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPost:
    """A call that shows an alert: its outbox key, and the key of the conversation that it is made in."""

    key: str
    conversation: str
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The receipt of a rule that matched a message; scope is the key of the thread or channel that it is silent in."""

    id: str
    rule: str
    level: Level
    scope: str
    conversation: str
    message_id: str
    at: float
    outcome: WatchOutcome
    why: str = ""
    posts: tuple[AlertPost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for a thread at one moment: the rules made in chat, their mutes, and the alerts raised lately."""

    rules: tuple[WatchRule, ...] = ()
    mutes: tuple[RuleMute, ...] = ()
    alerts: tuple[Watched, ...] = ()
