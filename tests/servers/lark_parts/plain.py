"""An app without a library, to look at the platform from its side: it calls the REST interface and answers events."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from tests.servers.lark_parts.frames import CONTROL, DATA, Frame, decode, encode
from tests.servers.lark_parts.world import Json

IM = "im/v1"
BY_CHAT = {"receive_id_type": "chat_id"}
Answer = Callable[[Json], Any]  # of an event: None, or what goes back; raising is a 500


class PlainApp:
    """Knows what the developer's console shows: where Lark is, app id and secret."""

    def __init__(self, url: str, app_id: str, app_secret: str) -> None:
        self.url, self.app_id, self.app_secret = url, app_id, app_secret
        self.token = ""
        self.events: list[Json] = []
        self.pongs: list[Frame] = []
        self.answer: Answer = lambda _event: None
        self._arrived = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.deafen()
        await self.session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Json:
        """Return the answer as JSON, with its HTTP status and headers beside it; an empty token is none."""
        headers = {}
        if token != "":
            headers["Authorization"] = f"Bearer {token or self.token or await self.sign_in()}"
        where = f"{self.url}/open-apis/{path}"
        async with self.session.request(method, where, json=body, params=params, headers=headers) as reply:
            text = await reply.text()
            answer: Json = json.loads(text) if text.startswith("{") else {"code": None, "text": text}
            return answer | {"status": reply.status, "headers": dict(reply.headers)}

    async def sign_in(self) -> str:
        body = {"app_id": self.app_id, "app_secret": self.app_secret}
        answer = await self.call("POST", "auth/v3/tenant_access_token/internal", body, token="")
        self.token = answer["tenant_access_token"]
        return self.token

    async def get(self, path: str, **params: str) -> Json:
        return await self.call("GET", path, params=params)

    async def send(self, chat: str, text: str, **more: object) -> Json:
        body = {"receive_id": chat, "msg_type": "text", "content": json.dumps({"text": text}), **more}
        return await self.call("POST", f"{IM}/messages", body, params=BY_CHAT)

    async def send_card(self, chat: str, card: Mapping[str, object], **more: object) -> Json:
        body = {"receive_id": chat, "msg_type": "interactive", "content": json.dumps(card), **more}
        return await self.call("POST", f"{IM}/messages", body, params=BY_CHAT)

    async def reply(self, message: str, text: str, **more: object) -> Json:
        body = {"msg_type": "text", "content": json.dumps({"text": text}), **more}
        return await self.call("POST", f"{IM}/messages/{message}/reply", body)

    # ---- the long connection

    async def listen(self) -> None:
        """Connect, and answer events until deafen()."""
        asked = {"AppID": self.app_id, "AppSecret": self.app_secret}
        async with self.session.post(f"{self.url}/callback/ws/endpoint", json=asked) as reply:
            where = (await reply.json())["data"]["URL"]
        assert urlsplit(where).scheme == "ws"
        socket = await self.session.ws_connect(where)
        await socket.send_bytes(encode(Frame(method=CONTROL, headers={"type": "ping"})))
        self._listening = asyncio.get_running_loop().create_task(self._hear(socket))

    async def deafen(self) -> None:
        """Leave the connection without a word."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
            self._listening = None

    async def heard(self, count: int, within_s: float = 10.0) -> list[Json]:
        """Wait until so many events arrived, and return all."""
        async with asyncio.timeout(within_s):
            while len(self.events) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.events

    def of(self, kind: str) -> list[Json]:
        return [one["event"] for one in self.events if one["header"]["event_type"] == kind]

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                frame = decode(message.data)
                if frame.method == DATA:
                    await socket.send_bytes(encode(self._acknowledge(frame)))
                else:
                    self.pongs.append(frame)
        finally:
            await socket.close()

    def _acknowledge(self, frame: Frame) -> Frame:
        event = json.loads(frame.payload)
        self.events.append(event)
        self._arrived.set()
        try:
            back = self.answer(event)
        except RuntimeError:
            frame.payload = b'{"code": 500}'
        else:
            data = {} if back is None else {"data": base64.b64encode(json.dumps(back).encode()).decode()}
            frame.payload = json.dumps({"code": 200, **data}).encode()
        return frame
