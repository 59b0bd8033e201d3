"""A fake model behind an OpenAI-compatible endpoint, over a real socket, that behaves as it is told.

    async with FakeLLM() as llm:
        llm.script(status(429, retry_after=0), good({"answers": False, "sentences": []}))
        client = ModelClient(ModelConfig(base_url=llm.url, model="fake"), now=clock.now)

What is not scripted gets `llm.default`, which answers each purpose from the data it is given.
`python -m tests.servers.llm --port N` serves that alone.
"""

import argparse
import asyncio
import json
from collections import deque
from typing import Self

from aiohttp import web

from tests.servers.llm_parts.asked import Asked
from tests.servers.llm_parts.behaviours import (
    Behaviour,
    broken_body,
    broken_json,
    disconnect,
    error,
    fenced,
    good,
    json_mode_only,
    no_json_schema,
    refusing,
    slow,
    status,
    streaming_only,
    text,
    text_only,
    thinking,
    web_page,
    wrong_schema,
)
from tests.servers.llm_parts.generic import generic

__all__ = [
    "Asked",
    "Behaviour",
    "FakeLLM",
    "broken_body",
    "broken_json",
    "disconnect",
    "fenced",
    "generic",
    "good",
    "json_mode_only",
    "no_json_schema",
    "refusing",
    "slow",
    "status",
    "streaming_only",
    "text",
    "text_only",
    "thinking",
    "web_page",
    "wrong_schema",
]


class FakeLLM:
    """An endpoint with one model."""

    def __init__(self, *, port: int = 0, models: tuple[str, ...] = ("fake",)) -> None:
        self.default: Behaviour = good(generic)
        self.models: tuple[str, ...] | None = models  # None: it has no list
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.tokens_in = self.tokens_out = 0
        self._at_once = 0
        self._port, self._closing = port, asyncio.Event()
        self._script: deque[Behaviour] = deque()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    @property
    def calls(self) -> int:
        return len(self.asked)

    def script(self, *behaviours: Behaviour) -> None:
        """Behave like this at the next calls, one after the other."""
        self._script.extend(behaviours)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(body=await request.json(), key=key, closing=self._closing)
        self.asked.append(asked)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            response = await (self._script.popleft() if self._script else self.default)(asked)
        except ConnectionResetError:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        finally:
            self._at_once -= 1
        self._count(response)
        return response

    def _count(self, response: web.StreamResponse) -> None:
        if response.status == 200 and isinstance(response, web.Response) and response.text:
            try:
                usage = json.loads(response.text)["usage"]
            except (ValueError, KeyError):
                return
            self.tokens_in += usage["prompt_tokens"]
            self.tokens_out += usage["completion_tokens"]

    async def _list(self, _: web.Request) -> web.Response:
        if self.models is None:
            return error(404, "no such page")
        return web.json_response({"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]})


async def serve(port: int) -> None:
    async with FakeLLM(port=port) as llm:
        print(llm.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
