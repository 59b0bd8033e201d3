"""The program of a storm, whose clock, disk and vectors can be broken, and a Chroma server that comes and goes."""

import asyncio
import resource
import sys
from pathlib import Path

import aiohttp

from tests.flow.program import Program, free_port

NOTHING = (1, resource.RLIM_INFINITY)
EVERYTHING = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class StormProgram(Program):
    """The program, whose clock, disk and vectors are a storm's."""

    run = ("tests.flow.storm_clock",)
    ready = "/healthz"  # without its vectors it works, and says that it is not ready

    def use_server(self, url: str | None) -> None:
        """Keep vectors on a Chroma server from the next start on, or in the folder."""
        self._env.pop("VIGIL_CHROMA_URL", None)
        if url is not None:
            self._env["VIGIL_CHROMA_URL"] = url

    @property
    def uses_server(self) -> bool:
        return "VIGIL_CHROMA_URL" in self._env

    def fill_disk(self) -> None:
        """Let no file grow any more, nor be written to."""
        self._let_write(NOTHING)

    def free_disk(self) -> None:
        """Let files grow again."""
        self._let_write(EVERYTHING)

    def _let_write(self, limits: tuple[int, int]) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)


class ChromaServer:
    """A Chroma server that comes and goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def runs(self) -> bool:
        return self._process is not None

    async def start(self) -> None:
        if self.runs:
            return
        chroma = Path(sys.executable).with_name("chroma")
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(chroma), "run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port)),
                stdout=log,
                stderr=log,
            )

    async def answers(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/api/v2/heartbeat") as reply:
                return reply.ok
        except aiohttp.ClientError:
            return False

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None
