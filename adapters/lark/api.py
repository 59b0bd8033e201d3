"""Lark's REST interface: one session, a token that is renewed in time, our errors instead of Lark's. Nothing is tried again here.

lark-oapi's own client waits for its token with the whole loop, and makes a TLS context for every call: 40 ms of processor time.
"""

import asyncio
import contextlib
import json
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from pydantic import JsonValue

from adapters.lark.faults import STALE_TOKENS, Refused, fault, unanswered
from adapters.lark.foreign import decoded
from adapters.lark.needs import Method
from vigil_bot.errors import InputError, PlatformUnavailable
from vigil_bot.ports.chat import Clock

T = TypeVar("T")

Json = dict[str, JsonValue]
"""An object as Lark reads and writes it."""

TIMEOUT_S = 10.0
CHAT_LIMIT, CHAT_LIMIT_S = 5, 1.0  # messages to one chat, or to one person, in so many seconds; shared by all its bots
RENEW_BEFORE_S = 300.0  # the end of a token
_TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105 -- an address
_CHUNK_BYTES = 65_536
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: str
    renew_at: float


class LarkApi:
    """Calls Lark as the app. Close it, or use it in `async with`."""

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        domain: str,
        clock: Clock,
        *,
        timeout_s: float = TIMEOUT_S,
        chat_limit_s: float = CHAT_LIMIT_S,
    ) -> None:
        self.app_id = app_id
        self.domain = domain.rstrip("/")
        self._app_secret = app_secret
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()
        self._turns = _Turns(CHAT_LIMIT, chat_limit_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> Json:
        """Return what Lark answers: its field `data`, or all there is where an older method has none.

        Raises:
            RateLimited: With the wait that Lark asks for.
            PlatformUnavailable: If Lark did not answer, or is broken; it may have done what was asked.
            Denied, Gone, Refused: As `faults` says, each with Lark's code.
        """

        async def ask(token: str) -> Json:
            return await self._ask(method, path, token, params=params, body=body)

        return await self._signed(ask)

    async def turn(self, receiver: str) -> None:
        """Wait until one more message may be sent to a chat or a person."""
        await self._turns.wait(receiver)

    async def download(self, path: str, *, params: Mapping[str, str], max_bytes: int) -> bytes:
        """Return a file. Raises InputError if it is larger than that, and the errors of `call`."""

        async def ask(token: str) -> bytes:
            async with self._answer("GET", path, token, params=params, body=None) as response:
                if response.status != _OK:
                    raise _refusal(f"GET {path}", response, _object(await response.read()))
                return await _content(response, max_bytes)

        return await self._signed(ask)

    async def _signed(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """Ask with a token; with a new one if Lark does not know it any more."""
        token = await self._fresh_token()
        try:
            return await ask(token)
        except Refused as refused:
            if refused.code not in STALE_TOKENS:
                raise
        return await ask(await self._fresh_token(stale=token))

    async def _ask(
        self,
        method: Method,
        path: str,
        token: str,
        *,
        params: Mapping[str, str] | None,
        body: Mapping[str, JsonValue] | None,
    ) -> Json:
        async with self._answer(method, path, token, params=params, body=body) as response:
            answer = _object(await response.read())
        if response.status != _OK or answer.get("code") != 0:
            raise _refusal(f"{method} {path}", response, answer)
        data = answer.get("data")
        return data if isinstance(data, dict) else {k: v for k, v in answer.items() if k not in ("code", "msg", "data")}

    @contextlib.asynccontextmanager
    async def _answer(
        self,
        method: Method,
        path: str,
        token: str,
        *,
        params: Mapping[str, str] | None,
        body: Mapping[str, JsonValue] | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._open().request(
                method, self.domain + path, params=params, data=data, headers=headers, allow_redirects=False
            ) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unanswered(f"{method} {path}") from error

    async def _fresh_token(self, *, stale: str = "") -> str:
        """Return a token that holds for a while, and is not the stale one; whoever comes while it is renewed waits for it."""
        async with self._renewing:
            token = self._token
            if token is None or token.value == stale or self._clock.now() >= token.renew_at:
                token = self._token = await self._new_token()
            return token.value

    async def _new_token(self) -> _Token:
        body = {"app_id": self.app_id, "app_secret": self._app_secret}
        answer = await self._ask("POST", _TOKEN_PATH, "", params=None, body=body)
        value, expire = answer.get("tenant_access_token"), answer.get("expire")
        if not isinstance(value, str) or not value or not isinstance(expire, int | float):
            raise PlatformUnavailable("Lark gave no token.")
        lasts_s = max(float(expire) - RENEW_BEFORE_S, float(expire) / 2)
        return _Token(value=value, renew_at=self._clock.now() + lasts_s)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        if self._session.closed:
            raise PlatformUnavailable("The connections to Lark are closed: the program stops.")
        return self._session


class _Turns:
    """Lets so many through in a time, for each receiver; the others wait in order. The loop's clock tells the time."""

    def __init__(self, limit: int, per_s: float) -> None:
        self._limit = limit
        self._per_s = per_s
        self._last: OrderedDict[str, deque[float]] = OrderedDict()

    async def wait(self, receiver: str) -> None:
        now = asyncio.get_running_loop().time()
        last = self._last.setdefault(receiver, deque(maxlen=self._limit))
        self._last.move_to_end(receiver)
        at = max(now, last[0] + self._per_s) if len(last) == self._limit else now
        last.append(at)
        while len(self._last) > 1 and next(iter(self._last.values()))[-1] + self._per_s < now:
            self._last.popitem(last=False)
        if at > now:
            await asyncio.sleep(at - now)


def _object(content: bytes) -> Json:
    value = decoded(content)
    return value if isinstance(value, dict) else {}


def _refusal(what: str, response: aiohttp.ClientResponse, answer: Json) -> Exception:
    code, message = answer.get("code"), answer.get("msg")
    return fault(
        what,
        code if isinstance(code, int) else 0,
        status=response.status,
        message=message if isinstance(message, str) else "",
        reset=response.headers.get("x-ogw-ratelimit-reset"),
    )


async def _content(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    content = bytearray()
    if (response.content_length or 0) <= max_bytes:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            content += chunk
            if len(content) > max_bytes:
                break
        else:
            return bytes(content)
    raise InputError(f"The file is larger than {max_bytes:,} bytes.")
