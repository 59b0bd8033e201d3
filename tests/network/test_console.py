"""The web application: who may ask, what pages may do, health and figures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.network.local_server import serve
from vigil_bot.clock import SimulatedClock
from vigil_bot.console.guard import check_address, is_loopback
from vigil_bot.errors import SettingsError

TOKEN = "long-and-secret"


@asynccontextmanager
async def browser(
    tmp_path: Path, *, token: str | None = None, running: bool = True, public: tuple[web.RouteTableDef, ...] = ()
) -> AsyncIterator[aiohttp.ClientSession]:
    clock = SimulatedClock(1.7e9)
    async with serve(tmp_path / "local.db", clock, token=token, running=running, public=public) as served:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(served.url, cookie_jar=jar) as session:
            yield session


async def test_the_page_may_run_only_its_own_scripts(tmp_path: Path) -> None:
    async with browser(tmp_path) as http, http.get("/") as page:
        assert page.status == 200
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        text = await page.text()
        assert "<script>" not in text
        assert " onclick=" not in text
        assert " style=" not in text


@pytest.mark.parametrize("name", ["main.js", "base.css", "chat.css", "message.css", "tour.css", "icon.svg", "theme.js"])
async def test_what_the_page_loads_is_there(tmp_path: Path, name: str) -> None:
    async with browser(tmp_path) as http, http.get(f"/static/{name}") as file:
        assert file.status == 200
        assert file.headers["Cache-Control"] == "no-cache"


async def test_nothing_outside_the_static_folder_is_served(tmp_path: Path) -> None:
    async with browser(tmp_path) as http, http.get("/static/%2e%2e/web.py") as file:
        assert file.status in (403, 404)


async def test_a_page_that_is_not_there_is_said_so_in_words(tmp_path: Path) -> None:
    async with browser(tmp_path) as http, http.get("/<script>") as page:
        assert (page.status, page.content_type) == (404, "text/html")
        assert "There is nothing at this address." in await page.text()


async def test_health_readiness_and_figures_are_given(tmp_path: Path) -> None:
    async with browser(tmp_path) as http:
        async with http.get("/healthz") as health:
            assert await health.json() == {"status": "ok"}
        async with http.get("/readyz") as ready:
            assert (ready.status, await ready.json()) == (200, {"ready": True, "platforms": {"local": True}})
        async with http.get("/metrics") as figures:
            assert "version=0.0.4" in figures.headers["Content-Type"]
            assert await figures.text() == "vigil_up 1\n"


async def test_a_platform_calls_its_own_address_without_our_token(tmp_path: Path) -> None:
    table = web.RouteTableDef()

    @table.post("/chat/events")
    async def events(_request: web.Request) -> web.Response:
        return web.json_response({"taken": True})

    foreign = {"Host": "vigil.example.com", "Origin": "https://chat.example.com"}
    async with browser(tmp_path, token="x" * 20, public=(table,)) as http:
        async with http.post("/chat/events", headers=foreign) as taken:
            assert (taken.status, await taken.json()) == (200, {"taken": True})
        async with http.get("/api/channels") as refused:
            assert refused.status == 401
        async with http.get("/chat/events/", headers=foreign) as elsewhere:
            assert elsewhere.status == 403


async def test_not_ready_is_a_status_that_a_load_balancer_understands(tmp_path: Path) -> None:
    async with browser(tmp_path, running=False) as http, http.get("/readyz") as ready:
        assert ready.status == 503


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_another_site_may_not_write(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    async with browser(tmp_path) as http, http.post("/api/channels", json={"id": "x"}, headers=headers) as answer:
        assert answer.status == status


@pytest.mark.parametrize(("host", "status"), [("evil.example", 403), ("localhost:1", 200), ("[::1]:1", 200)])
async def test_a_foreign_name_that_points_here_is_refused(tmp_path: Path, host: str, status: int) -> None:
    async with browser(tmp_path) as http, http.get("/api/channels", headers={"Host": host}) as answer:
        assert answer.status == status


async def test_with_a_token_the_api_asks_for_it(tmp_path: Path) -> None:
    async with browser(tmp_path, token=TOKEN) as http:
        for path in ("/api/channels", "/metrics", "/api/events"):
            async with http.get(path) as refused:
                assert (refused.status, set(await refused.json())) == (401, {"error", "hint"})
        for header, status in ((f"Bearer {TOKEN}", 200), ("Bearer wrong", 401), (TOKEN, 401), ("Bearer é", 401)):
            async with http.get("/api/channels", headers={"Authorization": header}) as answer:
                assert answer.status == status
        async with http.get("/healthz") as health:
            assert health.status == 200
        async with http.get("/readyz") as ready:
            assert await ready.json() == {"ready": True}


async def test_with_a_token_the_page_asks_for_it_once(tmp_path: Path) -> None:
    async with browser(tmp_path, token=TOKEN) as http:
        async with http.get("/") as page:
            assert page.url.path == "/login"
        async with http.post("/login", data={"token": "wrong"}) as refused:
            assert refused.status == 401
            assert "That is not the token." in await refused.text()
        async with http.post("/login", data={"token": TOKEN}, allow_redirects=False) as welcome:
            cookie = welcome.headers["Set-Cookie"]
            assert welcome.status == 303
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert TOKEN not in cookie
        async with http.get("/") as page:
            assert page.url.path == "/"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    check_address(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "vigil.example"])
def test_beyond_loopback_a_token_is_required(host: str) -> None:
    with pytest.raises(SettingsError, match="VIGIL_CONSOLE_TOKEN"):
        check_address(host, SecretStr(""))
    check_address(host, SecretStr(TOKEN))
