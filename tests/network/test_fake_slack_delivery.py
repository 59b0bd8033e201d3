"""The fake delivers events as Slack does, through the real Bolt and slack_sdk; the ids of cases name Slack's pages."""

import json
from collections.abc import AsyncIterator
from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from tests.servers.slack import FakeSlack
from tests.servers.slack_parts.bolt import Listener, listening, web_client


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.add_user("rita")
        fake.add_channel("support", members=["rita"])
        fake.tune(retry_delays_s=(0.0, 0.05))
        yield fake


@pytest.fixture
async def heard(slack: FakeSlack) -> AsyncIterator[Listener]:
    async with listening(slack) as one:
        yield one


async def test_an_event_reaches_bolt_and_is_acknowledged(slack: FakeSlack, heard: Listener) -> None:
    """apis/events-api/using-socket-mode"""
    ts = slack.say("support", "rita", "it does not start")
    await slack.settled()
    assert [one["ts"] for one in heard.of("message")] == [ts]
    assert slack.delivery.log[-1].acknowledged
    assert slack.delivery.log[-1].ack_s < 1


async def test_many_events_arrive_in_their_order(slack: FakeSlack, heard: Listener) -> None:
    sent = [slack.say("support", "rita", f"message {n}") for n in range(100)]
    await slack.settled()
    assert [one["ts"] for one in heard.of("message")] == sent


async def test_what_is_not_acknowledged_comes_again_with_its_event_id(slack: FakeSlack, heard: Listener) -> None:
    """apis/events-api#retries"""
    heard.deaf = 1
    slack.tune(ack_within_s=0.1)
    slack.say("support", "rita", "hello")
    await slack.settled()
    first, second = (one["event_id"] for one in heard.bodies[-2:])
    assert first == second
    sent = slack.delivery.log[-1]
    assert sent.attempts == ["timeout", ""]
    assert len(set(sent.envelopes)) == 2


async def test_it_gives_up_after_its_attempts(slack: FakeSlack, heard: Listener) -> None:
    heard.deaf = 99
    slack.tune(ack_within_s=0.05)
    slack.say("support", "rita", "hello")
    sent = slack.delivery.log[-1]
    await sent.ended.wait()
    assert sent.given_up
    assert sent.attempts == ["timeout"] * 3


async def test_an_envelope_may_come_twice(slack: FakeSlack, heard: Listener) -> None:
    slack.tune(copies=2)
    slack.say("support", "rita", "hello")
    await slack.settled()
    slack.tune(copies=1)
    slack.say("support", "rita", "bye")
    await slack.settled()
    assert [one["text"] for one in heard.of("message")] == ["hello", "hello", "bye"]


async def test_the_same_message_may_come_under_two_event_ids(slack: FakeSlack, heard: Listener) -> None:
    slack.say("support", "rita", "hello")
    await slack.settled()
    slack.twin(slack.delivery.log[-1])
    await slack.settled()
    first, second = heard.bodies[-2:]
    assert first["event"] == second["event"]
    assert first["event_id"] != second["event_id"]


async def test_what_was_held_can_come_in_another_order(slack: FakeSlack, heard: Listener) -> None:
    slack.hold()
    for text in ("one", "two", "three"):
        slack.say("support", "rita", text)
    slack.release("reversed")
    await slack.settled()
    assert [one["text"] for one in heard.of("message")] == ["three", "two", "one"]


@pytest.mark.parametrize("how", ["refresh_requested", "warning"])
async def test_the_client_reconnects_when_it_is_told_to(slack: FakeSlack, heard: Listener, how: str) -> None:
    """apis/events-api/using-socket-mode: disconnect"""
    before = slack.delivery.opened
    await slack.disconnect(how)
    await slack.delivery.has_opened(before + 1)
    slack.say("support", "rita", "after")
    await slack.settled()
    assert heard.of("message")[-1]["text"] == "after"


@pytest.mark.parametrize("how", ["cut", "hang_up"])
async def test_the_client_reconnects_when_the_connection_ends(slack: FakeSlack, heard: Listener, how: str) -> None:
    if how == "cut":
        slack.cut()
    else:
        await slack.hang_up()
    slack.say("support", "rita", "meanwhile")
    await slack.settled()
    assert heard.of("message")[-1]["text"] == "meanwhile"
    assert slack.delivery.opened == 2


async def test_what_was_under_way_on_a_broken_connection_comes_again(slack: FakeSlack) -> None:
    slack.tune(frozen=False, ack_within_s=3.0)
    async with web_session() as session:
        opened = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            slack.say("support", "rita", "hello")
            lost = await socket.receive_json()
        again = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(again["url"]) as socket:
            await socket.receive_json()
            envelope = await socket.receive_json()
            assert envelope["payload"] == lost["payload"]
            assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "connection_failed")
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await slack.settled()


