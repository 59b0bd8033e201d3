"""Watch a thread and work out what to say: the one impure file of this folder, and the only one that waits."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from vigil_bot.model.conversation import AuthorKind, Conversation, ConversationRef, Message
from vigil_bot.model.decision import Abstain, DecisionRecord, Defer, Reason, Signals, Suggest
from vigil_bot.model.knowledge import Hit, Viewer
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.suggestion import Draft, Question, Suggestion, SuggestionState
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.work import Post, PostOp, Timer, TimerKind
from vigil_bot.ports.knowledge import KnowledgeFinder
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.calibrate import Calibration, threshold_of
from vigil_bot.proactive.card import MAX_SUGGESTION_CHARS, suggestion_card
from vigil_bot.proactive.decide import before_search, decide
from vigil_bot.proactive.gate import gate, muted
from vigil_bot.proactive.receipts import considered, record_of, unread_in, unread_note
from vigil_bot.proactive.signals import intent_of, margin, measure, similarity_to_said

DAY_S = 86_400.0
MAX_CONSIDERED = 5  # entries kept in a receipt
MAX_HITS_DRAFTED = 2
_ANALYST_WINDOW_S = 30 * DAY_S


class Calibrations(Protocol):
    """Knows what score a suggestion must reach in a channel."""

    async def calibration_of(self, ref: ConversationRef, policy: Policy, *, now: float) -> Calibration:
        """Return what the labels of earlier drafts allow."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation of a thread adds to a turn's outcome."""

    records: tuple[DecisionRecord, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    posts: tuple[Post, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What was found and drafted for a question."""

    question: Question
    hits: tuple[Hit, ...] = ()
    draft: Draft = field(default_factory=Draft)


class ProactiveEngine:
    """Evaluates the messages of a thread that have no receipt yet."""

    def __init__(
        self,
        *,
        finder: KnowledgeFinder,
        reasoner: Reasoner,
        ledger: Ledger,
        transcript: Transcript,
        calibrations: Calibrations,
    ) -> None:
        self._finder = finder
        self._calibrations = calibrations
        self._reasoner = reasoner
        self._ledger = ledger
        self._transcript = transcript

    def receipts(self, state: ThreadState, policy: Policy, *, now: float) -> tuple[bool, tuple[DecisionRecord, ...]]:
        """Return whether some undecided message asks for help, and otherwise the receipts of all undecided messages.

        Costs no search and no model call: this is the way of all chatter.
        """
        records = []
        for message in _undecided(state):
            blocked = gate(message, policy, state.mutes, now=now)
            intent, score = intent_of(state.conversation, message, policy.analysts)
            if blocked is None and intent.asks:
                return True, ()
            signals = Signals(intent=intent, intent_score=score, muted=blocked is Reason.MUTED)
            decision = Abstain(reason=blocked or Reason.NOT_A_REQUEST)
            records.append(record_of(state, message, decision, signals, policy, now=now))
        return False, tuple(records)

    async def evaluate(self, state: ThreadState, policy: Policy, *, now: float) -> Evaluation:
        """Decide on all undecided messages: the newest request is answered or not, the others belong to it."""
        waiting, records = self.receipts(state, policy, now=now)
        if not waiting:
            return Evaluation(records=records)
        open_messages = [m for m in _undecided(state) if gate(m, policy, state.mutes, now=now) is None]
        asking = [m for m in open_messages if intent_of(state.conversation, m, policy.analysts)[0].asks]
        target = asking[-1]
        mine = [m for m in asking if m.author.id == target.author.id]
        main = await self._evaluate_one(state, target, [m.id for m in mine], policy, now=now)
        if main.timers:  # deferred: the others wait with it
            return main
        others = tuple(self._other(state, m, target, policy, now=now) for m in _undecided(state) if m.id != target.id)
        return replace(main, records=(*others, *main.records))

    def _other(
        self, state: ThreadState, message: Message, target: Message, policy: Policy, *, now: float
    ) -> DecisionRecord:
        blocked = gate(message, policy, state.mutes, now=now)
        intent, score = intent_of(state.conversation, message, policy.analysts)
        reason = blocked or (Reason.MERGED if intent.asks else Reason.NOT_A_REQUEST)
        signals = Signals(intent=intent, intent_score=score)
        note = f"evaluated together with {target.id}" if reason is Reason.MERGED else ""
        return record_of(state, message, Abstain(reason=reason), signals, policy, now=now, note=note)

    async def _evaluate_one(
        self, state: ThreadState, target: Message, asking_ids: Sequence[str], policy: Policy, *, now: float
    ) -> Evaluation:
        began = time.perf_counter()
        calibration = await self._calibrations.calibration_of(target.conversation, policy, now=now)
        held = replace(policy, min_relevance=threshold_of(policy, calibration))
        signals = await self._signals(state, target, policy, now=now)
        answer = _Answer(question=Question(text="", message_ids=tuple(asking_ids)))
        decision = before_search(signals, policy, now=now)
        if decision is None:
            answer = await self._answer(state.conversation, target, asking_ids, policy, now=now)
            signals = _with_answer(signals, answer, state)
            decision = decide(signals, held, now=now)
        unread = unread_in(state.conversation, asking_ids)
        if isinstance(decision, Defer):
            return Evaluation(timers=(Timer(kind=TimerKind.EVALUATE, due_at=decision.until),))
        record = replace(
            record_of(state, target, decision, signals, held, now=now),
            question=answer.question.text,
            text=answer.draft.text,
            citations=tuple(c.entry_id for c in answer.draft.citations),
            considered=considered(answer.hits, answer.draft, held),
            reasoner=answer.draft.reasoner or self._reasoner.name,
            prompt_hash=answer.draft.prompt_hash,
            model_calls=answer.question.model_calls + answer.draft.model_calls,
            tokens=answer.question.tokens + answer.draft.tokens,
            cost=answer.question.cost + answer.draft.cost,
            note="; ".join(filter(None, (answer.question.note, answer.draft.note, unread_note(unread)))),
            took_s=round(time.perf_counter() - began, 4),
        )
        if not isinstance(decision, Suggest):
            return Evaluation(records=(record,))
        return await self._say(state, target, record, answer, policy, unread=unread, now=now)

    async def _signals(self, state: ThreadState, target: Message, policy: Policy, *, now: float) -> Signals:
        posted_at = await self._ledger.posted_since(target.conversation.channel, since=now - DAY_S)
        return measure(
            state.conversation,
            target,
            case=state.case,
            suggestions=state.suggestions,
            analysts=policy.analysts,
            posted_at=posted_at,
            muted=muted(target.conversation, target.author.id, state.mutes, now=now),
        )

    async def _answer(
        self, conversation: Conversation, target: Message, asking_ids: Sequence[str], policy: Policy, *, now: float
    ) -> _Answer:
        question = await self._reasoner.question(conversation, asking_ids)
        viewer = Viewer(workspace_id=target.conversation.workspace_id, channel_id=target.conversation.channel_id)
        hits = await self._finder.find(question.text, viewer=viewer, limit=MAX_CONSIDERED, before=now)
        own = conversation.ref.key  # what was learned from this very thread says nothing new in it
        useful = [h for h in hits if not any(source.thread_id == own for source in h.entry.sources)]
        good = [h for h in useful if h.score >= policy.min_relevance][:MAX_HITS_DRAFTED]
        draft = await self._reasoner.draft(question, good, max_chars=MAX_SUGGESTION_CHARS) if good else Draft()
        return _Answer(question=question, hits=tuple(useful), draft=draft)

    async def _say(
        self,
        state: ThreadState,
        target: Message,
        record: DecisionRecord,
        answer: _Answer,
        policy: Policy,
        *,
        unread: int,
        now: float,
    ) -> Evaluation:
        private = policy.mode is Mode.PRIVATE
        suggestion = Suggestion(
            id=_suggestion_id(record.id),
            conversation=state.conversation.ref.key,
            message_id=target.id,
            text=answer.draft.text,
            citations=answer.draft.citations,
            state=SuggestionState.DRAFTED,
            created_at=now,
            private=private,
        )
        record = replace(record, suggestion_id=suggestion.id)
        readers = await self._readers(state, policy, now=now) if private else ()
        withheld = _withheld(policy.mode, readers)
        if withheld:
            noted = replace(record, note="; ".join(filter(None, (record.note, withheld))))
            return Evaluation(records=(noted,), suggestions=(suggestion,))
        post = replace(
            _post(suggestion, target, state, readers),
            card=suggestion_card(suggestion, language=answer.question.language, unread=unread),
            expires_at=now + policy.suggestion_ttl_s,
        )
        return Evaluation(records=(record,), suggestions=(suggestion,), posts=(post,))

    async def _readers(self, state: ThreadState, policy: Policy, *, now: float) -> tuple[str, ...]:
        if policy.analysts:
            return policy.analysts
        channel = state.conversation.ref.channel
        return tuple(await self._transcript.analysts_seen(channel, since=now - _ANALYST_WINDOW_S))


def _post(suggestion: Suggestion, target: Message, state: ThreadState, readers: tuple[str, ...]) -> Post:
    """Return the call that shows a suggestion: to analysts, in place of what was said about the message before, or anew."""
    earlier = None if suggestion.private else _said_about(target, state)
    return Post(
        key=suggestion.id,
        conversation=state.conversation.ref,
        op=PostOp.EPHEMERAL if suggestion.private else PostOp.EDIT if earlier else PostOp.POST,
        target_key=earlier.id if earlier else None,
        reader_ids=readers,
        guard=state.conversation.version,
        suggestion_id=suggestion.id,
    )


def _said_about(target: Message, state: ThreadState) -> Suggestion | None:
    """Return what stands in the thread as the answer to this message: it was edited since."""
    about = (s for s in reversed(state.suggestions) if s.message_id == target.id and not s.private)
    return next((s for s in about if s.state is SuggestionState.POSTED), None)


def _withheld(mode: Mode, readers: Sequence[str]) -> str:
    """Return why a suggestion is recorded and not posted, or nothing."""
    if mode is Mode.SHADOW:
        return "shadow mode: recorded, not posted"
    return "no analyst is known to show it to" if mode is Mode.PRIVATE and not readers else ""


def _undecided(state: ThreadState) -> list[Message]:
    return [
        m
        for m in state.conversation.messages
        if state.undecided(m.id, m.edited_at) and (m.author.kind is not AuthorKind.SELF)
    ]


def _with_answer(signals: Signals, answer: _Answer, state: ThreadState) -> Signals:
    return replace(
        signals,
        relevance=max((hit.score for hit in answer.hits), default=0.0),
        margin=margin(answer.hits),
        grounded=bool(answer.draft.text and answer.draft.citations),
        similarity_to_said=similarity_to_said(answer.draft, state.conversation, state.suggestions),
    )


def _suggestion_id(record_id: str) -> str:
    return "s-" + hashlib.sha256(record_id.encode()).hexdigest()[:20]
