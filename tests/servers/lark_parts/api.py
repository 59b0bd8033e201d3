"""The REST interface: tokens, permissions, limits, faults, and how answers look.

open.feishu.cn/document/server-docs/api-call-guide (calling process, generic-error-code, frequency-control).
"""

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.servers.lark_parts.faults import Fault, Faults, too_often
from tests.servers.lark_parts.world import Call, Json, Refused, World

INVALID_ID = {
    "open_id": (99992351, "ou_7dab8a3d3cdcc9da365777c7ad535d62"),
    "union_id": (99992352, "on_576833b917gda3d939b9a3c2d53e72c8"),
    "message_id": (99992354, "om_dc13264520392913993dd051dba21dcf"),
    "chat_id": (99992355, "oc_a0553eda9014c201e6969b478895c230"),
}


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request that may be answered."""

    world: World
    faults: Faults
    path: dict[str, str]
    query: dict[str, str]
    queries: list[tuple[str, str]]
    body: Json
    size: int  # bytes of the body
    files: dict[str, bytes] = field(default_factory=dict)

    def need(self, name: str) -> str:
        """A string that the request must have in its query or body: code 99992402 (field validation failed)."""
        value = self.query.get(name, self.body.get(name))
        if value is None or value == "":
            raise invalid_field(name, "", f"{name} is required")
        if not isinstance(value, str):
            raise wrong_type(name, value)
        return value

    def page(self, found: list[Any], *, default: int = 20, most: int = 50) -> Json:
        """One page of what was found."""
        size, token = self.query.get("page_size", str(default)), self.query.get("page_token", "")
        if not size.isdigit() or not 1 <= int(size) <= most:
            raise invalid_parameter(f"page_size must be from 1 to {most}")
        start = 0
        if token:
            if not token.startswith("page-") or not token[5:].isdigit():
                raise invalid_parameter("invalid page_token")
            start = int(token[5:])
        end = start + int(size)
        more = end < len(found)
        return {"items": found[start:end], "has_more": more, "page_token": f"page-{end}" if more else ""}


Handler = Callable[[Asked], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    path: str
    handle: Handler
    scopes: tuple[str, ...]  # any of them suffices
    bare: bool  # the answer is not wrapped in data
    bot: bool  # whether the app must be a bot
    open: bool  # without a token


ROUTES: list[Route] = []


def route(
    method: str, path: str, *scopes: str, bare: bool = False, bot: bool = False, open_to_all: bool = False
) -> Callable[[Handler], Handler]:
    """Register what answers a method and path."""

    def register(handle: Handler) -> Handler:
        full = f"/open-apis/{path}"
        ROUTES.append(
            Route(method=method, path=full, handle=handle, scopes=scopes, bare=bare, bot=bot, open=open_to_all)
        )
        return handle

    return register


def invalid_field(name: str, value: str, description: str) -> Refused:
    """generic-error-code, 99992402: what is wrong before the method itself looks at it."""
    violation = {"field": name, "value": value, "description": description}
    return Refused(99992402, "field validation failed", error={"field_violations": [violation]})


def invalid_parameter(ext: str) -> Refused:
    """.../trouble-shooting/how-to-resolve-error-230001: what is wrong stands behind ext=."""
    return Refused(230001, f"Your request contains an invalid request parameter, ext={ext}.")


def no_such(kind: str) -> Refused:
    """generic-error-code: an id that is not valid, or that nothing has."""
    code, example = INVALID_ID[kind]
    name = {"message_id": "open_message_id", "chat_id": "open_chat_id"}.get(kind, kind)
    return Refused(code, f"The request you send is not a valid {{{name}}} or not exists, example value: {example}")


def wrong_type(name: str, value: object) -> Refused:
    message = f"Invalid parameter type in json: {name}. Invalid parameter value: {json.dumps(value)[:100]}."
    return Refused(9499, f"{message} Please check and modify accordingly.")


def denied(app_id: str, scopes: tuple[str, ...]) -> Refused:
    """generic-error-code, 99991672: which permissions would do."""
    names = ", ".join(scopes)
    message = (
        f"Access denied. One of the following scopes is required: [{names}].应用尚未开通所需的应用身份权限：[{names}]"
    )
    link = f"https://open.feishu.cn/app/{app_id}/auth?q={','.join(scopes)}&op_from=openapi&token_type=tenant"
    violations = [{"type": "action_scope_required", "subject": scope} for scope in scopes]
    helps = [{"description": "点击链接申请并开通任一权限即可", "url": link}]
    error = {"permission_violations": violations, "helps": helps}
    return Refused(99991672, f"{message}，点击链接申请并开通任一权限即可：{link}", error=error)


@dataclass(kw_only=True)
class Api:
    world: World
    faults: Faults
    closing: asyncio.Event

    def add_to(self, app: web.Application) -> None:
        for one in ROUTES:
            app.router.add_route(one.method, one.path, self._answering(one))

    def _answering(self, one: Route) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            body, size, files = await read(request)
            call = Call(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                body=body,
                at=self.world.now(),
            )
            self.world.calls.append(call)
            fault = self.faults.next(request.method, request.path)
            if fault is not None:
                await asyncio.sleep(fault.seconds)
                if (failed := self._failed(request, fault)) is not None:
                    call.code = -1
                    return failed
            try:
                done = self._carry_out(one, request, body, size, files)
            except Refused as refused:
                call.code = refused.code
                return refusal(refused)
            call.code = 0
            if fault is not None and fault.how in {"accept_then_close", "accept_then_hang"}:
                await self._never_answer(request, fault)
            return done

        return answer

    def _carry_out(
        self, one: Route, request: web.Request, body: Json, size: int, files: dict[str, bytes]
    ) -> web.StreamResponse:
        if not one.open:
            self._check_token(request)
            self.faults.count_api(f"{one.method} {one.path}")
        app = self.world.app
        if one.scopes and not app.scopes & set(one.scopes):
            raise denied(app.id, one.scopes)
        if one.bot and not app.bot_ability:
            raise Refused(230006, "Bot ability is not activated.")
        asked = Asked(
            world=self.world,
            faults=self.faults,
            path=dict(request.match_info),
            query=dict(request.query),
            queries=list(request.query.items()),
            body=body,
            size=size,
            files=files,
        )
        data = one.handle(asked)
        if isinstance(data, web.StreamResponse):
            return data
        wrapped = {"code": 0, "msg": "ok", **data} if one.bare else {"code": 0, "msg": "success", "data": data}
        return web.json_response(wrapped, headers={"X-Tt-Logid": log_id()})

    def _check_token(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ").strip()
        ask = "Please make a request with token attached."
        if not token or token == header:
            raise Refused(99991661, f"Missing access token for authorization. {ask}")
        if token != self.world.app.token or self.world.now() >= self.world.app.expires:
            raise Refused(99991663, f"Invalid access token for authorization. {ask}")

    def _failed(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """The answer of a fault that comes before anything is done."""
        if fault.how == "status":
            return web.Response(status=fault.status, text=fault.message)
        if fault.how == "close":
            _abort(request)
            return web.Response(status=500)
        if fault.how == "code":
            refused = Refused(fault.code, fault.message, status=400 if fault.status == 500 else fault.status)
            return refusal(too_often(fault.reset or 1) if fault.code == 99991400 else refused)
        return None

    async def _never_answer(self, request: web.Request, fault: Fault) -> None:
        """It was done, but nobody hears of it."""
        if fault.how == "accept_then_hang":
            await self.closing.wait()
        _abort(request)


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def log_id() -> str:
    return uuid.uuid4().hex.upper()


def refusal(refused: Refused) -> web.Response:
    identity = log_id()
    body = {"code": refused.code, "msg": refused.message, "error": {"log_id": identity, **refused.error}}
    return web.json_response(body, status=refused.status, headers={"X-Tt-Logid": identity, **refused.headers})


async def read(request: web.Request) -> tuple[Json, int, dict[str, bytes]]:
    """The fields of a request, how many bytes they had, and files that came with it."""
    if request.content_type == "multipart/form-data":
        return await _read_parts(request)
    data = await request.read()
    if not data:
        return {}, 0, {}
    try:
        body = json.loads(data)
    except ValueError:
        return {}, len(data), {}
    return (body if isinstance(body, dict) else {}), len(data), {}


async def _read_parts(request: web.Request) -> tuple[Json, int, dict[str, bytes]]:
    fields: Json = {}
    files: dict[str, bytes] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.filename or part.name in ("image", "file"):
            files[part.name or ""] = content
            fields.setdefault("file_name", part.filename or part.name)
        else:
            fields[part.name or ""] = content.decode()
    return fields, sum(map(len, files.values())), files
