"""What the command line calls: operations here, or in the running process when that holds the store."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue
from rich.console import Console
from rich.progress import track

from vigil_bot import backup, log
from vigil_bot.app import folder_lock, opened
from vigil_bot.assembly import operations_of
from vigil_bot.errors import StoreLocked
from vigil_bot.libraries import files_of, read_entries
from vigil_bot.operations_review import Parameters
from vigil_bot.remote import call_running
from vigil_bot.settings import load_settings

__all__ = ["call_operations", "files_of", "read_entries", "restore_backup"]

T = TypeVar("T")

_SHOWN_FROM = 5  # calls; fewer are over before a bar is read
_stderr = Console(stderr=True)


async def call_operations(calls: Sequence[tuple[str, Parameters]], *, progress: str = "") -> list[JsonValue]:
    """Carry out operations in order; progress names the work in a bar on a terminal."""
    settings = load_settings()
    log.setup(level="warning", fmt=settings.log_format, stream=sys.stderr)
    try:
        async with opened(settings) as parts:
            operations = operations_of(parts)
            return [await operations.call(name, p) for name, p in _shown(calls, progress)]
    except StoreLocked:
        token = settings.console_token
        return [await call_running(settings.home, name, p, token=token) for name, p in _shown(calls, progress)]


def restore_backup(source: Path) -> str:
    """Put a backup in place; return what to say."""
    home = load_settings().home
    with folder_lock(home):
        restored = backup.restore(source, home)
    return f"{restored} databases restored into {home}. The data before is kept as *.before-restore; vectors are made anew."


def _shown(items: Sequence[T], what: str) -> Iterable[T]:
    if not what or len(items) < _SHOWN_FROM or not _stderr.is_terminal:
        return items
    return track(items, description=what, console=_stderr, transient=True)
