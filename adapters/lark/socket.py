"""The long connection: lark-oapi's WebSocket client in a thread and an event loop of its own."""

import asyncio
import contextlib
import importlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol, cast

import structlog
from pydantic import JsonValue

from adapters.lark.config import LarkConfig
from adapters.lark.foreign import decoded
from vigil_bot.errors import PlatformUnavailable, SettingsError

log = structlog.get_logger()

RECEIVE_TIMEOUT_S = 2.5  # Lark wants an answer within 3 s
_END_S = 2.0  # what closing may take; the thread is a daemon, in case it hangs in the library
_SDK = "lark_oapi.ws.client"  # 11,000 modules and 170 MB: neither a start without Lark nor mypy should read them
_LEVELS = "lark_oapi.core.enum"

Receive = Callable[[JsonValue], Coroutine[None, None, JsonValue]]
"""Store what an event says and return the answer to it; when it raises, the event is not stored."""


class _Client(Protocol):
    """The parts of the library's client that are used; its public `start` can neither be stopped nor asked how it is."""

    _connect: Callable[[], Awaitable[None]]
    _ping_loop: Callable[[], Coroutine[None, None, None]]
    _disconnect: Callable[[], Coroutine[None, None, None]]


class _Sdk(Protocol):
    loop: asyncio.AbstractEventLoop
    Client: Callable[..., _Client]


class LongConnection:
    """Receives events until cancelled, and connects again by itself."""

    def __init__(
        self,
        config: LarkConfig,
        receive: Receive,
        *,
        connected: Callable[[], None],
        lost: Callable[[], None],
        retry_s: float,
    ) -> None:
        """Connect nothing yet.

        Args:
            connected: Called, as lost is, in the loop of `run`, whenever it happens.
            retry_s: Time before a connection that was lost is begun anew.
        """
        self._retry_s = retry_s
        self._config = config
        self._receive = receive
        self._connected = connected
        self._lost = lost

    async def run(self) -> None:
        """Receive until cancelled. Raises SettingsError where lark-oapi is not installed."""
        while True:
            await self._session()
            await asyncio.sleep(self._retry_s)

    async def _session(self) -> None:
        session = _Session(
            self._config,
            self._receive,
            connected=self._connected,
            lost=self._lost,
            home=asyncio.get_running_loop(),
        )
        thread = threading.Thread(target=session.serve, name="lark", daemon=True)
        thread.start()
        try:
            await session.ended.wait()
        finally:
            session.stop()
            await asyncio.to_thread(thread.join, _END_S)
        if session.fault is not None:
            raise session.fault


class _Session:
    """One life of the library's client, in its own thread; `home` is the loop that the rest of the program lives in."""

    def __init__(
        self,
        config: LarkConfig,
        receive: Receive,
        *,
        connected: Callable[[], None],
        lost: Callable[[], None],
        home: asyncio.AbstractEventLoop,
    ) -> None:
        self._config = config
        self._receive = receive
        self._connected = connected
        self._lost = lost
        self._home = home
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()
        self.fault: SettingsError | None = None

    def stop(self) -> None:
        """Let the thread end."""
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())

    def serve(self) -> None:
        """Receive until stopped, or until the connection is lost."""
        try:
            asyncio.set_event_loop(self._loop)
            sdk = self._sdk()
            if sdk is not None:
                self._serve(sdk)
        finally:
            self._loop.close()
            self._at_home(self._lost)
            self._at_home(self.ended.set)

    def _sdk(self) -> _Sdk | None:
        try:
            return cast("_Sdk", importlib.import_module(_SDK))
        except ImportError as error:
            hint = f"pip install lark-oapi ({error.name} is missing)."
            self.fault = SettingsError("Lark needs the package lark-oapi.", hint=hint)
            return None

    def _serve(self, sdk: _Sdk) -> None:
        before, sdk.loop = sdk.loop, self._loop  # the library keeps its loop in a global of the module
        client = sdk.Client(
            self._config.app_id,
            self._config.app_secret,
            log_level=importlib.import_module(_LEVELS).LogLevel.CRITICAL,  # its lines show the connection's ticket
            event_handler=self,
            domain=self._config.domain,
            auto_reconnect=False,  # it gives up for good on some errors, and says so to nobody
        )
        self._loop.set_exception_handler(lambda _loop, _context: None)  # of the library's own tasks
        self._task = self._loop.create_task(self._connection(client))
        self._loop.run_until_complete(asyncio.wait({self._task}))
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            log.warning("lark.not_connected", error=type(error).__name__, code=getattr(error, "code", None))
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left, timeout=_END_S / 2))
        sdk.loop = before

    async def _connection(self, client: _Client) -> None:
        """Connect and stay until the connection is lost."""
        disconnect, lost = client._disconnect, asyncio.Event()  # noqa: SLF001 -- see _Client

        async def disconnected() -> None:
            await disconnect()
            lost.set()

        client._disconnect = disconnected  # noqa: SLF001
        try:
            await client._connect()  # noqa: SLF001
            self._at_home(self._connected)
            async with asyncio.TaskGroup() as group:
                pinging = group.create_task(client._ping_loop())  # noqa: SLF001
                await lost.wait()
                pinging.cancel()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_S / 2):
                    await disconnect()

    def _do_without_validation(self, payload: bytes) -> JsonValue:
        """Hand an event over and wait until it is stored; the library's name for its only way in.

        A registered handler a type would be the public way, but types that are not registered are answered 500, and come again.
        """
        handed = asyncio.run_coroutine_threadsafe(self._receive(decoded(payload)), self._home)
        try:
            return handed.result(RECEIVE_TIMEOUT_S)
        except TimeoutError:
            handed.cancel()
            raise PlatformUnavailable("An event could not be stored in time; Lark will deliver it again.") from None

    def _at_home(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the program's loop is closed already
            self._home.call_soon_threadsafe(call)
