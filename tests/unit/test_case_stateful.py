"""A case as anything may happen to it: every state can be reached, and every end undone."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.event import ReactionChanged
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import PostOp, TimerKind
from vigil_bot.proactive.eyes import EYES_S, turn_eyes
from vigil_bot.progress import reminders
from vigil_bot.progress import state as life

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m1")
POLICY = Policy()
ROLES = {"rita": Role.REQUESTER, "anna": Role.ANALYST, "ravi": Role.UNKNOWN}
TEXTS = (
    "how do I fix PAY-1203?",
    "restart the payments deployment",
    "that fixed it, thanks",
    "I'll look in 10 minutes",
)
PEOPLE = st.sampled_from(sorted(ROLES))


class Living(RuleBasedStateMachine):
    """One thread, its case, and 👀 on its questions."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 1_000.0
        self.case: Case | None = None
        self.messages: list[Message] = []
        self.eyes: set[str] = set()

    @rule(by=PEOPLE, text=st.sampled_from(TEXTS), intent=st.sampled_from(Intent), after_s=st.floats(1, 90_000))
    def somebody_writes(self, by: str, text: str, intent: Intent, after_s: float) -> None:
        self.at += after_s
        message = Message(
            id=f"m{len(self.messages) + 1}", conversation=REF, author=Author(id=by), text=text, sent_at=self.at
        )
        self.messages.append(message)
        before = self.case
        self.case = life.on_message(self.case, message, role=ROLES[by], intent=intent)
        assert life.on_message(self.case, message, role=ROLES[by], intent=intent) == self.case or before is None

    @rule(data=st.data(), intent=st.sampled_from(Intent))
    def somebody_edits(self, data: st.DataObject, intent: Intent) -> None:
        if self.messages:
            message = replace(data.draw(st.sampled_from(self.messages)), edited_at=self.at)
            self.case = life.on_edit(self.case, message, role=ROLES[message.author.id], intent=intent)

    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        if self.case is not None and self.messages:
            self.case = life.on_delete(self.case, data.draw(st.sampled_from(self.messages)).id, self.at)

    @rule(data=st.data(), by=PEOPLE, added=st.booleans())
    def somebody_ticks(self, *, data: st.DataObject, by: str, added: bool) -> None:
        if self.case is not None and self.messages:
            self.at += 1.0
            message = data.draw(st.sampled_from(self.messages))
            tick = ReactionChanged(
                conversation=REF, message_id=message.id, author=Author(id=by), emoji="✅", added=added, at=self.at
            )
            self.case = life.on_reaction(self.case, tick, role=ROLES[by], message_role=ROLES[message.author.id])

    @rule(kind=st.sampled_from([TimerKind.NUDGE, TimerKind.CLOSE]), after_s=st.floats(1, 400_000))
    def a_timer_fires(self, kind: TimerKind, after_s: float) -> None:
        if self.case is not None:
            self.at += after_s
            self.case, _ = reminders.on_timer(self.case, kind, policy=POLICY, now=self.at)

    @rule(data=st.data())
    def we_look(self, data: st.DataObject) -> None:
        if self.case is not None and self.messages:
            message = data.draw(st.sampled_from(self.messages))
            eyes = turn_eyes(self.case, message.id, self._thread(), evaluated=False, now=self.at)
            self.case = eyes.case
            self.eyes |= {post.target_id or "" for post in eyes.posts}
            assert [timer.due_at for timer in eyes.timers] == [self.at + EYES_S] * len(eyes.posts)

    @rule(evaluated=st.booleans())
    def we_look_away(self, *, evaluated: bool) -> None:
        if self.case is not None:
            eyes = turn_eyes(self.case, None, self._thread(), evaluated=evaluated, now=self.at)
            self.case = eyes.case
            self.eyes -= {post.target_id or "" for post in eyes.posts if post.op is PostOp.UNREACT}
            assert self.eyes == set()

    @invariant()
    def one_pair_of_eyes_at_most_and_we_know_where(self) -> None:
        on = self.case.eyes_on if self.case else None
        assert self.eyes == ({on} if on else set())

    @invariant()
    def a_case_that_is_over_waits_for_nobody(self) -> None:
        if self.case is not None and self.case.state.over:
            assert self.case.next_mover is Side.NOBODY
            assert all(timer.due_at is None for timer in reminders.timers(self.case, POLICY))

    @invariant()
    def every_end_can_be_undone_and_every_case_ended(self) -> None:
        if self.case is None:
            return
        ended = life.resolve(self.case, conversation=REF.key, by="anna", role=Role.ANALYST, note="", at=self.at + 1)
        assert ended.state.over
        again = life.reopen(ended, by="anna", at=self.at + 2)
        assert not again.state.over
        assert again.problem_ids == self.case.problem_ids
        assert again.next_mover is not Side.NOBODY

    def _thread(self) -> Conversation:
        return Conversation(ref=REF, messages=tuple(self.messages))


TestLiving = Living.TestCase
TestLiving.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


def test_every_state_can_be_reached() -> None:
    asked = Message(id="m1", conversation=REF, author=Author(id="rita"), text=TEXTS[0], sent_at=1.0)
    opened = life.on_message(None, asked, role=Role.REQUESTER, intent=Intent.PROBLEM_REPORT)
    assert opened is not None
    promise = replace(asked, id="m2", author=Author(id="anna"), text=TEXTS[3], sent_at=2.0)
    promised = life.on_message(opened, promise, role=Role.ANALYST, intent=Intent.PROMISE)
    answer = replace(asked, id="m3", author=Author(id="anna"), text="please try a restart, did that help?", sent_at=3.0)
    answered = life.on_message(promised, answer, role=Role.ANALYST, intent=Intent.ANSWER)
    assert answered is not None
    resolved = life.resolve(answered, conversation=REF.key, by="rita", role=Role.REQUESTER, note="", at=4.0)
    close_at = next(t.due_at for t in reminders.timers(answered, POLICY) if t.kind is TimerKind.CLOSE)
    assert close_at is not None
    closed, _ = reminders.on_timer(answered, TimerKind.CLOSE, policy=POLICY, now=close_at)

    states = [case.state for case in (opened, promised, answered, resolved, closed) if case]
    assert set(states) == set(CaseState)
