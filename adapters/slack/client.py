"""The bot's voice on Slack."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from adapters.slack.api import Json, SlackApi
from adapters.slack.emoji import name_of
from adapters.slack.faults import Refused
from adapters.slack.render import message_of
from vigil_bot.errors import PlatformUnavailable
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import Clock

POST_EVENT = "vigil_post"  # the type of the metadata that carries a post's key
LOOK_BACK_S = 86_400.0  # how far back a lost post is looked for; older posts have expired
PAGE, MAX_PAGES = 200, 10
REMEMBERED = 1_000


class SlackClient:
    """Speaks on Slack, in every workspace that the API has a token of."""

    def __init__(self, api: SlackApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._once = _Once()
        self._own_ids: dict[str, str] = {}

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        """Return the id of our message that carries this key, among those of the last day."""
        own_id = await self._own_id(ref.workspace_id)
        arguments: Json = {"channel": ref.channel_id, "include_all_metadata": True, "limit": PAGE}
        arguments["oldest"] = f"{max(0.0, self._clock.now() - LOOK_BACK_S):.6f}"
        method = "conversations.history"
        if ref.thread_id is not None:
            method = "conversations.replies"
            arguments["ts"] = ref.thread_id
        for _ in range(MAX_PAGES):
            answer = await self._api.call(ref.workspace_id, method, **arguments)
            found = next((m for m in _objects(answer.get("messages")) if _is_ours(m, own_id, key)), None)
            if found is not None:
                return _text(found, "ts")
            arguments["cursor"] = _text(_object(answer.get("response_metadata")), "next_cursor")
            if not arguments["cursor"]:
                return None
        raise PlatformUnavailable("Too much was said here to tell whether the message was posted.")

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Post a card and return its id.

        The same key posts once in this process; over a restart, `find` tells.
        """
        metadata: Json = {"event_type": POST_EVENT, "event_payload": {"key": key}}

        async def send() -> str:
            return await self._say(
                "chat.postMessage", ref, card, metadata=metadata, unfurl_links=False, unfurl_media=False
            )

        return await self._once.do(key, send)

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Show a card to one person only; Slack keeps no record of it. Raises Gone if they are not in the channel."""

        async def send() -> str:
            return await self._say("chat.postEphemeral", ref, card, user=reader_id)

        return await self._once.do(key, send)

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        """Replace a card of ours. Raises Gone if it is not there any more."""
        await self._api.call(ref.workspace_id, "chat.update", channel=ref.channel_id, ts=message_id, **message_of(card))

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        """Delete a card of ours; deleting it again is no error."""
        await self._unless({"message_not_found"}, ref, "chat.delete", ts=message_id)

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put our emoji on a message, or take it away; doing so twice is no error."""
        method, done = ("reactions.remove", "no_reaction") if remove else ("reactions.add", "already_reacted")
        await self._unless({done}, ref, method, timestamp=message_id, name=name_of(emoji))

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        """Return the address of a message; None if it is gone."""
        try:
            answer = await self._api.call(
                ref.workspace_id, "chat.getPermalink", channel=ref.channel_id, message_ts=message_id
            )
        except Refused as refused:
            if refused.code in {"message_not_found", "channel_not_found"}:
                return None
            raise
        return _text(answer, "permalink") or None

    async def _say(self, method: str, ref: ConversationRef, card: Card, **more: str | bool | Json) -> str:
        arguments = message_of(card) | {"channel": ref.channel_id, "thread_ts": ref.thread_id} | more
        answer = await self._api.call(ref.workspace_id, method, **arguments)
        return _text(answer, "ts") or _text(answer, "message_ts")

    async def _unless(self, done: set[str], ref: ConversationRef, method: str, **arguments: str) -> None:
        """Call a method; that it has been done already is no error."""
        try:
            await self._api.call(ref.workspace_id, method, channel=ref.channel_id, **arguments)
        except Refused as refused:
            if refused.code not in done:
                raise

    async def _own_id(self, team_id: str) -> str:
        if team_id not in self._own_ids:
            self._own_ids[team_id] = _text(await self._api.call(team_id, "auth.test"), "user_id")
        return self._own_ids[team_id]


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


def _is_ours(message: Json, own_id: str, key: str) -> bool:
    metadata = _object(message.get("metadata"))
    carries = metadata.get("event_type") == POST_EVENT and _object(metadata.get("event_payload")).get("key") == key
    return carries and message.get("user") == own_id


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(of: Json, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
