"""Messages with what Lark says elsewhere: their authors, what was forwarded in them, and where a bare message id belongs."""

import asyncio
from collections import OrderedDict

import structlog

from adapters.lark.content import Content, unfold
from adapters.lark.foreign import Object, objects
from adapters.lark.needs import Api
from adapters.lark.parse import PLATFORM, Received, ThreadOf, Us, from_history, message_of
from adapters.lark.people import People
from vigil_bot.errors import AccessDenied, PlatformError, PlatformUnavailable, TargetGone
from vigil_bot.model.conversation import ConversationRef, Message

log = structlog.get_logger()

REMEMBERED = 20_000  # messages whose conversation is kept in mind
LOOK_UP_S = 1.5  # Lark waits 3 s for us to store an event
NOT_UNFOLDED = "[forwarded messages]"


class Messages:
    """Completes what events and the history say of messages."""

    def __init__(self, api: Api, people: People, *, thread_of: ThreadOf) -> None:
        self._api = api
        self._people = people
        self._thread_of = thread_of
        self._conversations: OrderedDict[str, ConversationRef] = OrderedDict()

    async def message(self, what: Received, us: Us, *, workspace_id: str) -> Message:
        """Return a message as the core knows it."""
        author = await self._people.author(what, us, workspace_id=workspace_id)
        forwarded = await self._forwarded(what) if what.kind == "merge_forward" and not what.deleted else None
        message = message_of(
            what, us, workspace_id=workspace_id, author=author, thread_of=self._thread_of, forwarded=forwarded
        )
        self._remember(message)
        return message

    async def where(self, message_id: str, chat_id: str, us: Us, *, workspace_id: str) -> ConversationRef | None:
        """Return the conversation of a message; None if Lark does not say and no chat is known.

        Raises:
            PlatformError: If Lark cannot say now.
        """
        if message_id in self._conversations:
            return self._conversations[message_id]
        try:
            items = await self._items(message_id)
        except (AccessDenied, TargetGone):
            items = []
        what = from_history(items[0]) if items else None
        if what is not None:
            return (await self.message(what, us, workspace_id=workspace_id)).conversation
        if not chat_id:
            return None
        thread_id = None if chat_id in us.whole_groups else message_id
        return ConversationRef(platform=PLATFORM, workspace_id=workspace_id, channel_id=chat_id, thread_id=thread_id)

    async def _forwarded(self, what: Received) -> Content:
        try:
            items = await self._items(what.id)
        except PlatformError as error:  # better stored without than not stored
            log.warning("lark.forwarded_unread", error=type(error).__name__)
            return Content(text=NOT_UNFOLDED)
        unfolded = unfold(items, message_id=what.id, name_of=self._people.name_of)
        return unfolded if unfolded.text else Content(text=NOT_UNFOLDED)

    async def _items(self, message_id: str) -> list[Object]:
        try:
            async with asyncio.timeout(LOOK_UP_S):
                answer = await self._api.call("GET", f"/open-apis/im/v1/messages/{message_id}")
        except TimeoutError:
            raise PlatformUnavailable("Lark did not say in time what a message is.") from None
        return list(objects(answer, "items"))

    def _remember(self, message: Message) -> None:
        self._conversations[message.id] = message.conversation
        if len(self._conversations) > REMEMBERED:
            self._conversations.popitem(last=False)
