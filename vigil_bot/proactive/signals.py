"""Everything measured that a decision may look at; pure."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import dropwhile

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import AuthorKind, Conversation, Message, Role
from vigil_bot.model.decision import Intent, Signals
from vigil_bot.model.knowledge import Hit
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import Draft, Suggestion, SuggestionState
from vigil_bot.proactive.fits import language
from vigil_bot.proactive.intent import classify
from vigil_bot.proactive.manners import is_no_request, names_topic, only_takes_back, takes_back
from vigil_bot.proactive.scope import within
from vigil_bot.progress.words import only_asks_back

_WORD = re.compile(r"[a-z0-9][a-z0-9._/-]+|[一-鿿]{2}", re.IGNORECASE)
HANDLING_S = 600.0  # so long people are given after their last word, when they are at it and have not answered yet
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
    by_bot = message.author.kind is AuthorKind.BOT
    return _classified(message.text, role_in(conversation, message, analysts), starts, by_bot)


@lru_cache(maxsize=4096)
def _classified(text: str, role: Role, starts_thread: bool, by_bot: bool) -> tuple[Intent, float]:  # noqa: FBT001 -- a cache key
    guess = classify(text, role=role, starts_thread=starts_thread)
    if guess.intent.asks and only_takes_back(text):
        return Intent.CLOSURE, guess.score
    if guess.intent.asks and is_no_request(text, by_bot=by_bot):
        return Intent.CHATTER, guess.score
    return guess.intent, guess.score


def answered_by(conversation: Conversation, question: Message, analysts: Sequence[str]) -> str | None:
    """Return the id of the message in which a person answers the question, if there is one."""
    for message in _others_after(conversation, question):
        role = role_in(conversation, message, analysts)
        intent, _ = intent_of(conversation, message, analysts)
        if intent is Intent.PROMISE or only_asks_back(message.text):
            continue
        if role is Role.ANALYST and len(message.text) >= _SUBSTANCE_CHARS:
            return message.id
        if intent is Intent.ANSWER and role is not Role.REQUESTER:
            return message.id
    return None


def handled_until(conversation: Conversation, question: Message, analysts: Sequence[str]) -> float | None:
    """Return until when somebody who takes care of the asker's trouble is left alone with it: they look into it, or ask back."""
    first = next((m for m in conversation.messages if m.author.id == question.author.id), question)
    caring = [m for m in _others_after(conversation, first) if _cares(conversation, m, analysts)]
    return caring[-1].sent_at + HANDLING_S if caring else None


def taken_back(conversation: Conversation, question: Message, analysts: Sequence[str]) -> bool:
    """Whether the asker has said since that it needs no answer any more."""
    after = dropwhile(lambda m: m.id != question.id, conversation.messages)
    said = [m for m in after if m.author.id == question.author.id and m.id != question.id and not m.deleted]
    read = [(m, intent_of(conversation, m, analysts)[0]) for m in said]
    return any(
        intent in (Intent.CONFIRMATION, Intent.CLOSURE) or takes_back(m.text) for m, intent in read if not intent.asks
    )


def avoided(conversation: Conversation, question: Message, policy: Policy) -> bool:
    """Whether the asker talks of a topic to stay out of."""
    return any(names_topic(text, policy.avoid) for text in _said_by_asker(conversation, question))


def out_of_scope(conversation: Conversation, question: Message, policy: Policy) -> bool:
    """Whether nothing that the asker says is what the channel is for; who speaks to us directly is always heard."""
    if policy.scope is None or question.mentions_us:
        return False
    return not any(within(policy.scope, text) for text in _said_by_asker(conversation, question))


def foreign(question: Message, policy: Policy) -> bool:
    """Whether a question is in a language that the channel does not want."""
    spoken = language(question.text)
    return bool(policy.languages and spoken) and spoken not in policy.languages


def _said_by_asker(conversation: Conversation, question: Message) -> list[str]:
    return [m.text for m in conversation.messages if m.author.id == question.author.id]


def _others_after(conversation: Conversation, message: Message) -> list[Message]:
    after = dropwhile(lambda m: m.id != message.id, conversation.messages)
    return [m for m in after if m.is_human and m.author.id != message.author.id]


def _cares(conversation: Conversation, message: Message, analysts: Sequence[str]) -> bool:
    intent, _ = intent_of(conversation, message, analysts)
    if intent in (Intent.CONFIRMATION, Intent.CLOSURE):
        return False
    return intent is Intent.PROMISE or role_in(conversation, message, analysts) is Role.ANALYST


def measure(
    conversation: Conversation,
    question: Message,
    *,
    case: Case | None,
    suggestions: Sequence[Suggestion],
    policy: Policy,
    posted_at: Sequence[float],
    muted: bool,
) -> Signals:
    """Return what is known before the knowledge base is asked; posted_at are this channel's posts of the last 24 hours."""
    analysts = policy.analysts
    intent, score = intent_of(conversation, question, analysts)
    role = role_in(conversation, question, analysts)
    opener = conversation.opener
    live = [s for s in suggestions if s.state in _LIVE and s.message_id != question.id]
    return Signals(
        intent=intent,
        intent_score=score,
        answered_by=answered_by(conversation, question, analysts),
        avoided=avoided(conversation, question, policy),
        out_of_scope=out_of_scope(conversation, question, policy),
        foreign=foreign(question, policy),
        handled_until=handled_until(conversation, question, analysts),
        resolved=_resolved(case, question, intent) or taken_back(conversation, question, analysts),
        analyst_asking=role is Role.ANALYST and opener is not None and opener.id != question.author.id,
        muted=muted,
        posted_today=len(posted_at),
        posted_in_thread=len(live),
        last_posted_at=max(posted_at, default=None),
    )


def _resolved(case: Case | None, question: Message, intent: Intent) -> bool:
    """Whether a case is over; one who then only asks about it does not open it again."""
    if case is None or not case.state.over:
        return False
    return case.changed_at >= question.sent_at or (
        question.author.id != case.requester_id
        and (intent is not Intent.PROBLEM_REPORT or only_asks_back(question.text))
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
