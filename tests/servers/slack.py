"""A fake Slack over real sockets: the Web API, Socket Mode, HTTP delivery, and people who use it.

Built from Slack's documentation (docs.slack.dev; the paths in docstrings are below it), for the real slack_sdk and slack_bolt:

    async with FakeSlack() as slack:
        web = AsyncWebClient(slack.bot_token, base_url=slack.url)
        channel = slack.add_channel("support", members=[slack.add_user("rita")])
        ts = slack.say(channel, "rita", "it does not start")

`python -m tests.servers.slack --port N` serves it alone, driven through /control (tests/servers/slack_parts/control.py).
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web

from tests.servers.slack_parts import chat, control, conversations, people, reactions, response_urls, shapes, views
from tests.servers.slack_parts.acts import Acts
from tests.servers.slack_parts.api import Api
from tests.servers.slack_parts.delivery import Delivery, NoAnswer, Sent
from tests.servers.slack_parts.faults import Fault, Faults, How, Limit
from tests.servers.slack_parts.hands import Hands
from tests.servers.slack_parts.world import BOT_SCOPES, Call, Grant, Json, Refused, Team, Token, World

__all__ = ["FakeSlack", "NoAnswer", "Refused", "Sent"]
LOADED = (chat, conversations, people, reactions, views)  # importing them registers their methods


class FakeSlack(Acts, Hands):
    """One app in one workspace, with more workspaces if they are added."""

    def __init__(
        self, *, port: int = 0, now: Callable[[], float] = time.time, scopes: Iterable[str] = BOT_SCOPES
    ) -> None:
        self.world = World(now=now)
        self.signing_secret = "8f742231b10e8888abcd99yyyzzz85a5"
        self.delivery = Delivery(app_id=self.world.app_id, signing_secret=self.signing_secret, now=now)
        self.faults = Faults(now=now)
        self.team = self.world.teams[self.add_team("Acme")]
        self.bot_token = people.install(self.world, self.team, set(scopes)).value
        self.app_token = f"xapp-1-{self.world.app_id}-1-secret"
        app_scopes = {"connections:write", "authorizations:read"}
        self.world.tokens[self.app_token] = Token(value=self.app_token, kind="app", scopes=app_scopes)
        self._port, self._closing = port, asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        api = Api(world=self.world, faults=self.faults, closing=self._closing)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/link", self.delivery.link)
        app.router.add_post("/actions/{team}/{key}", self._reply_url)
        app.router.add_get("/files-pri/{key}/{name:.*}", self._file)
        app.router.add_get("/signin", self._signin)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_routes(control.routes(self))
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.world.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.world.link = lambda: self.world.origin.replace("http", "ws") + f"/link?ticket={self.delivery.ticket()}"
        self.world.tell = self._tell
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self.delivery.close()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base of the Web API, with a slash at the end."""
        return f"{self.world.origin}/api/"

    @property
    def bot_user(self) -> str:
        return self.team.bot_user

    # ---- what a test looks at

    def messages(self, channel: str) -> list[Json]:
        """All messages of a channel, replies too, oldest first."""
        return list(self.world.channel(channel).messages.values())

    def thread(self, channel: str, ts: str) -> list[Json]:
        """The replies of a thread, oldest first."""
        return self.world.channel(channel).thread(ts)

    def ephemerals(self, user: str | None = None) -> list[Json]:
        """What was shown to one person only; "to" says to whom."""
        return [one for one in self.world.ephemerals if user is None or one["to"] == self.world.user(user).id]

    def home(self, user: str) -> Json | None:
        """The home view that was published for somebody."""
        found = self.world.homes.get(self.world.user(user).id)
        return found.body if found else None

    def calls(self, method: str | None = None) -> list[Call]:
        """Requests to the Web API, or to one method, in their order."""
        return [one for one in self.world.calls if method in (None, one.method)]

    # ---- how it behaves

    def tune(self, **settings: Any) -> None:
        """Set fields of Delivery: request_url, ack_within_s, retry_delays_s, copies, ..."""
        for name, value in settings.items():
            assert hasattr(self.delivery, name), name
            setattr(self.delivery, name, tuple(value) if isinstance(value, list) else value)

    def fail(self, method: str, how: How, *, times: int = 1, **more: Any) -> None:
        """Let the next calls fail: see faults.Fault; response_url, files and * count as methods."""
        self.faults.planned.append(Fault(method=method, how=how, times=times, **more))

    def limit(self, method: str, calls: int, per_s: float, argument: str | None = None) -> None:
        """Allow so many calls in so many seconds, or more are answered with 429."""
        self.faults.limits[method] = Limit(calls=calls, per_s=per_s, argument=argument)

    def limit_posts(self) -> None:
        """One message a second in each channel: apis/web-api/rate-limits."""
        self.limit("chat.postMessage", 1, 1.0, "channel")

    def set_scopes(self, scopes: Iterable[str]) -> None:
        """Change what the bot's token may do."""
        self.world.tokens[self.bot_token].scopes = set(scopes)

    def hold(self) -> None:
        self.delivery.hold()

    def release(self, order: str = "") -> None:
        """Deliver what was held; in reverse if order says "reversed"."""
        self.delivery.release((lambda held: held[::-1]) if order == "reversed" else list)

    async def settled(self, within_s: float = 10.0) -> None:
        await self.delivery.settled(within_s)

    async def connected(self, count: int = 1, within_s: float = 10.0) -> None:
        await self.delivery.connected(count, within_s)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        await self.delivery.disconnect(reason)

    async def hang_up(self) -> None:
        await self.delivery.hang_up()

    def cut(self) -> None:
        self.delivery.cut()

    def install(self, team: str, scopes: Iterable[str] = BOT_SCOPES) -> str:
        """Install the app into another workspace without OAuth; return its bot token."""
        return people.install(self.world, self.world.teams[team], set(scopes)).value

    def oauth_code(self, team: str, user: str, scopes: Iterable[str] = BOT_SCOPES, redirect_uri: str = "") -> str:
        """The code that Slack gives when an admin of a team allows the app."""
        code = self.world.id("code-")
        self.world.codes[code] = Grant(team_id=team, user=user, scopes=frozenset(scopes), redirect_uri=redirect_uri)
        return code

    async def verify_url(self) -> Json:
        """Ask the request URL to answer a challenge: reference/events/url_verification."""
        challenge = {
            "token": self.world.verification_token,
            "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
            "type": "url_verification",
        }
        return await self.delivery.ask("url_verification", challenge)

    # ---- events for the app

    def _tell(self, team_id: str, event: Json) -> None:
        """Deliver an event to each installation that subscribed to it, may have it, and sees the channel."""
        reference = event.get("channel") or event.get("item", {}).get("channel")
        place = self.world.channels.get(reference) if isinstance(reference, str) else None
        everywhere = place is not None and event["type"] != "app_mention"
        for one in (place.team_id, *place.shared_with) if place and everywhere else (team_id,):
            team = self.world.teams[one]
            if team.installed and self._hears(team, event):
                body = shapes.callback(
                    self.world, team, json.loads(json.dumps(event)), self.world.id("Ev"), self.world.now()
                )
                self.delivery.send("events_api", body)

    def _hears(self, team: Team, event: Json) -> bool:
        name, scope, channel = shapes.subscription(self.world, event)
        if name not in self.world.subscriptions:
            return False
        token = self.world.token_of(team.id)
        if scope and (token is None or scope not in token.scopes):
            return False
        return channel is None or team.bot_user in channel.members or event["type"] in shapes.FOR_OUTSIDERS

    def twin(self, sent: Sent) -> Sent:
        """Deliver the same event once more under an event id of its own."""
        return self.delivery.send(sent.kind, {**sent.payload, "event_id": self.world.id("Ev")})

    def again(self, index: int = -1, *, new_id: bool = False) -> None:
        """Deliver something of the log once more; with new_id under another event id."""
        sent = self.delivery.log[index]
        if new_id:
            self.twin(sent)
        else:
            self.delivery.again(sent)

    # ---- pages beside the Web API

    async def _reply_url(self, request: web.Request) -> web.Response:
        call = Call(
            method="response_url",
            arguments={},
            token="",
            http="POST",
            content_type=request.content_type,
            at=self.world.now(),
        )
        self.world.calls.append(call)
        fault = self.faults.next("response_url")
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            if fault.how in {"status", "error"}:
                return web.Response(status=fault.status, text=fault.error)
        try:
            call.arguments = json.loads(await request.text())
            response_urls.post(self.world, request.match_info["key"], call.arguments)
        except json.JSONDecodeError:
            return web.Response(status=400, text="invalid_payload")
        except Refused as refused:
            return web.json_response(
                {"ok": False, "error": refused.error}, status=404 if refused.status == 404 else 400
            )
        return web.Response(text="ok")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Without a token that may read files, a page to sign in on: reference/objects/file-object."""
        value = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.world.tokens.get(value)
        file_id = request.match_info["key"].rpartition("-")[2]
        fault = self.faults.next("files")
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            return web.Response(status=fault.status)
        if token is None or token.revoked or "files:read" not in token.scopes:
            raise web.HTTPFound(f"{self.world.origin}/signin")
        if file_id not in self.world.contents:
            return web.Response(status=404)
        return web.Response(
            body=self.world.contents[file_id], headers={"Content-Type": self.world.files[file_id]["mimetype"]}
        )

    async def _signin(self, _request: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><html><title>Slack</title>Sign in</html>", content_type="text/html")

    async def _authorize(self, request: web.Request) -> web.Response:
        """authentication/installing-with-oauth: an admin of the team in ?team= says yes at once."""
        query = request.query
        if query.get("client_id") != self.world.client_id:
            return web.Response(status=400, text="invalid_client_id")
        team = query.get("team") or self.team.id
        admin = next(u.id for u in self.world.users.values() if u.team_id == team)
        back = query.get("redirect_uri", "")
        code = self.oauth_code(team, admin, query["scope"].split(","), back)
        raise web.HTTPFound(f"{back}?{urlencode({'code': code, 'state': query.get('state', '')})}")


async def serve(port: int) -> None:
    async with FakeSlack(port=port) as slack:
        print(json.dumps({"url": slack.url}), flush=True)
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
