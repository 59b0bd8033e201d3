"""Runs the server in a thread of its own, because lark-oapi fetches its token with a call that blocks the caller's loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
WITHIN_S = 20.0


class Home:
    """The loop that everything of the server happens on."""

    def __init__(self, *, own: bool) -> None:
        self.own = own
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        if not self.own:
            self._loop = asyncio.get_running_loop()
            return
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="fake-lark", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def run(self, work: Callable[[], R]) -> R:
        """Do something on the loop, from whatever thread, and wait for it."""
        assert self._loop is not None, "not started"
        if self._here():
            return work()

        async def done() -> R:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(WITHIN_S)

    async def wait(self, work: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine on the loop without blocking the caller's."""
        assert self._loop is not None, "not started"
        if self._here():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def _here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False


class HasHome(Protocol):
    home: Home


S = TypeVar("S", bound=HasHome)


def act(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Do it on the server's loop."""

    @wraps(function)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.home.run(lambda: function(self, *args, **kwargs))

    return run


def wait(
    function: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Run it on the server's loop."""

    @wraps(function)
    async def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.home.wait(function(self, *args, **kwargs))

    return run
