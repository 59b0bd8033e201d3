"""lark-oapi as a test uses it. It takes 5 s to import, and mypy 11,000 modules, so nothing here imports it until it must."""

import asyncio
import importlib
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from tests.servers.lark import FakeLark


def load() -> Any:
    """lark_oapi and three of its APIs, quiet."""
    lark = importlib.import_module("lark_oapi")
    lark.logger.setLevel(logging.CRITICAL)
    made = importlib.import_module("lark_oapi.ws.client").loop  # at import, and closed by nobody
    if not made.is_running():
        made.close()
    names = ("lark_oapi.api.im.v1", "lark_oapi.api.contact.v3", "lark_oapi.api.application.v6")
    im, contact, application = map(importlib.import_module, names)
    return SimpleNamespace(lark=lark, im=im, contact=contact, application=application)


def filled(builder: Any, **fields: Any) -> Any:
    """What a builder of the library builds from these fields."""
    for name, value in fields.items():
        getattr(builder, name)(value)
    return builder.build()


async def ok(call: Any) -> Any:
    answer = await call
    assert answer.success(), (answer.code, answer.msg)
    return getattr(answer, "data", None)


class Ear:
    """The library's WebSocket client in this test's loop, which its public start() would block for ever."""

    def __init__(self, sdk: Any, lark: FakeLark, secret: str | None = None) -> None:
        self.module: Any = importlib.import_module("lark_oapi.ws.client")
        self.heard: list[tuple[str, Any]] = []
        self.fails = 0
        self.card: Any = None
        builder = sdk.lark.EventDispatcherHandler.builder("", "")
        builder.register_p2_im_message_receive_v1(self._on("message"))
        builder.register_p2_im_message_reaction_created_v1(self._on("reaction"))
        builder.register_p2_im_message_recalled_v1(self._on("recalled"))
        builder.register_p2_im_chat_updated_v1(self._on("updated"))
        builder.register_p2_application_bot_menu_v6(self._on("menu"))
        builder.register_p2_card_action_trigger(self._on_card)
        self.client = self.module.Client(
            lark.app_id,
            lark.app_secret if secret is None else secret,
            event_handler=builder.build(),
            domain=lark.url,
            log_level=sdk.lark.LogLevel.CRITICAL,
        )

    def _on(self, name: str) -> Callable[[Any], None]:
        def hear(data: Any) -> None:
            if self.fails > 0:
                self.fails -= 1
                raise RuntimeError("the disk is full")
            self.heard.append((name, data.event))

        return hear

    def _on_card(self, data: Any) -> Any:
        self.heard.append(("card", data.event))
        model = importlib.import_module("lark_oapi.event.callback.model.p2_card_action_trigger")
        return model.P2CardActionTriggerResponse({"toast": {"type": "info", "content": "ok"}, "card": self.card})

    def of(self, name: str) -> list[Any]:
        return [event for kind, event in self.heard if kind == name]

    async def open(self) -> None:
        self.module.loop = asyncio.get_running_loop()
        await self.client._connect()
        self.module.loop.create_task(self.client._ping_loop())

    async def close(self) -> None:
        ours = {one for one in asyncio.all_tasks() if one.get_coro().__qualname__.startswith("Client.")}  # type: ignore[union-attr]
        for one in ours:
            one.cancel()
        if ours:
            await asyncio.wait(ours)
        await self.client._disconnect()


class Callbacks:
    """A request URL that hands what arrives to the library's handler."""

    def __init__(self, sdk: Any, lark: FakeLark) -> None:
        self.heard: list[Any] = []
        builder = sdk.lark.EventDispatcherHandler.builder(lark.encrypt_key, lark.verification_token)
        self.handler = builder.register_p2_im_message_receive_v1(self.heard.append).build()
        self.raw = importlib.import_module("lark_oapi.core.model").RawRequest

    async def answer(self, request: web.Request) -> web.Response:
        raw = self.raw()
        raw.uri, raw.body, raw.headers = request.path, await request.read(), dict(request.headers)
        done = self.handler.do(raw)
        return web.Response(status=done.status_code, body=done.content)
