"""What a turn of a conversation changes: case, feedback, mutes, suggestions. Reads, decides, writes nothing."""

from collections.abc import Callable
from dataclasses import replace

from vigil_bot.building import OutcomeBuilder
from vigil_bot.feedback import Effect, Said, asks_for_quiet, knows, of_action, of_emoji, of_words, uses
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent, Reason
from vigil_bot.model.event import (
    ActionInvoked,
    BotJoined,
    BotRemoved,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.work import Outcome, Timer, TimerKind, Turn
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.records import Ledger, Threads
from vigil_bot.proactive.engine import ProactiveEngine
from vigil_bot.proactive.eyes import worth_a_look
from vigil_bot.proactive.signals import answered_by
from vigil_bot.progress import state as life
from vigil_bot.progress.linker import Linker
from vigil_bot.tending import Tending
from vigil_bot.watch.watcher import Watcher

MAX_COMMENT_CHARS = 2_000
_FOUND_NOTHING = (Reason.NOTHING_FOUND, Reason.BELOW_THRESHOLD, Reason.NOT_GROUNDED)


class ConversationHandler:
    """Folds the events of a turn into the case, then lets the engine look at what was said."""

    def __init__(
        self,
        *,
        threads: Threads,
        ledger: Ledger,
        engine: ProactiveEngine,
        watcher: Watcher,
        linker: Linker,
        tending: Tending,
        policy_of: Callable[[ConversationRef], Policy],
        clock: Clock,
    ) -> None:
        self._threads = threads
        self._ledger = ledger
        self._engine = engine
        self._watcher = watcher
        self._linker = linker
        self._tending = tending
        self._policy_of = policy_of
        self._clock = clock

    async def handle(self, turn: Turn) -> Outcome:
        """Return everything that the turn changes."""
        now = self._clock.now()
        state = await self._threads.load(turn.conversation, now=now)
        building = OutcomeBuilder(state, self._policy_of(turn.conversation), now)
        for event in turn.events:
            await self._on_event(building, event)
        await self._tending.on_timers(building, [timer.kind for timer in turn.timers])
        building.add_followed(await self._linker.follow(building.here, building.case, turn))
        await self._watch(building, turn)
        await self._evaluate(building, turn)
        building.show_case()
        return building.outcome()

    async def _on_event(self, building: OutcomeBuilder, event: Event) -> None:
        match event:
            case MessagePosted():
                await self._on_message(building, event.message)
            case MessageEdited():
                stored = building.conversation.message(event.message.id) or event.message
                building.fold(
                    lambda case: life.on_edit(
                        case, stored, role=building.role(stored), intent=building.intent(stored), zone=building.zone
                    )
                )
            case MessageDeleted():
                self._on_deleted(building, event)
            case ReactionChanged():
                await self._on_reaction(building, event)
            case ActionInvoked():
                await self._on_action(building, event)
            case BotJoined():
                building.introduce(joined_at=event.at)
            case BotRemoved():
                pass  # what is still to be sent is refused by the platform

    async def _on_message(self, building: OutcomeBuilder, posted: Message) -> None:
        message = building.conversation.message(posted.id) or posted
        if message.author.kind is AuthorKind.SELF:
            return
        role, intent = building.role(message), building.intent(message)
        building.fold(lambda case: life.on_message(case, message, role=role, intent=intent, zone=building.zone))
        if message.is_human:
            building.moved = True
            hushed_by = [r.author_id for r in message.reactions if of_emoji(r.emoji) is Effect.MUTE_THREAD]
            if hushed_by or asks_for_quiet(message.text):
                building.mute_thread(next(iter(hushed_by), message.author.id))
            await self._words_on_suggestion(building, message, role, intent)

    async def _words_on_suggestion(
        self, building: OutcomeBuilder, message: Message, role: Role, intent: Intent
    ) -> None:
        suggestion = building.last_posted(before=message.sent_at)
        if suggestion is None:
            return
        question = building.conversation.message(suggestion.message_id)
        between = question is not None and answered_by(building.conversation, question, building.policy.analysts)
        said = Said(message=message, role=role, intent=intent, human_answer_between=bool(between))
        feedback = of_words(said, suggestion)
        if feedback is not None:
            await self._record(building, suggestion, feedback)

    def _on_deleted(self, building: OutcomeBuilder, event: MessageDeleted) -> None:
        building.fold(lambda case: case and life.on_delete(case, event.message_id, at=event.at))
        for suggestion in building.live_suggestions():
            if suggestion.message_id == event.message_id:
                building.withdraw(suggestion)

    async def _on_reaction(self, building: OutcomeBuilder, event: ReactionChanged) -> None:
        if event.author.kind is not AuthorKind.HUMAN:
            return
        meaning, suggestion = of_emoji(event.emoji), building.suggestion_posted_as(event.message_id)
        if meaning is Effect.MUTE_THREAD:
            building.mute_by_emoji(event.author.id, added=event.added)
        elif suggestion is None:
            self._on_reaction_to_person(building, event)
        elif meaning is not None and event.added:
            await self._apply(building, suggestion, meaning, event.author, FeedbackSource.REACTION, at=event.at)

    def _on_reaction_to_person(self, building: OutcomeBuilder, event: ReactionChanged) -> None:
        message = building.conversation.message(event.message_id)
        if message is None:
            return
        role, message_role = building.role_of(event.author), building.role(message)
        if building.case is None and role is Role.ANALYST and event.added and of_emoji(event.emoji) is Effect.LEARN:
            building.fold(lambda _: life.new(building.conversation.ref.key, at=event.at))
        building.fold(lambda case: case and life.on_reaction(case, event, role=role, message_role=message_role))

    async def _on_action(self, building: OutcomeBuilder, event: ActionInvoked) -> None:
        meaning = of_action(event.action)
        if meaning is Effect.RESOLVE or meaning is Effect.REOPEN or meaning is Effect.MUTE_THREAD:
            self._on_case_action(building, meaning, event.author, at=event.at)
            return
        suggestion = building.suggestion(event.value) or building.suggestion_posted_as(event.message_id)
        if suggestion is None:
            if meaning is Effect.LEARN:
                self._learn(building, event)
            return
        if event.action == "comment":
            await self._comment(building, suggestion, event)
        elif meaning is Effect.SEND:
            building.send_to_thread(suggestion, text=event.comment.strip())
            verdict = _verdict(suggestion, event.author, Verdict.ADOPTED, FeedbackSource.BUTTON, event.at)
            await self._record(building, suggestion, verdict)
        elif meaning is not None:
            await self._apply(building, suggestion, meaning, event.author, FeedbackSource.BUTTON, at=event.at)

    def _learn(self, building: OutcomeBuilder, event: ActionInvoked) -> None:
        """Take the message for the answer, as if the analyst had put a 🧠 on it."""
        tick = ReactionChanged(
            conversation=event.conversation,
            message_id=event.message_id,
            author=event.author,
            emoji="🧠",
            added=True,
            at=event.at,
        )
        self._on_reaction_to_person(building, tick)

    async def _comment(self, building: OutcomeBuilder, suggestion: Suggestion, event: ActionInvoked) -> None:
        """Keep somebody's words beside their verdict; without one, who explains what is wrong says that it is."""
        earlier = [f for f in await self._ledger.feedback_on(suggestion.id) if f.author_id == event.author.id]
        verdict = earlier[-1].verdict if earlier else Verdict.NOT_HELPFUL
        feedback = _verdict(suggestion, event.author, verdict, FeedbackSource.BUTTON, event.at)
        await self._record(building, suggestion, replace(feedback, comment=event.comment.strip()[:MAX_COMMENT_CHARS]))

    def _on_case_action(self, building: OutcomeBuilder, effect: Effect, author: Author, *, at: float) -> None:
        role, key = building.role_of(author), building.conversation.ref.key
        match effect:
            case Effect.MUTE_THREAD:
                building.mute_thread(author.id)
            case Effect.REOPEN:
                building.fold(lambda case: case and life.reopen(case, by=author.id, at=at))
            case _:
                building.fold(
                    lambda case: life.resolve(case, conversation=key, by=author.id, role=role, note="", at=at)
                )

    async def _apply(
        self,
        building: OutcomeBuilder,
        suggestion: Suggestion,
        meaning: Verdict | Effect,
        author: Author,
        source: FeedbackSource,
        *,
        at: float,
    ) -> None:
        match meaning:
            case Effect.MUTE_THREAD:
                building.mute_thread(author.id)
            case Effect.WITHDRAW:
                building.withdraw(suggestion)
                await self._record(building, suggestion, _verdict(suggestion, author, Verdict.DISMISSED, source, at))
            case Effect.LEARN | Effect.RESOLVE | Effect.REOPEN | Effect.SEND:
                await self._record(building, suggestion, _verdict(suggestion, author, Verdict.HELPFUL, source, at))
            case Verdict():
                await self._record(building, suggestion, _verdict(suggestion, author, meaning, source, at))

    async def _record(self, building: OutcomeBuilder, suggestion: Suggestion, feedback: Feedback) -> None:
        earlier = [f for f in await self._ledger.feedback_on(suggestion.id) if f.author_id == feedback.author_id]
        before = earlier[-1].verdict if earlier else None
        knowing = knows(building.conversation, feedback.author_id, building.policy.analysts)
        right_at = feedback.at if knowing else 0.0
        building.add_feedback(feedback, uses(suggestion, feedback.verdict, before, right_at=right_at))
        if feedback.verdict is Verdict.RESOLVED and feedback.source is not FeedbackSource.REPLY:
            author = building.conversation.opener
            role = Role.REQUESTER if author and author.id == feedback.author_id else Role.ANALYST
            building.fold(
                lambda case: life.resolve(
                    case,
                    conversation=suggestion.conversation,
                    by=feedback.author_id,
                    role=role,
                    note="",
                    at=feedback.at,
                )
            )

    async def _watch(self, building: OutcomeBuilder, turn: Turn) -> None:
        state = replace(building.state, mutes=building.in_force)
        building.add_watched(await self._watcher.watch(state, turn.events, building.policy, now=building.now))

    async def _evaluate(self, building: OutcomeBuilder, turn: Turn) -> None:
        due = any(timer.kind is TimerKind.EVALUATE for timer in turn.timers)
        state = replace(building.state, case=building.case, mutes=building.in_force)
        if due and not building.moved:
            evaluation = await self._engine.evaluate(state, building.policy, now=building.now)
            building.add(evaluation)
            building.look(None, evaluated=True)
            if any(record.reason in _FOUND_NOTHING for record in evaluation.records):
                await self._tending.look_for_missing(building)
            return
        waiting, records = self._engine.receipts(state, building.policy, now=building.now)
        building.add_records(records)
        building.look(worth_a_look(state, building.policy, now=building.now))
        if waiting and turn.events:
            building.arm(Timer(kind=TimerKind.EVALUATE, due_at=building.now + building.policy.settle_s))


def _verdict(suggestion: Suggestion, author: Author, verdict: Verdict, source: FeedbackSource, at: float) -> Feedback:
    return Feedback(suggestion_id=suggestion.id, author_id=author.id, verdict=verdict, source=source, at=at)
