"""The fake driven over HTTP, for tests that run it as a process of its own.

POST /control/<act> with the act's arguments as JSON, answered with {"result": ...}; GET /control/state.
"""

import base64
import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.servers.slack_parts.delivery import NoAnswer
from tests.servers.slack_parts.world import Json, Refused

if TYPE_CHECKING:
    from tests.servers.slack import FakeSlack

ACTS = frozenset(
    {
        *("add_team", "add_user", "change_user", "add_channel", "add_direct", "add_group", "change_group", "add_file"),
        *(
            "say",
            "say_as_app",
            "edit",
            "unfurl",
            "delete",
            "react",
            "unreact",
            "join",
            "leave",
            "invite_bot",
            "kick_bot",
        ),
        *("archive", "rename", "uninstall", "revoke", "open_home", "press", "slash", "message_shortcut", "shortcut"),
        *("press_in_view", "submit_modal", "close_modal", "modal", "messages", "thread", "ephemerals", "home", "calls"),
        *(
            "fail",
            "limit",
            "limit_posts",
            "disconnect",
            "hang_up",
            "cut",
            "hold",
            "release",
            "settled",
            "connected",
            "tune",
        ),
        *("set_scopes", "oauth_code", "verify_url", "install", "again"),
    }
)


def routes(slack: "FakeSlack") -> web.RouteTableDef:
    table = web.RouteTableDef()

    @table.get("/control/state")
    async def state(_request: web.Request) -> web.Response:
        return web.json_response(state_of(slack))

    @table.post("/control/{act}")
    async def act(request: web.Request) -> web.Response:
        name = request.match_info["act"]
        if name not in ACTS:
            return web.json_response({"error": f"no act {name}"}, status=404)
        arguments = await request.json() if request.can_read_body else {}
        if isinstance(arguments.get("content"), str):
            arguments["content"] = base64.b64decode(arguments["content"])
        try:
            result = getattr(slack, name)(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except (Refused, NoAnswer, KeyError, AssertionError, TypeError, TimeoutError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)
        return web.json_response({"result": plain(result)})

    return table


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name != "ended"}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value


def state_of(slack: "FakeSlack") -> Json:
    """Everything that a test may ask for."""
    world = slack.world
    tokens = {t.team_id: t.value for t in world.tokens.values() if t.kind == "bot" and not t.revoked}
    return {
        "url": slack.url, "team": slack.team.id, "bot_user": slack.team.bot_user, "bot_id": slack.team.bot_id,
        "app_id": world.app_id, "bot_token": slack.bot_token, "app_token": slack.app_token, "tokens": tokens,
        "signing_secret": slack.signing_secret, "client_id": world.client_id, "client_secret": world.client_secret,
        "users": plain(world.users), "teams": plain(world.teams),
        "channels": plain(world.channels), "ephemerals": world.ephemerals,
        "views": plain(world.views), "homes": plain(world.homes), "replies": world.replies,
        "calls": plain(world.calls), "deliveries": plain(slack.delivery.log), "opened": slack.delivery.opened,
        "connections": len(slack.delivery.connections),
    }  # fmt: skip