async def test_the_first_word_is_hello_and_envelopes_say_what_they_are(slack: FakeSlack) -> None:
    """apis/events-api/using-socket-mode: hello, envelopes"""
    async with web_session() as session:
        opened = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as socket:
            hello = await socket.receive_json()
            assert hello["num_connections"] == 1
            assert hello["connection_info"] == {"app_id": slack.world.app_id}
            slack.say("support", "rita", "hello")
            envelope = await socket.receive_json()
            assert set(envelope) == {
                *("envelope_id", "payload", "type", "accepts_response_payload", "retry_attempt", "retry_reason"),
            }
            assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await slack.settled()


async def test_a_link_counts_once(slack: FakeSlack) -> None:
    async with web_session() as session:
        opened = await web_client(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as socket:
            await socket.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_several_connections_share_the_events(slack: FakeSlack) -> None:
    async with listening(slack, connections=3) as heard:
        sent = [slack.say("support", "rita", str(n)) for n in range(9)]
        await slack.settled()
        assert sorted(one["ts"] for one in heard.of("message")) == sent


async def test_a_frozen_connection_looks_dead_to_the_client(slack: FakeSlack) -> None:
    """The client's pings are not answered; it connects anew."""
    slack.tune(frozen=True)
    client = SocketModeClient(slack.app_token, web_client=web_client(slack), ping_interval=0.1)
    try:
        await client.connect()  # type: ignore[no-untyped-call]
        await slack.delivery.has_opened(2)
        assert len(slack.calls("apps.connections.open")) >= 2
    finally:
        await client.close()  # type: ignore[no-untyped-call]
        await client.aiohttp_client_session.close()


def web_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


class Endpoint:
    """A request URL that checks signatures, and fails as often as it is told."""

    def __init__(self, secret: str) -> None:
        self.verifier = SignatureVerifier(secret)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.failing: list[web.Response] = []

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert self.verifier.is_valid_request(body, dict(request.headers))
        self.requests.append((dict(request.headers), body))
        if self.failing:
            return self.failing.pop(0)
        if body.startswith(b"{") and json.loads(body)["type"] == "url_verification":
            return web.json_response({"challenge": json.loads(body)["challenge"]})
        return web.Response()


@pytest.fixture
async def endpoint(slack: FakeSlack) -> AsyncIterator[Endpoint]:
    one = Endpoint(slack.signing_secret)
    app = web.Application()
    app.router.add_post("/slack/events", one.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.tune(request_url=f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield one
    await runner.cleanup()


async def test_http_requests_are_signed(slack: FakeSlack, endpoint: Endpoint) -> None:
    """authentication/verifying-requests-from-slack"""
    slack.say("support", "rita", "hello")
    await slack.settled()
    headers, body = endpoint.requests[0]
    assert json.loads(body)["event"]["text"] == "hello"
    assert "X-Slack-Retry-Num" not in headers


async def test_a_failed_http_request_comes_again_and_says_why(slack: FakeSlack, endpoint: Endpoint) -> None:
    """apis/events-api#retries"""
    endpoint.failing = [web.Response(status=500)]
    slack.say("support", "rita", "hello")
    await slack.settled()
    (_, first), (headers, second) = endpoint.requests
    assert first == second
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Retry-Reason"]) == ("1", "http_error")


async def test_no_retry_is_respected(slack: FakeSlack, endpoint: Endpoint) -> None:
    """apis/events-api#retries: X-Slack-No-Retry"""
    endpoint.failing = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    slack.say("support", "rita", "hello")
    await slack.settled()
    assert len(endpoint.requests) == 1
    assert slack.delivery.log[-1].given_up


async def test_the_request_url_is_verified(slack: FakeSlack, endpoint: Endpoint) -> None:
    """reference/events/url_verification"""
    answer = await slack.verify_url()
    assert answer["challenge"] == json.loads(endpoint.requests[0][1])["challenge"]


async def test_interactions_over_http_are_forms(slack: FakeSlack, endpoint: Endpoint) -> None:
    """reference/interaction-payloads"""
    await slack.slash("support", "rita", "/vigil", "help me")
    headers, body = endpoint.requests[0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert b"command=%2Fvigil&text=help+me" in body


def test_timestamps_never_repeat() -> None:
    slack = FakeSlack(now=lambda: 1_700_000_000.0)
    stamps = [slack.world.ts() for _ in range(100)]
    assert all(a < b for a, b in pairwise(stamps))
