"""Socket Mode: connections that we open and Slack sends through.

slack_sdk's own client tries a spent address again for ever when a connection fails, and logs what people wrote; this one asks
for a new address each time. Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import structlog

from adapters.slack.payloads import at
from vigil_bot.errors import PlatformError, PlatformUnavailable

log = structlog.get_logger()

PING_S = 10.0  # without an answer to a ping for half of it, a connection is dead
HELLO_S = 10.0  # in which Slack greets on a new connection
CONNECT_S = 10.0
DRAIN_S = 30.0  # how long a connection that Slack wants closed is still listened to
FIRST_WAIT_S, MAX_WAIT_S = 0.5, 30.0  # between attempts to connect

Answer = Mapping[str, object]
"""What goes back with an acknowledgement; empty for nothing."""

Handle = Callable[[Mapping[str, object]], Awaitable[Answer | None]]
"""Take in an envelope, and return what to acknowledge it with; None: do not acknowledge it."""


@dataclass(eq=False, slots=True, kw_only=True)
class _Link:
    """A connection; done once it shall be replaced."""

    socket: aiohttp.ClientWebSocketResponse
    replaced: asyncio.Event = field(default_factory=asyncio.Event)


class Socket:
    """Keeps one connection open, and two while one replaces the other."""

    def __init__(
        self,
        open_url: Callable[[], Awaitable[str]],
        session: Callable[[], aiohttp.ClientSession],
        *,
        ping_s: float = PING_S,
    ) -> None:
        self._open_url = open_url
        self._session = session
        self._ping_s = ping_s
        self._links: set[_Link] = set()

    @property
    def connected(self) -> bool:
        """Whether something can arrive."""
        return any(not link.socket.closed for link in self._links)

    async def run(self, handle: Handle, missed: Callable[[], None]) -> None:
        """Receive until cancelled.

        Args:
            missed: Called when a connection stands after a time, be it short, in which none did.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                url = await self._address()
                link = await self._connect(url)
                if link is None:
                    continue
                if not self.connected:
                    missed()
                self._links.add(link)
                group.create_task(self._listen(link, handle))
                await link.replaced.wait()

    async def _address(self) -> str:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return await self._open_url()
            except PlatformError as error:
                wait_s = max(wait_s, getattr(error, "retry_after_s", None) or 0.0)
                log.warning("socket.refused", platform="slack", error=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(MAX_WAIT_S, wait_s * 2)

    async def _connect(self, url: str) -> _Link | None:
        """Open a connection and wait for its greeting; None if that fails, after a pause."""
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await self._session().ws_connect(url, heartbeat=self._ping_s)
            hello = _json(await socket.receive(HELLO_S))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("socket.failed", platform="slack", error=type(error).__name__)
            await asyncio.sleep(FIRST_WAIT_S)
            return None
        if at(hello, "type") != "hello":
            await socket.close()
            log.warning("socket.failed", platform="slack", error="no greeting")
            await asyncio.sleep(FIRST_WAIT_S)
            return None
        log.info("socket.connected", platform="slack", connections=hello.get("num_connections"))
        return _Link(socket=socket)

    async def _listen(self, link: _Link, handle: Handle) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                closing = group.create_task(self._close_when_replaced(link))
                async for frame in link.socket:
                    message = _json(frame)
                    if at(message, "type") == "disconnect":
                        log.info("socket.renewed", platform="slack", reason=at(message, "reason"))
                        link.replaced.set()
                    elif at(message, "envelope_id"):
                        group.create_task(_take(link.socket, message, handle))
                closing.cancel()
                if not link.replaced.is_set():
                    log.warning("socket.lost", platform="slack")
                link.replaced.set()  # the acknowledgements under way need not be waited for
        finally:
            self._links.discard(link)
            link.replaced.set()
            await link.socket.close()

    async def _close_when_replaced(self, link: _Link) -> None:
        await link.replaced.wait()
        await asyncio.sleep(DRAIN_S)
        await link.socket.close()


async def _take(socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, object], handle: Handle) -> None:
    answer = await handle(envelope)
    if answer is None:
        return
    acknowledgement = {"envelope_id": envelope["envelope_id"]} | ({"payload": answer} if answer else {})
    try:
        await socket.send_str(json.dumps(acknowledgement))
    except (aiohttp.ClientError, OSError) as error:  # Slack sends it again, and it is known then
        log.info("acknowledgement.lost", platform="slack", error=type(error).__name__)


def _json(frame: aiohttp.WSMessage) -> Mapping[str, object]:
    if frame.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        found = json.loads(frame.data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def address(call: Callable[[], Awaitable[Mapping[str, object]]]) -> str:
    """Return a fresh address to connect to. Raises PlatformError."""
    url = at(await call(), "url")
    if not url:
        raise PlatformUnavailable("Slack gives no address for Socket Mode.")
    return url
