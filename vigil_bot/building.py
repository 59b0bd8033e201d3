"""Collects what a turn changes, piece by piece."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from vigil_bot.commands.mutes import muted_notice
from vigil_bot.introduction import introduction
from vigil_bot.model.card import Card
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.cluster import Linkage
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import DecisionRecord, Intent, Reason
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.knowledge import EntryUse
from vigil_bot.model.policy import Mode, Mute, MuteScope, Policy
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.model.thread import ThreadState
from vigil_bot.model.watch import Watched
from vigil_bot.model.work import Outcome, Post, PostOp, Timer
from vigil_bot.proactive.card import suggestion_card
from vigil_bot.proactive.evaluation import Evaluation
from vigil_bot.proactive.eyes import turn_eyes
from vigil_bot.proactive.gate import muted
from vigil_bot.proactive.signals import intent_of, role_in
from vigil_bot.progress.card import cited_openly, mark_of, status_card, worth_showing
from vigil_bot.progress.linker import Followed
from vigil_bot.progress.linking import Here
from vigil_bot.progress.reminders import timers
from vigil_bot.progress.update import update_timer
from vigil_bot.progress.words import spoken_in
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.watch.watcher import WatchReport

_SPEAKING = (Mode.ON, Mode.PRIVATE)
_POINTLESS = (Reason.NOT_A_REQUEST, Reason.NOTHING_FOUND, Reason.BELOW_THRESHOLD, Reason.NOT_GROUNDED)
HELLO_EVERY_S = 3600.0  # being invited twice within an hour is one invitation


class OutcomeBuilder:
    """The state at the start of a turn and what has been decided since; moved says that a person wrote something."""

    def __init__(self, state: ThreadState, policy: Policy, now: float) -> None:
        self.state = state
        self.conversation: Conversation = state.conversation
        self.policy = policy
        self.now = now
        self.case: Case | None = state.case
        self.moved = False
        self.mutes: list[Mute] = []
        self._records: list[DecisionRecord] = []
        self._suggestions: list[Suggestion] = []
        self._states: list[tuple[str, SuggestionState]] = []
        self._feedback: list[Feedback] = []
        self._uses: list[EntryUse] = []
        self._timers: dict[str, Timer] = {}
        self._posts: list[Post] = []
        self._watched: list[Watched] = []
        self._linkage: Linkage | None = None

    def role(self, message: Message) -> Role:
        """The role of a message's author in this thread."""
        return role_in(self.conversation, message, self.policy.analysts)

    def role_of(self, author: Author) -> Role:
        """The role of somebody in this thread."""
        return Role.ANALYST if author.id in self.policy.analysts else self.conversation.role_of(author)

    def intent(self, message: Message) -> Intent:
        """What a message is."""
        return intent_of(self.conversation, message, self.policy.analysts)[0]

    def fold(self, step: Callable[[Case | None], Case | None]) -> None:
        """Take the case one step further."""
        self.case = step(self.case)

    def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """The suggestion with this id, if it was made in this thread."""
        return next((s for s in self.state.suggestions if s.id == suggestion_id), None)

    def suggestion_posted_as(self, message_id: str) -> Suggestion | None:
        """The suggestion that is this message on the platform."""
        return next((s for s in reversed(self.state.suggestions) if s.posted_id == message_id), None)

    def live_suggestions(self) -> list[Suggestion]:
        """Suggestions that people can see, or are about to."""
        return [s for s in self.state.suggestions if s.state in (SuggestionState.POSTED, SuggestionState.POSTING)]

    def last_posted(self, *, before: float) -> Suggestion | None:
        """The newest suggestion that people could see at that time."""
        return next((s for s in reversed(self.live_suggestions()) if s.created_at <= before), None)

    @property
    def in_force(self) -> tuple[Mute, ...]:
        """The mutes of the thread, its channel and its people, as they are by now."""
        return tuple({(m.scope, m.target): m for m in (*self.state.mutes, *self.mutes)}.values())

    def mute_thread(self, by: str) -> None:
        """Silence the thread until somebody undoes it."""
        self.mutes.append(Mute(scope=MuteScope.THREAD, target=self.conversation.ref.key, by=by, at=self.now))
        if self.policy.mode in _SPEAKING:
            key = f"muted/{self.conversation.ref.key}/{by}/{self.now:.0f}"
            self._post(key, PostOp.EPHEMERAL, card=muted_notice(), reader_ids=(by,))

    def mute_by_emoji(self, by: str, *, added: bool) -> None:
        """Silence the thread, or end the silence that the same person asked for."""
        mutes = [m for m in self.in_force if m.scope is MuteScope.THREAD and m.target == self.conversation.ref.key]
        if added:
            if not any(mute.by == by and mute.holds(self.now) for mute in mutes):
                self.mute_thread(by)
            return
        if mutes and mutes[-1].by == by:
            self.mutes.append(replace(mutes[-1], until=self.now))

    def look(self, message_id: str | None, *, evaluated: bool = False) -> None:
        """Put 👀 on a question, or take it off where there is none to look at."""
        if self.case is not None:
            eyes = turn_eyes(self.case, message_id, self.conversation, evaluated=evaluated, now=self.now)
            self.case = eyes.case
            self._posts.extend(eyes.posts)
            self._timers |= {timer.kind: timer for timer in eyes.timers}

    def withdraw(self, suggestion: Suggestion) -> None:
        """Take a suggestion back."""
        self._states.append((suggestion.id, SuggestionState.WITHDRAWN))
        self._post(f"{suggestion.id}/withdraw", PostOp.DELETE, target_key=suggestion.id)

    def introduce(self, *, joined_at: float) -> None:
        """Say in the channel who we are."""
        key = f"hello/{self.conversation.ref.channel.key}/{joined_at // HELLO_EVERY_S:.0f}"
        self._post(key, PostOp.POST, card=introduction(self.policy))

    def send_to_thread(self, suggestion: Suggestion, *, text: str = "") -> None:
        """Post in the thread what was shown to analysts only, in the words that one of them put it in."""
        public = replace(
            suggestion,
            id=f"{suggestion.id}-sent",
            text=text or suggestion.text,
            private=False,
            state=SuggestionState.DRAFTED,
        )
        self._suggestions.append(public)
        self._posts.append(
            Post(
                key=public.id,
                conversation=self.conversation.ref,
                op=PostOp.POST,
                card=suggestion_card(public),
                suggestion_id=public.id,
            )
        )

    def add_feedback(self, feedback: Feedback, uses: Sequence[EntryUse]) -> None:
        """Record a verdict and what it changes in the trust of entries."""
        self._feedback.append(feedback)
        self._uses.extend(uses)

    def add(self, evaluation: Evaluation) -> None:
        """Take over what the engine decided."""
        self.add_records(evaluation.records)
        self._suggestions.extend(evaluation.suggestions)
        self._posts.extend(evaluation.posts)
        for timer in evaluation.timers:
            self.arm(timer)

    def add_watched(self, report: WatchReport) -> None:
        """Take over what the watch rules found."""
        self._watched.extend(report.watched)
        self._posts.extend(report.posts)

    def add_followed(self, followed: Followed) -> None:
        """Take over what became of linked reports."""
        self.case, self._linkage = followed.case, followed.linkage
        self._posts.extend(followed.posts)
        for timer in followed.timers:
            self.arm(timer)

    def add_records(self, records: Sequence[DecisionRecord]) -> None:
        """Add receipts; a suggestion about a message that does not ask for it any more is taken back."""
        self._records.extend(records)
        pointless = {r.message_id for r in records if r.decision.kind == "abstain" and r.reason in _POINTLESS}
        for suggestion in self.live_suggestions():
            if suggestion.message_id in pointless:
                self.withdraw(suggestion)

    def arm(self, timer: Timer) -> None:
        """Arm a timer; the last of a kind counts."""
        self._timers[timer.kind] = timer

    @property
    def may_remind(self) -> bool:
        """Whether people may be reminded of the case at all."""
        return self._may_post() and not self._is_history()

    def remind(self, readers: Sequence[str], card: Card, *, desk: ConversationRef | None = None) -> None:
        """Remind people quietly, or at their desk everybody who reads there."""
        key = f"nudge/{self.conversation.ref.key}/{self.case.nudges if self.case else 0}"
        if desk is None:
            self._post(key, PostOp.EPHEMERAL, card=card, reader_ids=tuple(readers))
        else:
            self._posts.append(Post(key=key, conversation=desk, op=PostOp.POST, card=card, heeds_mutes=True))

    def tell(self, key: str, card: Card) -> None:
        """Post something about the case in its thread, unless the thread moves on before."""
        if self.policy.mode is Mode.ON and self._may_post() and not self._is_history():
            ref = self.conversation.ref
            post = Post(key=key, conversation=ref, op=PostOp.POST, card=card, guard=self.conversation.version)
            self._posts.append(post)

    @property
    def here(self) -> Here:
        """The thread with what is allowed in it, mutes of this turn too."""
        mutes = (*self.state.mutes, *self.mutes)
        return Here(state=replace(self.state, mutes=mutes), policy=self.policy, now=self.now)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of "tomorrow morning" here."""
        return ZoneInfo(self.policy.zone)

    def show_case(self) -> None:
        """Post the status card when there is something to show, and keep it true by editing it."""
        case = self.case
        shown = case is not None and (case.card_key is not None or case != self.state.case)
        if case is None or not shown or not self.policy.status_card or not worth_showing(case):
            return
        gone = {suggestion_id for suggestion_id, _ in self._states}
        cited = cited_openly(s for s in self.state.suggestions if s.id not in gone)
        after_s = self.policy.nudge_after_s
        card = status_card(case, self.conversation, cited=cited, now=self.now, nudge_after_s=after_s)
        mark = mark_of(card)
        if case.card_key is None:
            shows = self.policy.mode is Mode.ON and case.state is not CaseState.CLOSED and not self._is_history()
            if shows and self._may_post():
                key = f"card/{self.conversation.ref.key}"
                self.case = replace(case, card_key=key, card_mark=mark)
                self._post(key, PostOp.POST, card=card)
        elif mark != case.card_mark:
            edits = case.card_edits + 1
            self.case = replace(case, card_edits=edits, card_mark=mark)
            self._post(f"{case.card_key}/{edits}", PostOp.EDIT, card=card, target_key=case.card_key)

    def outcome(self) -> Outcome:
        """Return all of it."""
        changed = self.case if self.case != self.state.case else None
        if changed is not None:
            for timer in (*timers(changed, self.policy), update_timer(changed, self.policy)):
                self.arm(timer)
        return Outcome(
            case=changed,
            case_before=self.state.case,
            decisions=tuple(self._records),
            suggestions=tuple(self._suggestions),
            suggestion_states=tuple(self._states),
            feedback=tuple(self._feedback),
            uses=tuple(self._uses),
            mutes=tuple(self.mutes),
            timers=tuple(self._timers.values()),
            posts=said(tuple(self._posts), self._reader) if self._posts else (),
            watched=tuple(self._watched),
            linkage=self._linkage,
        )

    @property
    def _reader(self) -> Reader:
        """Who reads what is posted here: the language of the thread, else of the channel."""
        language = spoken_in(self.conversation, self.case) or next(iter(self.policy.languages), ENGLISH)
        return Reader(language=language, zone=self.policy.zone)

    def _is_history(self) -> bool:
        """Whether the thread is so old that it is only learned from."""
        said = [m.sent_at for m in self.conversation.messages if m.is_human]
        patience = max(self.policy.answer_within_s, self.policy.close_after_s)
        return bool(said) and self.now - max(said) > patience

    def _may_post(self) -> bool:
        silenced = muted(self.conversation.ref, "", self.in_force, now=self.now)
        return self.policy.mode in _SPEAKING and not silenced

    def _post(
        self,
        key: str,
        op: PostOp,
        *,
        card: Card | None = None,
        target_key: str | None = None,
        reader_ids: tuple[str, ...] = (),
    ) -> None:
        self._posts.append(
            Post(
                key=key,
                conversation=self.conversation.ref,
                op=op,
                card=card,
                target_key=target_key,
                reader_ids=reader_ids,
            )
        )
