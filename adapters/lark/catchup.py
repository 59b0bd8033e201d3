"""What was missed: the history of each chat and topic after the newest message that is stored of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import structlog

from adapters.lark.foreign import Object, objects, text
from adapters.lark.needs import Api
from adapters.lark.parse import PLATFORM
from adapters.lark.people import paged
from vigil_bot.errors import AccessDenied, PlatformError, TargetGone, TransientError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import Clock, Heard

log = structlog.get_logger()

OVERLAP_S = 600.0  # read again before the newest: what came out of order, edits, a connection that died unnoticed
FARTHEST_S = 14 * 86_400.0  # back in time, where nobody asks for more
TOPICS_SINCE_S = 3 * 86_400.0  # before the newest message: topics in which somebody may have gone on
MAX_TOPICS = 100  # of a chat, the liveliest
ATTEMPTS = 5
WAIT_S = 2.0  # before a chat is tried again, where Lark does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A chat and the time up to which everything of it is stored."""

    chat: ConversationRef
    at: float


class CatchUp:
    """Reads the history; whoever gets it stores it under the same keys as what arrives by itself."""

    def __init__(self, api: Api, heard: Heard, clock: Clock) -> None:
        self._api = api
        self._heard = heard
        self._clock = clock
        self._topics: dict[str, str] = {}  # by their first messages

    async def marks(self, *, lost_at: float | None = None) -> list[Mark]:
        """Return how far each chat is stored; with lost_at, no farther than that. Ask before anything new arrives."""
        channels = await self._heard.channels(PLATFORM)
        latest = self._clock.now() if lost_at is None else lost_at
        farthest = self._clock.now() - FARTHEST_S
        return [Mark(chat=chat, at=max(min(at, latest), farthest)) for chat, at in channels.items()]

    async def missed(self, mark: Mark) -> AsyncIterator[Object]:
        """Return the messages of a chat after a mark, the timeline first, then each topic; each oldest first.

        A chat that cannot be read now is tried again a few times, from its beginning.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async for item in self._history(mark):
                    yield item
            except TransientError as error:
                log.info("lark.history_waits", chat=mark.chat.channel_id, attempt=attempt, error=type(error).__name__)
                await asyncio.sleep(error.retry_after_s or WAIT_S)
            except PlatformError as error:
                log.warning("lark.history_unread", chat=mark.chat.channel_id, error=type(error).__name__)
                return
            else:
                return
        log.warning("lark.history_given_up", chat=mark.chat.channel_id)

    async def _history(self, mark: Mark) -> AsyncIterator[Object]:
        since = mark.at - OVERLAP_S
        topics: dict[str, float] = {}
        async for item in self._list("chat", mark.chat.channel_id, since):
            if topic := text(item, "thread_id"):
                topics[topic] = since
            yield item
        for topic in await self._older_topics(mark, known=topics):
            topics[topic] = since
        for topic, start in topics.items():
            async for item in self._list("thread", topic, start):
                yield item

    def _list(self, kind: str, container_id: str, since: float) -> AsyncIterator[Object]:
        params = {"container_id_type": kind, "container_id": container_id, "sort_type": "ByCreateTimeAsc"}
        if kind == "chat":  # Lark takes no times for a topic
            params |= {"start_time": str(int(since))}
        return _after(paged(self._api, "/open-apis/im/v1/messages", params), since)

    async def _older_topics(self, mark: Mark, *, known: Mapping[str, float]) -> list[str]:
        """Return the topics that began before the history that is read, and may have gone on."""
        threads = await self._heard.threads(mark.chat, since=mark.at - TOPICS_SINCE_S)
        lively = sorted(threads, key=lambda thread: threads[thread], reverse=True)[:MAX_TOPICS]
        roots = [thread for thread in lively if thread.startswith("om_")]
        found = [await self._topic_of(root) for root in roots]
        return [topic for topic in dict.fromkeys(found) if topic and topic not in known]

    async def _topic_of(self, root: str) -> str:
        if root not in self._topics:
            try:
                answer = await self._api.call("GET", f"/open-apis/im/v1/messages/{root}")
            except (AccessDenied, TargetGone):
                return ""  # recalled, or not ours to read any more
            topic = next((text(item, "thread_id") for item in objects(answer, "items")), "")
            if not topic:
                return ""  # it may become one
            self._topics[root] = topic
        return self._topics[root]


async def _after(items: AsyncIterator[Object], since: float) -> AsyncIterator[Object]:
    async for item in items:
        created = text(item, "create_time")
        if not created.isdigit() or int(created) >= since * 1000:
            yield item
