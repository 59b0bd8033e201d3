"""Brings events and interactions to the app, through Socket Mode or signed HTTP requests, and tries again.

apis/events-api/using-socket-mode (envelopes, hello, disconnect, acknowledgements), apis/events-api#retries (three
more attempts: at once, after one minute, after five; X-Slack-No-Retry), authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.servers.slack_parts.sockets import Sockets
from tests.servers.slack_parts.world import Json

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class NoAnswer(AssertionError):
    """The app did not acknowledge an interaction in time; Slack would show the person an error."""


@dataclass(slots=True, eq=False, kw_only=True)
class Sent:
    """Something for the app, each of its attempts, and what the app answered."""

    kind: str  # events_api, interactive, slash_commands
    payload: Json
    attempts: list[str] = field(default_factory=list)  # why each failed; empty for the one that was acknowledged
    envelopes: list[str] = field(default_factory=list)
    acknowledged: bool = False
    resting: bool = False  # waits for a later attempt
    given_up: bool = False
    answer: Json = field(default_factory=dict)
    ack_s: float = 0.0  # seconds from sending to the acknowledgement
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # acknowledged or given up


@dataclass(kw_only=True)
class Delivery(Sockets):
    signing_secret: str
    now: Callable[[], float]
    request_url: str | None = None  # None: Socket Mode
    interactive_url: str | None = None  # request_url when not set
    command_url: str | None = None
    ack_within_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    holding: bool = False
    log: list[Sent] = field(default_factory=list)
    _open: set[Sent] = field(default_factory=set)  # under way
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _held: list[Sent] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    # ---- what the world asks for

    def send(self, kind: str, payload: Json) -> Sent:
        """Deliver in the background, with attempts; an app that was never there is not waited for."""
        sent = Sent(kind=kind, payload=payload)
        self.log.append(sent)
        if self.request_url is None and not self.opened:
            self._note(sent, given_up=True)
        elif self.holding:
            self._held.append(sent)
        else:
            self._open.add(sent)
            self._spawn(self._deliver(sent))
        return sent

    async def ask(self, kind: str, payload: Json) -> Json:
        """Deliver an interaction once, and return what the app acknowledged it with."""
        sent = Sent(kind=kind, payload=payload)
        self.log.append(sent)
        why = await self._attempt(sent, 0, "")
        self._note(sent, given_up=bool(why))
        if why:
            raise NoAnswer(f"{kind} {payload.get('type', payload.get('command'))}: {why}")
        return sent.answer

    def hold(self) -> None:
        """Keep what is to be delivered from now on."""
        self.holding = True

    def release(self, order: Callable[[list[Sent]], list[Sent]] = list) -> None:
        """Deliver what was held, in another order if order says so (such as lambda held: held[::-1])."""
        held, self._held, self.holding = order(self._held), [], False
        self._open.update(held)
        for sent in held:
            self._spawn(self._deliver(sent))

    def again(self, sent: Sent) -> Sent:
        """Deliver the same payload once more, with the same event id."""
        return self.send(sent.kind, sent.payload)

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

    # ---- attempts

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, sent: Sent) -> None:
        reason = ""
        for number, delay in enumerate((0.0, *self.retry_delays_s)):
            if number and delay:
                self._note(sent, resting=True)
                await asyncio.sleep(delay)
                sent.resting = False
                self._open.add(sent)
            reason = await self._attempt(sent, number, reason)
            if not reason or reason == "no_retry":
                break
        self._note(sent, given_up=not sent.acknowledged)

    def _note(self, sent: Sent, *, resting: bool = False, given_up: bool = False) -> None:
        """Say how it stands with a delivery; when nothing is under way, settled() returns."""
        sent.resting, sent.given_up = resting, given_up
        if not resting:
            sent.ended.set()
        self._open.discard(sent)
        if not self._open:
            self._idle.set()

    async def _attempt(self, sent: Sent, number: int, reason: str) -> str:
        """Try once; return why it failed, or nothing."""
        began = asyncio.get_running_loop().time()
        over_http = self.request_url is not None
        why = await (self._post(sent, number, reason) if over_http else self._through_socket(sent, number, reason))
        sent.attempts.append(why)
        if not why and not sent.acknowledged:
            sent.acknowledged, sent.ack_s = True, asyncio.get_running_loop().time() - began
        return why

    # ---- Socket Mode

    async def _through_socket(self, sent: Sent, number: int, reason: str) -> str:
        envelope: Json = {"envelope_id": str(uuid.uuid4()), "payload": sent.payload, "type": sent.kind}
        envelope["accepts_response_payload"] = sent.kind != "events_api"
        if sent.kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        sent.envelopes.append(envelope["envelope_id"])
        try:
            async with asyncio.timeout(self.ack_within_s):
                answer = await self.answer_to(envelope)
        except TimeoutError:
            return "timeout"
        if answer is None:
            return "connection_failed"
        sent.answer = answer
        return ""

    # ---- HTTP

    async def _post(self, sent: Sent, number: int, reason: str) -> str:
        assert self.request_url is not None
        if self._session is None:
            self._session = aiohttp.ClientSession()
        url, kind, body = self._as_request(sent)
        headers = {"Content-Type": kind, "User-Agent": AGENT, **self.signature(body)}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        try:
            timeout = aiohttp.ClientTimeout(total=self.ack_within_s)
            async with self._session.post(url, data=body, headers=headers, timeout=timeout) as reply:
                text = await reply.text()
        except TimeoutError:
            return "http_timeout"
        except aiohttp.ClientError:
            return "connection_failed"
        if not 200 <= reply.status < 300:
            return "no_retry" if reply.headers.get("X-Slack-No-Retry") == "1" else "http_error"
        with suppress(json.JSONDecodeError):
            sent.answer = json.loads(text) if text.startswith("{") else {"text": text} if text else {}
        return ""

    def _as_request(self, sent: Sent) -> tuple[str, str, bytes]:
        form = "application/x-www-form-urlencoded"
        default = self.request_url or ""
        match sent.kind:
            case "interactive":
                return self.interactive_url or default, form, urlencode({"payload": json.dumps(sent.payload)}).encode()
            case "slash_commands":
                return self.command_url or default, form, urlencode(sent.payload).encode()
            case _:
                return default, "application/json", json.dumps(sent.payload).encode()

    def signature(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The headers that prove that a request is Slack's."""
        stamp = str(int(self.now() if at is None else at))
        digest = hmac.new(self.signing_secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + digest.hexdigest()}
