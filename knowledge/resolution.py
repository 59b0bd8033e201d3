"""Which cases are resolved, and by whose word; pure."""

from dataclasses import dataclass

from vigil_bot.model.case import Case, ResolvedBy
from vigil_bot.model.conversation import Conversation, Message, Role
from vigil_bot.model.knowledge import EvidenceClass

SOLVED_EMOJI = frozenset(
    {"✅", "☑️", "☑", "✔️", "✔", "white_check_mark", "heavy_check_mark", "ballot_box_with_check", "DONE", "CheckMark"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Whose word a resolution rests on, and the messages that carry it."""

    strength: EvidenceClass
    message_ids: tuple[str, ...] = ()


def ready(case: Case, conversation: Conversation, *, now: float, settle_s: float) -> Evidence | None:
    """Return by whose evidence a case is resolved, or None when it is not, not yet settled, or already distilled.

    Args:
        settle_s: How long a case must have been over, in seconds; somebody may still add to it.
    """
    if not case.state.over or now < case.changed_at + settle_s:
        return None
    if case.distilled_at is not None and case.distilled_at >= case.changed_at:
        return None
    if not any(m.is_human for m in conversation.messages):
        return None
    if case.learn_ids:
        return Evidence(strength=EvidenceClass.ANALYST_SAID, message_ids=case.learn_ids)
    marks = _marks(conversation, case)
    ids = case.evidence or tuple(m.id for m, _ in marks)
    return Evidence(strength=_strength(case, conversation, marks), message_ids=ids)


def _strength(case: Case, conversation: Conversation, marks: list[tuple[Message, Role]]) -> EvidenceClass:
    if case.resolved_by is ResolvedBy.REQUESTER or any(role is Role.REQUESTER for _, role in marks):
        return EvidenceClass.REQUESTER_CONFIRMED
    if case.resolved_by is ResolvedBy.ANALYST or any(role is Role.ANALYST for _, role in marks):
        return EvidenceClass.ANALYST_SAID
    answers = [m for m in conversation.messages if m.id in case.answer_ids and m.is_human]
    analysts = [m for m in answers if conversation.role_of(m.author) is Role.ANALYST or m.author.id == case.owner_id]
    return EvidenceClass.ANALYST_SAID if analysts else EvidenceClass.SOMEBODY_SAID


def _marks(conversation: Conversation, case: Case) -> list[tuple[Message, Role]]:
    """Return messages that somebody marked as the solution, with the role of who did; a problem cannot be one.

    A mark holds for the words that it was put on: a message edited later has lost it.
    """
    roles = {m.author.id: conversation.role_of(m.author) for m in conversation.messages}
    if case.owner_id is not None:
        roles[case.owner_id] = Role.ANALYST
    if case.requester_id is not None:
        roles[case.requester_id] = Role.REQUESTER
    return [
        (m, roles.get(r.author_id, Role.UNKNOWN))
        for m in conversation.messages
        for r in m.reactions
        if r.emoji.strip(":") in SOLVED_EMOJI and m.is_human and m.id not in case.problem_ids
        if m.edited_at is None or r.at >= m.edited_at
    ]
