"""The life of a case, event by event; pure, and constant work for each event.

An event that happened before the case last changed adds its facts, but never undoes a newer state. An event that comes
again changes nothing.
"""

from dataclasses import replace
from datetime import tzinfo

from vigil_bot.model.case import Case, CaseState, ResolvedBy, Side
from vigil_bot.model.conversation import AuthorKind, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.event import ReactionChanged
from vigil_bot.progress.moves import (
    moved,
    reopened,
    resolved,
    side_of,
    with_confidence,
    with_facts,
    without,
)
from vigil_bot.progress.promises import due_at, promises
from vigil_bot.progress.severity import with_severity, without_severity
from vigil_bot.texts.language import language_of

SOLVED_EMOJI = frozenset(
    {"✅", "☑️", "☑", "✔️", "✔", "white_check_mark", "heavy_check_mark", "ballot_box_with_check", "DONE", "CheckMark"}
)
LEARN_EMOJI = frozenset({"🧠", "brain", "📌", "pushpin"})  # by an analyst: this is the answer, learn it


def on_message(
    case: Case | None, message: Message, *, role: Role, intent: Intent, zone: tzinfo | None = None
) -> Case | None:
    """Take a new message into account; without a case, return one only when the message asks for help.

    zone is where people live who say "tomorrow morning"; without it such a promise has no time.
    """
    if not message.is_human:
        return case
    if case is None:
        return _opened(message, role, intent)
    if message.id in _known_ids(case):
        return case
    return _taken_in(case, message, role=role, intent=intent, zone=zone)


def on_edit(
    case: Case | None, message: Message, *, role: Role, intent: Intent, zone: tzinfo | None = None
) -> Case | None:
    """Take a changed message into account; a solution that was edited away opens the case again."""
    if case is None or not message.is_human:
        return on_message(case, message, role=role, intent=intent, zone=zone)
    case = without_severity(_with_new_due(case, message, zone), message.id)
    case = with_severity(case, message, side_of(case, message.author.id, role, intent))
    if role is not Role.ANALYST:  # the mark was on other words
        case = _not_to_learn(case, message.id, at=message.edited_at or message.sent_at)
    said_solved = _rests_on(case, message.id) and case.ticked_by is None
    if not said_solved or intent in (Intent.CONFIRMATION, Intent.CLOSURE):
        return on_message(case, message, role=role, intent=intent, zone=zone)
    at = max(message.edited_at or message.sent_at, case.changed_at)
    case = replace(reopened(case, None, at=at), changed_at=min(case.changed_at, message.sent_at))
    return replace(_taken_in(case, replace(message, sent_at=at), role=role, intent=intent), changed_at=at)


def on_delete(case: Case, message_id: str, at: float) -> Case:
    """Forget a message; when the solution rests on it, the case is open again, when it was all that was asked, it ends."""
    if message_id not in _known_ids(case):
        return case
    lost_solution = _rests_on(case, message_id)
    case, at = without(case, message_id), max(at, case.changed_at)
    if lost_solution:
        return reopened(case, None, at=at)
    if case.state.over:
        return case
    if not case.problem_ids and not case.answer_ids:
        return replace(case, state=CaseState.CLOSED, next_mover=Side.NOBODY, changed_at=at, closed_at=at)
    if case.state is CaseState.WAITING_ON_REQUESTER and not case.evidence and not case.answer_ids:
        state = CaseState.OPEN if case.owner_id is None else CaseState.WAITING_ON_ANALYST
        return replace(case, state=state, next_mover=Side.ANALYST, changed_at=at, turned_at=at)
    return case


def on_reaction(case: Case, event: ReactionChanged, *, role: Role, message_role: Role) -> Case:
    """Take a ✅ by the requester or an analyst, or an analyst's 🧠, as "this solved it", and its removal as "not so".

    What an analyst puts a 🧠 on is learned, whatever the case was thought to be solved by.
    """
    if event.author.kind is AuthorKind.HUMAN and role is Role.ANALYST and event.emoji.strip(":") in LEARN_EMOJI:
        return _to_learn(case, event) if event.added else _not_to_learn(case, event.message_id, at=event.at)
    asker = event.author.id == case.requester_id
    emoji = event.emoji.strip(":")
    solves = (asker or role is Role.ANALYST) and emoji in SOLVED_EMOJI
    if event.author.kind is not AuthorKind.HUMAN or not solves:
        return case
    if event.at <= case.changed_at:
        return case
    if not event.added:
        own = case.ticked_by == event.author.id and event.message_id in case.evidence
        return reopened(case, None, at=event.at) if own else case
    by = ResolvedBy.REQUESTER if asker else ResolvedBy.ANALYST
    solved = resolved(case, by, evidence=(event.message_id,), at=event.at, ticked_by=event.author.id)
    if message_role is Role.REQUESTER or event.message_id in (*case.answer_ids, *case.problem_ids):
        return solved
    return replace(solved, answer_ids=(*case.answer_ids, event.message_id))


