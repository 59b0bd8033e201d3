"""Run the same engine over recorded events with a simulated clock: timers and jobs fire in simulated time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vigil_bot.clock import SimulatedClock
from vigil_bot.intake import Intake
from vigil_bot.model.card import Card
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import Event
from vigil_bot.model.work import Outcome, Turn
from vigil_bot.ports.chat import ChatClient
from vigil_bot.ports.work import Handler, WorkQueue
from vigil_bot.schedule import Job, next_due
from vigil_bot.worker import Worker

AFTERMATH_S = 86_400.0  # how long the clock runs on after the last event, so that what waits is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """A case after a change of state."""

    case: Case
    at: float


class RecordingHandler:
    """Hands turns on and keeps every change of a case's state."""

    def __init__(self, handler: Handler, clock: SimulatedClock) -> None:
        self._handler = handler
        self._clock = clock
        self._last: dict[str, tuple[str, str]] = {}
        self.changes: list[CaseChange] = []

    async def handle(self, turn: Turn) -> Outcome:
        """Handle a turn."""
        outcome = await self._handler.handle(turn)
        case = outcome.case
        if case is not None and self._last.get(case.conversation) != (case.state, case.next_mover):
            self._last[case.conversation] = (case.state, case.next_mover)
            self.changes.append(CaseChange(case=case, at=self._clock.now()))
        return outcome


class SilentClient:
    """Takes every card and shows it to nobody."""

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        """Return nothing: no post of a simulation is interrupted."""
        del ref, key
        return None

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Take a card; its key is its id."""
        del ref, card
        return key

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Take a card for one reader."""
        del ref, card, reader_id
        return key

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        """Take a change."""

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        """Take a deletion."""

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Take an emoji."""

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        """Return nothing: there is no platform."""
        del ref, message_id
        return None


class EveryPlatform(Mapping[str, ChatClient]):
    """The same client for whatever platform is asked for."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    def __getitem__(self, platform: str) -> ChatClient:
        return self._client

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Simulation:
    """Feeds a timeline to intake and worker; nothing waits for real."""

    def __init__(
        self,
        *,
        clock: SimulatedClock,
        queue: WorkQueue,
        intake: Intake,
        worker: Worker,
        jobs: Sequence[Job] = (),
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._intake = intake
        self._worker = worker
        self._jobs = jobs
        self._due: dict[str, float] = {}
        self._progress = progress

    async def run(self, timeline: Sequence[Event]) -> None:
        """Play all events in order, then let the clock run on for a day."""
        for done, event in enumerate(timeline):
            await self._advance(event.at)
            await self._intake.store_now(event)
            await self._worker.drain()
            self._progress(done + 1)
        if timeline:
            await self._advance(timeline[-1].at + AFTERMATH_S)

    async def _advance(self, to: float) -> None:
        """Move the clock, stopping at every timer on the way."""
        while True:
            wake = await self._queue.next_wake(now=self._clock.now())
            if wake is None or wake > to:
                break
            self._clock.set(max(wake, self._clock.now()))
            await self._run_jobs()
            if await self._worker.drain() == 0:
                break
        self._clock.set(max(to, self._clock.now()))
        await self._run_jobs()

    async def _run_jobs(self) -> None:
        now = self._clock.now()
        for job in self._jobs:
            if job.name in self._due and now >= self._due[job.name]:
                await job.run(now)
            if now >= self._due.get(job.name, 0.0):
                self._due[job.name] = next_due(job.cron, now=now)
