"""The fake driven over HTTP, for tests that run it as a process of its own.

POST /control/<act> with the act's arguments as JSON, answered with {"result": ...}; GET /control/state.
"""

import base64
import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.servers.lark_parts.delivery import NoAnswer
from tests.servers.lark_parts.world import Json, Refused

if TYPE_CHECKING:
    from tests.servers.lark import FakeLark

ACTS = frozenset(
    {
        *("add_user", "change_user", "add_department", "add_group", "add_chat", "add_file", "say", "mention", "direct"),
        *("say_as_app", "forward", "edit", "recall", "react", "unreact", "invite_bot", "kick_bot", "join", "leave"),
        *("rename", "mute", "disband", "send_event", "press", "choose", "menu", "enter", "messages", "message"),
        *("thread", "card", "cards", "whispers", "reactions", "calls", "fail", "unlimit", "grant", "revoke"),
        *("subscribe", "unsubscribe", "expire_token", "tune", "hold", "release", "again", "settled", "connected"),
        *("hang_up", "cut", "verify_url"),
    }
)


def routes(lark: "FakeLark") -> web.RouteTableDef:
    table = web.RouteTableDef()

    @table.get("/control/state")
    async def state(_request: web.Request) -> web.Response:
        return web.json_response(state_of(lark))

    @table.post("/control/{act}")
    async def act(request: web.Request) -> web.Response:
        name = request.match_info["act"]
        if name not in ACTS:
            return web.json_response({"error": f"no act {name}"}, status=404)
        arguments = await request.json() if request.can_read_body else {}
        if name == "add_file":
            arguments["content"] = base64.b64decode(arguments["content"])
        try:
            result = getattr(lark, name)(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except (Refused, NoAnswer, KeyError, AssertionError, TypeError, TimeoutError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)
        return web.json_response({"result": plain(result)})

    return table


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def state_of(lark: "FakeLark") -> Json:
    """Everything that a test may ask for."""
    world, delivery = lark.world, lark.delivery
    return {
        "url": lark.url, "tenant_key": world.tenant_key, "app": plain(world.app),
        "users": plain(world.users), "chats": plain(world.chats), "messages": plain(world.messages),
        "whispers": plain(world.whispers), "reactions": plain(world.reactions), "calls": plain(world.calls),
        "deliveries": plain(delivery.log), "opened": delivery.opened, "connections": len(delivery.connections),
        "pings": delivery.pings,
    }  # fmt: skip
