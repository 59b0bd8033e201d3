"""Our side of Slack, run against the fake on loopback, with a core that only remembers what it was given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

from aiohttp import web

from adapters.slack.api import SlackApi
from adapters.slack.config import SlackConfig, Transport
from adapters.slack.http import EVENTS_PATH, routes
from adapters.slack.install import Installations
from adapters.slack.people import People
from adapters.slack.source import SlackSource
from tests.network.local_server import Core
from tests.servers.slack import FakeSlack
from vigil_bot.clock import SystemClock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import Event, MessagePosted

E = TypeVar("E")


class Settings(TypedDict, total=False):
    """What a test sets otherwise."""

    bot_token: str
    app_token: str
    client_id: str
    client_secret: str
    public_url: str
    base_url: str
    transport: Transport
    analysts: tuple[str, ...]


@dataclass
class Stored(Core):
    """A core that also tells what it heard, as the store does."""

    attempts: int = 0

    async def accept(self, event: Event) -> bool:
        self.attempts += 1
        return await super().accept(event)

    async def channels(self, platform: str) -> Mapping[ConversationRef, float]:
        assert platform == "slack"
        newest: dict[ConversationRef, float] = {}
        for posted in self.of(MessagePosted):
            channel = posted.conversation.channel
            newest[channel] = max(newest.get(channel, 0.0), posted.at)
        return newest

    async def threads(self, channel: ConversationRef, *, since: float) -> Mapping[str, float]:
        newest: dict[str, float] = {}
        for posted in self.of(MessagePosted):
            if posted.conversation.channel == channel and posted.at >= since:
                thread_id = posted.conversation.thread_id or ""
                newest[thread_id] = max(newest.get(thread_id, 0.0), posted.at)
        return newest

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events.values() if isinstance(event, kind)]

    def texts(self) -> list[str]:
        """What was said, oldest first."""
        return [one.message.text for one in sorted(self.of(MessagePosted), key=lambda one: one.at)]

    async def until(self, holds: Callable[["Stored"], object], *, within_s: float = 10.0) -> None:
        """Wait until something holds of what is stored."""
        async with asyncio.timeout(within_s):
            while not holds(self):
                self.arrived.clear()
                await self.arrived.wait()


@dataclass(frozen=True)
class Running:
    source: SlackSource
    installations: Installations
    api: SlackApi
    people: People
    core: Stored
    url: str = ""
    config: SlackConfig = field(kw_only=True)

    async def until_healthy(self, *, healthy: bool = True) -> None:
        await soon(lambda: self.source.healthy() is healthy)


async def soon(holds: Callable[[], object]) -> None:
    """Wait until something holds that nobody tells of."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 -- there is no event to wait for
            await asyncio.sleep(0.01)


def config_of(slack: FakeSlack, folder: Path, **otherwise: Unpack[Settings]) -> SlackConfig:
    config = SlackConfig(
        state_folder=folder,
        bot_token=slack.bot_token,
        app_token=slack.app_token,
        signing_secret=slack.signing_secret,
        base_url=slack.url,
    )
    return replace(config, **otherwise)


@asynccontextmanager
async def running(
    slack: FakeSlack, folder: Path, core: Stored | None = None, **otherwise: Unpack[Settings]
) -> AsyncIterator[Running]:
    """Run a source until the block ends; over HTTP if `transport` says so."""
    config, core = config_of(slack, folder, **otherwise), core or Stored()
    clock, installations = SystemClock(), Installations(config)
    async with SlackApi(installations.token, base_url=config.base_url) as api:
        people = People(api, clock, analysts=config.analysts)
        source = SlackSource(
            config, installations=installations, api=api, people=people, heard=core, clock=clock, retry_s=0.05
        )
        async with _served(routes(config, source, installations, clock)) as url:
            if config.transport is Transport.HTTP:
                slack.tune(request_url=url + EVENTS_PATH)
            receiving = asyncio.create_task(source.run(core.accept, core.command))
            ready = Running(source, installations, api, people, core, url, config=config)
            try:
                await ready.until_healthy()
                yield ready
            finally:
                receiving.cancel()
                await asyncio.wait([receiving])


@asynccontextmanager
async def _served(table: web.RouteTableDef) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(table)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name
    finally:
        await runner.cleanup()
