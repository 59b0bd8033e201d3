"""Everything measured that a decision may look at; pure."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import dropwhile

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import AuthorKind, Conversation, Message, Role
from vigil_bot.model.decision import Intent, Signals
from vigil_bot.model.knowledge import Hit
from vigil_bot.model.suggestion import Draft, Suggestion, SuggestionState
from vigil_bot.proactive.intent import classify

_WORD = re.compile(r"[a-z0-9][a-z0-9._/-]+|[一-鿿]{2}", re.IGNORECASE)
_SUBSTANCE_CHARS = 15  # an analyst's reply of this length is taken as dealing with the question
_LIVE = (SuggestionState.POSTING, SuggestionState.POSTED, SuggestionState.CORRECTED)


def role_in(conversation: Conversation, message: Message, analysts: Sequence[str]) -> Role:
    """Return the author's role in the thread; the policy's list of analysts comes first."""
    if message.author.id in analysts:
        return Role.ANALYST
    return conversation.role_of(message.author)


def intent_of(conversation: Conversation, message: Message, analysts: Sequence[str]) -> tuple[Intent, float]:
    """Return what a message is, and how sure that is, in [0, 1]."""
    starts = bool(conversation.messages) and conversation.messages[0].id == message.id
    return _classified(message.text, role_in(conversation, message, analysts), starts)


@lru_cache(maxsize=4096)
def _classified(text: str, role: Role, starts_thread: bool) -> tuple[Intent, float]:  # noqa: FBT001 -- a cache key
    guess = classify(text, role=role, starts_thread=starts_thread)
    return guess.intent, guess.score


def answered_by(conversation: Conversation, question: Message, analysts: Sequence[str]) -> str | None:
    """Return the id of the message in which a person deals with the question, if there is one."""
    after = dropwhile(lambda m: m.id != question.id, conversation.messages)
    for message in after:
        if not message.is_human or message.author.id == question.author.id:
            continue
        role = role_in(conversation, message, analysts)
        intent, _ = intent_of(conversation, message, analysts)
        if role is Role.ANALYST and (len(message.text) >= _SUBSTANCE_CHARS or intent is Intent.PROMISE):
            return message.id
        if intent in (Intent.ANSWER, Intent.PROMISE) and role is not Role.REQUESTER:
            return message.id
    return None


def measure(
    conversation: Conversation,
    question: Message,
    *,
    case: Case | None,
    suggestions: Sequence[Suggestion],
    analysts: Sequence[str],
    posted_at: Sequence[float],
    muted: bool,
) -> Signals:
    """Return what is known before the knowledge base is asked; posted_at are this channel's posts of the last 24 hours."""
    intent, score = intent_of(conversation, question, analysts)
    role = role_in(conversation, question, analysts)
    opener = conversation.opener
    live = [s for s in suggestions if s.state in _LIVE and s.message_id != question.id]
    return Signals(
        intent=intent,
        intent_score=score,
        answered_by=answered_by(conversation, question, analysts),
        resolved=case is not None and case.state.over and case.changed_at >= question.sent_at,
        analyst_asking=role is Role.ANALYST and opener is not None and opener.id != question.author.id,
        muted=muted,
        posted_today=len(posted_at),
        posted_in_thread=len(live),
        last_posted_at=max(posted_at, default=None),
    )


def similarity_to_said(draft: Draft, conversation: Conversation, suggestions: Sequence[Suggestion]) -> float:
    """Return how much of a draft already stands in the thread, said by people or by us, in [0, 1]."""
    live = [s for s in suggestions if s.state in _LIVE]
    cited = {(c.entry_id, c.version) for s in live for c in s.citations}
    if draft.citations and all((c.entry_id, c.version) in cited for c in draft.citations):
        return 1.0
    words = _words(draft.text)
    said = [_words(m.text) for m in conversation.messages if m.author.kind is AuthorKind.HUMAN and not m.deleted]
    return max((len(words & other) / len(words) for other in said if words), default=0.0)


def margin(hits: Sequence[Hit]) -> float:
    """Return by how much the best entry is ahead of the next, in [0, 1]."""
    if not hits:
        return 0.0
    return hits[0].score - (hits[1].score if len(hits) > 1 else 0.0)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))
