"""Socket Mode: the connections of the app, and what is asked and answered on them.

apis/events-api/using-socket-mode: hello, disconnect, up to ten connections of which one gets an event, acknowledgements
with a payload.
"""

import asyncio
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.servers.slack_parts.world import Json

MOST_CONNECTIONS = 10
HOST = "applink-7fc4fdbb64-4x5xq"


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    leaving: bool = False  # was told to go, gets nothing new


@dataclass(kw_only=True)
class Sockets:
    app_id: str
    copies: int = 1  # how often each envelope is sent
    frozen: bool = False  # connections stay open, but nothing is answered or sent on them
    connections: list[Connection] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    opened: int = 0  # connections ever made
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _turn: int = 0

    async def connected(self, count: int = 1, within_s: float = 10.0) -> None:
        """Wait until so many connections are open."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self._usable()) >= count)

    async def has_opened(self, count: int, within_s: float = 10.0) -> None:
        """Wait until so many connections were ever made."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: self.opened >= count)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go, as Slack does before it restarts a backend: warning, refresh_requested, link_disabled."""
        for one in list(self.connections):
            one.leaving = reason != "warning"
            with suppress(ConnectionError):
                await one.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})

    async def hang_up(self) -> None:
        """Close every connection, with a close frame."""
        for one in list(self.connections):
            one.leaving = True
            await one.socket.close()

    def cut(self) -> None:
        """Break every connection without a word; slack_sdk notices after its ping_interval."""
        for one in list(self.connections):
            one.leaving = True
            if one.transport is not None:
                one.transport.abort()

    def _usable(self) -> list[Connection]:
        return [one for one in self.connections if not (self.frozen or one.leaving or one.socket.closed)]

    async def answer_to(self, envelope: Json) -> Json | None:
        """Send an envelope on the next connection and wait; None when the connection broke."""
        async with self._changed:
            await self._changed.wait_for(self._usable)
        usable = self._usable()
        self._turn += 1
        one = usable[self._turn % len(usable)]
        future = one.waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(self.copies):
                await one.socket.send_json(envelope)
            answer: Json = await future
        except ConnectionError:
            return None
        else:
            return answer
        finally:
            one.waiting.pop(envelope["envelope_id"], None)

    def ticket(self) -> str:
        """One connection may be made with it."""
        self.tickets.add(ticket := uuid.uuid4().hex)
        return ticket

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The web socket that apps.connections.open names."""
        if request.query.get("ticket", "") not in self.tickets:
            return web.Response(status=404)
        self.tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        one = Connection(socket=socket, transport=request.transport)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": HOST}}
            )
            await socket.close()
            return socket
        await socket.send_json(self._hello())
        async with self._changed:
            self.connections.append(one)
            self.opened += 1
            self._changed.notify_all()
        try:
            async for message in socket:
                if self.frozen:
                    continue
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(one, message.data)
        finally:
            self.connections.remove(one)
            for future in list(one.waiting.values()):
                if not future.done():
                    future.set_exception(ConnectionResetError())
        return socket

    def _hello(self) -> Json:
        debug = {
            "host": HOST,
            "started": "2024-01-01 00:00:00.000",
            "build_number": 1,
            "approximate_connection_time": 18060,
        }
        return {
            "type": "hello", "num_connections": len(self.connections) + 1, "debug_info": debug,
            "connection_info": {"app_id": self.app_id},
        }  # fmt: skip

    def _acknowledged(self, one: Connection, text: str) -> None:
        message = json.loads(text)
        future = one.waiting.get(message.get("envelope_id", ""))
        if future is not None and not future.done():
            future.set_result(message.get("payload") or {})
