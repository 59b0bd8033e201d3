"""Our side of Lark, with lark-oapi itself on a real socket; what Lark knows is a few tables, and the core only remembers."""

import asyncio
import base64
import importlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal, Protocol, TypeVar, cast

from aiohttp import WSMsgType, web
from pydantic import JsonValue

from adapters.lark.config import LarkConfig
from adapters.lark.needs import Method
from adapters.lark.parse import ThreadOf, own_thread
from adapters.lark.people import People
from adapters.lark.source import LarkSource
from tests.network.local_server import Core
from vigil_bot.clock import SystemClock
from vigil_bot.errors import TargetGone, VigilError
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.event import Event, MessagePosted
from vigil_bot.model.policy import Reach

PAYLOADS = Path(__file__).parents[1] / "payloads" / "lark"
TENANT, CHAT, APP, BOT = "2ca1d211f64f6438", "oc_7f3e", "cli_a1b2c3", "ou_bot"
E = TypeVar("E")
Object = dict[str, JsonValue]


def payload(name: str, **changes: JsonValue) -> Object:
    """An event as Lark sends it, with parts of its message or event changed."""
    envelope: Object = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    event = envelope["event"]
    assert isinstance(event, dict)
    inner = event.get("message", event)
    assert isinstance(inner, dict)
    inner.update(changes)
    return envelope


def item(message_id: str, text: str, *, at: float, **more: JsonValue) -> Object:
    """A message as the history lists it."""
    ms = str(int(at * 1000))
    sender: Object = {"id": "ou_asker", "id_type": "open_id", "sender_type": "user", "tenant_key": TENANT}
    listed: Object = {
        "message_id": message_id,
        "chat_id": CHAT,
        "msg_type": "text",
        "create_time": ms,
        "sender": sender,
    }
    return {**listed, "update_time": ms, "body": {"content": json.dumps({"text": text})}, **more}


@dataclass
class Stored(Core):
    """A core that also tells what it heard, as the store does."""

    attempts: int = 0
    before: dict[ConversationRef, float] = field(default_factory=dict)

    async def accept(self, event: Event) -> bool:
        self.attempts += 1
        return await super().accept(event)

    async def channels(self, platform: str) -> Mapping[ConversationRef, float]:
        assert platform == "lark"
        newest = dict(self.before)
        for posted in self.of(MessagePosted):
            channel = posted.conversation.channel
            newest[channel] = max(newest.get(channel, 0.0), posted.at)
        return newest

    async def threads(self, channel: ConversationRef, *, since: float) -> Mapping[str, float]:
        return {
            posted.conversation.thread_id or "": posted.at
            for posted in self.of(MessagePosted)
            if posted.conversation.channel == channel and posted.at >= since
        }

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events.values() if isinstance(event, kind)]

    def texts(self) -> list[str]:
        return [one.message.text for one in sorted(self.of(MessagePosted), key=lambda one: one.at)]

    async def until(self, holds: Callable[["Stored"], object]) -> None:
        """Wait until something holds of what is stored."""
        async with asyncio.timeout(10):
            while not holds(self):
                self.arrived.clear()
                await self.arrived.wait()


@dataclass
class Tables:
    """What Lark answers, and what it was asked."""

    history: list[Object] = field(default_factory=list)
    members: list[Object] = field(default_factory=list)
    answers: dict[str, Object | VigilError] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> Mapping[str, JsonValue]:
        del method, body
        self.asked.append((path, params or {}))
        answer = self.answers.get(path)
        if isinstance(answer, VigilError):
            raise answer
        if answer is not None:
            return answer
        if path == "/open-apis/bot/v3/info":
            return {"bot": {"open_id": BOT, "app_name": "Vigil"}}
        if path == "/open-apis/im/v1/messages":
            return {"items": [*self._listed(params or {})], "has_more": False}
        if path.endswith("/members"):
            return {"items": [*self.members], "has_more": False}
        found = [one for one in self.history if path.endswith(f"/messages/{one['message_id']}")]
        if not found:
            raise TargetGone
        return {"items": [*found]}

    def _listed(self, params: Mapping[str, str]) -> list[Object]:
        """As Lark does it: a chat's list has the first messages of topics, a topic's list the rest."""
        by_topic = params["container_id_type"] == "thread"
        start = int(params.get("start_time", "0")) * 1000
        return [
            one
            for one in self.history
            if one.get("thread_id" if by_topic else "chat_id") == params["container_id"]
            and (by_topic or not (one.get("thread_id") and one.get("root_id")))
            and int(str(one["create_time"])) >= start
        ]


@dataclass
class Talk:
    """Takes commands for commands, and remembers what else was done."""

    commands: list[str] = field(default_factory=list)
    pressed: list[JsonValue] = field(default_factory=list)
    chosen: list[JsonValue] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    breaks: bool = False

    async def on_card_action(self, event: JsonValue) -> JsonValue:
        self.pressed.append(event)
        return {"toast": {"type": "success", "content": "stored"}}

    async def on_menu(self, event: JsonValue) -> None:
        if self.breaks:
            raise ZeroDivisionError
        self.chosen.append(event)

    async def on_mention(self, message: Message, words: str) -> bool:
        del message
        if self.breaks:
            raise ZeroDivisionError
        if words.partition(" ")[0] not in ("status", "ask"):
            return False
        self.commands.append(words)
        if words.startswith("ask"):
            await self.hold.wait()
        return True


