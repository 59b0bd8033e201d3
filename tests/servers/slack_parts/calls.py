"""A request to the Web API: how its arguments and its token are read, and what is asked of every method.

apis/web-api (form, JSON and GET arguments; the bearer token; the general errors), and each method's own page.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.slack_parts.world import Channel, Json, Refused, Team, Token, World

NAME = re.compile(r"[A-Za-z0-9_]{1,255}")
TS = re.compile(r"\d{1,12}\.\d{6}")
SCOPE_OF_KIND = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Arguments(dict[str, Any]):
    """What was sent; numbers, flags and structures may stand there as text."""

    def required(self, name: str) -> str:
        value = self.get(name)
        if value is None or value == "":
            raise invalid(f"[ERROR] missing required field: {name}")
        return str(value)

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.get(name)
        return default if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int, error: str = "invalid_arguments") -> int:
        try:
            return int(self.get(name, default))
        except (TypeError, ValueError):
            raise Refused(error) from None

    def timestamp(self, name: str) -> str:
        value = self.required(name)
        if not TS.fullmatch(value):
            raise Refused("bad_timestamp" if name == "timestamp" else "message_not_found")
        return value

    def structure(self, name: str, error: str) -> Any:
        """A nested value, which a form carries as JSON text; None when absent or empty text."""
        value = self.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return json.loads(value)
            except json.JSONDecodeError:
                raise Refused(error) from None
        return value


def invalid(*messages: str) -> Refused:
    return Refused("invalid_arguments", response_metadata={"messages": list(messages)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose token it is."""

    token: Token
    team: Team

    def needs(self, *scopes: str) -> None:
        """Refuse unless the token has one of the scopes."""
        if scopes and not self.token.scopes & set(scopes):
            provided = ",".join(sorted(self.token.scopes))
            raise Refused("missing_scope", needed=",".join(scopes), provided=provided)

    def needs_for(self, channel: Channel, right: str) -> None:
        """Refuse without channels:history, groups:read and so on, by the kind of the channel."""
        self.needs(f"{SCOPE_OF_KIND[channel.kind]}:{right}")


Method = Callable[[World, Caller, Arguments], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    call: Method
    scopes: tuple[str, ...]  # one of them is needed
    token: str  # bot, app or none
    json: bool  # takes a JSON body


METHODS: dict[str, Entry] = {}


def method(name: str, *scopes: str, token: str = "bot", json: bool = False) -> Callable[[Method], Method]:
    """Register a method of the Web API."""

    def register(call: Method) -> Method:
        METHODS[name] = Entry(call=call, scopes=scopes, token=token, json=json)
        return call

    return register


def any_of(right: str) -> tuple[str, ...]:
    """channels:history, groups:history, im:history, mpim:history for history."""
    return tuple(f"{prefix}:{right}" for prefix in SCOPE_OF_KIND.values())


def visible(world: World, caller: Caller, reference: str) -> Channel:
    """A channel of the caller's team; a private one without the bot does not exist for it."""
    channel = world.channels.get(reference)
    if channel is None:
        raise Refused("channel_not_found")
    ours = caller.team.id in (channel.team_id, *channel.shared_with)
    if not ours or (channel.kind != "channel" and caller.team.bot_user not in channel.members):
        raise Refused("channel_not_found")
    return channel


def page(world: World, arguments: Arguments, rows: list[Any], default: int, most: int) -> tuple[list[Any], str]:
    """Cut a page out: apis/web-api/pagination; a cursor counts only where it was given out."""
    del world
    limit = arguments.number("limit", default, "invalid_limit")
    if limit < 1:
        raise Refused("invalid_limit")
    cursor = arguments.text("cursor")
    start = 0
    if cursor:
        found = re.fullmatch(r"next_(\d+)=", cursor)
        if not found:
            raise Refused("invalid_cursor")
        start = int(found[1])
    end = start + min(limit, most)
    return rows[start:end], f"next_{end}=" if end < len(rows) else ""
