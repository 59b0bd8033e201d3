"""Watch a thread and work out what to say: the one impure file of this folder, and the only one that waits."""

import time
from dataclasses import replace
from typing import Protocol

from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.decision import Abstain, DecisionRecord, Defer, React, Reason, Signals, Suggest
from vigil_bot.model.knowledge import Hit
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import Draft, Question
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.work import Timer, TimerKind
from vigil_bot.ports.knowledge import KnowledgeFinder, Telling
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.calibrate import Calibration, threshold_of
from vigil_bot.proactive.card import MAX_SUGGESTION_CHARS, suggestion_card
from vigil_bot.proactive.decide import before_search, decide
from vigil_bot.proactive.evaluation import (
    Answer,
    Evaluation,
    Request,
    after,
    agreement,
    asked_in,
    fitting,
    may_react,
    post_of,
    reaction_post,
    reason_of_other,
    requests,
    still_meant,
    suggestion_of,
    undecided,
    with_answer,
    withheld,
)
from vigil_bot.proactive.gate import gate, muted
from vigil_bot.proactive.receipts import MERGED, NOTE_SEPARATOR, considered, record_of, unread_in, unread_note
from vigil_bot.proactive.signals import intent_of, measure
from vigil_bot.readers import analysts_of
from vigil_bot.texts.text import Text

DAY_S = 86_400.0
MAX_CONSIDERED = 5  # entries kept in a receipt
MAX_HITS_DRAFTED = 2
_AROUND = 300  # messages that tell which words are common in a channel
_AROUND_SINCE_S = DAY_S  # what was said since then may be reports of one fault, whose words tell much


