"""The pages, rendered on the server; what moves on them is in `static/`."""

from collections.abc import Mapping
from pathlib import Path

import jinja2
from aiohttp import web

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **values: object) -> str:
    """Return a page as text; every value is escaped."""
    return _environment.get_template(name).render(values)


def page(name: str, *, status: int = 200, **values: object) -> web.Response:
    """Return a page as a response."""
    return web.Response(text=render(name, **values), content_type="text/html", charset="utf-8", status=status)


def routes(commands: Mapping[str, str]) -> web.RouteTableDef:
    """Return the routes of the pages and of what they load.

    Args:
        commands: Usage and meaning of the slash commands, which the composer completes.
    """
    table = web.RouteTableDef()

    @table.get("/")
    async def chat(_request: web.Request) -> web.Response:
        return page("chat.html", commands=commands)

    @table.get("/favicon.ico")
    async def icon(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "icon.svg", headers={"Content-Type": "image/svg+xml"})

    table.static("/static", STATIC)
    return table
