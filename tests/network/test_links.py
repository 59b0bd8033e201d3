"""Reading pages: politely, of allowed hosts, and never from inside."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.links import fetcher
from adapters.links.addresses import Address, CheckedResolver, InsideAddress, is_public, literal
from adapters.links.fetcher import LinkFetcher
from vigil_bot.errors import InputError, NotFoundError, PlatformUnavailable
from vigil_bot.model.link import Page
from vigil_bot.ports.links import Pages

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = "<h1>Lag</h1><p>Restart the consumer.</p>"


def anywhere(_address: Address) -> bool:
    """What a test needs, to reach a server on this computer."""
    return True


def reader(timeout_s: float = 5.0) -> Pages:
    return LinkFetcher(may_reach=anywhere, pause_s=0.0, timeout_s=timeout_s)


class Site:
    """A web site on this computer that keeps what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Handler] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.at_once = self.most_at_once = 0
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def serve(
        self, path: str, text: str | bytes = PAGE, *, status: int = 200, kind: str = "text/html", **headers: str
    ) -> str:
        async def answer(_request: web.Request) -> web.StreamResponse:
            body = text.encode() if isinstance(text, str) else text
            return web.Response(body=body, status=status, headers={"Content-Type": kind, **headers})

        self.answers[path] = answer
        return self.url + path

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.agents.add(request.headers["User-Agent"])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            answer = self.answers.get(request.path)
            return web.Response(status=404) if answer is None else await answer(request)
        finally:
            self.at_once -= 1


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as one:
        yield one


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[Site]:
    site = Site()
    application = web.Application()
    application.router.add_get("/{tail:.*}", site.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.host = f"127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("/a", "text/html; charset=utf-8", ".html"),
        ("/a", "application/xhtml+xml", ".html"),
        ("/a", "text/markdown", ".md"),
        ("/README.md", "text/plain; charset=utf-8", ".md"),
        ("/a", "text/plain", ".txt"),
        ("/a", "application/pdf", ".pdf"),
    ],
)
async def test_a_page_is_read_whatever_kind_it_is_of(site: Site, path: str, kind: str, expected: str) -> None:
    url = site.serve(path, kind=kind)
    assert await reader().fetch(url, hosts=[site.host]) == Page(url=url, kind=expected, data=PAGE.encode())
    assert site.asked == ["/robots.txt", path]
    assert all(agent.startswith("VigilBot/") for agent in site.agents)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("磁盘写满".encode("gb18030"), "text/html; charset=gb18030"),
        ("<meta charset='gbk'>磁盘写满".encode("gbk"), "text/html"),
        ("\ufeff磁盘写满".encode(), "text/plain"),
        ("磁盘写满".encode() + b"\xff", "text/plain; charset=no-such-thing"),
    ],
)
async def test_words_arrive_in_utf8(site: Site, body: bytes, kind: str) -> None:
    page = await reader().fetch(site.serve("/a", body, kind=kind), hosts=[site.host])
    assert "磁盘写满" in page.data.decode("utf-8")


async def test_a_host_that_is_not_listed_is_never_asked(site: Site) -> None:
    with pytest.raises(InputError):
        await reader().fetch(site.serve("/a"), hosts=["docs.example.com"])
    assert site.asked == []


async def test_the_host_says_what_may_be_read(site: Site) -> None:
    site.serve(
        "/robots.txt", "User-agent: *\nDisallow: /secret\n\nUser-agent: VigilBot\nDisallow: /bots\n", kind="text/plain"
    )
    pages = reader()
    await pages.fetch(site.serve("/open"), hosts=[site.host])
    with pytest.raises(InputError, match=r"robots\.txt"):
        await pages.fetch(site.serve("/bots/a"), hosts=[site.host])
    assert site.asked == ["/robots.txt", "/open"], "the rules are read once, and what they forbid is not asked for"


