"""A case: what somebody asked for, and where it stands."""

from dataclasses import dataclass
from enum import StrEnum


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
    an answer. version grows by one with each stored change. card_key is the outbox key of its status card. language is
    that of the problem; asked_at when somebody last asked whether an answer worked; nudged_at when we last reminded
    somebody; ticked_by whose ✅ it is, where the resolution rests on one. solved is how sure it is by the words of people
    that the problem is solved, in [0, 1]. requester_at and analyst_at say when each side last wrote; told_at when we last
    said that the case is still being worked on, facts_asked_at when we asked for facts; missing_facts names those that the
    requester has not given since.
    """

    conversation: str
    state: CaseState
    opened_at: float
    changed_at: float
    requester_id: str | None = None
    owner_id: str | None = None
    next_mover: Side = Side.ANALYST
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
    ticked_by: str | None = None
    card_key: str | None = None
    card_edits: int = 0
    distilled_at: float | None = None
    solved: float = 0.0
    requester_at: float | None = None
    analyst_at: float | None = None
    told_at: float | None = None
    facts_asked_at: float | None = None
    missing_facts: tuple[str, ...] = ()
    version: int = 0
