"""Receipts: what was decided about a message, and what it was decided on; pure."""

from collections.abc import Sequence

from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.decision import Considered, Decision, DecisionRecord, Signals
from vigil_bot.model.knowledge import Hit
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import Draft
from vigil_bot.model.thread import ThreadState


def record_of(
    state: ThreadState,
    message: Message,
    decision: Decision,
    signals: Signals,
    policy: Policy,
    *,
    now: float,
    note: str = "",
) -> DecisionRecord:
    """Return the receipt of a message, without what was found and drafted."""
    key = state.conversation.ref.key
    return DecisionRecord(
        id=f"{key}:{message.id}@{now:.6f}",
        conversation=key,
        message_id=message.id,
        at=now,
        decision=decision,
        signals=signals,
        mode=policy.mode.value,
        min_relevance=policy.min_relevance,
        note=note,
    )


def considered(hits: Sequence[Hit], draft: Draft, policy: Policy) -> tuple[Considered, ...]:
    """Return the entries that were looked at, each with why it was not used."""
    cited = {citation.entry_id for citation in draft.citations}
    return tuple(
        Considered(
            entry_id=hit.entry.id,
            version=hit.entry.version,
            title=hit.entry.title,
            score=round(hit.score, 4),
            why_not=_why_not(hit, cited, policy),
        )
        for hit in hits
    )


def unread_in(conversation: Conversation, message_ids: Sequence[str]) -> int:
    """Return how many files beside the asking messages nobody looked into."""
    asking = [m for m in conversation.messages if m.id in message_ids]
    return sum(not attachment.read for message in asking for attachment in message.attachments)


def unread_note(count: int) -> str:
    """Return what a receipt says of files that nobody looked into."""
    return f"attachments not read: {count}" if count else ""


def _why_not(hit: Hit, cited: set[str], policy: Policy) -> str:
    if hit.entry.id in cited:
        return ""
    if hit.score < policy.min_relevance:
        return f"score {hit.score:.2f} is below {policy.min_relevance:.2f}"
    return "adds nothing to what is quoted"