async def test_while_a_host_cannot_say_what_may_be_read_nothing_is(site: Site) -> None:
    site.serve("/robots.txt", "", status=503)
    with pytest.raises(PlatformUnavailable):
        await reader().fetch(site.serve("/a"), hosts=[site.host])
    assert site.asked == ["/robots.txt"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFoundError),
        (410, NotFoundError),
        (403, InputError),
        (429, PlatformUnavailable),
        (500, PlatformUnavailable),
    ],
)
async def test_an_answer_that_is_no_page_says_whether_to_come_again(
    site: Site, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await reader().fetch(site.serve("/a", status=status), hosts=[site.host])


@pytest.mark.parametrize("kind", ["image/png", "application/zip", "", "application/octet-stream"])
async def test_other_kinds_are_refused(site: Site, kind: str) -> None:
    with pytest.raises(InputError):
        await reader().fetch(site.serve("/a", kind=kind), hosts=[site.host])


async def test_a_page_that_is_too_large_is_not_read_to_its_end(site: Site) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65_536)
                sent += 65_536
        return response

    site.answers["/a"] = endless
    with pytest.raises(InputError, match="larger than 2 MiB"):
        await reader().fetch(f"{site.url}/a", hosts=[site.host])
    assert sent < 20 * fetcher.MAX_BYTES


async def test_a_packed_page_is_refused(site: Site) -> None:
    site.answers["/a"] = _packed
    with pytest.raises(InputError, match="packs"):
        await reader().fetch(f"{site.url}/a", hosts=[site.host])


async def _packed(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x1f\x8b", headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


async def test_a_host_that_hangs_is_left(site: Site) -> None:
    async def hang(_request: web.Request) -> web.StreamResponse:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    site.answers["/a"] = hang
    with pytest.raises(PlatformUnavailable):
        await reader(timeout_s=0.2).fetch(f"{site.url}/a", hosts=[site.host])


async def test_a_redirect_is_followed_on_listed_hosts_and_nowhere_else(site: Site) -> None:
    async with served() as other:
        site.serve("/a", status=302, Location="/b")
        site.serve("/b", status=301, Location=other.serve("/c") + "#x")
        page = await reader().fetch(f"{site.url}/a", hosts=[site.host, other.host])
        assert page.url == f"{other.url}/c"
        other.asked.clear()
        with pytest.raises(InputError, match="not on a host"):
            await reader().fetch(f"{site.url}/a", hosts=[site.host])
        assert other.asked == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "//", "http://user:pw@127.0.0.1/", "gopher://127.0.0.1/x"])
async def test_a_redirect_to_something_else_is_refused(site: Site, target: str) -> None:
    with pytest.raises(InputError):
        await reader().fetch(site.serve("/a", status=302, Location=target), hosts=[site.host])


async def test_redirects_in_a_circle_come_to_an_end(site: Site) -> None:
    with pytest.raises(InputError, match="too often"):
        await reader().fetch(site.serve("/a", status=302, Location="/a"), hosts=[site.host])
    assert site.asked.count("/a") == fetcher.MAX_REDIRECTS + 1


async def test_a_host_is_asked_for_one_page_at_a_time(site: Site) -> None:
    pages = reader()
    async with asyncio.TaskGroup() as group:
        for n in range(5):
            group.create_task(pages.fetch(site.serve(f"/{n}"), hosts=[site.host]))
    assert site.most_at_once == 1
    assert site.asked.count("/robots.txt") == 1


async def test_this_computer_is_not_reached_by_its_number(site: Site) -> None:
    url = site.serve("/a")
    port = site.host.rpartition(":")[2]
    for host in (site.host, f"localhost:{port}", f"2130706433:{port}", f"127.1:{port}", f"[::ffff:127.0.0.1]:{port}"):
        with pytest.raises(InputError):
            await LinkFetcher(pause_s=0.0).fetch(url.replace(site.host, host), hosts=[host])
    assert site.asked == []


class Names(AbstractResolver):
    """Says another address each time it is asked, as somebody does who wants to lead inside."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.answers.pop(0)
        ]

    async def close(self) -> None:
        pass


async def test_only_addresses_that_were_checked_are_handed_on() -> None:
    resolver = CheckedResolver(
        is_public, Names(["93.184.216.34", "10.0.0.1"], ["127.0.0.1"], ["169.254.169.254", "::1"])
    )
    assert [one["host"] for one in await resolver.resolve("docs.example.com", 443)] == ["93.184.216.34"]
    for _ in range(2):
        with pytest.raises(InsideAddress):
            await resolver.resolve("docs.example.com", 443)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_an_inside_address_is_known_in_every_disguise(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_an_address_of_the_internet_may_be_reached(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_a_host_that_is_a_number_is_an_address_or_refused() -> None:
    assert literal("docs.example.com") is None
    assert literal("127.0.0.1") == ipaddress.ip_address("127.0.0.1")
    for odd in ("2130706433", "127.1", "0177.0.0.01", "1.2.3.4.5"):
        with pytest.raises(InsideAddress):
            literal(odd)
