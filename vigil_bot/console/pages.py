"""The pages, rendered on the server; what moves on them is in `static/`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
from aiohttp import web

from vigil_bot.console.code import coded
from vigil_bot.texts.catalogue import Reader, catalogue, said
from vigil_bot.texts.language import CHINESE, ENGLISH, accepted

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_LOCALES = {ENGLISH: "en", CHINESE: "zh-CN"}  # as HTML names them


def language_for(request: web.Request) -> str:
    """Return the language that a browser asks for."""
    return accepted(request.headers.get("Accept-Language", "")) or ENGLISH


def render(name: str, language: str, values: Mapping[str, object]) -> str:
    """Return a page as text; every value is escaped, and texts are said."""
    return _environment(language).get_template(name).render(said(values, Reader(language=language)))


def page(request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response:
    """Return a page as a response, in the language of the one who asks."""
    text = render(name, language_for(request), values)
    headers = {"Vary": "Accept-Language"}
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status, headers=headers)


@cache
def _environment(language: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["coded"] = coded
    made.globals |= {"_": catalogue(language).gettext, "locale": _LOCALES[language]}
    return made


def routes(commands: Mapping[str, str]) -> web.RouteTableDef:
    """Return the routes of the pages and of what they load.

    Args:
        commands: Usage and meaning of the slash commands, which the composer completes.
    """
    table = web.RouteTableDef()

    @table.get("/")
    async def chat(request: web.Request) -> web.Response:
        return page(request, "chat.html", commands=commands)

    @table.get("/favicon.ico")
    async def icon(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "icon.svg", headers={"Content-Type": "image/svg+xml"})

    table.static("/static", STATIC)
    return table
