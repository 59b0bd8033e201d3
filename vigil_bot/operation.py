"""What an operation is, on the command line and over HTTP: a name and JSON in, JSON out."""

from collections.abc import Awaitable, Callable

from pydantic import JsonValue

Parameters = dict[str, JsonValue]
Operation = Callable[[Parameters], Awaitable[JsonValue]]
