"""What was decided about a message, and everything that the decision looked at (the receipt)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Intent(StrEnum):
    """What a message is, as far as the bot is concerned."""

    QUESTION = "question"
    PROBLEM_REPORT = "problem_report"
    STATUS_REQUEST = "status_request"
    ANSWER = "answer"
    PROMISE = "promise"
    CONFIRMATION = "confirmation"
    CLOSURE = "closure"
    CHATTER = "chatter"

    @property
    def asks(self) -> bool:
        """Whether somebody wants help with something."""
        return self in (Intent.QUESTION, Intent.PROBLEM_REPORT)


class Reason(StrEnum):
    """Why a message got what it got, in the order in which the gates are asked."""

    MODE_OFF = "mode_off"
    OWN_MESSAGE = "own_message"
    BOT_MESSAGE = "bot_message"
    DELETED = "deleted"
    MUTED = "muted"
    TOO_LATE = "too_late"
    NOT_A_REQUEST = "not_a_request"
    TOPIC = "topic"
    OUT_OF_SCOPE = "out_of_scope"
    LANGUAGE = "language"
    MERGED = "merged"
    ANALYST_ASKING = "analyst_asking"
    RESOLVED = "resolved"
    ANSWERED_BY_PERSON = "answered_by_person"
    BEING_HANDLED = "being_handled"
    QUIET_HOURS = "quiet_hours"
    COOLDOWN = "cooldown"
    DAILY_LIMIT = "daily_limit"
    THREAD_LIMIT = "thread_limit"
    NOTHING_FOUND = "nothing_found"
    OTHER_ENVIRONMENT = "other_environment"
    BELOW_THRESHOLD = "below_threshold"
    NOT_GROUNDED = "not_grounded"
    OTHER_LANGUAGE = "other_language"
    ALREADY_SAID = "already_said"
    SHADOW = "shadow"
    USEFUL = "useful"
    AGREES = "agrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Everything measured that a decision may look at; scores in [0, 1].

    relevance is the calibrated score of the best entry. similarity_to_said compares the draft with what already stands in
    the thread. answered_by is the id of the person's message that answers the question, agrees_with the same where the best
    entry says what that person said. A question is avoided for its topic, out_of_scope for
    what the channel is for, foreign for its language. Until handled_until people
    are plainly at it. other_environment says that everything near enough is about another version or environment,
    other_language that the draft is not in the asker's language.
    """

    intent: Intent
    intent_score: float = 0.0
    relevance: float = 0.0
    margin: float = 0.0
    grounded: bool = False
    similarity_to_said: float = 0.0
    answered_by: str | None = None
    agrees_with: str | None = None
    avoided: bool = False
    out_of_scope: bool = False
    foreign: bool = False
    handled_until: float | None = None
    other_environment: bool = False
    other_language: bool = False
    resolved: bool = False
    analyst_asking: bool = False
    muted: bool = False
    posted_today: int = 0
    posted_in_thread: int = 0
    last_posted_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggest:
    """Say it."""

    score: float
    reason: Reason = Reason.USEFUL
    kind: Literal["suggest"] = "suggest"


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Only react with an emoji."""

    emoji: str
    reason: Reason
    kind: Literal["react"] = "react"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstain:
    """Say nothing, for this reason."""

    reason: Reason
    kind: Literal["abstain"] = "abstain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Decide again at this time."""

    until: float
    reason: Reason
    kind: Literal["defer"] = "defer"


Decision = Suggest | React | Abstain | Defer


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """An entry that was looked at, and why it was not used ("" when it was)."""

    entry_id: str
    version: int
    title: str
    score: float
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """The receipt of one message; the newest one per message counts, earlier ones are kept.

    text is the draft, whether posted or not. edited_at is when the message got the words that were decided on, None for
    its first. took_s is wall time and the only field that differs between two runs on the same input.
    """

    id: str
    conversation: str
    message_id: str
    at: float
    decision: Decision
    signals: Signals
    question: str = ""
    text: str = ""
    citations: tuple[str, ...] = ()
    considered: tuple[Considered, ...] = ()
    suggestion_id: str | None = None
    mode: str = "on"
    min_relevance: float = 0.0
    reasoner: str = "builtin"
    prompt_hash: str = ""
    model_calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    took_s: float = 0.0
    note: str = ""
    edited_at: float | None = None

    @property
    def reason(self) -> Reason:
        """Why."""
        return self.decision.reason
