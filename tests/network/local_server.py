"""The local chat and its page, served for real on loopback, with a core that only remembers what it was given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from pydantic import JsonValue, SecretStr

from adapters.local.api import routes
from adapters.local.chat import LocalChat
from adapters.local.client import LocalClient
from adapters.local.source import LocalSource
from vigil_bot.commands.parse import HELP
from vigil_bot.console import web as console
from vigil_bot.errors import StoreBusy
from vigil_bot.model.card import Card, CardKind, TextBlock
from vigil_bot.model.event import CommandInvoked, Event
from vigil_bot.ports.chat import Clock


@dataclass
class Core:
    """Stores events by key, and answers commands with what they were."""

    events: dict[str, Event] = field(default_factory=dict)
    commands: list[CommandInvoked] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False

    async def accept(self, event: Event) -> bool:
        if self.full:
            raise StoreBusy("The disk is full.")
        new = event.key not in self.events
        self.events[event.key] = event
        self.arrived.set()
        return new

    async def command(self, invoked: CommandInvoked) -> Card:
        self.commands.append(invoked)
        text = TextBlock(markdown=f"**{invoked.author.name}** ({invoked.author.role}) said `{invoked.text}`")
        return Card(kind=CardKind.REPLY, title="Heard", blocks=(text,))

    async def has(self, count: int) -> list[Event]:
        """Wait until so many events are stored."""
        async with asyncio.timeout(5):
            while len(self.events) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return list(self.events.values())


@dataclass(frozen=True)
class Served:
    url: str
    chat: LocalChat
    client: LocalClient
    source: LocalSource
    core: Core


@asynccontextmanager
async def serve(
    path: Path,
    clock: Clock,
    *,
    token: str | None = None,
    running: bool = True,
    tables: tuple[web.RouteTableDef, ...] = (),
    public: tuple[web.RouteTableDef, ...] = (),
) -> AsyncIterator[Served]:
    """Serve a local chat; with running=False its source has not begun."""
    chat = await LocalChat.open(path, clock)
    source, core = LocalSource(chat), Core()

    async def ready() -> dict[str, JsonValue]:
        return {"ready": source.healthy(), "platforms": {"local": source.healthy()}}

    app = console.build(
        host="127.0.0.1",
        token=SecretStr(token) if token else None,
        ready=ready,
        metrics=lambda: b"vigil_up 1\n",
        tables=[routes(source, chat, clock), *tables],
        public=public,
        commands=HELP,
        hang_up=[chat.hang_up],
    )
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiving = asyncio.create_task(source.run(core.accept, core.command)) if running else None
    await asyncio.sleep(0)  # let it begin
    try:
        yield Served(url=site.name, chat=chat, client=LocalClient(chat), source=source, core=core)
    finally:
        if receiving:
            receiving.cancel()
            await asyncio.wait([receiving])
        await runner.cleanup()
        await chat.close()
