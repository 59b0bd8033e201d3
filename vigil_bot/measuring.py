"""What is measured around the parts, so that the parts need not know."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from vigil_bot.errors import StoreError
from vigil_bot.metrics import Metrics
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import Hit, Viewer
from vigil_bot.model.work import Outcome, Turn
from vigil_bot.ports.knowledge import KnowledgeFinder
from vigil_bot.ports.work import Handler, WorkQueue

COUNT_EVERY_S = 5.0


class TimedFinder:
    """A finder whose searches are timed."""

    def __init__(self, finder: KnowledgeFinder, metrics: Metrics) -> None:
        self._finder = finder
        self._metrics = metrics

    async def find(
        self,
        text: str,
        *,
        viewer: Viewer | None,
        limit: int = 5,
        before: float | None = None,
        candidates: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return entries about the text, best first."""
        began = time.perf_counter()
        try:
            return await self._finder.find(text, viewer=viewer, limit=limit, before=before, candidates=candidates)
        finally:
            self._metrics.found_in(time.perf_counter() - began)


class CountedHandler:
    """A handler whose model calls are counted for the channel at hand."""

    def __init__(
        self, handler: Handler, counted_for: Callable[[ConversationRef], AbstractContextManager[None]]
    ) -> None:
        self._handler = handler
        self._counted_for = counted_for

    async def handle(self, turn: Turn) -> Outcome:
        """Work out what a turn changes."""
        with self._counted_for(turn.conversation):
            return await self._handler.handle(turn)


async def count_pending(queue: WorkQueue, metrics: Metrics) -> None:
    """Say every now and then how many events wait, until cancelled."""
    while True:
        with contextlib.suppress(StoreError):  # /readyz tells of it
            metrics.pending(await queue.pending())
        await asyncio.sleep(COUNT_EVERY_S)
