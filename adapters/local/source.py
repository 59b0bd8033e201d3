"""What happens in the local chat, handed over to the core before anybody is told that it happened."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from adapters.local.chat import LocalChat
from adapters.local.parse import event_of
from adapters.local.values import PLATFORM, Change
from vigil_bot.errors import PlatformUnavailable, TransientError, VigilError
from vigil_bot.model.card import Card
from vigil_bot.model.event import CommandInvoked
from vigil_bot.ports.chat import Accept, RunCommand
from vigil_bot.texts.text import Text

log = structlog.get_logger()

BATCH = 256  # changes handed over at once
RETRY_S = 1.0  # wait before what could not be stored is tried again, seconds


class LocalSource:
    """Receives from the local chat: every change in it stays due until the core has stored it."""

    platform = PLATFORM

    def __init__(self, chat: LocalChat) -> None:
        self._chat = chat
        self._command: RunCommand | None = None
        self._asking: list[tuple[str, asyncio.Future[VigilError | None]]] = []
        self._last_events: dict[str, float] = {}

    async def run(self, accept: Accept, command: RunCommand) -> None:
        """Hand over what was missed, then each change as it comes, until cancelled."""
        self._command = command
        try:
            while True:
                self._chat.changed.clear()
                done = await self._hand_over_and_answer(accept)
                await self._wait(None if done else RETRY_S)
        finally:
            self._command = None
            _answer(self._asking, lambda _: PlatformUnavailable("it stops."))

    def healthy(self) -> bool:
        """Whether writes are taken at this moment."""
        return self._command is not None

    def last_events(self) -> Mapping[str, float]:
        """Return when something last happened, by channel id."""
        return self._last_events

    async def stored(self, message_id: str) -> None:
        """Return when the core has stored everything that happened to a message; many who ask are answered at once.

        Raises:
            PlatformUnavailable: If it could not; the change stands in the chat and is handed over later.
        """
        self.check_running()
        answer: asyncio.Future[VigilError | None] = asyncio.get_running_loop().create_future()
        self._asking.append((message_id, answer))
        self._chat.changed.set()
        refused = await answer
        if refused is not None:
            hint = Text("Send the same request again, with the same client_id.")
            why = Text("The bot cannot store this at the moment: {why}", why=refused.words)
            raise PlatformUnavailable(why, hint=hint) from refused

    async def command(self, invoked: CommandInvoked) -> Card:
        """Carry out a slash command. Raises PlatformUnavailable."""
        return await self._connected()(invoked)

    def check_running(self) -> None:
        """Raise PlatformUnavailable if writes cannot be taken at this moment."""
        self._connected()

    def _connected(self) -> RunCommand:
        if self._command is None:
            raise PlatformUnavailable(
                Text("The bot is not running yet, or stops."), hint=Text("Try again in a moment.")
            )
        return self._command

    async def _hand_over_and_answer(self, accept: Accept) -> bool:
        """Hand over all that is due, and answer those who wait for it; False if something has to be tried again."""
        asking, self._asking = self._asking, []
        taken: list[int] = []
        refused: dict[str, VigilError] = {}
        fault: VigilError | None = PlatformUnavailable("it stops.")
        try:
            refused = await self._hand_over(accept, taken)
            fault = None
        except TransientError as error:
            fault = error
            log.warning("changes.unreadable", platform=PLATFORM, error=type(error).__name__)
        finally:
            _answer(asking, lambda message_id: fault or refused.get(message_id))
        await self._remember(taken)
        return fault is None and not refused

    async def _hand_over(self, accept: Accept, taken: list[int]) -> dict[str, VigilError]:
        """Hand over all that is due, oldest first; return why changes were refused, by the ids of their messages."""
        refused: dict[str, VigilError] = {}
        last = 0
        while due := await self._chat.to_hand_over(after=last, limit=BATCH):
            faults = await _accept_all(accept, due)
            self._last_events |= {what.channel.id: what.at for what in due}
            taken += [what.seq for what in due if what.seq not in faults]
            refused |= {what.message.id: faults[what.seq] for what in due if what.message and what.seq in faults}
            last = due[-1].seq
            if len(due) < BATCH:
                break
        return refused

    async def _remember(self, taken: Sequence[int]) -> None:
        """Note what was stored; were it forgotten, it would be handed over again, which the core tells apart."""
        try:
            for start in range(0, len(taken), BATCH):
                await self._chat.handed_over(taken[start : start + BATCH])
        except TransientError as error:
            log.warning("changes.not_noted", platform=PLATFORM, error=type(error).__name__)

    async def _wait(self, at_most_s: float | None) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._chat.changed.wait()
        except TimeoutError:
            return


def _answer(
    asking: Sequence[tuple[str, asyncio.Future[VigilError | None]]], fault_of: Callable[[str], VigilError | None]
) -> None:
    for message_id, answer in asking:
        if not answer.done():
            answer.set_result(fault_of(message_id))


async def _accept_all(accept: Accept, due: Sequence[Change]) -> dict[int, VigilError]:
    """Offer changes all at once, in their order, so that they may share a transaction; return those that were refused."""
    results = await asyncio.gather(*(_accept(accept, what) for what in due))
    return {what.seq: fault for what, fault in zip(due, results, strict=True) if fault is not None}


async def _accept(accept: Accept, what: Change) -> VigilError | None:
    event = event_of(what)
    if event is None:
        return None
    try:
        await accept(event)
    except VigilError as error:
        return error
    return None