class Wire:
    """The two addresses of the long connection: where to connect, and the connection."""

    def __init__(self) -> None:
        self.url = ""
        self.connections: list[web.WebSocketResponse] = []
        self.refuses, self.refused = False, 0
        self._acknowledged: dict[str, asyncio.Future[Object]] = {}
        self._numbers = count()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        app = web.Application()
        app.router.add_post("/callback/ws/endpoint", self._endpoint)
        app.router.add_get("/ws", self._serve)
        async with served(app) as self.url:
            try:
                yield self
            finally:
                for connection in [*self.connections]:
                    await connection.close()

    async def push(self, envelope: JsonValue, *, parts: int = 1) -> Object:
        """Send an event, in frames, and return the acknowledgement."""
        number, data = f"m{next(self._numbers)}", json.dumps(envelope).encode()
        self._acknowledged[number] = asyncio.get_running_loop().create_future()
        size = -(-len(data) // parts)
        for seq in range(parts):
            headers = {"type": "event", "message_id": number, "sum": str(parts), "seq": str(seq), "trace_id": "t"}
            frame = _frame(method=1, headers=headers, payload=data[seq * size : (seq + 1) * size])
            await self.connections[-1].send_bytes(frame.SerializeToString())
        async with asyncio.timeout(10):
            return await self._acknowledged[number]

    async def cut(self) -> None:
        """End the connection, as a network does."""
        await self.connections[-1].close()

    async def _endpoint(self, request: web.Request) -> web.Response:
        assert (await request.json())["AppID"] == APP
        if self.refuses:
            self.refused += 1
            return web.json_response({"code": 514, "msg": "forbidden"})
        url = self.url.replace("http", "ws", 1) + "/ws?device_id=d&service_id=7"
        config = {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 0, "PingInterval": 60}
        return web.json_response({"code": 0, "msg": "ok", "data": {"URL": url, "ClientConfig": config}})

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self.connections.append(connection)
        async for received in connection:
            assert received.type is WSMsgType.BINARY
            frame = _frame(data=received.data)
            headers = {header.key: header.value for header in frame.headers}
            if frame.method == 1:
                answer = json.loads(frame.payload)
                if "data" in answer:
                    answer["data"] = json.loads(base64.b64decode(answer["data"]))
                self._acknowledged[headers["message_id"]].set_result(answer)
        self.connections.remove(connection)
        return connection


class _Header(Protocol):
    key: str
    value: str


class _Headers(Protocol):
    def add(self, *, key: str, value: str) -> None: ...
    def __iter__(self) -> Iterator[_Header]: ...


class _Frame(Protocol):
    method: int
    payload: bytes
    headers: _Headers

    def SerializeToString(self) -> bytes: ...  # noqa: N802 -- its name
    def ParseFromString(self, data: bytes) -> None: ...  # noqa: N802 -- its name


def _frame(
    *, method: int = 0, headers: Mapping[str, str] | None = None, payload: bytes = b"", data: bytes = b""
) -> _Frame:
    module = importlib.import_module("lark_oapi.ws.pb.pbbp2_pb2")  # the client has taken the seconds for it by now
    frame = cast("_Frame", module.Frame(SeqID=1, LogID=1, service=7, method=method, payload=payload))
    for key, value in (headers or {}).items():
        frame.headers.add(key=key, value=value)
    if data:
        frame.ParseFromString(data)
    return frame


@dataclass(frozen=True, kw_only=True)
class Running:
    source: LarkSource
    core: Stored
    tables: Tables
    talk: Talk
    wire: Wire
    config: LarkConfig
    url: str
    reaches: list[tuple[str, Reach]]

    async def until_healthy(self, *, healthy: bool = True) -> None:
        await until(lambda: self.source.healthy() is healthy)


@asynccontextmanager
async def running(
    wire: Wire,
    *,
    core: Stored | None = None,
    tables: Tables | None = None,
    thread_of: ThreadOf = own_thread,
    transport: Literal["socket", "http"] = "socket",
    encrypt_key: str = "",
    verification_token: str = "",
    analysts: tuple[str, ...] = (),
    whole_groups: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """Run a source until the block ends."""
    core, tables, talk, clock = core or Stored(), tables or Tables(), Talk(), SystemClock()
    config = LarkConfig(
        app_id=APP,
        app_secret="s3cret",
        domain=wire.url,
        transport=transport,
        encrypt_key=encrypt_key,
        verification_token=verification_token,
        analysts=analysts,
        whole_groups=whole_groups,
    )
    reaches: list[tuple[str, Reach]] = []

    async def saw(chat: ConversationRef, reach: Reach) -> None:
        reaches.append((chat.channel_id, reach))

    source = LarkSource(
        config,
        tables,
        lambda _accept, _command, _later: talk,
        core,
        clock,
        people=People(config, tables, clock),
        emoji_of={"DONE": "✅"}.__getitem__,
        thread_of=thread_of,
        saw=saw,
        retry_s=0.01,
    )
    app = web.Application()
    if config.transport == "http":
        app.add_routes(source.routes())
    async with served(app) as url:
        receiving = asyncio.create_task(source.run(core.accept, core.command))
        ready = Running(
            source=source, core=core, tables=tables, talk=talk, wire=wire, config=config, url=url, reaches=reaches
        )
        try:
            await ready.until_healthy()
            yield ready
        finally:
            receiving.cancel()
            await asyncio.wait([receiving])


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds that another thread or the other end of a socket decides."""
    async with asyncio.timeout(60):  # lark-oapi takes seconds to import
        while not holds():  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.005)


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name
    finally:
        await runner.cleanup()