class Calibrations(Protocol):
    """Knows what score a suggestion must reach in a channel."""

    async def calibration_of(self, ref: ConversationRef, policy: Policy, *, now: float) -> Calibration:
        """Return what the labels of earlier drafts allow."""
        ...


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
        telling: Telling,
    ) -> None:
        self._finder = finder
        self._telling = telling
        self._calibrations = calibrations
        self._reasoner = reasoner
        self._ledger = ledger
        self._transcript = transcript

    def receipts(self, state: ThreadState, policy: Policy, *, now: float) -> tuple[bool, tuple[DecisionRecord, ...]]:
        """Return whether some undecided message asks for help, and otherwise the receipts of all undecided messages.

        Costs no search and no model call: this is the way of all chatter.
        """
        records = []
        for message in undecided(state):
            blocked = gate(message, policy, state.mutes, now=now)
            intent, score = intent_of(state.conversation, message, policy.analysts)
            if blocked is None and intent.asks:
                return True, ()
            signals = Signals(intent=intent, intent_score=score, muted=blocked is Reason.MUTED)
            decision = Abstain(reason=blocked or Reason.NOT_A_REQUEST)
            records.append(record_of(state, message, decision, signals, policy, now=now))
        return False, tuple(records)

    async def evaluate(self, state: ThreadState, policy: Policy, *, now: float) -> Evaluation:
        """Decide on all undecided messages: each person's newest request is answered or not, the others belong to it."""
        waiting, records = self.receipts(state, policy, now=now)
        if not waiting:
            return Evaluation(records=records)
        done, put_off, asked = Evaluation(), set[str](), dict[str, Message]()
        for request in requests(state, policy, now=now):
            one = await self._evaluate_one(after(state, done), request, policy, said=len(done.posts), now=now)
            done = done.plus(one)
            asked[request.target.author.id] = request.target
            put_off |= {request.target.author.id} if one.timers else set()
        others = tuple(
            self._other(state, message, asked.get(message.author.id), policy, now=now)
            for message in undecided(state)
            if message not in asked.values()
            and not (message.author.id in put_off and self._asks(state, message, policy))
        )
        return replace(done, records=(*others, *done.records))

    def _asks(self, state: ThreadState, message: Message, policy: Policy) -> bool:
        return intent_of(state.conversation, message, policy.analysts)[0].asks

    def _other(
        self, state: ThreadState, message: Message, target: Message | None, policy: Policy, *, now: float
    ) -> DecisionRecord:
        reason, signals = reason_of_other(message, state, policy, now=now)
        note = Text(MERGED, message=target.id) if target is not None and reason is Reason.MERGED else ""
        return record_of(state, message, Abstain(reason=reason), signals, policy, now=now, note=note)

    async def _evaluate_one(
        self, state: ThreadState, request: Request, policy: Policy, *, said: int, now: float
    ) -> Evaluation:
        began, target = time.perf_counter(), request.target
        calibration = await self._calibrations.calibration_of(target.conversation, policy, now=now)
        held = replace(policy, min_relevance=threshold_of(policy, calibration))
        signals = await self._signals(state, target, policy, said=said, now=now)
        answer = Answer(question=Question(text="", message_ids=request.message_ids))
        decision = before_search(signals, policy, now=now)
        if decision is None:
            answer = await self._answer(state, request, policy, now=now)
            signals = with_answer(signals, answer, state, target, policy)
            decision = decide(signals, held, now=now)
        elif decision.reason is Reason.ANSWERED_BY_PERSON and may_react(policy, now=now):
            signals = replace(signals, agrees_with=await self._agreed(state, target, signals, held, now=now))
            decision = decide(signals, held, now=now)
        unread = unread_in(state.conversation, request.message_ids)
        record = replace(
            record_of(state, target, decision, signals, held, now=now),
            question=answer.question.text,
            text=answer.draft.text,
            citations=tuple(c.entry_id for c in answer.draft.citations),
            considered=considered(answer.hits, answer.fitting, answer.draft, held),
            reasoner=answer.draft.reasoner or self._reasoner.name,
            prompt_hash=answer.draft.prompt_hash,
            model_calls=answer.question.model_calls + answer.draft.model_calls,
            tokens=answer.question.tokens + answer.draft.tokens,
            cost=answer.question.cost + answer.draft.cost,
            note=NOTE_SEPARATOR.join(filter(None, (answer.question.note, answer.draft.note, unread_note(unread)))),
            took_s=round(time.perf_counter() - began, 4),
        )
        match decision:
            case Defer():
                return Evaluation(records=(record,), timers=(Timer(kind=TimerKind.EVALUATE, due_at=decision.until),))
            case React():
                return Evaluation(records=(record,), posts=(reaction_post(decision, record, state),))
            case Suggest():
                return await self._say(state, record, answer, policy, unread=unread, now=now)
            case Abstain():
                return Evaluation(records=(record,))

    async def _signals(self, state: ThreadState, target: Message, policy: Policy, *, said: int, now: float) -> Signals:
        posted_at = await self._ledger.posted_since(target.conversation.channel, since=now - DAY_S)
        return measure(
            state.conversation,
            target,
            case=state.case,
            suggestions=state.suggestions,
            policy=policy,
            posted_at=[*posted_at, *[now] * said],
            muted=muted(target.conversation, target.author.id, state.mutes, now=now),
        )

    async def _answer(self, state: ThreadState, request: Request, policy: Policy, *, now: float) -> Answer:
        heard = still_meant(state.conversation, request.target)
        question = await self._reasoner.question(heard, request.message_ids)
        hits = await self._found(state, question.text, policy, now=now)
        asked = asked_in(heard, request.target.author.id)
        fit = fitting(hits, asked, policy)
        good = [hit for hit in fit if hit.score >= policy.min_relevance][:MAX_HITS_DRAFTED]
        draft = await self._reasoner.draft(question, good, max_chars=MAX_SUGGESTION_CHARS) if good else Draft()
        return Answer(question=question, hits=tuple(hits), fitting=fit, draft=draft)

    async def _agreed(
        self, state: ThreadState, target: Message, signals: Signals, policy: Policy, *, now: float
    ) -> str | None:
        """Return the id of the person's answer if it says what is known; costs a search and no model call."""
        answer = state.conversation.message(signals.answered_by or "")
        if answer is None:
            return None
        hits = await self._found(state, target.text, policy, now=now)
        return agreement(fitting(hits, target.text, policy), target, answer, policy)

    async def _found(self, state: ThreadState, text: str, policy: Policy, *, now: float) -> list[Hit]:
        ref = state.conversation.ref
        hits = await self._finder.find(text, viewer=policy.viewer(ref), limit=MAX_CONSIDERED, before=now)
        own = ref.key  # what was learned from this very thread says nothing new in it
        new = [h for h in hits if not any(source.thread_id == own for source in h.entry.sources)]
        if all(hit.score < policy.min_relevance for hit in new):
            return new
        said = await self._transcript.messages_in(ref, before=now - _AROUND_SINCE_S, limit=_AROUND)
        around = [m.text for m in said if m.is_human and m.conversation != ref]
        return self._telling.told_apart(text, new, around)

    async def _say(
        self, state: ThreadState, record: DecisionRecord, answer: Answer, policy: Policy, *, unread: int, now: float
    ) -> Evaluation:
        suggestion = suggestion_of(record, answer, policy)
        record = replace(record, suggestion_id=suggestion.id)
        ref = state.conversation.ref
        readers = await analysts_of(ref, policy, self._transcript, now=now) if suggestion.private else ()
        why_not = withheld(suggestion, policy.mode, readers)
        if why_not:
            noted = replace(record, note=NOTE_SEPARATOR.join(filter(None, (record.note, why_not))))
            return Evaluation(records=(noted,), suggestions=(suggestion,))
        post = replace(
            post_of(suggestion, state, readers),
            card=suggestion_card(suggestion, unread=unread),
            expires_at=now + policy.suggestion_ttl_s,
        )
        return Evaluation(records=(record,), suggestions=(suggestion,), posts=(post,))
