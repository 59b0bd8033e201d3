"""Who reads in a chat, told to the core before what was said there."""

import asyncio

import structlog
from pydantic import JsonValue

from adapters.lark.foreign import Object, at, text
from adapters.lark.needs import Api
from vigil_bot.errors import AccessDenied, PlatformError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Reach
from vigil_bot.ports.chat import Clock, Saw

log = structlog.get_logger()

FRESH_S = 6 * 3_600.0  # after which a chat is asked about again, should an event have been missed
ASK_AGAIN_S = 60.0  # the same where Lark did not say
LOOK_UP_S = 1.0  # Lark waits 3 s for us to store an event


class Reaches:
    """Tells who reads in the chats that something happens in, each once in a while."""

    def __init__(self, api: Api, saw: Saw, clock: Clock) -> None:
        self._api = api
        self._saw = saw
        self._clock = clock
        self._fresh_until: dict[str, float] = {}

    async def tell(self, chat: ConversationRef) -> None:
        """Tell who reads in a chat, unless that was told lately; where Lark may not say, its members alone."""
        now = self._clock.now()
        if self._fresh_until.get(chat.channel_id, float("-inf")) > now:
            return
        self._fresh_until[chat.channel_id] = now + ASK_AGAIN_S  # before waiting, so that others do not ask as well
        try:
            async with asyncio.timeout(LOOK_UP_S):
                reach = reach_of(await self._api.call("GET", f"/open-apis/im/v1/chats/{chat.channel_id}"))
        except AccessDenied:
            reach = Reach.PRIVATE
        except (PlatformError, TimeoutError) as error:
            log.info("lark.reach_unknown", chat=chat.channel_id, error=type(error).__name__)
            return
        await self._saw(chat.channel, reach)
        self._fresh_until[chat.channel_id] = now + FRESH_S

    def forget(self, chat_id: str) -> None:
        """Ask again the next time."""
        self._fresh_until.pop(chat_id, None)


def reach_of(chat: JsonValue | Object) -> Reach:
    """Return who reads in a chat, from what Lark tells about it.

    Source:
        https://open.larksuite.com/document/server-docs/group/chat/get-2: anybody in the company finds and joins a group of the
        type "public"; everybody is in the one with the tag "tenant".
    """
    if at(chat, "external") is True:
        return Reach.SHARED
    is_open = text(chat, "chat_type") == "public" or text(chat, "chat_tag") == "tenant"
    return Reach.OPEN if is_open and text(chat, "chat_mode") != "p2p" else Reach.PRIVATE
