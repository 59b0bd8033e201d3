"""Work through conversations: claim, handle, commit, send. One worker a conversation at a time."""

import asyncio
import contextlib
import traceback
import uuid

import structlog

from vigil_bot.clock import heed_set_back
from vigil_bot.errors import LeaseLost, StaleCase, StoreError
from vigil_bot.metrics import Metrics
from vigil_bot.model.work import Post, TimerKind, Turn
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.work import Handler, WorkQueue
from vigil_bot.progress.times import steps_of
from vigil_bot.retry import Backoff
from vigil_bot.sending import Sender

log = structlog.get_logger()

MAX_IDLE_S = 5.0  # look again after this time at the latest, should the clock have jumped


class Worker:
    """Claims ready conversations under a lease and works on several at a time."""

    def __init__(
        self,
        queue: WorkQueue,
        handler: Handler,
        sender: Sender,
        *,
        clock: Clock,
        metrics: Metrics,
        slots: int = 8,
        lease_s: float = 30.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._sender = sender
        self._clock = clock
        self._metrics = metrics
        self._slots = slots
        self._lease_s = lease_s
        self._backoff = backoff or Backoff()
        self._owner = uuid.uuid4().hex
        self._held: dict[str, Turn] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._latest = 0.0  # what the clock showed last

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more; run() returns when what is held is finished."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Work until stopped or cancelled."""
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew(), name="leases")
            while not self._stopping:
                self._woken.clear()
                for turn in await self._claim():
                    self._held[turn.conversation.key] = turn
                    group.create_task(self._turn(turn), name=turn.conversation.key)
                await self._rest()
            while self._held:
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), 1.0)
            renewing.cancel()

    async def drain(self) -> int:
        """Work on what is ready at this moment, one after the other; return how many turns it took.

        A conversation that has work again at the end of its own turn is left for the next call.
        """
        turns = 0
        while claimed := await self._claim():
            for turn in claimed:
                await self._turn(turn)
            turns += len(claimed)
            if len(claimed) < self._slots:
                break
        return turns

    async def _claim(self) -> list[Turn]:
        free = self._slots - len(self._held)
        if free <= 0:
            return []
        try:
            await heed_set_back(self._queue, self._clock, shown=self._latest)
            self._latest = self._clock.now()
            return await self._queue.claim(owner=self._owner, now=self._clock.now(), ttl_s=self._lease_s, limit=free)
        except StoreError as error:
            log.error("work.not_claimed", error=str(error))  # noqa: TRY400 -- the message says it all
            return []

    async def _rest(self) -> None:
        wait_s = MAX_IDLE_S
        if len(self._held) < self._slots:
            with contextlib.suppress(StoreError):
                due = await self._queue.next_wake(now=self._clock.now())
                if due is not None:
                    wait_s = min(MAX_IDLE_S, max(0.001, due - self._clock.now()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), wait_s)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            for turn in list(self._held.values()):
                with contextlib.suppress(StoreError):  # a lost lease shows when the turn is committed
                    await self._queue.renew(turn, now=self._clock.now(), ttl_s=self._lease_s)

    async def _turn(self, turn: Turn) -> None:
        leased, began = True, self._clock.now()
        with structlog.contextvars.bound_contextvars(conversation=turn.conversation.key):
            try:
                leased = await self._work(turn)
            except (LeaseLost, StaleCase) as error:
                log.info("turn.repeated", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 -- the one place where a bug must not stop the others
                leased = await self._failed(turn, error)
            finally:
                with contextlib.suppress(StoreError):
                    if leased:
                        await self._queue.release(turn, now=self._clock.now())
                    await heed_set_back(self._queue, self._clock, shown=began)
                if self._held.get(turn.conversation.key) is turn:
                    del self._held[turn.conversation.key]
                self._woken.set()

    async def _work(self, turn: Turn) -> bool:
        """Handle a turn and send what is to be sent; return whether the lease is still held."""
        posts = turn.posts
        if turn.events or turn.timers:
            outcome = await self._handler.handle(turn)
            posts = await self._queue.commit(turn, outcome, now=self._clock.now())
            for record in outcome.decisions:
                self._metrics.decided(record.decision.kind, record.reason.value)
            for step in steps_of(outcome.case_before, outcome.case):
                self._metrics.case_moved(turn.conversation.channel.key, step)
        await self._sender.send_all(posts, owner=turn.owner)
        self._count_delay(turn, posts)
        return bool(posts)

    def _count_delay(self, turn: Turn, posts: tuple[Post, ...]) -> None:
        due = [timer.due_at for timer in turn.timers if timer.kind is TimerKind.EVALUATE and timer.due_at is not None]
        if due and any(post.suggestion_id for post in posts):
            self._metrics.posted_after(self._clock.now() - min(due))

    async def _failed(self, turn: Turn, error: Exception) -> bool:
        """Put the turn off or give it up; return whether the lease is still held."""
        retry_at = self._backoff.next_try(turn.attempts, error, now=self._clock.now())
        self._metrics.turn_failed(given_up=retry_at is None)
        level = log.warning if retry_at is not None else log.error
        level("turn.failed", error=type(error).__name__, at=_where(error), attempts=turn.attempts + 1)
        try:
            await self._queue.fail(turn, error=type(error).__name__, now=self._clock.now(), retry_at=retry_at)
        except StoreError:
            return True
        return False


def _where(error: Exception) -> str:
    """The place in the code, without the error's own words, which may quote a message."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
