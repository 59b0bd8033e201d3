"""When a case wants to be looked at again, who is reminded of it then, and when silence ends it; pure."""

from dataclasses import dataclass, replace

from vigil_bot.model.case import Case, CaseState, Promise, ResolvedBy, Side
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import Timer, TimerKind
from vigil_bot.progress.closure import LIKELY
from vigil_bot.progress.moves import due_promise, helped, open_promises, resolved, side_of_promise
from vigil_bot.progress.words import NUDGES

PROMISE_GRACE_S = 600.0  # how late a promise may be before somebody is reminded of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """A quiet reminder for one side; author_id is None where nobody in particular owes the next move.

    spared_id is who was reminded before, and need not hear with the others that it was in vain.
    """

    to: Side
    author_id: str | None
    text: str
    spared_id: str | None = None


def on_timer(case: Case, kind: TimerKind, *, policy: Policy, now: float) -> tuple[Case, Nudge | None]:
    """Return the case after a timer fired, with a reminder when it has stalled; an early timer changes nothing."""
    due = next((timer.due_at for timer in timers(case, policy) if timer.kind is kind), None)
    if due is None or now < due:
        return case, None
    if kind is TimerKind.NUDGE:
        return _nudged(case, at=now), _nudge(case)
    closed = resolved(case, ResolvedBy.SILENCE, evidence=case.answer_ids[-1:], at=now)
    return replace(closed, state=CaseState.CLOSED, closed_at=now), None


def timers(case: Case | None, policy: Policy) -> tuple[Timer, ...]:
    """Return when the case wants to be looked at again: one timer of each kind, None where there is nothing to wait for."""
    if case is None or case.state.over:
        return Timer(kind=TimerKind.NUDGE, due_at=None), Timer(kind=TimerKind.CLOSE, due_at=None)
    return (
        Timer(kind=TimerKind.NUDGE, due_at=_nudge_due_at(case, policy)),
        Timer(kind=TimerKind.CLOSE, due_at=_close_due_at(case, policy)),
    )


def _nudge_due_at(case: Case, policy: Policy) -> float | None:
    """Return when somebody is reminded next: of each promise once, of a silence once, and then all analysts once."""
    promise = due_promise(case)
    if promise is not None and promise.due_at is not None:
        return max(case.active_at, promise.due_at) + PROMISE_GRACE_S
    if case.nudged_at is None or case.nudged_at < case.active_at:
        return case.active_at + policy.nudge_after_s
    return case.nudged_at + policy.nudge_after_s if _may_escalate(case) else None


def _may_escalate(case: Case) -> bool:
    """Whether all analysts are still to hear that the one who owns the case was reminded and stays silent."""
    owned = case.next_mover is Side.ANALYST and case.owner_id is not None
    return owned and (case.escalated_at is None or case.escalated_at < case.active_at)


def _escalates(case: Case) -> bool:
    """Whether the reminder that is due is the one that goes to all analysts."""
    reminded = case.nudged_at is not None and case.nudged_at >= case.active_at
    return reminded and due_promise(case) is None and _may_escalate(case)


def _close_due_at(case: Case, policy: Policy) -> float | None:
    """Return when silence ends the case: somebody asked whether an answer worked, or the requester nearly said so."""
    asked_at = case.asked_at
    nearly = case.solved >= LIKELY and helped(case)
    asked = asked_at is not None and case.state is CaseState.WAITING_ON_REQUESTER and bool(case.answer_ids)
    if not nearly and not asked:
        return None
    return max(asked_at or case.changed_at, case.last_human_at or 0.0) + policy.close_after_s


def _nudged(case: Case, *, at: float) -> Case:
    if _escalates(case):
        return replace(case, nudges=case.nudges + 1, escalated_at=at)
    promise = due_promise(case)
    promises = tuple(replace(p, nudged_at=at) if p is promise else p for p in case.promises)
    return replace(case, nudges=case.nudges + 1, nudged_at=at, promises=promises)


def _nudge(case: Case) -> Nudge:
    if (promise := due_promise(case)) is not None:
        return _nudge_of_promise(case, promise)
    if _escalates(case):
        return Nudge(to=Side.ANALYST, author_id=None, text=NUDGES["stalled"], spared_id=_reminded(case))
    if case.next_mover is Side.REQUESTER:
        asked = NUDGES["requester" if case.answer_ids else "reply"]
        return Nudge(to=Side.REQUESTER, author_id=case.requester_id, text=asked)
    if case.owner_id is None:
        return Nudge(to=Side.ANALYST, author_id=None, text=NUDGES["open"])
    return Nudge(to=Side.ANALYST, author_id=case.owner_id, text=NUDGES["analyst"])


def _reminded(case: Case) -> str | None:
    """Return who was reminded last: of a promise whoever made it, else the owner."""
    late = [promise for promise in open_promises(case) if promise.nudged_at == case.nudged_at]
    return late[-1].author_id if late else case.owner_id


def _nudge_of_promise(case: Case, promise: Promise) -> Nudge:
    side = side_of_promise(case, promise)
    return Nudge(to=side, author_id=promise.author_id, text=NUDGES["promise"])
