"""What people delete is forgotten, with what rests on it alone; what an analyst puts right is taken in at once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.event import MessageDeleted, MessageEdited, MessagePosted
from vigil_bot.model.review import Forgotten
from vigil_bot.model.work import Outcome, Turn
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.work import Handler

BY = "vigil"


class Forgetter(Protocol):
    """Forgets what entries took from messages."""

    async def messages(self, said: Iterable[tuple[ConversationRef, str]], *, by: str, at: float) -> Forgotten:
        """Forget it; doing so again changes nothing."""
        ...


class Learner(Protocol):
    """Learns from what people say after a suggestion."""

    async def heard(self, messages: Sequence[Message], *, now: float) -> bool:
        """Take in what analysts put right in messages of one thread; return whether they did."""
        ...


class LearningHandler:
    """Does so before a turn is committed, so that a crash in between only repeats it."""

    def __init__(
        self,
        handler: Handler,
        *,
        forgetter: Forgetter,
        learner: Learner,
        recall: Callable[[], Awaitable[int]],
        clock: Clock,
    ) -> None:
        self._handler = handler
        self._forgetter = forgetter
        self._learner = learner
        self._recall = recall
        self._clock = clock

    async def handle(self, turn: Turn) -> Outcome:
        """Work out what a turn changes."""
        outcome = await self._handler.handle(turn)
        forgot, learned = await self._forget(turn), await self._learn(turn)
        if forgot or learned:
            await self._recall()
        return outcome

    async def _forget(self, turn: Turn) -> bool:
        deleted = [event for event in turn.events if isinstance(event, MessageDeleted)]
        if not deleted:
            return False
        gone = [(turn.conversation, event.message_id) for event in deleted]
        done = await self._forgetter.messages(gone, by=BY, at=max(event.at for event in deleted))
        return done.touched

    async def _learn(self, turn: Turn) -> bool:
        said = [event.message for event in turn.events if isinstance(event, MessagePosted | MessageEdited)]
        people = [message for message in said if message.is_human]
        return bool(people) and await self._learner.heard(people, now=self._clock.now())
