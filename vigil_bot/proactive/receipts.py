"""Receipts: what was decided about a message, and what it was decided on; pure."""

from collections.abc import Mapping, Sequence

from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.decision import Considered, Decision, DecisionRecord, Signals
from vigil_bot.model.knowledge import Hit, StaleReason
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import Draft
from vigil_bot.model.thread import ThreadState
from vigil_bot.texts.catalogue import recognised
from vigil_bot.texts.text import Text, listed, message

MAX_TITLE_CHARS = 80
NOTE_SEPARATOR = "; "
MERGED = message("evaluated together with {message}")
IN_SHADOW = message("shadow mode: recorded, not posted")
NO_ANALYST = message("no analyst is known to show it to")
_UNREAD = message("attachments not read: {count}")
_BELOW = message("score {score} is below {needed}")
_COMMON = message(
    "has little in common with it but words that everybody uses here (score {score}, elsewhere {anywhere})"
)
_NOTHING_NEW = message("adds nothing to what is quoted")
_ELSEWHERE = message("is about another version or environment")
_UNVALIDATED = message("nobody has validated it, and the policy wants that")
_STALE: Mapping[StaleReason, str] = {
    StaleReason.DOCUMENT_CHANGED: message("is marked until a person looks at it: its document changed"),
    StaleReason.DOCUMENT_GONE: message("is marked until a person looks at it: its document is gone"),
    StaleReason.LINK_DIED: message("is marked until a person looks at it: the page that it was read from is gone"),
    StaleReason.FAILED_IN_USE: message("is marked until a person looks at it: it was found wrong in use"),
}
_NOTES = (  # what receipts keep, here and from the reasoners
    MERGED,
    IN_SHADOW,
    NO_ANALYST,
    _UNREAD,
    _BELOW,
    _COMMON,
    _NOTHING_NEW,
    _ELSEWHERE,
    _UNVALIDATED,
    *_STALE.values(),
    message("the model's question was not what people asked"),
    message("the model says that no entry answers"),
    message("nothing that the model said answers"),
    message("cut: {parts}"),
    message("{purpose} by the {reasoner} reasoner: {why}"),
)


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
        edited_at=message.edited_at,
    )


def considered(hits: Sequence[Hit], fitting: Sequence[Hit], draft: Draft, policy: Policy) -> tuple[Considered, ...]:
    """Return the entries that were looked at, each with why it was not used."""
    cited = {citation.entry_id for citation in draft.citations}
    return tuple(
        Considered(
            entry_id=hit.entry.id,
            version=hit.entry.version,
            title=hit.entry.title or hit.entry.issue[:MAX_TITLE_CHARS],
            score=round(hit.score, 4),
            why_not=_why_not(hit, cited, policy) if hit in fitting else _unfit(hit, policy),
        )
        for hit in hits
    )


def unread_in(conversation: Conversation, message_ids: Sequence[str]) -> int:
    """Return how many files beside the asking messages nobody looked into."""
    asking = [m for m in conversation.messages if m.id in message_ids]
    return sum(not attachment.read for message in asking for attachment in message.attachments)


def unread_note(count: int) -> str:
    """Return what a receipt says of files that nobody looked into."""
    return Text(_UNREAD, count=count) if count else ""


def explained(note: str) -> str:
    """Return what was noted, as a text that can be said in another language; words that nobody knows stay."""
    return listed(recognised(part, _NOTES) for part in note.split(NOTE_SEPARATOR))


def _why_not(hit: Hit, cited: set[str], policy: Policy) -> str:
    if hit.entry.id in cited:
        return ""
    if hit.score < policy.min_relevance <= (hit.score_anywhere or 0.0):
        return Text(_COMMON, score=f"{hit.score:.2f}", anywhere=f"{hit.score_anywhere:.2f}")
    if hit.score < policy.min_relevance:
        return Text(_BELOW, score=f"{hit.score:.2f}", needed=f"{policy.min_relevance:.2f}")
    return Text(_NOTHING_NEW)


def _unfit(hit: Hit, policy: Policy) -> str:
    if hit.entry.stale is not None:
        return Text(_STALE[hit.entry.stale.reason])
    return Text(_ELSEWHERE) if policy.uses(hit.entry) else Text(_UNVALIDATED)
