"""The bot's voice on Lark."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from pydantic import JsonValue

from adapters.lark.api import Json, LarkApi
from adapters.lark.emoji import type_of
from adapters.lark.faults import NO_TOPIC_HERE, Gone, Refused
from adapters.lark.foreign import Object, at, objects, seconds, text
from adapters.lark.links import chat_link
from adapters.lark.render import Origin, card_of, mark_of
from vigil_bot.errors import AccessDenied, PlatformUnavailable, TargetGone
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import Clock

MESSAGES = "/open-apis/im/v1/messages"
LOOK_BACK_S = 86_400.0  # how far back a lost post is looked for; older posts have expired
PAGE, MAX_PAGES = 50, 20
REMEMBERED = 1_000


class LarkClient:
    """Speaks on Lark, as the app that the API signs in as."""

    def __init__(self, api: LarkApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._once = _Once()
        self._modes: dict[str, str] = {}
        self._without_topics: set[str] = set()

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        """Return the id of our message with this key, among those of the last day.

        Its mark is in the card, which Lark shows in the history. For an hour posting again would be safe without that: Lark
        posts no second message with the same uuid, and returns the first one's id.
        """
        mark, since = mark_of(key), self._clock.now() - LOOK_BACK_S
        topic = await self._topic(ref.thread_id) if ref.thread_id is not None else ""
        if topic:
            return await self._listed("thread", topic, mark, since=since)
        return await self._listed("chat", ref.channel_id, mark, since=since)

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Post a card, as a reply in the thread's topic, and return its id; the same key posts once."""
        shown = card_of(card, Origin(conversation=ref, mark=mark_of(key)))
        return await self._once.do(key, lambda: self._say(ref, shown, key=key))

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Show a card to one person only: in the group, or where Lark can not, in their chat with the bot.

        Lark keeps no record of the first kind; it shows it below the group's last message, whatever the thread. Raises
        TargetGone if they are not there.
        """
        shown = card_of(card, Origin(conversation=ref, private=True, mark=mark_of(key)))
        return await self._once.do(key, lambda: self._whisper(ref, shown, reader_id=reader_id, key=key))

    async def show(self, ref: ConversationRef, card: Json, *, reader_id: str, key: str) -> str:
        """Show a card that is rendered already to one person only."""
        return await self._once.do(key, lambda: self._whisper(ref, card, reader_id=reader_id, key=key))

    async def post_direct(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Send a card about a conversation to a person's chat with the bot."""
        shown = card_of(card, Origin(conversation=ref, private=True, mark=mark_of(key)))
        return await self._once.do(key, lambda: self._send("open_id", reader_id, shown, key=key))

    async def can_whisper(self, ref: ConversationRef) -> bool:
        """Whether Lark can show a card to one person in this chat: only in groups that are not made of topics."""
        return await self._mode(ref.channel_id) == "group"

    async def is_private(self, ref: ConversationRef) -> bool:
        """Whether it is a person's chat with the bot."""
        return await self._mode(ref.channel_id) == "p2p"

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        """Replace a card of ours. Raises Gone if it is not there any more."""
        body: Json = {"content": _packed(card_of(card, Origin(conversation=ref)))}
        await self._api.call("PATCH", f"{MESSAGES}/{message_id}", body=body)

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        """Recall a card of ours; doing so again is no error."""
        del ref
        try:
            await self._api.call("DELETE", f"{MESSAGES}/{message_id}")
        except Gone:
            return

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put our emoji on a message, or take it away; doing so twice is no error."""
        del ref
        path, kind = f"{MESSAGES}/{message_id}/reactions", type_of(emoji)
        ours = await self._reaction(path, kind)
        if remove and ours:
            await self._take_away(path, ours)
        elif not remove and not ours:
            await self._api.call("POST", path, body={"reaction_type": {"emoji_type": kind}})

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        """Return the address of a message, or of its chat where Lark names none; None if it is gone."""
        try:
            message = await self._message(message_id)
        except TargetGone:
            return None
        return text(message, "message_app_link") or chat_link(self._api.domain, ref.channel_id)

    async def _say(self, ref: ConversationRef, card: Json, *, key: str) -> str:
        if ref.thread_id is None:
            return await self._send("chat_id", ref.channel_id, card, key=key)
        await self._api.turn(ref.channel_id)
        body: Json = {"msg_type": "interactive", "content": _packed(card), "uuid": _uuid(key)}
        path = f"{MESSAGES}/{ref.thread_id}/reply"
        in_topic = ref.channel_id not in self._without_topics
        try:
            answer = await self._api.call("POST", path, body=body | {"reply_in_thread": in_topic})
        except Refused as refused:
            if refused.code not in NO_TOPIC_HERE or not in_topic:
                raise
            self._without_topics.add(ref.channel_id)
            answer = await self._api.call("POST", path, body=body | {"reply_in_thread": False})
        return text(answer, "message_id")

    async def _send(self, kind: str, receiver: str, card: Json, *, key: str) -> str:
        await self._api.turn(receiver)
        body: Json = {"receive_id": receiver, "msg_type": "interactive", "content": _packed(card), "uuid": _uuid(key)}
        answer = await self._api.call("POST", MESSAGES, params={"receive_id_type": kind}, body=body)
        return text(answer, "message_id")

    async def _whisper(self, ref: ConversationRef, card: Json, *, reader_id: str, key: str) -> str:
        if not await self.can_whisper(ref):
            return await self._send("open_id", reader_id, card, key=key)
        await self._api.turn(ref.channel_id)
        body: Json = {"chat_id": ref.channel_id, "open_id": reader_id, "msg_type": "interactive", "card": card}
        return text(await self._api.call("POST", "/open-apis/ephemeral/v1/send", body=body), "message_id")

    async def _mode(self, chat_id: str) -> str:
        """Return "group", "topic" or "p2p"; a chat that we may not ask about is taken for a group."""
        if chat_id not in self._modes:
            try:
                self._modes[chat_id] = text(
                    await self._api.call("GET", f"/open-apis/im/v1/chats/{chat_id}"), "chat_mode"
                )
            except AccessDenied:
                self._modes[chat_id] = "group"
        return self._modes[chat_id]

    async def _topic(self, message_id: str) -> str:
        try:
            return text(await self._message(message_id), "thread_id")
        except TargetGone:
            return ""

    async def _message(self, message_id: str) -> Object:
        answer = await self._api.call("GET", f"{MESSAGES}/{message_id}")
        found = next(objects(answer, "items"), None)
        if found is None or at(found, "deleted") is True:
            raise Gone("The message is not there any more.")
        return found

    async def _listed(self, kind: str, container_id: str, mark: str, *, since: float) -> str | None:
        """Return our message with the mark in a chat's or a topic's history, the newest first."""
        params = {"container_id_type": kind, "container_id": container_id, "sort_type": "ByCreateTimeDesc"}
        params |= {"page_size": str(PAGE), "card_msg_content_type": "raw_card_content"}
        if kind == "chat":  # Lark takes no times for a topic
            params["start_time"] = str(int(max(0.0, since)))
        for _ in range(MAX_PAGES):
            answer = await self._api.call("GET", MESSAGES, params=params)
            for item in objects(answer, "items"):
                if seconds(item, "create_time") < since:
                    return None
                if text(item, "sender", "id") == self._api.app_id and mark in text(item, "body", "content"):
                    return text(item, "message_id")
            params["page_token"] = text(answer, "page_token")
            if at(answer, "has_more") is not True or not params["page_token"]:
                return None
        raise PlatformUnavailable("Too much was said here to tell whether the message was posted.")

    async def _reaction(self, path: str, kind: str) -> str:
        """Return the id of our emoji of a kind on a message, "" if there is none."""
        params = {"reaction_type": kind, "page_size": str(PAGE)}
        for _ in range(MAX_PAGES):
            answer = await self._api.call("GET", path, params=params)
            for one in objects(answer, "items"):
                if text(one, "operator", "operator_id") == self._api.app_id:
                    return text(one, "reaction_id")
            params["page_token"] = text(answer, "page_token")
            if at(answer, "has_more") is not True or not params["page_token"]:
                break
        return ""

    async def _take_away(self, path: str, reaction_id: str) -> None:
        try:
            await self._api.call("DELETE", f"{path}/{reaction_id}")
        except Refused as refused:
            if refused.code not in _NO_REACTION:
                raise


_NO_REACTION = frozenset({231003, 231010, 231011, 230110})


class _Once:
    """Does the same thing once in this process, also when it is asked for twice at a time; forgets the oldest."""

    def __init__(self) -> None:
        self._done: OrderedDict[str, str] = OrderedDict()
        self._doing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def do(self, key: str, make: Callable[[], Awaitable[str]]) -> str:
        """Return what making it gave; what failed may be made again."""
        async with self._doing.setdefault(key, asyncio.Lock()):
            if key not in self._done:
                self._done[key] = await make()
                if len(self._done) > REMEMBERED:
                    self._done.popitem(last=False)
            return self._done[key]


def _packed(card: JsonValue) -> str:
    return json.dumps(card, ensure_ascii=False)


def _uuid(key: str) -> str:
    """Return what Lark knows a post again by for an hour; at most 50 characters."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40]
