"""The fake as a process of its own, driven over HTTP."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

ROOT = Path(__file__).parents[2]


class Remote:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def act(self, name: str, /, *, expected: int = 200, **arguments: Any) -> Any:
        target = self.url.replace("/api/", f"/control/{name}")
        async with self.session.post(target, json=arguments) as reply:
            body = await reply.json()
            assert reply.status == expected, body
            return body.get("result", body)

    async def state(self) -> Any:
        async with self.session.get(self.url.replace("/api/", "/control/state")) as reply:
            return await reply.json()


@pytest.fixture
async def remote(free_port: int) -> AsyncIterator[Remote]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.servers.slack", "--port", str(free_port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        url = json.loads(await process.stdout.readline())["url"]
    async with aiohttp.ClientSession() as session:
        yield Remote(session, url)
    process.terminate()
    await process.wait()


async def test_acts_and_state_over_http(remote: Remote) -> None:
    await remote.act("add_user", name="rita")
    channel = await remote.act("add_channel", name="support", members=["rita"])
    content = base64.b64encode(b"error").decode()
    file = await remote.act("add_file", name="log.txt", content=content)
    ts = await remote.act("say", channel=channel, user="rita", text="hello", files=[file])
    state = await remote.state()
    web = AsyncWebClient(state["bot_token"], base_url=state["url"])
    await web.chat_postMessage(channel=channel, text="answer", thread_ts=ts)
    assert [one["text"] for one in await remote.act("thread", channel=channel, ts=ts)] == ["answer"]
    assert (await remote.state())["calls"][-1]["method"] == "chat.postMessage"
    await remote.act("fail", method="chat.postMessage", how="status", status=503)
    await remote.act("tune", ack_within_s=0.5, retry_delays_s=[0.0])


async def test_wrong_acts_say_so(remote: Remote) -> None:
    await remote.act("fly", expected=404)
    assert "channel_not_found" in (await remote.act("messages", channel="C404", expected=400))["error"]
    assert "TypeError" in (await remote.act("say", expected=400))["error"]
