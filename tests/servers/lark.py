"""A fake Lark (Feishu) open platform over real sockets: REST, long connections, callbacks, and people who use it.

Built from the documentation of open.feishu.cn and open.larksuite.com (paths in docstrings are below /document), and from
the source of lark-oapi 1.7.5, which talks to it:

    async with FakeLark() as lark:
        client = lark_oapi.Client.builder().app_id(lark.app_id).app_secret(lark.app_secret).domain(lark.url).build()
        chat = lark.add_chat("support", members=[lark.add_user("王五")])
        message_id = lark.say(chat, "王五", "数据库连接不上")

It runs in a thread of its own, because lark-oapi blocks the loop that asks it for a token; FakeLark(thread=False) runs in
the caller's loop. `python -m tests.servers.lark --port N` serves it alone, driven through /control (lark_parts/control.py).

Where the documentation is silent, it does this: a repeated uuid answers with the first message; times with the history of
a topic are refused (the page says "not supported"); a wrong secret gets no long connection, with code 514; the challenge of
a request URL is not signed; of reactions that the app itself makes, the app is told; 30 KB are those of the request's body.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from aiohttp import web

from tests.servers.lark_parts import auth, chats, contacts, control, files, messages, reactions, shapes, whispers
from tests.servers.lark_parts.acts import Acts
from tests.servers.lark_parts.api import Api
from tests.servers.lark_parts.delivery import Delivery, NoAnswer, Sent
from tests.servers.lark_parts.faults import Fault, Faults, How
from tests.servers.lark_parts.hands import Hands
from tests.servers.lark_parts.rooms import Rooms
from tests.servers.lark_parts.thread import Home, act, wait
from tests.servers.lark_parts.world import Call, Json, Message, Reaction, Refused, World, new_id

__all__ = ["FakeLark", "NoAnswer", "Refused", "Sent"]
LOADED = (auth, chats, contacts, files, messages, reactions, whispers)  # importing them registers their methods


class FakeLark(Acts, Rooms, Hands):
    """One app in one company."""

    def __init__(self, *, port: int = 0, thread: bool = True, now: Callable[[], float] = time.time) -> None:
        self.world = World(now=now)
        self.home = Home(own=thread)
        self.faults = Faults(now=now)
        self._port = port

    async def __aenter__(self) -> Self:
        self.home.open()
        try:
            await self.home.wait(self._start())
        except OSError:  # the port is taken
            self.home.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.home.wait(self._stop())
        await asyncio.to_thread(self.home.close)

    async def _start(self) -> None:
        self.delivery = Delivery(app=self.world.app, now=self.world.now)
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=128 * 1024 * 1024)
        Api(world=self.world, faults=self.faults, closing=self._closing).add_to(app)
        app.router.add_post("/callback/ws/endpoint", self.delivery.endpoint)
        app.router.add_get("/ws/v2", self.delivery.link)
        app.router.add_routes(control.routes(self))
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = self.delivery.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.world.tell = self._tell
        self.world.callback_url = lambda: self.delivery.request_url

    async def _stop(self) -> None:
        self._closing.set()
        await self.delivery.close()
        await self._runner.cleanup()

    # ---- what the app is configured with

    @property
    def app_id(self) -> str:
        return self.world.app.id

    @property
    def app_secret(self) -> str:
        return self.world.app.secret

    @property
    def encrypt_key(self) -> str:
        return self.world.app.encrypt_key

    @property
    def verification_token(self) -> str:
        return self.world.app.verification_token

    @property
    def tenant_key(self) -> str:
        return self.world.tenant_key

    @property
    def bot(self) -> str:
        """The open_id of the bot."""
        return self.world.app.open_id

    # ---- what a test looks at

    @act
    def messages(self, chat: str) -> list[Message]:
        """All messages of a chat, oldest first, without those that one person sees; versions are what one was before."""
        return self.world.in_chat(self.world.chat(chat).id)

    @act
    def message(self, message: str) -> Message:
        return self.world.shown(message)

    @act
    def thread(self, root: str) -> list[Message]:
        """What answers a message, at whatever depth, or stands in its topic."""
        topic = self.world.messages[root].thread
        chat = self.world.in_chat(self.world.messages[root].chat)
        return [m for m in chat if m.id != root and (m.root == root or (topic and m.thread == topic))]

    @act
    def card(self, message: str) -> Json:
        """The card that a message shows now."""
        found: Json = json.loads(self.world.shown(message).content)
        return found

    @act
    def cards(self, chat: str) -> list[Message]:
        """The cards in a chat that were not taken back, oldest first."""
        found = self.world.in_chat(self.world.chat(chat).id)
        return [one for one in found if one.kind == "interactive" and not one.recalled]

    @act
    def whispers(self, user: str | None = None) -> list[Message]:
        """Cards that only one person sees and that were not deleted; only_for says who."""
        who = self.world.user(user).open_id if user else None
        return [m for m in self.world.whispers.values() if not m.recalled and who in (None, m.only_for)]

    @act
    def reactions(self, message: str) -> list[Reaction]:
        return [one for one in self.world.reactions.values() if one.message == message]

    @act
    def calls(self, path: str = "", method: str | None = None) -> list[Call]:
        """Requests whose path has these words in it, in their order."""
        return [one for one in self.world.calls if path in one.path and method in (None, one.method)]

    # ---- how it behaves

    @act
    def tune(self, /, **settings: Any) -> None:
        """Set fields of Delivery (request_url, retry_delays_s, ack_within_s, copies, parts, ...) or Faults (limited, ...)."""
        for name, value in settings.items():
            target = next(one for one in (self.delivery, self.faults) if hasattr(one, name))
            setattr(target, name, tuple(value) if isinstance(value, list) else value)

    @act
    def fail(self, /, method: str, path: str, how: How, *, times: int = 1, **more: Any) -> None:
        """Let the next calls to a path go wrong: see faults.Fault; * is any method, or any path."""
        self.faults.planned.append(Fault(method=method, path=path, how=how, times=times, **more))

    @act
    def unlimit(self) -> None:
        """Count no calls any more."""
        self.faults.limited = False

    @act
    def grant(self, *scopes: str, names: Iterable[str] = ()) -> None:
        self.world.app.scopes.update(scopes, names)

    @act
    def revoke(self, *scopes: str, names: Iterable[str] = ()) -> None:
        self.world.app.scopes.difference_update(scopes, names)

    @act
    def subscribe(self, *kinds: str, names: Iterable[str] = ()) -> None:
        self.world.app.events.update(kinds, names)

    @act
    def unsubscribe(self, *kinds: str, names: Iterable[str] = ()) -> None:
        self.world.app.events.difference_update(kinds, names)

    @act
    def expire_token(self) -> None:
        """The token that the app has is worth nothing any more."""
        self.world.app.token = ""

    @act
    def hold(self) -> None:
        self.delivery.hold()

    @act
    def release(self, order: str = "") -> None:
        """Deliver what was held; in reverse if order says "reversed"."""
        self.delivery.release((lambda held: held[::-1]) if order == "reversed" else list)

    @act
    def again(self, index: int = -1) -> None:
        """Deliver something of the log once more, with the same event id."""
        self.delivery.again(self.delivery.log[index])

    @act
    def log(self, kind: str | None = None) -> list[Sent]:
        """What was delivered, or tried."""
        return [one for one in self.delivery.log if kind in (None, one.kind)]

    @act
    def cut(self) -> None:
        """Break the long connections without a word."""
        self.delivery.cut()

    @wait
    async def hang_up(self) -> None:
        """Close the long connections, as the platform does when it is deployed anew."""
        await self.delivery.hang_up()

    @wait
    async def settled(self, within_s: float = 10.0) -> None:
        await self.delivery.settled(within_s)

    @wait
    async def connected(self, count: int = 1, within_s: float = 15.0) -> None:
        await self.delivery.connected(count, within_s)

    @wait
    async def opened(self, count: int, within_s: float = 15.0) -> None:
        """Wait until so many connections were opened since the beginning, and one of them stands."""
        await self.delivery.connected(1, within_s, opened=count)

    @wait
    async def verify_url(self, url: str | None = None, token: str | None = None) -> Json:
        """Ask a request URL to answer a challenge; unsigned, as nothing says that it is signed."""
        challenge = new_id("")
        body = {"challenge": challenge, "token": token or self.world.app.verification_token, "type": "url_verification"}
        status, text = await self.delivery.request(url or self.delivery.request_url or "", body, signed=False)
        return {"status": status, "text": text, "challenge": challenge}

    @wait
    async def post_callback(self, payload: Json, *, signed: bool = True) -> tuple[int, str]:
        """Send any payload to the request URL; return status and text of the answer."""
        return await self.delivery.request(self.delivery.request_url or "", payload, signed=signed)

    def _tell(self, kind: str, event: Json) -> None:
        """Deliver an event if the app subscribed to it."""
        if kind in self.world.app.events:
            self.delivery.send(kind, shapes.envelope(self.world, kind, shapes.plain(event), new_id("")))


async def serve(port: int) -> None:
    async with FakeLark(port=port, thread=False) as lark:
        secrets = {"app_id": lark.app_id, "app_secret": lark.app_secret}
        secrets |= {"encrypt_key": lark.encrypt_key, "verification_token": lark.verification_token}
        print(json.dumps({"url": lark.url, **secrets}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    try:
        asyncio.run(serve(parser.parse_args().port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
