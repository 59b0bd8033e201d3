"""Durable work: what a worker gets for a conversation, and everything that it wants written in return."""

from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.card import Card
from vigil_bot.model.case import Case
from vigil_bot.model.cluster import Linkage
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.event import Event
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.knowledge import EntryUse
from vigil_bot.model.policy import Mute
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.model.watch import Watched


class TimerKind(StrEnum):
    """What a conversation can be woken for; one timer of a kind each, arming it again moves it."""

    EVALUATE = "evaluate"
    NUDGE = "nudge"
    CLOSE = "close"
    UPDATE = "update"
    LINKED = "linked"
    EYES = "eyes"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Wake the conversation at due_at; None cancels."""

    kind: TimerKind
    due_at: float | None


class PostOp(StrEnum):
    """What to do on the platform."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    EPHEMERAL = "ephemeral"
    REACT = "react"
    UNREACT = "unreact"


class PostState(StrEnum):
    """NEW: intended. SENDING: perhaps on the platform already. SENT, DROPPED: done."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An intended call to a platform, carried out once.

    key is unique and stays the same over retries. guard is the version that the conversation must still have when the call
    is made (None: whatever it is); expires_at the time after which it is dropped. EDIT and DELETE aim at what the post
    `target_key` made; REACT and UNREACT at the message `target_id`. reader_ids says who sees an EPHEMERAL. heeds_mutes: it is
    dropped if its conversation is muted by then, as a suggestion is.
    """

    key: str
    conversation: ConversationRef
    op: PostOp
    card: Card | None = None
    target_key: str | None = None
    target_id: str | None = None
    emoji: str = ""
    reader_ids: tuple[str, ...] = ()
    guard: int | None = None
    expires_at: float | None = None
    suggestion_id: str | None = None
    heeds_mutes: bool = False
    state: PostState = PostState.NEW
    message_id: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A claimed conversation: its pending events in the platform's order, the timers that are due, the posts not yet sent.

    Valid while the lease of owner on the conversation lasts. attempts counts earlier turns that failed on these events.
    """

    conversation: ConversationRef
    owner: str
    events: tuple[Event, ...] = ()
    event_ids: tuple[int, ...] = ()
    timers: tuple[Timer, ...] = ()
    posts: tuple[Post, ...] = ()
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a turn changes; written in one transaction together with "these events are done".

    suggestion_states are changes of state of suggestions stored earlier, by their ids. case_before is the case as it was; it is
    only measured by.
    """

    case: Case | None = None
    case_before: Case | None = None
    decisions: tuple[DecisionRecord, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    suggestion_states: tuple[tuple[str, SuggestionState], ...] = ()
    feedback: tuple[Feedback, ...] = ()
    uses: tuple[EntryUse, ...] = ()
    mutes: tuple[Mute, ...] = ()
    timers: tuple[Timer, ...] = ()
    posts: tuple[Post, ...] = ()
    watched: tuple[Watched, ...] = ()
    linkage: Linkage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that failed too often, kept for a person to see; error is our words, never the message's."""

    id: int
    conversation: str
    kind: str
    error: str
    attempts: int
    at: float