def new(conversation: str, *, at: float) -> Case:
    """Return the case of a thread of which nothing is known yet."""
    return Case(conversation=conversation, state=CaseState.OPEN, opened_at=at, changed_at=at)


def resolve(case: Case | None, *, conversation: str, by: str, role: Role, note: str, at: float) -> Case:
    """Mark a case (or a thread without one) as solved, because somebody said so with a command or a button."""
    if case is None:
        case = new(conversation, at=at)
    elif at < case.changed_at:
        return case
    requester = by == case.requester_id or (role is Role.REQUESTER and case.requester_id is None)
    evidence = ResolvedBy.REQUESTER if requester else ResolvedBy.ANALYST
    solved = resolved(case, evidence, evidence=(), at=at)
    return replace(solved, resolution_note=note or solved.resolution_note, last_human_at=_latest(case, at))


def reopen(case: Case, *, by: str, at: float) -> Case:
    """Open a case again because somebody said so; a helper who does owns it if nobody did."""
    if not case.state.over or at < case.changed_at:
        return case
    owner = case.owner_id or (by if by != case.requester_id else None)
    return replace(reopened(case, None, at=at), owner_id=owner, last_human_at=_latest(case, at))


def _opened(message: Message, role: Role, intent: Intent) -> Case | None:
    starts = message.conversation.thread_id in (None, message.id)
    wanted = intent is Intent.PROBLEM_REPORT or (intent is Intent.QUESTION and (role is not Role.ANALYST or starts))
    if not wanted:
        return None
    opened = Case(
        conversation=message.conversation.key,
        state=CaseState.OPEN,
        opened_at=message.sent_at,
        changed_at=message.sent_at,
        requester_id=message.author.id,
        problem_ids=(message.id,),
        evidence=(message.id,),
        last_human_at=message.sent_at,
        requester_at=message.sent_at,
        language=language_of(message.text) or "en",
    )
    return with_severity(opened, message, side_of(opened, message.author.id, role, intent))


def _taken_in(case: Case, message: Message, *, role: Role, intent: Intent, zone: tzinfo | None = None) -> Case:
    if intent is Intent.ANSWER and promises(message.text, said_at=message.sent_at, zone=zone):
        intent = Intent.PROMISE
    side = side_of(case, message.author.id, role, intent)
    after = with_facts(case, message, side, role=role, intent=intent, zone=zone)
    if case.last_human_at is None or message.sent_at > case.last_human_at:
        after = with_confidence(after, message, side)
    return after if _late(case, message) else moved(after, message, side, role=role, intent=intent)


def _late(case: Case, message: Message) -> bool:
    """Whether the case has changed since; a word that was on its way breaks the silence that closed a case."""
    if case.resolved_by is ResolvedBy.SILENCE:
        return message.sent_at <= (case.last_human_at or 0.0)
    return message.sent_at <= case.changed_at


def _known_ids(case: Case) -> set[str]:
    promised = (promise.message_id for promise in case.promises)
    rated = () if case.severity_id is None else (case.severity_id,)
    return {*case.problem_ids, *case.answer_ids, *case.evidence, *case.learn_ids, *promised, *rated}


def _with_new_due(case: Case, message: Message, zone: tzinfo | None) -> Case:
    """Note when a promise falls due now that its words have changed."""
    promises = tuple(
        replace(p, due_at=due_at(message.text, said_at=p.said_at, zone=zone)) if p.message_id == message.id else p
        for p in case.promises
    )
    return case if promises == case.promises else replace(case, promises=promises)


def _to_learn(case: Case, event: ReactionChanged) -> Case:
    """Note an analyst's wish; a case that is not over is solved by it."""
    if event.message_id in case.learn_ids:
        return case
    at, wished = max(event.at, case.changed_at), (event.message_id,)
    solved = resolved(case, ResolvedBy.ANALYST, evidence=wished, at=at, ticked_by=event.author.id)
    return replace(solved, learn_ids=(*case.learn_ids, *wished), changed_at=at)


def _not_to_learn(case: Case, message_id: str, *, at: float) -> Case:
    """Take a wish back; what is solved by it alone is open again."""
    if message_id not in case.learn_ids:
        return case
    at, solved_by_it = max(at, case.changed_at), case.ticked_by is not None and _rests_on(case, message_id)
    left = replace(case, learn_ids=tuple(i for i in case.learn_ids if i != message_id), changed_at=at)
    return reopened(left, None, at=at) if solved_by_it else left


def _rests_on(case: Case, message_id: str) -> bool:
    """Whether a case is solved because of this message."""
    return case.state is CaseState.RESOLVED and case.evidence == (message_id,)


def _latest(case: Case, at: float) -> float:
    return max(at, case.last_human_at or at)
