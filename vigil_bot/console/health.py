"""Liveness, readiness and figures."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from pydantic import JsonValue, SecretStr

from vigil_bot.console.guard import knows_token

Ready = Callable[[], Awaitable[Mapping[str, JsonValue]]]
Metrics = Callable[[], bytes]


def routes(ready: Ready, metrics: Metrics, token: SecretStr | None) -> web.RouteTableDef:
    """Return the routes of /healthz, /readyz and /metrics.

    Args:
        ready: Gives "ready": true or false, and what it rests on; without the token only the first is shown.
        metrics: Gives the figures in Prometheus' text format.
    """
    table = web.RouteTableDef()
    secret = token.get_secret_value() if token else ""

    @table.get("/healthz")
    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    @table.get("/readyz")
    async def is_ready(request: web.Request) -> web.Response:
        found = await ready()
        shown = found if not secret or knows_token(request, secret) else {"ready": found.get("ready", False)}
        return web.json_response(dict(shown), status=200 if found.get("ready") else 503)

    @table.get("/metrics")
    async def figures(_request: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=metrics(), headers=headers)

    return table
