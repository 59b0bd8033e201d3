"""How one message moves a case: first the facts it adds, then the state it leads to; pure."""

from dataclasses import replace
from datetime import tzinfo

from vigil_bot.model.case import Case, CaseState, Promise, ResolvedBy, Side
from vigil_bot.model.conversation import Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.progress.closure import SURE, asks_on, confidence, leaves_open
from vigil_bot.progress.missing import with_given
from vigil_bot.progress.promises import due_at
from vigil_bot.progress.severity import only_rates, with_severity, without_severity
from vigil_bot.progress.words import asks_whether_it_worked, is_courtesy, only_asks_back

_WORKING = (Intent.ANSWER, Intent.PROMISE, Intent.CLOSURE)


def side_of(case: Case, author_id: str, role: Role, intent: Intent) -> Side:
    """Return on which side somebody speaks: an analyst who opened the case may also work on it.

    Where roles are unknown, everybody but the opener is a helper.
    """
    if author_id == case.requester_id:
        return Side.ANALYST if role is Role.ANALYST and intent in _WORKING else Side.REQUESTER
    if role is Role.REQUESTER or (case.requester_id is None and role is Role.UNKNOWN):
        return Side.REQUESTER
    return Side.ANALYST


def answers(message: Message, role: Role, intent: Intent) -> bool:
    """Whether a message of the analysts' side is offered as an answer; "it works again" from an analyst is one."""
    if intent is Intent.CONFIRMATION:
        return role is Role.ANALYST
    return intent is Intent.ANSWER and not only_asks_back(message.text) and not only_rates(message.text)


def with_facts(
    case: Case, message: Message, side: Side, *, role: Role, intent: Intent, zone: tzinfo | None = None
) -> Case:
    """Note what a message adds, whatever the state: these notes do not depend on the order in which messages arrive."""
    case = with_severity(_with_times(case, message, side), message, side)
    if side is Side.REQUESTER:
        case = with_given(case, message.text, has_files=bool(message.attachments))
        if intent is Intent.PROMISE:
            return _with_promise(case, message, zone)
        if intent is not Intent.CHATTER:
            case = _kept(case, message, side)
        if intent.asks and case.requester_id in (None, message.author.id):
            ids = (*case.problem_ids, message.id)
            return replace(case, problem_ids=ids, requester_id=message.author.id)
        return case
    if intent is Intent.PROMISE:
        return replace(_with_promise(case, message, zone), owner_id=case.owner_id or message.author.id)
    if not answers(message, role, intent):
        return case
    case = _kept(case, message, side)
    first = min(case.first_answer_at or message.sent_at, message.sent_at)
    return replace(
        case,
        answer_ids=(*case.answer_ids, message.id),
        first_answer_at=first,
        owner_id=case.owner_id or message.author.id,
    )


def with_confidence(case: Case, message: Message, side: Side) -> Case:
    """Note how sure it is after a message, newer than all before it, that the problem is solved."""
    theirs = side is Side.REQUESTER
    if theirs and case.requester_id not in (None, message.author.id):
        return case
    answered = case.analyst_at is not None
    solved = confidence(
        case.solved, message.text, by_requester=theirs, answered=answered, asked=theirs and case.helper_asks
    )
    return replace(case, solved=solved, helper_asks=not theirs and asks_on(message.text))


def side_of_promise(case: Case, promise: Promise) -> Side:
    """Return on which side somebody made a promise."""
    return Side.REQUESTER if promise.author_id == case.requester_id else Side.ANALYST


def open_promises(case: Case) -> tuple[Promise, ...]:
    """Return what people still owe; nothing once the case is over."""
    return () if case.state.over else tuple(p for p in case.promises if p.kept_at is None)


def due_promise(case: Case) -> Promise | None:
    """Return the promise that falls due first among those that the case waits for and nobody was reminded of."""
    waited_for = (
        (promise.due_at, promise)
        for promise in open_promises(case)
        if promise.due_at is not None
        and promise.nudged_at is None
        and side_of_promise(case, promise) is case.next_mover
    )
    return min(waited_for, key=lambda dated: dated[0], default=(0.0, None))[1]


def _wants_more(message: Message, intent: Intent) -> bool:
    return intent is Intent.STATUS_REQUEST or asks_on(message.text)


def helped(case: Case) -> bool:
    """Whether a helper has said something, and owes nothing that they promised: thanks for a promise solve nothing."""
    owing = any(side_of_promise(case, promise) is Side.ANALYST for promise in open_promises(case))
    return case.analyst_at is not None and not owing


def _with_times(case: Case, message: Message, side: Side) -> Case:
    at = message.sent_at
    case = replace(case, last_human_at=max(case.last_human_at or at, at))
    if side is Side.REQUESTER:
        return replace(case, requester_at=max(case.requester_at or at, at))
    return replace(case, analyst_at=max(case.analyst_at or at, at))


def _with_promise(case: Case, message: Message, zone: tzinfo | None) -> Case:
    promise = Promise(
        message_id=message.id,
        author_id=message.author.id,
        said_at=message.sent_at,
        due_at=due_at(message.text, said_at=message.sent_at, zone=zone),
    )
    earlier = tuple(
        replace(p, kept_at=message.sent_at) if p.author_id == promise.author_id and _before(p, message) else p
        for p in case.promises
    )
    return replace(case, promises=(*earlier, promise))


def _kept(case: Case, message: Message, side: Side) -> Case:
    """Note that a side has come back to what it promised."""
    promises = tuple(
        replace(p, kept_at=message.sent_at) if side_of_promise(case, p) is side and _before(p, message) else p
        for p in case.promises
    )
    return case if promises == case.promises else replace(case, promises=promises)


def _before(promise: Promise, message: Message) -> bool:
    return promise.kept_at is None and promise.said_at < message.sent_at


