"""The Web API over HTTP: reads a request, checks its token, calls the method, answers as Slack does.

apis/web-api: HTTP 200 and {"ok": false} for errors, 429 with Retry-After, the X-OAuth-Scopes headers, the general errors.
"""

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass

from aiohttp import web

from tests.servers.slack_parts.calls import METHODS, NAME, Arguments, Caller, Entry
from tests.servers.slack_parts.faults import Fault, Faults
from tests.servers.slack_parts.world import Call, Json, Refused, Team, Token, World

NOBODY = Team(id="", name="", bot_user="", bot_id="")


class Broken(Exception):
    """The connection is gone; nobody reads an answer."""


@dataclass(kw_only=True)
class Api:
    world: World
    faults: Faults
    closing: asyncio.Event

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        call = Call(
            method=name,
            arguments={},
            token="",
            http=request.method,
            content_type=request.content_type,
            at=self.world.now(),
        )
        self.world.calls.append(call)
        fault = self.faults.next(name)
        try:
            return await self._served(request, call, fault)
        except Broken:
            return web.Response()

    async def _served(self, request: web.Request, call: Call, fault: Fault | None) -> web.StreamResponse:
        try:
            await self._before(request, fault)
            status, headers, answer = 200, {}, await self._answer(request, call)
        except Refused as refused:
            status, headers = refused.status, refused.headers
            answer = {"ok": False, "error": refused.error, **refused.extra}
        call.answer, call.status = answer, status
        await self._after(request, fault)
        return web.json_response(answer, status=status, headers={**self._scopes(call), **headers})

    async def _answer(self, request: web.Request, call: Call) -> Json:
        entry = METHODS.get(call.method)
        if entry is None:
            raise Refused("unknown_method", req_method=call.method)
        if entry.token == "app" and request.method != "POST":
            raise Refused("insecure_request")
        arguments = await read(request, entry, call)
        self.faults.count(call.method, call.token, arguments)
        caller = authorize(self.world, entry, call.token)
        caller.needs(*entry.scopes)
        return {"ok": True, **entry.call(self.world, caller, arguments)}

    async def _before(self, request: web.Request, fault: Fault | None) -> None:
        if fault is None:
            return
        await asyncio.sleep(fault.seconds)
        if fault.how == "close":
            _abort(request)
        if fault.how == "status":
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            raise Refused(fault.error, status=fault.status, headers=wait)
        if fault.how == "error":
            raise Refused(fault.error)

    async def _after(self, request: web.Request, fault: Fault | None) -> None:
        """The platform has done what was asked, and the app does not learn of it."""
        if fault is not None and fault.how == "accept_then_close":
            _abort(request)
        if fault is not None and fault.how == "accept_then_hang":
            await self.closing.wait()

    def _scopes(self, call: Call) -> dict[str, str]:
        token = self.world.tokens.get(call.token)
        accepted = METHODS[call.method].scopes if call.method in METHODS else ()
        if token is None:
            return {}
        return {"X-OAuth-Scopes": ",".join(sorted(token.scopes)), "X-Accepted-OAuth-Scopes": ",".join(accepted)}


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise Broken


async def read(request: web.Request, entry: Entry, call: Call) -> Arguments:
    """The arguments of a request and, into call, its token."""
    arguments = Arguments(request.query)
    in_json = False
    if request.method == "POST":
        body = await _body(request, entry)
        in_json = request.content_type == "application/json"
        arguments |= body
    if any(not NAME.fullmatch(one) for one in arguments):
        raise Refused("invalid_arg_name")
    bearer = request.headers.get("Authorization", "")
    kind, _, value = bearer.partition(" ")
    if kind == "Basic":
        arguments |= _client(value)
    posted = "" if in_json or "token" in request.query else arguments.text("token")
    call.token = value.strip() if kind == "Bearer" else posted
    arguments.pop("token", None)
    call.arguments = dict(arguments)
    return arguments


def _client(value: str) -> Json:
    """oauth.v2.access: client id and secret by HTTP Basic authentication."""
    try:
        client_id, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}


async def _body(request: web.Request, entry: Entry) -> Json:
    match request.content_type:
        case "application/x-www-form-urlencoded" | "multipart/form-data":
            return dict(await request.post())
        case "application/json" if entry.json:
            try:
                body = json.loads(await request.text())
            except (json.JSONDecodeError, UnicodeDecodeError):
                raise Refused("invalid_json") from None
            if not isinstance(body, dict):
                raise Refused("json_not_object")
            return body
        case _ if not request.can_read_body:
            return {}
        case _:
            raise Refused("invalid_post_type")


def authorize(world: World, entry: Entry, value: str) -> Caller:
    """Whose call it is; the token must be of the method's kind."""
    if entry.token == "none":
        return Caller(token=Token(value="", kind="none"), team=NOBODY)
    if not value:
        raise Refused("not_authed")
    token = world.tokens.get(value)
    if token is None:
        raise Refused("invalid_auth")
    if token.revoked:
        raise Refused("token_revoked")
    if token.kind != entry.token:
        raise Refused("not_allowed_token_type")
    return Caller(token=token, team=world.teams.get(token.team_id, NOBODY))
