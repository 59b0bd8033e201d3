"""A case: what somebody asked for, and where it stands."""

from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.cluster import RelatedThread
from vigil_bot.model.watch import Level


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    WAITING_ON_ANALYST = "waiting_on_analyst"
    WAITING_ON_REQUESTER = "waiting_on_requester"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def over(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self in (CaseState.RESOLVED, CaseState.CLOSED)


class Side(StrEnum):
    """Who owes the next move."""

    REQUESTER = "requester"
    ANALYST = "analyst"
    NOBODY = "nobody"


class ResolvedBy(StrEnum):
    """By whose evidence a case is resolved, strongest first."""

    REQUESTER = "requester"
    ANALYST = "analyst"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Somebody said that they would do something; due_at is None when they did not say when.

    kept_at is when they did it, or said something newer; nudged_at when we reminded them of it.
    """

    message_id: str
    author_id: str
    said_at: float
    due_at: float | None = None
    kept_at: float | None = None
    nudged_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it is now; conversation is the key of its thread.

    evidence holds the ids of the messages that the state rests on; answer_ids those of the messages that people offered as
    an answer. version grows by one with each stored change. card_key is the outbox key of its status card, card_mark tells whether that shows something else now. language is
    that of the problem; asked_at when somebody last asked whether an answer worked; nudged_at when we last reminded
    somebody, escalated_at when we last told all analysts that a reminder did not help; ticked_by whose ✅ it is, where the resolution rests on one. solved is how sure it is by the words of people
    that the problem is solved, in [0, 1]. turned_at says since when the next mover is waited for, None for the last change.
    severity is how bad the problem is by the message severity_id, severity_set says that an analyst named it. helper_asks says
    whether the newest words of the analysts' side ask the requester something. requester_at and analyst_at say when each side
    last wrote; told_at when we last said that the case is still being worked on, facts_asked_at when we asked for
    facts; missing_facts names those that the requester has not given since. learn_ids are the messages that analysts want
    learned, and nothing else of the thread. eyes_on is the message that our 👀 is on, eyes_at when we put it there, for an
    evaluation that is still to come. cluster names the reports of the same fault that it is linked with, related those of their
    threads that its card names, of related_count; solution_told is the solution of another thread that was told here.
    """

    conversation: str
    state: CaseState
    opened_at: float
    changed_at: float
    requester_id: str | None = None
    owner_id: str | None = None
    next_mover: Side = Side.ANALYST
    turned_at: float | None = None
    problem_ids: tuple[str, ...] = ()
    answer_ids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    first_answer_at: float | None = None
    last_human_at: float | None = None
    resolved_at: float | None = None
    resolved_by: ResolvedBy | None = None
    resolution_note: str = ""
    closed_at: float | None = None
    reopened: int = 0
    nudges: int = 0
    language: str = "en"
    asked_at: float | None = None
    nudged_at: float | None = None
    escalated_at: float | None = None
    ticked_by: str | None = None
    card_key: str | None = None
    card_edits: int = 0
    card_mark: str = ""
    distilled_at: float | None = None
    severity: Level | None = None
    severity_id: str | None = None
    severity_set: bool = False
    solved: float = 0.0
    helper_asks: bool = False
    requester_at: float | None = None
    analyst_at: float | None = None
    told_at: float | None = None
    facts_asked_at: float | None = None
    missing_facts: tuple[str, ...] = ()
    learn_ids: tuple[str, ...] = ()
    cluster: str | None = None
    related: tuple[RelatedThread, ...] = ()
    related_count: int = 0
    solution_told: str | None = None
    eyes_on: str | None = None
    eyes_at: float | None = None
    version: int = 0

    @property
    def waited_since(self) -> float:
        """Since when the next mover is waited for; since the last change where nobody is."""
        return self.changed_at if self.turned_at is None else self.turned_at

    @property
    def active_at(self) -> float:
        """When somebody last wrote, or the case last changed."""
        return self.changed_at if self.last_human_at is None else max(self.changed_at, self.last_human_at)
