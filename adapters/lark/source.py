"""What happens on Lark, handed over to the core before Lark is told that it arrived."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog
from aiohttp import web
from pydantic import JsonValue

from adapters.lark import callback, parse
from adapters.lark.catchup import CatchUp, Mark
from adapters.lark.config import LarkConfig
from adapters.lark.foreign import Object, text
from adapters.lark.messages import Messages
from adapters.lark.needs import Answering, Api, Interactions
from adapters.lark.people import REFRESH_S, People
from adapters.lark.reach import Reaches
from adapters.lark.socket import LongConnection
from vigil_bot.errors import PlatformError, PlatformUnavailable, TransientError, VigilError
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.event import BotJoined, Event, MessagePosted
from vigil_bot.ports.chat import Accept, Clock, Heard, RunCommand, Saw, unheeded

log = structlog.get_logger()

T = TypeVar("T")

RETRY_S = 5.0  # before something that failed is tried again
POLL_S = 60.0  # between looks at the history for messages of the bots that are read
IS_COMMAND_S = 1.0  # what is none has been said to be none by then
REMEMBERED = 1000  # commands, which must not be stored or carried out again when they are delivered again


class LarkSource:
    """Receives from one Lark app, by a long connection or by HTTP."""

    platform = parse.PLATFORM

    def __init__(
        self,
        config: LarkConfig,
        api: Api,
        answering: Answering,
        heard: Heard,
        clock: Clock,
        *,
        people: People,
        emoji_of: parse.EmojiOf,
        thread_of: parse.ThreadOf = parse.own_thread,
        saw: Saw = unheeded,
        retry_s: float = RETRY_S,
    ) -> None:
        self._config = config
        self._api = api
        self._answering = answering
        self._interactions: Interactions | None = None
        self._clock = clock
        self._people = people
        self._emoji_of = emoji_of
        self._retry_s = retry_s
        self._messages = Messages(api, people, thread_of=thread_of)
        self._history = CatchUp(api, heard, clock)
        self._reaches = Reaches(api, saw, clock)
        self._us = parse.Us(app_id=config.app_id, whole_groups=frozenset(config.whole_groups))
        self._accept: Accept | None = None
        self._group: asyncio.TaskGroup | None = None
        self._connected = False
        self._lost_at: float | None = None
        self._look = asyncio.Event()
        self._last_events: dict[str, float] = {}
        self._commands: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> web.RouteTableDef:
        """Return the way in of the HTTP transport. Raises SettingsError if it would be open to anybody."""
        return callback.routes(self._config, self.receive, self._clock)

    def healthy(self) -> bool:
        """Whether events can arrive at this moment."""
        return self._accept is not None and self._connected

    def last_events(self) -> Mapping[str, float]:
        """Return when this process last received something, by chat id."""
        return self._last_events

    def read_back(self, channel: ConversationRef, *, since: float) -> None:
        """Begin to hand over what was said in a chat since then, in the background."""
        self._later(self._fetch(Mark(chat=channel.channel, at=since)))

    async def run(self, accept: Accept, command: RunCommand) -> None:
        """Connect, fetch what was missed, and receive until cancelled."""
        self._interactions = self._answering(accept, command, self._later)
        try:
            self._us = await self._until_done(self._who_we_are)
            marks = await self._until_done(self._history.marks)  # before anything new is stored
            await self._people.refresh()
            async with asyncio.TaskGroup() as group:
                self._accept, self._group = accept, group
                group.create_task(self._keep_people(), name="lark-people")
                group.create_task(self._keep_up(marks), name="lark-catch-up")
                if self._config.transport == "socket":
                    connection = LongConnection(
                        self._config, self.receive, connected=self._gained, lost=self._lost, retry_s=self._retry_s
                    )
                    group.create_task(connection.run(), name="lark-connection")
                else:
                    self._gained()
        finally:
            self._accept = self._group = None
            self._connected = False

    async def receive(self, envelope: JsonValue) -> JsonValue:
        """Store what an event says and return the answer to it; what we know nothing of is taken in silence.

        Raises:
            VigilError: If it is not stored; Lark must not be told that it arrived.
        """
        if self._accept is None:
            raise PlatformUnavailable("The bot is not running yet, or stops.")
        match parse.event_type(envelope):
            case "im.message.receive_v1":
                await self._posted(envelope)
            case "im.message.recalled_v1" | "im.message.reaction.created_v1" | "im.message.reaction.deleted_v1":
                await self._changed_message(envelope)
            case "im.chat.member.bot.added_v1" | "im.chat.member.bot.deleted_v1" | "im.chat.disbanded_v1":
                if (event := parse.membership(envelope)) is not None:
                    await self._store(event)
            case "im.chat.updated_v1":
                self._reaches.forget(text(envelope, "event", "chat_id"))
            case "card.action.trigger":
                return await self._answers.on_card_action(envelope)
            case "application.bot.menu_v6":
                self._later(self._answers.on_menu(envelope))
            case _:
                log.debug("lark.event_of_no_interest", type=parse.event_type(envelope)[:80])
        return None

    @property
    def _answers(self) -> Interactions:
        if self._interactions is None:
            raise PlatformUnavailable("The bot is not running yet, or stops.")
        return self._interactions

    async def _posted(self, envelope: JsonValue) -> None:
        what = parse.received(envelope)
        if what is None or what.id in self._commands:
            return
        self._people.learn(parse.names_in(what))
        message = await self._messages.message(what, self._us, workspace_id=parse.workspace_of(envelope))
        words = parse.words_to_us(what, self._us)
        if words is None or not await self._was_command(message, words):
            await self._store(MessagePosted(message=message))

    async def _changed_message(self, envelope: JsonValue) -> None:
        """Store a recall or a reaction, which name the message only."""
        message_id, chat_id = (text(envelope, "event", key) for key in ("message_id", "chat_id"))
        workspace_id = parse.workspace_of(envelope)
        where = await self._messages.where(message_id, chat_id, self._us, workspace_id=workspace_id)
        if where is None:
            log.info("lark.change_of_unknown_message", type=parse.event_type(envelope))
        elif parse.event_type(envelope) == "im.message.recalled_v1":
            await self._store(parse.recalled(envelope, where))
        else:
            author = await self._reactor(envelope, where.channel_id, workspace_id)
            await self._store(parse.reaction(envelope, where, author=author, emoji_of=self._emoji_of))

    async def _reactor(self, envelope: JsonValue, chat_id: str, workspace_id: str) -> Author:
        who, kind = parse.reacted_by(envelope)
        if kind == "user":
            return await self._people.person(who, chat_id=chat_id, workspace_id=workspace_id)
        return Author(id=who, kind=AuthorKind.SELF if who == self._us.app_id else AuthorKind.BOT)

    async def _was_command(self, message: Message, words: str) -> bool:
        """Let a command be carried out, however long it takes; return whether it is one.

        A command is no part of the conversation, as a slash command is none elsewhere.
        """
        if self._group is None:
            return False
        self._commands[message.id] = None
        running = self._group.create_task(self._carry_out(message, words), name="lark-command")
        done, _ = await asyncio.wait({running}, timeout=IS_COMMAND_S)
        is_command = not done or running.result()
        if not is_command:
            del self._commands[message.id]
        elif len(self._commands) > REMEMBERED:
            self._commands.popitem(last=False)
        return is_command

    async def _carry_out(self, message: Message, words: str) -> bool:
        was_command = await _quietly(self._answers.on_mention(message, words))
        return was_command is not False  # what failed has begun: it must not be begun again

    async def _store(self, event: Event) -> None:
        if self._accept is None:
            raise PlatformUnavailable("The bot stops.")
        if isinstance(event, MessagePosted | BotJoined):
            await self._reaches.tell(event.conversation)
        await self._accept(event)
        self._last_events[event.conversation.channel_id] = self._clock.now()

    def _gained(self) -> None:
        log.info("lark.connected", transport=self._config.transport)
        self._connected = True
        self._look.set()

    def _lost(self) -> None:
        if self._connected:
            log.warning("lark.disconnected")
            self._lost_at = self._lost_at or self._clock.now()
        self._connected = False

    async def _keep_up(self, marks: Sequence[Mark]) -> None:
        """Fetch what was missed, at every connection; also now and then where bots are read, of whom Lark sends us no events."""
        while True:
            await self._time_to_look()
            for mark in marks or await self._until_done(partial(self._history.marks, lost_at=self._lost_at)):
                await self._fetch(mark)
            marks, self._lost_at = (), None

    async def _fetch(self, mark: Mark) -> None:
        async for item in self._history.missed(mark):
            try:
                await self._until_done(partial(self._take, item, mark.chat.workspace_id))
            except VigilError as error:
                log.error("lark.message_not_stored", error=type(error).__name__)  # noqa: TRY400 -- its trace says no more

    async def _time_to_look(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S if self._config.read_bots else None):
                await self._look.wait()
        self._look.clear()

    async def _take(self, item: Object, workspace_id: str) -> None:
        """Store a message of the history. Raises TransientError if it may succeed later."""
        what = parse.from_history(item)
        if what is None or what.kind == "system" or what.id in self._commands:
            return
        message = await self._messages.message(what, self._us, workspace_id=workspace_id)
        for event in parse.events_of(message, what):
            await self._store(event)

    async def _keep_people(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            await self._people.refresh()

    async def _who_we_are(self) -> parse.Us:
        answer = await self._api.call("GET", "/open-apis/bot/v3/info")
        return replace(self._us, open_id=text(answer, "bot", "open_id"))

    def _later(self, what: Coroutine[None, None, None]) -> None:
        """Do something in the background; Lark is told meanwhile that the event arrived."""
        if self._group is None:
            what.close()
            return
        self._group.create_task(_quietly(what), name="lark-later")

    async def _until_done(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something, again and again while the platform or the store refuses."""
        while True:
            try:
                return await work()
            except (PlatformError, TransientError) as error:
                log.warning("lark.refused", error=type(error).__name__, again_in_s=self._retry_s)
                await asyncio.sleep(getattr(error, "retry_after_s", None) or self._retry_s)


async def _quietly(what: Awaitable[T]) -> T | None:
    """Do something whose failure, a mistake of ours too, must not end the receiving; None if it failed."""
    (result,) = await asyncio.gather(what, return_exceptions=True)
    if isinstance(result, BaseException):
        log.warning("lark.not_done", error=type(result).__name__)
        return None
    return result
