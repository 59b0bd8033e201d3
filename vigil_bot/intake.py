"""Store events before they are acknowledged, many at a time."""

import asyncio
import contextlib
from collections.abc import Callable

from vigil_bot.clock import heed_set_back
from vigil_bot.errors import StoreError, TransientError
from vigil_bot.metrics import Metrics
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import Event, MessageEdited, MessagePosted
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.work import WorkQueue

MAX_BATCH = 256  # events in one transaction


class Intake:
    """Groups concurrent accepts into one transaction, so that durability does not cost one disk sync an event."""

    def __init__(
        self,
        queue: WorkQueue,
        *,
        policy_of: Callable[[ConversationRef], Policy],
        clock: Clock,
        metrics: Metrics,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._queue = queue
        self._policy_of = policy_of
        self._clock = clock
        self._metrics = metrics
        self._wake = wake
        self._waiting: list[tuple[Event, asyncio.Future[bool]]] = []
        self._arrived = asyncio.Event()

    async def accept(self, event: Event) -> bool:
        """Store an event; when this returns it is durable, when it raises it is not stored.

        Returns:
            True if it was new; False for one that was there already, or of a channel that is off and not set to learn.
        """
        if not self._wanted(event):
            return False
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, stored))
        self._arrived.set()
        return await stored

    async def run(self) -> None:
        """Store what arrives until cancelled; what waits at that moment is stored or refused, never forgotten."""
        try:
            while True:
                await self._arrived.wait()
                await self.flush()
        finally:
            for _, stored in self._waiting:
                stored.cancel()

    async def flush(self) -> None:
        """Store all that waits, now."""
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            await self._store(batch)
        self._arrived.clear()

    async def store_now(self, event: Event) -> bool:
        """Store one event without grouping, for simulations, where nothing else runs."""
        return self._wanted(event) and (await self._queue.append([event], now=self._clock.now()))[0]

    def _wanted(self, event: Event) -> bool:
        if not isinstance(event, MessagePosted | MessageEdited):
            return True
        policy = self._policy_of(event.conversation)
        return policy.mode is not Mode.OFF or policy.learn

    async def _store(self, batch: list[tuple[Event, asyncio.Future[bool]]]) -> None:
        began = self._clock.now()
        try:
            new = await self._queue.append([event for event, _ in batch], now=began)
        except StoreError as error:
            if len(batch) > 1 and not isinstance(error, TransientError):
                for one in batch:  # one bad event must not refuse its neighbours
                    await self._store([one])
                return
            for _, stored in batch:
                if not stored.done():
                    stored.set_exception(error)
            return
        with contextlib.suppress(StoreError):  # the events are stored
            await heed_set_back(self._queue, self._clock, shown=began)
        for (event, stored), is_new in zip(batch, new, strict=True):
            self._metrics.event_accepted(event.conversation.platform, event.kind, new=is_new, now=self._clock.now())
            if not stored.done():
                stored.set_result(is_new)
        self._wake()
