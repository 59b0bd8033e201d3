"""Processes of the program that are forked from one that has imported its modules already: many starts, one import."""

import asyncio
import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["vigil_bot.app", "alembic.command", "aiohttp.web", "slack_bolt.async_app", "lark_oapi", "tests.flow.processes"]
)


class Process:
    """A Python program, as `python -m MODULE ARGUMENTS` would be; what it prints goes to files."""

    def __init__(
        self,
        *command: str,
        env: Mapping[str, str],
        cwd: Path,
        out: Path,
        err: Path,
        before: Callable[[], object] | None = None,
    ) -> None:
        """Start it; before runs in it ahead of the program, and can be pickled."""
        self._forked = _FORKS.Process(target=_run, args=(command, dict(env), cwd, (out, err), before), daemon=True)
        self._forked.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._forked.pid is not None
        return self._forked.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or minus the signal; None while it runs."""
        return self._forked.exitcode

    def send_signal(self, how: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, how)

    async def wait(self) -> int:
        """Wait until it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._forked.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._forked.sentinel)
        self._forked.join()
        assert self._forked.exitcode is not None
        return self._forked.exitcode


def _run(
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    printed: Sequence[Path],
    before: Callable[[], object] | None,
) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for stream, path in enumerate(printed, start=1):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(opened, stream)
        os.close(opened)
    if before is not None:
        before()
    module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
