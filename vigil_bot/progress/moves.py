"""How one message moves a case: first the facts it adds, then the state it leads to; pure."""

from dataclasses import replace

from vigil_bot.model.case import Case, CaseState, Promise, ResolvedBy, Side
from vigil_bot.model.conversation import Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.progress.promises import due_at
from vigil_bot.progress.words import asks_whether_it_worked, only_asks_back

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
    return intent is Intent.ANSWER and not only_asks_back(message.text)


def with_facts(case: Case, message: Message, side: Side, *, role: Role, intent: Intent) -> Case:
    """Note what a message adds, whatever the state: these notes do not depend on the order in which messages arrive."""
    case = replace(case, last_human_at=max(case.last_human_at or message.sent_at, message.sent_at))
    if side is Side.REQUESTER:
        if intent is Intent.PROMISE:
            return _with_promise(case, message)
        if intent.asks and case.requester_id in (None, message.author.id):
            ids = (*case.problem_ids, message.id)
            return replace(case, problem_ids=ids, requester_id=message.author.id)
        return case
    if intent is Intent.PROMISE:
        return replace(_with_promise(case, message), owner_id=case.owner_id or message.author.id)
    if not answers(message, role, intent):
        return case
    first = min(case.first_answer_at or message.sent_at, message.sent_at)
    return replace(
        case,
        answer_ids=(*case.answer_ids, message.id),
        first_answer_at=first,
        owner_id=case.owner_id or message.author.id,
    )


def _with_promise(case: Case, message: Message) -> Case:
    promise = Promise(
        message_id=message.id,
        author_id=message.author.id,
        said_at=message.sent_at,
        due_at=due_at(message.text, said_at=message.sent_at),
    )
    return replace(case, promises=(*case.promises, promise))


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
        case Intent.CONFIRMATION | Intent.CLOSURE if theirs:
            return resolved(case, ResolvedBy.REQUESTER, evidence=(message.id,), at=message.sent_at)
        case Intent.STATUS_REQUEST if not case.state.over:
            return to_analyst(case, message)
        case Intent.ANSWER if case.state is CaseState.WAITING_ON_REQUESTER:
            return to_analyst(case, message)
        case Intent.PROMISE if theirs and _taken_up(case) and not case.state.over:
            return to_requester(case, message)
        case _:
            return case


def _by_analyst(case: Case, message: Message, role: Role, intent: Intent) -> Case:
    if intent is Intent.CLOSURE and (role is Role.ANALYST or message.author.id == case.owner_id):
        return resolved(case, ResolvedBy.ANALYST, evidence=(message.id,), at=message.sent_at)
    if case.state.over:
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
    return replace(case, state=state, next_mover=mover, evidence=(message.id,), changed_at=message.sent_at)


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
        resolved_at=None,
        resolved_by=None,
        resolution_note="",
        closed_at=None,
        ticked_by=None,
        asked_at=None,
        reopened=case.reopened + 1,
    )
