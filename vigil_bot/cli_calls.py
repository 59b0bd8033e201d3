"""What all commands of the command line share."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import click
from pydantic import JsonValue

from vigil_bot.operations_review import Parameters

json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout and nothing else.")


def call(name: str, parameters: Parameters) -> JsonValue:
    """Carry out one operation, here or in the running process."""
    return call_all([(name, parameters)])[0]


def call_all(calls: list[tuple[str, Parameters]], *, progress: str = "") -> list[JsonValue]:
    """Carry out operations in one go, with a progress bar on a terminal when progress says what it is about."""
    from vigil_bot.desk import call_operations  # noqa: PLC0415 -- heavy, and not needed for --help

    return asyncio.run(call_operations(calls, progress=progress))


def show(result: JsonValue, *, as_json: bool, line: Callable[[Any], str]) -> None:
    """Print a result: JSON and nothing else, or a line for each item."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for item in result if isinstance(result, list) else [result]:
        click.echo(line(item))
