"""Two owners, a clock that jumps, leases that run out: nothing is lost, nothing counts twice, the order holds."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from adapters.store.store import Store
from tests.contract.samples import CHANNEL, NOW, posted
from vigil_bot.errors import LeaseLost
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.work import Outcome, Post, PostOp, Timer, TimerKind, Turn

T = TypeVar("T")
TTL_S = 10.0
THREADS = ("t1", "t2")


def ref(thread: str) -> ConversationRef:
    return ConversationRef(
        platform=CHANNEL.platform, workspace_id=CHANNEL.workspace_id, channel_id=CHANNEL.channel_id, thread_id=thread
    )


class QueueMachine(RuleBasedStateMachine):
    """Events carry rising times, so that the order in which they are done can be checked."""

    turns = Bundle("turns")

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.store = self.wait(Store.open("sqlite://", inline=True, durable=False))
        self.now = NOW
        self.appended: dict[str, list[str]] = {thread: [] for thread in THREADS}
        self.done: dict[str, list[str]] = {thread: [] for thread in THREADS}
        self.armed: dict[str, float] = {}
        self.sent: Counter[str] = Counter()
        self.intended: set[str] = set()

    def wait(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.finish()
            self.wait(self.store.close())
            self.loop.close()

    @rule(thread=st.sampled_from(THREADS), again=st.booleans())
    def append(self, thread: str, again: bool) -> None:  # noqa: FBT001 -- drawn by name
        number = sum(len(ids) for ids in self.appended.values())
        event = posted(f"m{number}", at=NOW + number, ref=ref(thread))
        self.appended[thread].append(event.key)
        assert self.wait(self.store.queue.append([event], now=self.now)) == [True]
        if again:
            assert self.wait(self.store.queue.append([event], now=self.now)) == [False]

    @rule(seconds=st.sampled_from([0.5, TTL_S / 2, TTL_S + 1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=turns, owner=st.sampled_from(["a", "b"]), limit=st.integers(1, 3))
    def claim(self, owner: str, limit: int) -> object:
        claimed = self.wait(self.store.queue.claim(owner=owner, now=self.now, ttl_s=TTL_S, limit=limit))
        keys = [turn.conversation.key for turn in claimed]
        assert len(keys) == len(set(keys)) <= limit
        assert all(turn.events or turn.timers or turn.posts for turn in claimed)
        return multiple(*claimed)

    @rule(turn=turns)
    def renew(self, turn: Turn) -> None:
        self.attempt(self.store.queue.renew(turn, now=self.now, ttl_s=TTL_S))

    @rule(turn=consumes(turns))
    def release(self, turn: Turn) -> None:
        self.wait(self.store.queue.release(turn, now=self.now))

    @rule(turn=turns, arm=st.sampled_from([None, 1.0, 5.0]), speak=st.booleans())
    def commit(self, turn: Turn, arm: float | None, speak: bool) -> None:  # noqa: FBT001 -- drawn by name
        thread = turn.conversation.thread_id or ""
        timers = (Timer(kind=TimerKind.NUDGE, due_at=None if arm is None else self.now + arm),)
        key = f"{thread}/{len(self.done[thread])}"
        posts = (Post(key=key, conversation=turn.conversation, op=PostOp.POST),) if speak else ()
        to_send = self.attempt(self.store.queue.commit(turn, Outcome(timers=timers, posts=posts), now=self.now))
        if to_send is None:
            return
        self.intended.update(post.key for post in posts)
        self.done[thread].extend(event.key for event in turn.events)
        if arm is None:
            self.armed.pop(thread, None)
        else:
            self.armed[thread] = self.now + arm
        for post in to_send[:1]:
            self.send(post, turn.owner)

    @rule(turn=turns)
    def send_what_was_left(self, turn: Turn) -> None:
        for post in turn.posts:
            self.send(post, turn.owner)

    @rule(turn=consumes(turns), wait_s=st.sampled_from([0.0, 4 * TTL_S]))
    def fail(self, turn: Turn, wait_s: float) -> None:
        try:
            self.wait(self.store.queue.fail(turn, error="Bug", now=self.now, retry_at=self.now + wait_s))
        except LeaseLost:
            return
        thread = turn.conversation.thread_id or ""
        if turn.timers and self.armed.get(thread) == turn.timers[0].due_at:
            self.armed[thread] = self.now + wait_s

    @invariant()
    def everything_is_done_in_order_and_once(self) -> None:
        for thread in THREADS if hasattr(self, "store") else ():
            assert self.done[thread] == self.appended[thread][: len(self.done[thread])]
            assert all(count == 1 for count in self.sent.values())

    def send(self, post: Post, owner: str) -> None:
        if self.attempt(self.store.queue.start_send(post, owner=owner, now=self.now)):
            self.wait(self.store.queue.finish_send(post, message_id=post.key, now=self.now))
            self.sent[post.key] += 1

    def attempt(self, work: Coroutine[object, object, T]) -> T | None:
        """Do something that a lost lease forbids; None then."""
        try:
            return self.wait(work)
        except LeaseLost:
            return None

    def finish(self) -> None:
        """A third owner clears up: then all is done, in order, and the timers come when they are due."""
        for _ in range(100):
            self.now += TTL_S + 1
            wake = self.wait(self.store.queue.next_wake(now=self.now))
            if wake is None:
                break
            self.now = max(self.now, wake)
            for turn in self.wait(self.store.queue.claim(owner="c", now=self.now, ttl_s=TTL_S, limit=9)):
                thread = turn.conversation.thread_id or ""
                if turn.timers:
                    assert [timer.due_at for timer in turn.timers] == [self.armed.pop(thread)]
                for post in self.wait(self.store.queue.commit(turn, Outcome(), now=self.now)):
                    self.send(post, "c")
                self.done[thread].extend(event.key for event in turn.events)
                self.wait(self.store.queue.release(turn, now=self.now))
        assert self.done == self.appended
        assert self.armed == {}
        assert self.sent == Counter(self.intended)


QueueMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestQueueMachine = QueueMachine.TestCase