def moved(case: Case, message: Message, side: Side, *, role: Role, intent: Intent) -> Case:
    """Return the case in the state that a message newer than its last change leads to."""
    if side is Side.REQUESTER:
        return _by_requester(case, message, intent)
    return _by_analyst(case, message, role, intent)


def _by_requester(case: Case, message: Message, intent: Intent) -> Case:
    theirs = case.requester_id in (None, message.author.id)
    match intent:
        case Intent.QUESTION | Intent.PROBLEM_REPORT:
            return reopened(case, message.id, at=message.sent_at) if case.state.over else to_analyst(case, message)
        case _ if theirs and _solves(case, message, intent):
            return resolved(case, ResolvedBy.REQUESTER, evidence=(message.id,), at=message.sent_at)
        case Intent.STATUS_REQUEST | Intent.CONFIRMATION if not case.state.over and _wants_more(message, intent):
            return to_analyst(case, message)
        case Intent.ANSWER | Intent.CHATTER if _replies(case, message, intent):
            return to_analyst(_kept(case, message, Side.REQUESTER), message)
        case Intent.PROMISE if theirs and _taken_up(case) and not case.state.over:
            return to_requester(case, message)
        case _:
            return case


def _by_analyst(case: Case, message: Message, role: Role, intent: Intent) -> Case:
    if intent is Intent.CLOSURE and (role is Role.ANALYST or message.author.id == case.owner_id):
        return resolved(case, ResolvedBy.ANALYST, evidence=(message.id,), at=message.sent_at)
    if case.state.over or only_rates(message.text):
        return case
    if intent is Intent.PROMISE:
        return to_analyst(case, message)
    asked_back = intent is Intent.QUESTION or (intent is Intent.STATUS_REQUEST and role is Role.ANALYST)
    if intent is not Intent.ANSWER and not asked_back and not answers(message, role, intent):
        return case
    case = to_requester(case, message)
    if case.answer_ids and asks_whether_it_worked(message.text):
        return replace(case, asked_at=message.sent_at)
    return case


def _solves(case: Case, message: Message, intent: Intent) -> bool:
    """Whether a requester's words end the case: they say so, or leave no doubt after an answer."""
    if intent is Intent.CLOSURE or (intent is Intent.CONFIRMATION and not leaves_open(message.text)):
        return True
    return intent is not Intent.STATUS_REQUEST and case.solved >= SURE and helped(case)


def _replies(case: Case, message: Message, intent: Intent) -> bool:
    """Whether a requester says what a case waits for: an answer, or a few words of their own to what they were asked."""
    if case.state is not CaseState.WAITING_ON_REQUESTER:
        return False
    if intent is Intent.ANSWER:
        return True
    last = case.evidence[-1] if case.evidence else None
    asked = last is not None and last not in case.answer_ids
    return asked and case.requester_id in (None, message.author.id) and not is_courtesy(message.text)


def _taken_up(case: Case) -> bool:
    """Whether somebody has begun to work on it."""
    return case.owner_id is not None or case.state is not CaseState.OPEN


def to_analyst(case: Case, message: Message) -> Case:
    """Return the case with the next move on the analysts' side."""
    state = CaseState.WAITING_ON_ANALYST if _taken_up(case) else CaseState.OPEN
    return _waiting(case, state, Side.ANALYST, message)


def to_requester(case: Case, message: Message) -> Case:
    """Return the case with the next move on the requester's side."""
    return _waiting(case, CaseState.WAITING_ON_REQUESTER, Side.REQUESTER, message)


def _waiting(case: Case, state: CaseState, mover: Side, message: Message) -> Case:
    turned_at = message.sent_at if mover is not case.next_mover else case.turned_at or case.changed_at
    return replace(
        case,
        state=state,
        next_mover=mover,
        evidence=(message.id,),
        changed_at=message.sent_at,
        turned_at=turned_at,
    )


def resolved(
    case: Case,
    by: ResolvedBy,
    *,
    evidence: tuple[str, ...],
    at: float,
    note: str = "",
    ticked_by: str | None = None,
) -> Case:
    """Return the case solved; a case that is solved already stays as it is, unless only silence said so."""
    if case.state.over and case.resolved_by is not ResolvedBy.SILENCE:
        return case
    return replace(
        case,
        state=CaseState.RESOLVED,
        next_mover=Side.NOBODY,
        evidence=evidence,
        changed_at=at,
        resolved_at=at,
        resolved_by=by,
        resolution_note=note,
        closed_at=None,
        ticked_by=ticked_by,
    )


def reopened(case: Case, message_id: str | None, *, at: float) -> Case:
    """Return a case that was over as open once more."""
    return replace(
        case,
        state=CaseState.OPEN,
        next_mover=Side.ANALYST,
        evidence=() if message_id is None else (message_id,),
        changed_at=at,
        turned_at=at,
        resolved_at=None,
        resolved_by=None,
        resolution_note="",
        closed_at=None,
        ticked_by=None,
        asked_at=None,
        solved=0.0,
        reopened=case.reopened + 1,
    )


def without(case: Case, message_id: str) -> Case:
    """Forget what a message added."""
    case = without_severity(case, message_id)
    answer_ids = tuple(i for i in case.answer_ids if i != message_id)
    promises = tuple(p for p in case.promises if p.message_id != message_id)
    return replace(
        case,
        problem_ids=tuple(i for i in case.problem_ids if i != message_id),
        answer_ids=answer_ids,
        evidence=tuple(i for i in case.evidence if i != message_id),
        learn_ids=tuple(i for i in case.learn_ids if i != message_id),
        promises=promises,
        first_answer_at=case.first_answer_at if answer_ids else None,
        owner_id=case.owner_id if answer_ids or promises else None,
    )
