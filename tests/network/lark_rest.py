"""Lark's REST interface as far as we speak with it, over real sockets: tokens, messages, cards, reactions, chats, files.

Codes and limits as open.larksuite.com documents them. What goes wrong is said beforehand with `fail`.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from aiohttp import web
from pydantic import JsonValue

Json = dict[str, JsonValue]
APP, SECRET, TENANT = "cli_a1b2c3", "s3cret", "2ca1d211f64f6438"
IM = "/open-apis/im/v1"
UUID_S = 3_600.0


@dataclass
class Failure:
    """How a call fails: with a code, or `accept` first and then never answering, or cutting the line."""

    code: int = 0
    status: int = 400
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    accept: bool = False
    text: str | None = None


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    body: Json


class Refuse(Exception):
    def __init__(self, code: int, status: int = 400, message: str = "refused") -> None:
        super().__init__(message)
        self.code, self.status = code, status


class LarkRest:
    """The server; its people act through the fields."""

    def __init__(self) -> None:
        self.url = ""
        self.now: Callable[[], float] = time.time
        self.messages: dict[str, Json] = {}
        self.chats: dict[str, Json] = {"oc_1": {"chat_mode": "group", "name": "support"}}
        self.members: dict[str, list[str]] = {"oc_1": ["ou_asker", "ou_analyst"]}
        self.whispers: list[Json] = []
        self.reactions: dict[str, list[Json]] = defaultdict(list)
        self.files: dict[tuple[str, str], bytes] = {}
        self.calls: list[Call] = []
        self.token, self.expire, self.tokens = "t-0", 7200, 0
        self._failures: dict[tuple[str, str], list[Failure]] = defaultdict(list)
        self._uuids: dict[str, tuple[float, str]] = {}
        self._ids = count(1)
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        handlers: list[tuple[str, str, Callable[[web.Request, Json], Json]]] = [
            ("POST", f"{IM}/messages", self._send),
            ("GET", f"{IM}/messages", self._list),
            ("POST", f"{IM}/messages/{{id}}/reply", self._reply),
            ("GET", f"{IM}/messages/{{id}}", self._get),
            ("PATCH", f"{IM}/messages/{{id}}", self._patch),
            ("DELETE", f"{IM}/messages/{{id}}", self._recall),
            ("GET", f"{IM}/messages/{{id}}/reactions", self._reactions),
            ("POST", f"{IM}/messages/{{id}}/reactions", self._react),
            ("DELETE", f"{IM}/messages/{{id}}/reactions/{{reaction}}", self._unreact),
            ("POST", "/open-apis/ephemeral/v1/send", self._whisper),
            ("GET", f"{IM}/chats", self._chats),
            ("GET", f"{IM}/chats/{{id}}", self._chat),
            ("GET", f"{IM}/chats/{{id}}/members", self._members),
        ]
        for method, path, handle in handlers:
            app.router.add_route(method, path, self._handler(handle))
        app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", self._auth)
        app.router.add_get(f"{IM}/messages/{{id}}/resources/{{key}}", self._resource)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = site.name
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def fail(self, method: str, path: str, *failures: Failure) -> None:
        """Let the next calls of a method, to a path that ends so, fail."""
        self._failures[method, path] += failures

    def say(self, sender: str, text: str, *, chat: str = "oc_1", root: str = "") -> str:
        """Let a person write."""
        body: Json = {"content": json.dumps({"text": text})}
        return self._new(chat, root, {"id": sender, "sender_type": "user"}, "text", body, topic=False)

    def cards(self, root: str = "") -> list[Json]:
        """Return our cards in a thread, or in no thread, unpacked, oldest first."""
        ours = [
            m for m in self.messages.values() if m.get("msg_type") == "interactive" and m.get("root_id", "") == root
        ]
        return [m | {"card": json.loads(self._content(m))} for m in ours if not m.get("deleted")]

    def asked(self, method: str, path: str = "") -> list[Call]:
        return [call for call in self.calls if call.method == method and call.path.endswith(path)]

    def _content(self, message: Json) -> str:
        body = message["body"]
        assert isinstance(body, dict)
        return str(body["content"])

    def _handler(
        self, handle: Callable[[web.Request, Json], Json]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            body: Json = await request.json() if request.can_read_body else {}
            self.calls.append(Call(request.method, request.path, dict(request.query), body))
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return _refusal(Failure(code=99991663, message="Invalid access token for authorization."))
            failure = self._next_failure(request)
            if failure is not None and not failure.accept:
                return _refusal(failure)
            try:
                data = handle(request, body)
            except Refuse as refused:
                return _refusal(Failure(code=refused.code, status=refused.status, message=str(refused)))
            if failure is not None:
                if failure.text == "close" and request.transport is not None:
                    request.transport.abort()
                await self._closing.wait()
            return web.json_response({"code": 0, "msg": "success", "data": data})

        return answer

    def _next_failure(self, request: web.Request) -> Failure | None:
        for (method, path), failures in self._failures.items():
            if failures and method == request.method and request.path.endswith(path):
                return failures.pop(0)
        return None

    async def _auth(self, request: web.Request) -> web.Response:
        if await request.json() != {"app_id": APP, "app_secret": SECRET}:
            return _refusal(Failure(code=10014, status=200, message="app secret invalid"))
        await asyncio.sleep(0)
        self.tokens += 1
        self.token = f"t-{self.tokens}"
        return web.json_response({"code": 0, "msg": "ok", "tenant_access_token": self.token, "expire": self.expire})

    async def _resource(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call("GET", request.path, dict(request.query), {}))
        failure = self._next_failure(request)
        content = self.files.get((request.match_info["id"], request.match_info["key"]))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _refusal(Failure(code=99991663))
        if failure is not None or content is None:
            return _refusal(failure or Failure(code=234003))
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for start in range(0, len(content), 1_000):
            await response.write(content[start : start + 1_000])
        await response.write_eof()
        return response

    def _new(self, chat: str, root: str, sender: Json, kind: str, body: Json, *, topic: bool) -> str:
        message_id = f"om_{next(self._ids)}"
        message: Json = {"message_id": message_id, "chat_id": chat, "msg_type": kind, "sender": sender, "body": body}
        message["create_time"] = str(int(self.now() * 1000))
        if root:
            message |= {"root_id": root, "parent_id": root}
            if topic or "thread_id" in self.messages[root]:
                self.messages[root].setdefault("thread_id", f"omt_{root}")
                message["thread_id"] = self.messages[root]["thread_id"]
        self.messages[message_id] = message
        return message_id

    def _post(self, chat: str, root: str, body: Json, *, topic: bool) -> Json:
        content, uuid = str(body["content"]), str(body.get("uuid", ""))
        if len(content.encode()) > 30 * 1024:
            raise Refuse(230025)
        if len(uuid) > 50:
            raise Refuse(230001)
        at, message_id = self._uuids.get(uuid, (0.0, ""))
        if not uuid or self.now() - at > UUID_S:
            sender: Json = {"id": APP, "id_type": "app_id", "sender_type": "app"}
            message_id = self._new(chat, root, sender, str(body["msg_type"]), {"content": content}, topic=topic)
            self._uuids[uuid] = (self.now(), message_id)
        return {"message_id": message_id, "chat_id": chat}

    def _send(self, request: web.Request, body: Json) -> Json:
        receiver = str(body["receive_id"])
        if request.query["receive_id_type"] == "open_id":
            return self._post(f"p2p_{receiver}", "", body, topic=False)
        self._mode(receiver)
        return self._post(receiver, "", body, topic=False)

    def _reply(self, request: web.Request, body: Json) -> Json:
        root = self._found(request)
        return self._post(
            str(root["chat_id"]), request.match_info["id"], body, topic=body.get("reply_in_thread") is True
        )

    def _found(self, request: web.Request) -> Json:
        message = self.messages.get(request.match_info["id"])
        if message is None:
            raise Refuse(99992354)
        if message.get("deleted"):
            raise Refuse(230011)
        return message

    def _get(self, request: web.Request, _body: Json) -> Json:
        if request.match_info["id"] not in self.messages:
            raise Refuse(99992354)
        return {"items": [self._shown(self.messages[request.match_info["id"]], request)]}

    def _shown(self, message: Json, request: web.Request) -> Json:
        """As Lark does it: a card of version 2 is shown raw, or not at all."""
        if message["msg_type"] != "interactive":
            return message
        raw = {"json_card": self._content(message), "json_attachment": "{}"}
        old = {"title": None, "elements": [[{"tag": "text", "text": "请升级至最新版本客户端，以查看内容"}]]}
        is_raw = request.query.get("card_msg_content_type") == "raw_card_content"
        return message | {"body": {"content": json.dumps(raw if is_raw else old, ensure_ascii=False)}}

    def _list(self, request: web.Request, _body: Json) -> Json:
        kind, place = request.query["container_id_type"], request.query["container_id"]
        start = float(request.query.get("start_time", "0"))
        if kind == "thread" and "start_time" in request.query:
            raise Refuse(230001)
        found = [m for m in self.messages.values() if m.get("thread_id" if kind == "thread" else "chat_id") == place]
        if kind == "chat":  # of topics the first message only
            found = [m for m in found if not (m.get("root_id") and m.get("thread_id"))]
        found = [m for m in found if int(str(m["create_time"])) >= start * 1000]
        if request.query.get("sort_type") == "ByCreateTimeDesc":
            found.reverse()
        at, size = int(request.query.get("page_token", "0")), int(request.query["page_size"])
        more = at + size < len(found)
        page: list[JsonValue] = [self._shown(m, request) for m in found[at : at + size]]
        return {"items": page, "has_more": more, "page_token": str(at + size) if more else ""}

    def _patch(self, request: web.Request, body: Json) -> Json:
        message = self._found(request)
        if message["msg_type"] != "interactive":
            raise Refuse(230054)
        message["body"] = {"content": body["content"]}
        return {}

    def _recall(self, request: web.Request, _body: Json) -> Json:
        self._found(request)["deleted"] = True
        return {}

    def _reactions(self, request: web.Request, _body: Json) -> Json:
        self._found(request)
        kind = request.query.get("reaction_type")
        of = [one for one in self.reactions[request.match_info["id"]] if one["reaction_type"] == {"emoji_type": kind}]
        return {"items": [*of], "has_more": False}

    def _react(self, request: web.Request, body: Json) -> Json:
        self._found(request)
        one: Json = {"reaction_id": f"r{next(self._ids)}", "operator": {"operator_id": APP, "operator_type": "app"}}
        one["reaction_type"] = body["reaction_type"]
        self.reactions[request.match_info["id"]].append(one)
        return one

    def _unreact(self, request: web.Request, _body: Json) -> Json:
        of = self.reactions[request.match_info["id"]]
        one = next((one for one in of if one["reaction_id"] == request.match_info["reaction"]), None)
        if one is None:
            raise Refuse(231011)
        of.remove(one)
        return one

    def _whisper(self, _request: web.Request, body: Json) -> Json:
        if self._mode(str(body["chat_id"])) != "group":
            raise Refuse(18053)
        if str(body["open_id"]) not in self.members[str(body["chat_id"])]:
            raise Refuse(11206)
        self.whispers.append(body)
        return {"message_id": f"om_e{len(self.whispers)}"}

    def _mode(self, chat: str) -> str:
        if chat not in self.chats:
            raise Refuse(232006)
        return str(self.chats[chat]["chat_mode"])

    def _chat(self, request: web.Request, _body: Json) -> Json:
        self._mode(request.match_info["id"])
        return self.chats[request.match_info["id"]]

    def _chats(self, _request: web.Request, _body: Json) -> Json:
        return {"items": [{"chat_id": chat} for chat in self.chats], "has_more": False}

    def _members(self, request: web.Request, _body: Json) -> Json:
        items: list[JsonValue] = [
            {"member_id": one, "name": one.removeprefix("ou_"), "tenant_key": TENANT}
            for one in self.members.get(request.match_info["id"], [])
        ]
        return {"items": items, "has_more": False}


def _refusal(failure: Failure) -> web.Response:
    if failure.text is not None:
        return web.Response(status=failure.status, text=failure.text, headers=failure.headers)
    body = {"code": failure.code, "msg": failure.message}
    return web.json_response(body, status=failure.status, headers=failure.headers)
