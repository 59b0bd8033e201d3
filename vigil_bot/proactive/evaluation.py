"""What is evaluated in a thread, what was found for it, and what that comes to; pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vigil_bot.model.conversation import AuthorKind, Conversation, Message
from vigil_bot.model.decision import DecisionRecord, React, Reason, Signals
from vigil_bot.model.knowledge import Hit, KnowledgeEntry
from vigil_bot.model.policy import Mode, Policy, Provisional
from vigil_bot.model.suggestion import Draft, Question, Suggestion, SuggestionState
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.work import Post, PostOp, Timer
from vigil_bot.proactive.fits import fits, same_language
from vigil_bot.proactive.gate import gate, quiet_until
from vigil_bot.proactive.manners import takes_back
from vigil_bot.proactive.receipts import IN_SHADOW, NO_ANALYST
from vigil_bot.proactive.signals import intent_of, margin, similarity_to_said
from vigil_bot.replay.outcomes import Outcome, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation of a thread adds to a turn's outcome."""

    records: tuple[DecisionRecord, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    posts: tuple[Post, ...] = ()
    timers: tuple[Timer, ...] = ()

    def plus(self, other: "Evaluation") -> "Evaluation":
        """Return both together."""
        return Evaluation(
            records=(*self.records, *other.records),
            suggestions=(*self.suggestions, *other.suggestions),
            posts=(*self.posts, *other.posts),
            timers=(*self.timers, *other.timers),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one person asks: target is the newest of their messages, message_ids those that tell what they want."""

    target: Message
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found and drafted for a question; fitting are the hits that are not about another environment."""

    question: Question
    hits: tuple[Hit, ...] = ()
    fitting: tuple[Hit, ...] = ()
    draft: Draft = field(default_factory=Draft)

    @property
    def cited(self) -> list[KnowledgeEntry]:
        """The entries that the draft rests on."""
        ids = {citation.entry_id for citation in self.draft.citations}
        return [hit.entry for hit in self.hits if hit.entry.id in ids]


def undecided(state: ThreadState) -> list[Message]:
    """Return the messages of others that have no decision yet."""
    return [
        m
        for m in state.conversation.messages
        if state.undecided(m.id, m.edited_at) and m.author.kind is not AuthorKind.SELF
    ]


def requests(state: ThreadState, policy: Policy, *, now: float) -> list[Request]:
    """Return what is asked in the undecided messages, one request a person, in the order of their newest messages."""
    by_author: dict[str, list[Message]] = {}
    for message in undecided(state):
        asks = intent_of(state.conversation, message, policy.analysts)[0].asks
        if asks and gate(message, policy, state.mutes, now=now) is None:
            by_author.setdefault(message.author.id, []).append(message)
    newest = sorted(by_author.values(), key=lambda asked: (asked[-1].sent_at, asked[-1].id))
    return [Request(target=asked[-1], message_ids=_still_meant(asked)) for asked in newest]


def _still_meant(asked: Sequence[Message]) -> tuple[str, ...]:
    """Return the ids of what somebody asked since they last said to forget what was before."""
    since = max((at for at, message in enumerate(asked) if takes_back(message.text)), default=0)
    return tuple(message.id for message in asked[since:])


def asked_in(conversation: Conversation, author_id: str) -> str:
    """Return all that a person wrote in a thread."""
    return "\n".join(m.text for m in conversation.messages if m.author.id == author_id and not m.deleted)


def still_meant(conversation: Conversation, target: Message) -> Conversation:
    """Return a thread without what the asker has told everybody to forget."""
    own = [m for m in conversation.messages if m.author.id == target.author.id and m.sent_at <= target.sent_at]
    since = max((m.sent_at for m in own if takes_back(m.text)), default=0.0)
    forgotten = {m.id for m in own if m.sent_at < since}
    return replace(conversation, messages=tuple(m for m in conversation.messages if m.id not in forgotten))


def fitting(hits: Sequence[Hit], asked: str, policy: Policy) -> tuple[Hit, ...]:
    """Return the hits that may be used and do not belong to another version or environment, those in the asker's language first."""
    left = [hit for hit in hits if policy.uses(hit.entry) and fits(asked, hit.entry)]
    good = [hit for hit in left if hit.score >= policy.min_relevance]
    readable = [hit for hit in good if same_language(asked, hit.entry.resolution)]
    return tuple(sorted(left, key=lambda hit: hit not in readable)) if readable else tuple(left)


def with_answer(signals: Signals, answer: Answer, state: ThreadState, target: Message, policy: Policy) -> Signals:
    """Return the signals with what was found."""
    relevance = max((hit.score for hit in answer.fitting), default=0.0)
    near = max((hit.score for hit in answer.hits if policy.uses(hit.entry)), default=0.0)
    return replace(
        signals,
        relevance=relevance,
        margin=margin(answer.fitting),
        other_environment=relevance < policy.min_relevance <= near,
        grounded=bool(answer.draft.text and answer.draft.citations),
        other_language=not same_language(target.text, answer.draft.text),
        similarity_to_said=similarity_to_said(answer.draft, state.conversation, state.suggestions),
    )


def agreement(hits: Sequence[Hit], question: Message, answer: Message, policy: Policy) -> str | None:
    """Return the id of a person's answer if a past case that is near enough says the same, else None."""
    near = [hit for hit in hits if hit.score >= policy.min_relevance]
    told = (judge(hit.entry.resolution, [answer], asker_id=question.author.id, earlier=[question]) for hit in near)
    return answer.id if any(outcome is Outcome.AGREED for outcome in told) else None


def may_react(policy: Policy, *, now: float) -> bool:
    """Whether we may put an emoji on a message now."""
    return policy.react and policy.mode is Mode.ON and quiet_until(policy.quiet_hours, now=now) is None


def reaction_post(decision: React, record: DecisionRecord, state: ThreadState) -> Post:
    """Return the call that puts an emoji on the answer that we agree with, unless the thread moves on before."""
    return Post(
        key=f"react/{record.id}",
        conversation=state.conversation.ref,
        op=PostOp.REACT,
        target_id=record.signals.agrees_with,
        emoji=decision.emoji,
        guard=state.conversation.version,
        heeds_mutes=True,
    )


def suggestion_of(record: DecisionRecord, answer: Answer, policy: Policy) -> Suggestion:
    """Return what is suggested."""
    provisional = any(entry.provisional for entry in answer.cited)
    return Suggestion(
        id=_suggestion_id(record.id),
        conversation=record.conversation,
        message_id=record.message_id,
        text=answer.draft.text,
        citations=answer.draft.citations,
        state=SuggestionState.DRAFTED,
        created_at=record.at,
        private=policy.mode is Mode.PRIVATE or (provisional and policy.provisional is Provisional.PRIVATE),
        provisional=provisional,
    )


def post_of(suggestion: Suggestion, state: ThreadState, readers: tuple[str, ...]) -> Post:
    """Return the call that shows a suggestion: to analysts, in place of what was said about the message before, or anew."""
    earlier = None if suggestion.private else _said_about(suggestion.message_id, state)
    return Post(
        key=suggestion.id,
        conversation=state.conversation.ref,
        op=PostOp.EPHEMERAL if suggestion.private else PostOp.EDIT if earlier else PostOp.POST,
        target_key=earlier.id if earlier else None,
        reader_ids=readers,
        guard=state.conversation.version,
        suggestion_id=suggestion.id,
    )


def withheld(suggestion: Suggestion, mode: Mode, readers: Sequence[str]) -> str:
    """Return why a suggestion is recorded and not posted, or nothing."""
    if mode is Mode.SHADOW:
        return IN_SHADOW
    return NO_ANALYST if suggestion.private and not readers else ""


def after(state: ThreadState, done: Evaluation) -> ThreadState:
    """Return the thread as it will be when what was decided is posted."""
    said = {post.suggestion_id for post in done.posts}
    posting = [replace(s, state=SuggestionState.POSTING) for s in done.suggestions if s.id in said]
    return replace(state, suggestions=(*state.suggestions, *posting))


def reason_of_other(message: Message, state: ThreadState, policy: Policy, *, now: float) -> tuple[Reason, Signals]:
    """Return why a message that is no request's newest gets nothing of its own."""
    blocked = gate(message, policy, state.mutes, now=now)
    intent, score = intent_of(state.conversation, message, policy.analysts)
    reason = blocked or (Reason.MERGED if intent.asks else Reason.NOT_A_REQUEST)
    return reason, Signals(intent=intent, intent_score=score)


def _said_about(message_id: str, state: ThreadState) -> Suggestion | None:
    """Return what stands in the thread as the answer to this message: it was edited since."""
    about = (s for s in reversed(state.suggestions) if s.message_id == message_id and not s.private)
    return next((s for s in about if s.state is SuggestionState.POSTED), None)


def _suggestion_id(record_id: str) -> str:
    return "s-" + hashlib.sha256(record_id.encode()).hexdigest()[:20]
