"""What the command line calls when no process runs: operations on the data folder itself."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from vigil_bot import backup, log
from vigil_bot.app import folder_lock, opened
from vigil_bot.assembly import operations_of
from vigil_bot.cli_calls import followed
from vigil_bot.libraries import files_of, read_entries
from vigil_bot.operation import Parameters
from vigil_bot.settings import Settings, load_settings

__all__ = ["call_operations", "files_of", "read_entries", "restore_backup"]


async def call_operations(
    settings: Settings, calls: Sequence[tuple[str, Parameters]], *, progress: str = ""
) -> list[JsonValue]:
    """Carry out operations in order; progress names the work in a bar on a terminal.

    Raises:
        StoreLocked: If another process holds the data folder.
    """
    log.setup(level="warning", fmt=settings.log_format, stream=sys.stderr)
    async with opened(settings) as parts:
        operations = operations_of(parts)
        return [await operations.call(name, parameters) for name, parameters in followed(calls, progress)]


def restore_backup(source: Path) -> str:
    """Put a backup in place; return what to say."""
    home = load_settings().home
    with folder_lock(home):
        restored = backup.restore(source, home)
    return f"{restored} databases restored into {home}. The data before is kept as *.before-restore; vectors are made anew."
