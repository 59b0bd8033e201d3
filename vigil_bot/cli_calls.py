"""What all commands of the command line share."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from pydantic import JsonValue

from vigil_bot.errors import StoreError, StoreLocked
from vigil_bot.operation import Parameters
from vigil_bot.remote import NotRunning, announced, call_running
from vigil_bot.settings import Settings, load_settings

T = TypeVar("T")

_SHOWN_FROM = 5  # operations
_MOST_HELP_CHARS = 1_000  # of a command, in the list of all

json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout and nothing else.")


class Commands(click.Group):
    """Lists its commands with the whole sentence that says what each does, wrapped; click would cut it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list."""
        made = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(_MOST_HELP_CHARS)) for name, one in made if one])


def call(name: str, parameters: Parameters) -> JsonValue:
    """Carry out one operation, here or in the running process."""
    return call_all([(name, parameters)])[0]


def call_all(calls: list[tuple[str, Parameters]], *, progress: str = "") -> list[JsonValue]:
    """Carry out operations in one go, with a progress bar on a terminal when progress says what it is about."""
    return asyncio.run(_carry_out(calls, progress))


async def _carry_out(calls: Sequence[tuple[str, Parameters]], progress: str) -> list[JsonValue]:
    """Ask the running process; where there is none, load what works on the data folder itself, which takes a second or two."""
    settings = load_settings()
    if announced(settings.home):
        with contextlib.suppress(NotRunning):
            return await _ask(settings, calls, progress)
    from vigil_bot.desk import call_operations  # noqa: PLC0415 -- heavy

    try:
        return await call_operations(settings, calls, progress=progress)
    except StoreLocked:  # it has started meanwhile, or is of another machine's or container's numbering
        return await _ask(settings, calls, progress)


async def _ask(settings: Settings, calls: Sequence[tuple[str, Parameters]], progress: str) -> list[JsonValue]:
    """Have operations carried out by the running process. Raises NotRunning as long as none is."""
    done: list[JsonValue] = []
    for name, parameters in followed(calls, progress):
        try:
            done.append(await call_running(settings.home, name, parameters, token=settings.console_token))
        except NotRunning as error:
            if done:
                raise StoreError(f"The running process stopped after {len(done)} of {len(calls)}.") from error
            raise
    return done


def followed(items: Sequence[T], what: str) -> Iterable[T]:
    """Go through items with a progress bar, if that has a name, there is a terminal, and it is not over before it is read."""
    if not what or len(items) < _SHOWN_FROM or not sys.stderr.isatty():
        return items
    from rich.console import Console  # noqa: PLC0415 -- heavy, and seldom needed
    from rich.progress import track  # noqa: PLC0415

    return track(items, description=what, console=Console(stderr=True), transient=True)


def show(result: JsonValue, *, as_json: bool, line: Callable[[Any], str]) -> None:
    """Print a result: JSON and nothing else, or a line for each item."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for item in result if isinstance(result, list) else [result]:
        click.echo(line(item))
