import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import pytest

from adapters.slack.api import SlackApi
from adapters.slack.socket import Answer, Socket, address
from tests.network.slack_source import soon
from tests.servers.slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


class Receiver:
    """What a socket hands over."""

    def __init__(self) -> None:
        self.envelopes: list[Mapping[str, object]] = []
        self.gaps = 0
        self.answer: Answer | None = {}

    async def handle(self, envelope: Mapping[str, object]) -> Answer | None:
        self.envelopes.append(envelope)
        return self.answer

    def missed(self) -> None:
        self.gaps += 1


@asynccontextmanager
async def listening(slack: FakeSlack, receiver: Receiver, *, ping_s: float = 10.0) -> AsyncIterator[Socket]:
    async with SlackApi({"": slack.app_token}, base_url=slack.url) as api:
        socket = Socket(lambda: address(lambda: api.call("", "apps.connections.open")), api.session, ping_s=ping_s)
        task = asyncio.create_task(socket.run(receiver.handle, receiver.missed))
        try:
            await slack.connected()
            await soon(lambda: socket.connected)
            yield socket
        finally:
            task.cancel()
            await asyncio.wait([task])


async def test_a_connection_that_went_silent_is_replaced(slack: FakeSlack) -> None:
    receiver = Receiver()
    async with listening(slack, receiver, ping_s=0.1) as socket:
        slack.delivery.frozen = True
        await soon(lambda: receiver.gaps >= 2)  # it noticed, and connected anew
        slack.delivery.frozen = False
        await slack.connected()
        await soon(lambda: socket.connected)


async def test_a_connection_that_slack_renews_leaves_no_gap(slack: FakeSlack) -> None:
    receiver = Receiver()
    async with listening(slack, receiver) as socket:
        for count in (2, 3):
            await slack.disconnect("warning")
            await slack.delivery.has_opened(count)
            assert socket.connected
        assert receiver.gaps == 1


async def test_after_a_failed_attempt_a_fresh_address_is_asked_for(slack: FakeSlack) -> None:
    receiver = Receiver()
    async with listening(slack, receiver) as socket:
        slack.fail("apps.connections.open", "status", times=1, status=500)
        slack.cut()
        await soon(lambda: receiver.gaps == 2)
        assert socket.connected
        assert len(slack.calls("apps.connections.open")) == 3


async def test_what_is_not_answered_is_not_acknowledged(slack: FakeSlack) -> None:
    receiver = Receiver()
    slack.tune(ack_within_s=0.1, retry_delays_s=[])
    async with listening(slack, receiver):
        receiver.answer = None
        sent = slack.delivery.send("events_api", {"type": "event_callback"})
        await slack.settled()
        assert not sent.acknowledged
        receiver.answer = {"text": "hello"}
        assert await slack.delivery.ask("slash_commands", {"command": "/vigil"}) == {"text": "hello"}


async def test_a_greeting_that_is_none_is_tried_again() -> None:
    receiver = Receiver()
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        wrong = [f"{slack.world.origin}/link?ticket=spent"]

        async def open_url() -> str:
            return wrong.pop() if wrong else f"{slack.world.origin}/link?ticket={slack.delivery.ticket()}"

        socket = Socket(open_url, lambda: session)
        task = asyncio.create_task(socket.run(receiver.handle, receiver.missed))
        await soon(lambda: socket.connected)
        task.cancel()
        await asyncio.wait([task])
