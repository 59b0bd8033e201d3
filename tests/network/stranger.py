"""Somebody who talks to the local chat's API over HTTP, as a program would."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.network.local_server import Served, serve
from vigil_bot.clock import SimulatedClock

NOW = 1_700_000_000.0
Json = dict[str, Any]


@dataclass(frozen=True)
class Stranger:
    served: Served
    session: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """Send a body, as JSON unless it is bytes; return the status and the answer."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        data = None if body is None else io.BytesIO(sent)
        headers = {"Content-Type": "application/json", **(headers or {})}
        async with self.session.request(method, self.served.url + path, data=data, headers=headers) as reply:
            answer: Json = await reply.json()
            return reply.status, answer

    async def say(self, text: str, thread_id: str | None = None, **more: object) -> Json:
        body = {"author": "rita", "role": "requester", "text": text, "thread_id": thread_id, **more}
        status, answer = await self.ask("POST", "/api/channels/support/messages", body)
        assert status == 200, answer
        return answer

    async def read(self, query: str = "after=0") -> list[Json]:
        _, answer = await self.ask("GET", f"/api/channels/support/messages?{query}")
        listed: list[Json] = answer["messages"]
        return listed


@asynccontextmanager
async def stranger(tmp_path: Path, *, running: bool = True) -> AsyncIterator[Stranger]:
    async with (
        serve(tmp_path / "local.db", SimulatedClock(NOW), running=running) as served,
        aiohttp.ClientSession() as session,
    ):
        yield Stranger(served, session)
