"""Pages of allowed hosts: fits `vigil_bot.ports.links.Pages`."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import aiohttp

from adapters.links.addresses import CheckedResolver, InsideAddress, MayReach, is_public, literal
from adapters.links.content import ACCEPTED, in_utf8, kind_of
from adapters.links.robots import AGENT, delay_of, rules_at, rules_of
from adapters.links.robots import MAX_BYTES as MAX_RULES_BYTES
from vigil_bot import __version__
from vigil_bot.errors import InputError, NotFoundError, PlatformUnavailable
from vigil_bot.model.link import Page, is_allowed, normal_url

MAX_BYTES = 2 * 1024 * 1024
MAX_REDIRECTS = 5
TIMEOUT_S = 20.0
PAUSE_S = 1.0  # between two requests to one host
RULES_KEPT_S = 3600.0
_HEADERS = {
    "User-Agent": f"{AGENT}/{__version__}",
    "Accept": ACCEPTED,
    "Accept-Encoding": "identity",  # what is small on the way must not be large here
}
_OK, _GONE, _TOO_MANY, _BROKEN = 200, (404, 410), 429, 500
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    content_type: str
    data: bytes
    location: str | None


@dataclass(slots=True)
class _Host:
    """What is known of a host: one request at a time, its rules, and when it may be asked again."""

    lock: asyncio.Lock
    free_at: float = 0.0
    rules: RobotFileParser | None = None
    rules_until: float = 0.0


class LinkFetcher:
    """Fetches pages: one at a time from a host, as its robots.txt allows, and only from addresses that may be reached."""

    def __init__(
        self, *, may_reach: MayReach = is_public, pause_s: float = PAUSE_S, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._may_reach: Final = may_reach
        self._pause_s: Final = pause_s
        self._timeout: Final = aiohttp.ClientTimeout(total=timeout_s)
        self._hosts: Final[defaultdict[str, _Host]] = defaultdict(lambda: _Host(asyncio.Lock()))

    async def fetch(self, url: str, *, hosts: Sequence[str]) -> Page:
        """Return the page at an address, after redirects that stay on these hosts.

        Raises:
            NotFoundError, InputError, PlatformUnavailable.
        """
        async with self._session() as session:
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._read(session, url, hosts)
                if answer.status not in _REDIRECTS or answer.location is None:
                    return _page(url, answer)
                url = _redirected(url, answer.location)
        raise InputError("The page redirects too often.")

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(resolver=CheckedResolver(self._may_reach), use_dns_cache=False, limit=1)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=self._timeout,
            auto_decompress=False,
            trust_env=False,
        )

    async def _read(self, session: aiohttp.ClientSession, url: str, hosts: Sequence[str]) -> _Answer:
        """Return what stands at one address, if it may be read."""
        if not is_allowed(url, hosts):
            raise InputError("The page is not on a host that may be read.")
        host = self._hosts[urlsplit(url).netloc]
        async with host.lock:
            if not (await self._rules(session, host, url)).can_fetch(AGENT, url):
                raise InputError("The host's robots.txt does not let us read the page.")
            return await self._get(session, host, url, max_bytes=MAX_BYTES)

    async def _rules(self, session: aiohttp.ClientSession, host: _Host, url: str) -> RobotFileParser:
        now = asyncio.get_running_loop().time()
        if host.rules is None or now >= host.rules_until:
            answer = await self._get(session, host, rules_at(url), max_bytes=MAX_RULES_BYTES, cut=True)
            if answer.status >= _BROKEN or answer.status == _TOO_MANY:
                raise PlatformUnavailable("The host does not say what may be read.")
            host.rules, host.rules_until = rules_of(answer.status, answer.data), now + RULES_KEPT_S
        return host.rules

    async def _get(
        self, session: aiohttp.ClientSession, host: _Host, url: str, *, max_bytes: int, cut: bool = False
    ) -> _Answer:
        """Return one answer; the host's lock is held."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, host.free_at - loop.time()))
        try:
            self._check_literal(url)
            async with session.get(url, allow_redirects=False) as response:
                return await _answer(response, max_bytes=max_bytes, cut=cut)
        except InsideAddress as error:
            raise InputError("The page is at an address that must not be reached.") from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            if isinstance(error.__cause__, InsideAddress):
                raise InputError("The page is at an address that must not be reached.") from error
            raise PlatformUnavailable(f"The page cannot be read now ({type(error).__name__}).") from error
        finally:
            wished = delay_of(host.rules) if host.rules is not None else 0.0
            host.free_at = loop.time() + max(self._pause_s, wished)

    def _check_literal(self, url: str) -> None:
        """Check a host that is written as a number, which nobody resolves."""
        address = literal(urlsplit(url).hostname or "")
        if address is not None and not self._may_reach(address):
            raise InsideAddress(str(address))


async def _answer(response: aiohttp.ClientResponse, *, max_bytes: int, cut: bool) -> _Answer:
    data = bytearray()
    if response.status == _OK:
        if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
            raise InputError("The host packs the page, which it was asked not to.")
        async for chunk in response.content.iter_chunked(64 * 1024):
            data += chunk
            if len(data) > max_bytes:
                if cut:
                    break
                raise InputError(f"The page is larger than {max_bytes >> 20} MiB.")
    return _Answer(
        status=response.status,
        content_type=response.headers.get("Content-Type", ""),
        data=bytes(data[:max_bytes]),
        location=response.headers.get("Location"),
    )


def _redirected(url: str, location: str) -> str:
    """Return where a redirect leads, never from https back to http."""
    try:
        target = normal_url(urljoin(url, location))
    except ValueError:
        target = None
    if target is None or (url.startswith("https:") and not target.startswith("https:")):
        raise InputError("The page redirects to where we do not go.")
    return target


def _page(url: str, answer: _Answer) -> Page:
    if answer.status in _GONE:
        raise NotFoundError("There is no such page any more.")
    if answer.status == _TOO_MANY or answer.status >= _BROKEN:
        raise PlatformUnavailable(f"The host of the page answers {answer.status}.")
    kind = kind_of(answer.content_type, url)
    if answer.status != _OK or kind is None:
        raise InputError(f"The page cannot be read ({answer.status} {answer.content_type.partition(';')[0][:40]}).")
    return Page(url=url, kind=kind, data=in_utf8(answer.data, answer.content_type, kind))
