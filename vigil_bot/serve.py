"""`vigil run`: everything in one process and one loop, until somebody asks it to stop."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import click
import structlog
from aiohttp import web
from pydantic import JsonValue, TypeAdapter, ValidationError

from vigil_bot import log as logs
from vigil_bot.app import Local, Parts, local_platform, opened
from vigil_bot.assembly import Engine, engine_of, operations_of, review_desk
from vigil_bot.commands.parse import HELP
from vigil_bot.console.review import routes as review_routes
from vigil_bot.console.web import build
from vigil_bot.errors import InputError, SettingsError, StoreError
from vigil_bot.measuring import count_pending
from vigil_bot.operation import Parameters
from vigil_bot.operations import Operations
from vigil_bot.platforms import Platform, remote_platforms
from vigil_bot.platforms import check as check_platforms
from vigil_bot.ports.chat import Clock, Source
from vigil_bot.ports.knowledge import VectorIndex
from vigil_bot.remote import Running, announce, withdraw
from vigil_bot.settings import Settings, load_settings, unknown_variables

log = structlog.get_logger()

PRUNE_AFTER_S = 30 * 86_400.0  # handled events are remembered as long, against late redelivery
PRUNE_EVERY_S = 3600.0
STOP_WITHIN_S = 10.0
_PARAMETERS = TypeAdapter(dict[str, JsonValue])


async def serve(clock: Clock | None = None) -> None:
    """Run until SIGTERM or SIGINT; what is held then is finished or handed back."""
    settings = load_settings()
    logs.setup(level=settings.log_level, fmt=settings.log_format)
    for line in unknown_variables():
        log.warning("setting.unknown", line=line)
    check_platforms(settings)
    async with (
        opened(settings, clock=clock) as parts,
        local_platform(settings, parts.clock) as local,
        remote_platforms(parts) as remote,
    ):
        clients = {platform.source.platform: platform.client for platform in remote}
        parts.files.update({platform.source.platform: platform.files for platform in remote})
        histories = {platform.source.platform: platform.history for platform in remote}
        engine = engine_of(parts, {local.source.platform: local.client, **clients}, histories=histories)
        sources = [local.source, *(platform.source for platform in remote)]
        async with _listening(settings, parts, engine, local, remote) as address:
            announce(settings.home, _running(settings, address))
            click.echo(f"Vigil Bot is ready: http://{address}  (stop with Ctrl-C)")
            try:
                await _work(engine, parts, sources)
            finally:
                withdraw(settings.home)


async def _work(engine: Engine, parts: Parts, sources: Sequence[Source]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(engine.intake.run(), name="intake"),
            group.create_task(engine.schedule.run(), name="schedule"),
            *(
                group.create_task(source.run(engine.intake.accept, engine.commands.run), name=source.platform)
                for source in sources
            ),
            group.create_task(parts.policies.watch(), name="policies"),
            group.create_task(_tidy(parts), name="tidy"),
            group.create_task(_make_up(parts, engine), name="recall"),
            group.create_task(count_pending(parts.store.queue, engine.metrics), name="gauge"),
        ]
        working = group.create_task(engine.worker.run(), name="worker")
        await stop.wait()
        log.info("program.stopping")
        engine.worker.stop()
        await asyncio.wait([working], timeout=STOP_WITHIN_S)
        for task in (working, *running):
            task.cancel()


async def _make_up(parts: Parts, engine: Engine) -> None:
    """Have posts put right whose entries were changed while we did not run."""
    with contextlib.suppress(StoreError):
        await parts.recall()
        engine.worker.wake()


async def _tidy(parts: Parts) -> None:
    """Forget now and then what is not needed any more."""
    while True:
        await asyncio.sleep(PRUNE_EVERY_S)
        with contextlib.suppress(StoreError):
            await parts.store.queue.prune(before=parts.clock.now() - PRUNE_AFTER_S)


@contextlib.asynccontextmanager
async def _listening(
    settings: Settings, parts: Parts, engine: Engine, local: Local, remote: Sequence[Platform]
) -> AsyncIterator[str]:
    application = build(
        host=settings.console.host,
        token=settings.console_token,
        ready=_readiness(parts, [local.source, *(platform.source for platform in remote)]),
        metrics=engine.metrics.render,
        tables=[
            local.routes,
            _operation_routes(operations_of(parts, wake=engine.worker.wake)),
            review_routes(review_desk(parts, wake=engine.worker.wake)),
        ],
        public=[platform.routes for platform in remote],
        commands=HELP,
        hang_up=[local.chat.hang_up],
    )
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.console.host, settings.console.port)
        try:
            await site.start()
        except OSError as error:
            hint = "Stop what listens there, or set VIGIL_CONSOLE_ADDRESS."
            raise SettingsError(f"Cannot listen on {settings.console_address}: {error.strerror}.", hint=hint) from error
        yield site.name.removeprefix("http://") if settings.console.port == 0 else settings.console_address
    finally:
        await runner.cleanup()


def _readiness(parts: Parts, sources: Sequence[Source]) -> Callable[[], Awaitable[Mapping[str, JsonValue]]]:
    async def ready() -> Mapping[str, JsonValue]:
        store, vectors = await parts.store.healthy(), await _answers(parts.vectors)
        return {
            "ready": store and vectors and all(source.healthy() for source in sources),
            "store": store,
            "vectors": vectors,
            "platforms": {
                source.platform: {"connected": source.healthy(), "last_events": dict(source.last_events())}
                for source in sources
            },
        }

    return ready


async def _answers(vectors: VectorIndex) -> bool:
    try:
        await vectors.count()
    except StoreError:
        return False
    return True


def _operation_routes(operations: Operations) -> web.RouteTableDef:
    table = web.RouteTableDef()

    @table.post("/api/operations/{name}")
    async def call(request: web.Request) -> web.Response:
        parameters = _parameters(await request.read())
        return web.json_response({"result": await operations.call(request.match_info["name"], parameters)})

    return table


def _parameters(body: bytes) -> Parameters:
    try:
        return _PARAMETERS.validate_json(body or b"{}")
    except ValidationError as error:
        raise InputError("The body must be a JSON object.") from error


def _running(settings: Settings, address: str) -> Running:
    token = settings.console_token.get_secret_value() if settings.console_token else None
    return Running(address=address, token=token, pid=os.getpid())
