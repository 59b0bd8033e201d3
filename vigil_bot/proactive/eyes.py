"""👀 on a question while we look at it: it always turns into something within EYES_S, a suggestion, or it is taken off; pure."""

from dataclasses import dataclass, replace

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.policy import Policy
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.work import Post, PostOp, Timer, TimerKind
from vigil_bot.proactive.decide import before_search
from vigil_bot.proactive.evaluation import may_react, requests
from vigil_bot.proactive.gate import muted
from vigil_bot.proactive.signals import measure

EYES = "👀"
EYES_S = 120.0


def worth_a_look(state: ThreadState, policy: Policy, *, now: float) -> str | None:
    """Return the id of the question that we look at and may answer, if there is one and an emoji may say so."""
    asked = requests(state, policy, now=now) if may_react(policy, now=now) else []
    if not asked:
        return None
    target = asked[-1].target
    signals = measure(
        state.conversation,
        target,
        case=state.case,
        suggestions=state.suggestions,
        policy=policy,
        posted_at=(),
        muted=muted(state.conversation.ref, target.author.id, state.mutes, now=now),
    )
    return target.id if before_search(signals, policy, now=now) is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """The case after a look, what puts the emoji there or takes it away, and the timer that ends it at the latest."""

    case: Case
    posts: tuple[Post, ...] = ()
    timers: tuple[Timer, ...] = ()


def turn_eyes(case: Case, message_id: str | None, thread: Conversation, *, evaluated: bool, now: float) -> Eyes:
    """Put 👀 on a message, once for each evaluation, or take it off where there is none to look at."""
    if message_id is None:
        return _taken_off(case, thread, evaluated=evaluated)
    if case.eyes_at is not None:
        return Eyes(case=case)
    post = Post(
        key=f"eyes/{thread.ref.key}/{message_id}",
        conversation=thread.ref,
        op=PostOp.REACT,
        target_id=message_id,
        emoji=EYES,
        expires_at=now + EYES_S,
        heeds_mutes=True,
    )
    looking = replace(case, eyes_on=message_id, eyes_at=now)
    return Eyes(case=looking, posts=(post,), timers=(Timer(kind=TimerKind.EYES, due_at=now + EYES_S),))


def _taken_off(case: Case, thread: Conversation, *, evaluated: bool) -> Eyes:
    eyes_at = None if evaluated else case.eyes_at
    if case.eyes_on is None:
        return Eyes(case=case if case.eyes_at == eyes_at else replace(case, eyes_at=eyes_at))
    message = thread.message(case.eyes_on)
    post = Post(
        key=f"eyes/{thread.ref.key}/{case.eyes_on}/off",
        conversation=thread.ref,
        op=PostOp.UNREACT,
        target_id=case.eyes_on,
        emoji=EYES,
    )
    gone = message is None or message.deleted
    looked = replace(case, eyes_on=None, eyes_at=eyes_at)
    return Eyes(case=looked, posts=() if gone else (post,), timers=(Timer(kind=TimerKind.EYES, due_at=None),))
