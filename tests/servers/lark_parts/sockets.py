"""The long connections of the app, as lark_oapi/ws/client.py speaks over them.

POST /callback/ws/endpoint says where to connect; binary frames, pings of the app answered with pongs that carry the
settings, payloads in parts joined by sum and seq, and each event acknowledged with its own frame.
"""

import asyncio
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.servers.lark_parts.frames import CONTROL, DATA, Frame, decode, encode
from tests.servers.lark_parts.world import App, Json

SERVICE = 33554678
AUTH_FAILED, TOO_MANY = 514, 1000040350  # lark_oapi/ws/const.py
MAX_CONNECTIONS = 50  # open.feishu.cn/document/server-docs/event-subscription-guide/.../request-url-configuration-case


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None


@dataclass(kw_only=True)
class Sockets:
    app: App
    origin: str = ""
    max_connections: int = MAX_CONNECTIONS
    parts: int = 1  # into how many an event is split
    reconnect_s: float = 1.0  # what ReconnectInterval says; whole seconds
    ping_s: int = 120
    refuse_endpoint: int = 0  # the code with which the next endpoint requests are refused, 0 for none
    pings: int = 0
    opened: int = 0
    connections: list[Connection] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def config(self) -> Json:
        wait = int(self.reconnect_s)
        return {"ReconnectCount": -1, "ReconnectInterval": wait, "ReconnectNonce": 0, "PingInterval": self.ping_s}

    async def endpoint(self, request: web.Request) -> web.Response:
        """What is not listed in lark_oapi/ws/const.py as a fault of the server ends the client for good."""
        asked = await request.json()
        if self.refuse_endpoint:
            return web.json_response({"code": self.refuse_endpoint, "msg": "system busy"})
        if asked.get("AppID") != self.app.id or asked.get("AppSecret") != self.app.secret:
            return web.json_response({"code": AUTH_FAILED, "msg": "app_id or app_secret is invalid"})
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        url = self.origin.replace("http", "ws", 1)
        url += f"/ws/v2?fpid=493&aid=552564&device_id={uuid.uuid4().int >> 66}&access_key=x&service_id={SERVICE}"
        return web.json_response(
            {"code": 0, "msg": "", "data": {"URL": f"{url}&ticket={ticket}", "ClientConfig": self.config()}}
        )

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A ticket opens one connection; more connections than allowed are refused in headers."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return _refused(403, "forbidden", 0)
        self.tickets.discard(ticket)
        if len(self.connections) >= self.max_connections:
            return _refused(AUTH_FAILED, "the number of connections exceeded the limit", TOO_MANY)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket=socket, transport=request.transport)
        self.connections.append(connection)
        self.opened += 1
        self._changed.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    await self._hear(socket, decode(message.data))
        finally:
            self.connections.remove(connection)
            self._changed.set()
        return socket

    async def _hear(self, socket: web.WebSocketResponse, frame: Frame) -> None:
        kind = frame.headers.get("type")
        if frame.method == CONTROL and kind == "ping":
            self.pings += 1
            payload = json.dumps(self.config()).encode()
            pong = Frame(method=CONTROL, service=frame.service, headers={"type": "pong"}, payload=payload)
            await socket.send_bytes(encode(pong))
        elif frame.method == DATA:
            waiting = self._waiting.pop(frame.headers.get("message_id", ""), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(json.loads(frame.payload))

    async def answer_to(self, payload: Json) -> Json | None:
        """Send an event over one of the connections and wait for its acknowledgement; None without a connection."""
        if not self.connections:
            return None
        connection = self._random.choice(self.connections)
        message_id, data = uuid.uuid4().hex, json.dumps(payload, ensure_ascii=False).encode()
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        size = -(-len(data) // self.parts)
        try:
            for seq in range(self.parts):
                headers = {"type": "event", "message_id": message_id, "sum": str(self.parts), "seq": str(seq)}
                headers |= {"trace_id": uuid.uuid4().hex}
                part = data[seq * size : (seq + 1) * size]
                frame = Frame(method=DATA, service=SERVICE, headers=headers, payload=part)
                await connection.socket.send_bytes(encode(frame))
            return await self._answer_or_end(connection, future)
        except ConnectionError:
            return None
        finally:
            self._waiting.pop(message_id, None)

    async def _answer_or_end(self, connection: Connection, future: "asyncio.Future[Json]") -> Json | None:
        """Wait for the answer as long as the connection stands."""
        loop = asyncio.get_running_loop()
        while not future.done() and connection in self.connections:
            self._changed.clear()
            changed = loop.create_task(self._changed.wait())
            waiting: set[asyncio.Future[Any]] = {future, changed}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
        return future.result() if future.done() else None

    async def connected(self, count: int = 1, within_s: float = 15.0, *, opened: int = 0) -> None:
        """Wait until so many connections stand, and so many were opened since the beginning."""
        async with asyncio.timeout(within_s):
            while len(self.connections) < count or self.opened < opened:
                self._changed.clear()
                await self._changed.wait()

    async def hang_up(self) -> None:
        """Close all connections with a close frame."""
        for one in list(self.connections):
            await one.socket.close(code=WSCloseCode.GOING_AWAY)

    def cut(self) -> None:
        """Break all connections without a word."""
        for one in list(self.connections):
            if isinstance(one.transport, asyncio.WriteTransport):
                one.transport.abort()


def _refused(status: int, message: str, auth: int) -> web.Response:
    headers = {"handshake-status": str(status), "handshake-msg": message, "handshake-autherrcode": str(auth)}
    return web.Response(status=403, headers=headers)
