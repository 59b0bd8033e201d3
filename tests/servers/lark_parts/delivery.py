"""Brings events and callbacks to the app, over long connections or signed and encrypted requests, and tries again.

open.feishu.cn/document/server-docs/event-subscription-guide/overview: what is not answered with 200 within 3 s is sent
again after 15 s, 5 min, 1 h and 6 h; a callback of a card (.../card-callback-communication) is sent once.
"""

import asyncio
import base64
import json
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.servers.lark_parts.crypt import encrypt, signature
from tests.servers.lark_parts.sockets import Sockets
from tests.servers.lark_parts.world import Json

RETRY_DELAYS_S = (15.0, 300.0, 3600.0, 21600.0)


class NoAnswer(AssertionError):
    """The app did not answer a callback in time; Lark would show the person an error."""


@dataclass(slots=True, eq=False, kw_only=True)
class Sent:
    """Something for the app, each of its attempts, and what the app answered."""

    kind: str  # the event's type
    payload: Json
    attempts: list[str] = field(default_factory=list)  # why each failed; empty for the one that was acknowledged
    acknowledged: bool = False
    resting: bool = False  # waits for a later attempt
    given_up: bool = False
    answer: Json = field(default_factory=dict)
    ack_s: float = 0.0  # seconds from sending to the acknowledgement

    @property
    def event_id(self) -> str:
        return str(self.payload.get("header", {}).get("event_id", ""))


@dataclass(kw_only=True)
class Delivery(Sockets):
    now: Callable[[], float]
    request_url: str | None = None  # None: long connection
    card_url: str | None = None  # request_url when not set
    encrypted: bool = True
    ack_within_s: float = 3.0
    retry_delays_s: tuple[float, ...] = RETRY_DELAYS_S
    copies: int = 1  # how often each event is delivered
    drift_s: float = 0.0  # by how much the clock of the signature is wrong
    holding: bool = False
    log: list[Sent] = field(default_factory=list)
    _open: set[Sent] = field(default_factory=set)  # under way
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _held: list[Sent] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    def send(self, kind: str, payload: Json) -> Sent:
        """Deliver in the background, with attempts; an app that was never there is not waited for."""
        sent = Sent(kind=kind, payload=payload)
        self.log.append(sent)
        if self.request_url is None and not self.opened:
            self._note(sent, given_up=True)
        elif self.holding:
            self._held.append(sent)
        else:
            self._begin(sent)
        return sent

    async def ask(self, kind: str, payload: Json) -> Json:
        """Deliver a callback once, and return what the app answered."""
        sent = Sent(kind=kind, payload=payload)
        self.log.append(sent)
        why = await self._attempt(sent)
        self._note(sent, given_up=bool(why))
        if why:
            raise NoAnswer(f"{kind}: {why}")
        return sent.answer

    def hold(self) -> None:
        """Keep what is to be delivered from now on."""
        self.holding = True

    def release(self, order: Callable[[list[Sent]], list[Sent]] = list) -> None:
        """Deliver what was held, in another order if order says so."""
        held, self._held, self.holding = order(self._held), [], False
        for sent in held:
            self._begin(sent)

    def again(self, sent: Sent) -> None:
        """Deliver the same payload once more, with the same event id."""
        self.send(sent.kind, sent.payload)

    async def settled(self, within_s: float = 10.0) -> None:
        """Wait until everything is acknowledged, given up, or waits for a later attempt."""
        async with asyncio.timeout(within_s):
            while self._open:
                self._idle.clear()
                await self._idle.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.hang_up()
        if self._session is not None:
            await self._session.close()

    def _begin(self, sent: Sent) -> None:
        self._open.add(sent)
        for _ in range(self.copies):
            self._spawn(self._deliver(sent))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, sent: Sent) -> None:
        for number, delay in enumerate((0.0, *self.retry_delays_s)):
            if number:
                self._note(sent, resting=True)
                await asyncio.sleep(delay)
                sent.resting = False
                self._open.add(sent)
            if not await self._attempt(sent):
                break
        self._note(sent, given_up=not sent.acknowledged)

    def _note(self, sent: Sent, *, resting: bool = False, given_up: bool = False) -> None:
        """Say how it stands with a delivery; when nothing is under way, settled() returns."""
        sent.resting, sent.given_up = resting, given_up
        self._open.discard(sent)
        if not self._open:
            self._idle.set()

    async def _attempt(self, sent: Sent) -> str:
        """Try once; return why it failed, or nothing."""
        began = asyncio.get_running_loop().time()
        why = await (self._through_socket(sent) if self.request_url is None else self._post(sent))
        sent.attempts.append(why)
        if not why and not sent.acknowledged:
            sent.acknowledged, sent.ack_s = True, asyncio.get_running_loop().time() - began
        return why

    async def _through_socket(self, sent: Sent) -> str:
        try:
            async with asyncio.timeout(self.ack_within_s):
                answer = await self.answer_to(sent.payload)
        except TimeoutError:
            return "timeout"
        if answer is None:
            return "connection_failed"
        if answer.get("code") != 200:
            return f"code {answer.get('code')}"
        if answer.get("data"):
            sent.answer = json.loads(base64.b64decode(answer["data"]))
        return ""

    async def _post(self, sent: Sent) -> str:
        url = self.card_url if sent.kind == "card.action.trigger" and self.card_url else self.request_url
        status, text = await self.request(url or "", sent.payload)
        if status != 200:
            return f"status {status}" if status else text
        with suppress(json.JSONDecodeError):
            answer = json.loads(text)
            sent.answer = answer if isinstance(answer, dict) else {}
        return ""

    async def request(self, url: str, payload: Json, *, signed: bool = True) -> tuple[int, str]:
        """Send a callback; return status and text of the answer, or 0 and what went wrong."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        text = json.dumps(payload, ensure_ascii=False)
        body = (json.dumps({"encrypt": encrypt(text, self.app.encrypt_key)}) if self.encrypted else text).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} | (self.signature(body) if signed else {})
        try:
            timeout = aiohttp.ClientTimeout(total=self.ack_within_s)
            async with self._session.post(url, data=body, headers=headers, timeout=timeout) as reply:
                return reply.status, await reply.text()
        except TimeoutError:
            return 0, "timeout"
        except aiohttp.ClientError:
            return 0, "connection_failed"

    def signature(self, body: bytes) -> dict[str, str]:
        """The headers that prove that a request is Lark's."""
        stamp, nonce = str(int(self.now() + self.drift_s)), uuid.uuid4().hex[:10]
        proof = signature(stamp, nonce, self.app.encrypt_key, body)
        return {"X-Lark-Request-Timestamp": stamp, "X-Lark-Request-Nonce": nonce, "X-Lark-Signature": proof}
