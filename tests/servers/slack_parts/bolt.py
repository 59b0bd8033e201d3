"""A Bolt app that remembers what it is given, for the tests of the fake itself."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import FakeSlack
from tests.servers.slack_parts.world import Json

PING_S = 0.2  # slack_sdk looks after a broken connection this often


@dataclass(kw_only=True)
class Listener:
    app: AsyncApp
    bodies: list[Json] = field(default_factory=list)  # all that came, repeated ones too
    deaf: int = 0  # so many of the next ones are not acknowledged

    @property
    def events(self) -> list[Json]:
        return [one["event"] for one in self.bodies if "event" in one]

    def of(self, kind: str) -> list[Json]:
        return [one for one in self.events if one["type"] == kind]


def web_client(slack: FakeSlack, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token if token is None else token, base_url=slack.url, timeout=5)


def listener(slack: FakeSlack) -> Listener:
    """An app that acknowledges every event once its listener is done."""
    client = web_client(slack)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)
    heard = Listener(app=app)

    async def remember(body: Json, next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 — Bolt passes it by name
        heard.bodies.append(body)
        if heard.deaf:
            heard.deaf -= 1
            raise ConnectionError("deaf")
        await next()

    async def take(event: Json) -> None:
        del event

    app.use(remember)
    app.event(re.compile(".*"))(take)
    return heard


@asynccontextmanager
async def listening(slack: FakeSlack, *, connections: int = 1) -> AsyncIterator[Listener]:
    """A listener connected by Socket Mode."""
    heard = listener(slack)
    handlers = [
        AsyncSocketModeHandler(heard.app, slack.app_token, web_client=heard.app.client, ping_interval=PING_S)
        for _ in range(connections)
    ]
    try:
        for one in handlers:
            await one.connect_async()  # type: ignore[no-untyped-call]
        await slack.connected(connections)
        yield heard
    finally:
        for one in handlers:
            await one.close_async()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace with rita in the channels support and attic (archived), and channels that the bot is not in."""

    slack: FakeSlack
    web: AsyncWebClient
    channel: str  # support
    rita: str
    ts: str  # a message of rita's in support
    own: str  # one of the bot's

    def id(self, channel: str) -> str:
        return self.slack.world.channel(channel).id


@asynccontextmanager
async def furnished() -> AsyncIterator[Place]:
    async with FakeSlack() as slack:
        rita, web = slack.add_user("rita"), web_client(slack)
        slack.add_user("zoe")
        channel = slack.add_channel("support", members=["rita"])
        slack.add_channel("elsewhere", with_bot=False)
        slack.add_channel("secret", private=True, with_bot=False)
        slack.add_channel("attic", members=["rita"])
        ts = slack.say(channel, "rita", "it does not start")
        own = (await web.chat_postMessage(channel=channel, text="hello"))["ts"]
        slack.say("attic", "rita", "old")
        slack.archive("attic", "rita")
        yield Place(slack=slack, web=web, channel=channel, rita=rita, ts=ts, own=own)


async def error(call: Awaitable[object]) -> Json:
    """What a refused call was answered with."""
    try:
        await call
    except SlackApiError as refused:
        body: Json = refused.response.data
        return body
    raise AssertionError("it was not refused")
