"""The fake as a process of its own, driven over HTTP, and in the caller's loop."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.servers.lark import FakeLark
from tests.servers.lark_parts.plain import PlainApp

ROOT = Path(__file__).parents[2]


class Remote:
    def __init__(self, session: aiohttp.ClientSession, known: dict[str, str]) -> None:
        self.session, self.known = session, known

    async def act(self, name: str, /, *, expected: int = 200, **arguments: Any) -> Any:
        async with self.session.post(f"{self.known['url']}/control/{name}", json=arguments) as reply:
            body = await reply.json()
            assert reply.status == expected, body
            return body.get("result", body)

    async def state(self) -> Any:
        async with self.session.get(f"{self.known['url']}/control/state") as reply:
            return await reply.json()


@pytest.fixture
async def remote(free_port: int) -> AsyncIterator[Remote]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.servers.lark", "--port", str(free_port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        known = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as session:
        yield Remote(session, known)
    process.terminate()
    await process.wait()


async def test_acts_and_state_over_http(remote: Remote) -> None:
    await remote.act("add_user", name="王五")
    chat = await remote.act("add_chat", name="support", members=["王五"])
    key = await remote.act("add_file", name="a.log", content=base64.b64encode(b"error").decode())
    async with PlainApp(remote.known["url"], remote.known["app_id"], remote.known["app_secret"]) as app:
        await app.listen()
        await remote.act("connected")
        message = await remote.act("say", chat=chat, user="王五", kind="file", content={"file_key": key})
        await app.heard(1)
        answer = (await app.reply(message, "答案"))["data"]["message_id"]
        assert [one["id"] for one in await remote.act("thread", root=message)] == [answer]
        button = {"tag": "button", "text": {"tag": "plain_text", "content": "OK"}}
        card = (await app.send_card(chat, {"schema": "2.0", "body": {"elements": [button]}}))["data"]["message_id"]
        app.answer = lambda _event: {"toast": {"type": "info", "content": "好"}}
        pressed = await remote.act("press", message=card, user="王五", button="OK")
        assert pressed["toast"]["content"] == "好"
        await remote.act("fail", method="POST", path="/messages", how="status", status=503)
        assert (await app.send(chat, "hi"))["status"] == 503
        await remote.act("revoke", names=["im:message.group_msg"])
        await remote.act("tune", retry_delays_s=[0.5])
        await remote.act("settled")
        state = await remote.state()
    assert state["app"]["verification_token"] == remote.known["verification_token"]
    assert "im:message.group_msg" not in state["app"]["scopes"]
    assert [one["kind"] for one in state["deliveries"]] == ["im.message.receive_v1", "card.action.trigger"]
    assert state["calls"][-1]["path"] == "/open-apis/im/v1/messages"


async def test_what_goes_wrong_is_said(remote: Remote) -> None:
    assert "no act" in (await remote.act("fly", expected=404))["error"]
    assert "no chat x" in (await remote.act("say", expected=400, chat="x", user="y"))["error"]


async def test_it_runs_in_the_caller_s_loop_too() -> None:
    async with FakeLark(thread=False) as lark:
        lark.add_user("rita")
        chat = lark.add_chat("support", members=["rita"])
        async with PlainApp(lark.url, lark.app_id, lark.app_secret) as app:
            await app.listen()
            await lark.connected()
            lark.say(chat, "rita", "hi")
            await app.heard(1)
            await lark.settled()
        assert lark.log()[0].acknowledged
