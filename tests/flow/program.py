"""Drives the running program from outside: its command line, its API, and `kill -9`."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from tests.flow.processes import Process

ROOT = Path(__file__).parents[2]
START_S = 60.0


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _text(path: Path) -> str:
    return path.read_text("utf-8")


class Program:
    """`vigil run` as a process of its own, with a home and a port of its own."""

    run: tuple[str, ...] = ("vigil_bot", "run")  # what `python -m` would be given
    ready = "/readyz"  # what answers once it may be used

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.address = f"127.0.0.1:{free_port()}"
        self.log = home.parent / f"{home.name}.log"
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")},
            "VIGIL_HOME": str(home),
            "VIGIL_CONSOLE_ADDRESS": self.address,
            "VIGIL_SETTLE_S": "0.3",
            "VIGIL_EMBEDDER": "builtin",
            **settings,
        }
        self._process: Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self, *, before: Callable[[], object] | None = None) -> None:
        """Start and wait until it is ready; before runs in the new process, ahead of the program, and can be pickled."""
        self._process = Process(*self.run, env=self._env, cwd=ROOT, out=self.log, err=self.log, before=before)
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        deadline = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                break
            try:
                await self.call("GET", self.ready)
            except (aiohttp.ClientError, OSError, AssertionError):
                await asyncio.sleep(0.05)
            else:
                return
        raise AssertionError("does not start: " + self.log.read_text(errors="replace")[-2000:])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start it, and stop it at the end; where anything fails, nothing of it is left over."""
        try:
            await self.start()
            yield
            await self.stop()
        finally:
            await self.close()

    async def kill(self) -> None:
        """Kill it the hard way; who calls it at that moment sees the connection break."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        code = await self._end(signal.SIGTERM)
        await self.close()
        return code

    async def close(self) -> None:
        """Let go of it, whatever state it is in."""
        if self._process is not None:
            await self.kill()
        if self._session is not None:
            await self._session.close()

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), 30)

    async def vigil(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command of the command line beside it; return exit code, stdout, stderr."""
        with TemporaryDirectory(dir=self.home.parent) as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            process = Process("vigil_bot", *arguments, env=self._env, cwd=ROOT, out=out, err=err)
            code = await asyncio.wait_for(process.wait(), 120)
            return code, _text(out), _text(err)

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the API; anything but success fails."""
        assert self._session is not None
        async with self._session.request(method, f"http://{self.address}{path}", json=body) as reply:
            text = await reply.text()
            assert reply.status < 400, f"{method} {path}: {reply.status} {text}"
            return json.loads(text or "{}")

    async def channel(self, name: str) -> None:
        """Create a channel."""
        await self.call("POST", "/api/channels", {"id": name, "name": name})

    async def say(
        self,
        channel: str,
        author: str,
        role: str,
        text: str,
        *,
        thread: str | None = None,
        client_id: str | None = None,
    ) -> dict[str, Any]:
        """Post a message and return what the API says of it."""
        message = {"author": author, "role": role, "text": text, "thread_id": thread, "client_id": client_id}
        posted: dict[str, Any] = await self.call("POST", f"/api/channels/{channel}/messages", message)
        return posted

    async def command(self, channel: str, thread: str | None, author: str, text: str) -> str:
        """Give a slash command and return the card as JSON text."""
        body = {"author": author, "channel": channel, "thread_id": thread, "text": text}
        return json.dumps((await self.call("POST", "/api/commands", body))["card"], ensure_ascii=False)

    async def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return all messages of a channel."""
        found: list[dict[str, Any]] = (await self.call("GET", f"/api/channels/{channel}/messages?after=0"))["messages"]
        return found

    async def suggestions(self, channel: str, thread: str) -> list[dict[str, Any]]:
        """Return the suggestions that the bot posted in a thread."""
        return [
            m
            for m in await self.messages(channel)
            if m["kind"] == "bot" and m["thread_id"] == thread and (m.get("card") or {}).get("kind") == "suggestion"
        ]

    async def eventually(self, what: str, check: Callable[[], Any], *, within_s: float = 20.0) -> Any:
        """Poll until check() (a coroutine function) returns something true, and return that."""
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            found = await check()
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, f"never: {what}"
            await asyncio.sleep(0.05)
