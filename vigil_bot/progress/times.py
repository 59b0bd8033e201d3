"""How long things took: the first human answer, the resolution, the waiting by side; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median, quantiles

from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import Conversation, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.progress import state as life

Reading = Callable[[Message], tuple[Role, Intent]]


class StepKind(StrEnum):
    """What can take time in a case."""

    FIRST_ANSWER = "first_answer"
    RESOLVED = "resolved"
    WAITED = "waited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Durations in seconds; None where it has not happened. resolution_s counts to the last resolution, reopened or not."""

    first_answer_s: float | None
    resolution_s: float | None
    on_analyst_s: float
    on_requester_s: float
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What is usual: how many values, the middle one, and the one that nine of ten do not exceed."""

    count: int
    median: float
    ninetieth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that took time and is over: a first answer, a resolution, or a stretch in which one side was waited for."""

    kind: StepKind
    took_s: float
    side: Side = Side.NOBODY


def steps_of(before: Case | None, after: Case | None) -> list[Step]:
    """Return what ended when a case changed."""
    if after is None:
        return []
    steps = []
    answered = after.first_answer_at
    if answered is not None and (before is None or before.first_answer_at is None):
        steps.append(Step(kind=StepKind.FIRST_ANSWER, took_s=max(0.0, answered - after.opened_at)))
    if before is None:
        return steps
    if before.next_mover not in (after.next_mover, Side.NOBODY):
        since = before.waited_since
        waited = max(0.0, after.changed_at - since)
        steps.append(Step(kind=StepKind.WAITED, took_s=waited, side=before.next_mover))
    if after.state.over and not before.state.over:
        steps.append(Step(kind=StepKind.RESOLVED, took_s=max(0.0, after.changed_at - after.opened_at)))
    return steps


def history_of(conversation: Conversation, read: Reading) -> list[Case]:
    """Return the case after each message that changed it, folded from the transcript alone."""
    case: Case | None = None
    past: list[Case] = []
    for message in conversation.messages:
        role, intent = read(message)
        after = life.on_message(case, message, role=role, intent=intent)
        if after is not None and after != case:
            past.append(after)
        case = after
    return past


def times_of(history: Sequence[Case], *, now: float) -> Times | None:
    """Return how long a case took, from its states, oldest first; what it waits for now counts until now."""
    if not history:
        return None
    first, last = history[0], history[-1]
    waited = {Side.ANALYST: 0.0, Side.REQUESTER: 0.0, Side.NOBODY: 0.0}
    for side, began, ended in _stretches(history, now=now):
        waited[side] += max(0.0, ended - began)
    answered, resolved = last.first_answer_at, last.resolved_at or last.closed_at
    return Times(
        first_answer_s=None if answered is None else max(0.0, answered - first.opened_at),
        resolution_s=None if resolved is None or not last.state.over else max(0.0, resolved - first.opened_at),
        on_analyst_s=waited[Side.ANALYST],
        on_requester_s=waited[Side.REQUESTER],
        reopened=last.reopened,
    )


def spread(values: Sequence[float]) -> Spread | None:
    """Return what is usual among durations; None without any."""
    if not values:
        return None
    ninetieth = quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]
    return Spread(count=len(values), median=median(values), ninetieth=ninetieth)


def _stretches(history: Sequence[Case], *, now: float) -> Iterator[tuple[Side, float, float]]:
    """Go through who was waited for, from when until when."""
    for case, after in pairwise(history):
        yield case.next_mover, case.changed_at, after.changed_at
    last = history[-1]
    yield last.next_mover, last.changed_at, last.changed_at if last.state.over else max(now, last.changed_at)
