"""What happens on Slack, handed over to the core before Slack is told that it arrived."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import people as cache
from adapters.slack.api import SlackApi
from adapters.slack.catchup import CatchUp
from adapters.slack.config import SlackConfig, Transport
from adapters.slack.faults import Refused
from adapters.slack.install import Installations, Installed
from adapters.slack.interact import register
from adapters.slack.parse import Us, channel_of
from adapters.slack.payloads import PLATFORM, Body, at, reach_told
from adapters.slack.people import People
from adapters.slack.reader import Reader
from adapters.slack.socket import Answer, Socket, address
from vigil_bot.errors import PlatformUnavailable, TransientError, VigilError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import Accept, Clock, Heard, RunCommand, Saw, unheeded

log = structlog.get_logger()

RETRY_S = 30.0  # before what failed at start or in catching up is tried again
_ANY = re.compile("")
_CONVERSATION = re.compile("^(?!app_home_opened$)")


class SlackSource:
    """Receives from every workspace that installed the app."""

    platform = PLATFORM

    def __init__(
        self,
        config: SlackConfig,
        *,
        installations: Installations,
        api: SlackApi,
        people: People,
        heard: Heard,
        clock: Clock,
        saw: Saw = unheeded,
        retry_s: float = RETRY_S,
    ) -> None:
        self._config = config
        self._installations = installations
        self._api = api
        self._people = people
        self._clock = clock
        self._retry_s = retry_s
        self._reader = Reader(api, people)
        self._saw = saw
        self._catch_up = CatchUp(api, self._reader, heard, clock, saw=saw)
        app_api = SlackApi({"": config.app_token}, base_url=config.base_url)
        self._socket = Socket(lambda: address(lambda: app_api.call("", "apps.connections.open")), app_api.session)
        self._app_api = app_api
        self._missed = asyncio.Event()
        self._to_read_back: asyncio.Queue[tuple[ConversationRef, float]] = asyncio.Queue()
        self._app: AsyncApp | None = None
        self._last_events: dict[str, float] = {}

    async def run(self, accept: Accept, command: RunCommand) -> None:
        """Receive until cancelled; what was missed is fetched as soon as nothing more can be missed."""
        self._installations.when_installed(self._missed.set)
        app = self._build(accept, command)
        try:
            await self._until_known()
            self._app = app
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_caught_up(accept))
                group.create_task(self._read_back(accept))
                if self._config.transport is Transport.SOCKET:
                    group.create_task(self._socket.run(self._take, self._missed.set))
                else:
                    self._missed.set()
        finally:
            self._app = None
            await self._app_api.close()

    def healthy(self) -> bool:
        """Whether events can arrive at this moment."""
        connected = self._config.transport is Transport.HTTP or self._socket.connected
        return self._app is not None and connected and not self._installations.revoked

    def last_events(self) -> Mapping[str, float]:
        """Return when this process last received something, by channel id."""
        return self._last_events

    def read_back(self, channel: ConversationRef, *, since: float) -> None:
        """Begin to hand over what was said in a channel since then, in the background."""
        self._to_read_back.put_nowait((channel.channel, since))

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Take in a request of Slack's and return what to answer. Raises PlatformUnavailable while nothing is received."""
        if self._app is None:
            raise PlatformUnavailable("The bot is not running yet, or stops.")
        return await self._app.async_dispatch(request)

    async def _until_known(self) -> None:
        """Wait until Slack says who we are: without that nothing can be read."""
        while True:
            try:
                await self._installations.all(self._api.call)
            except VigilError as error:
                log.warning("slack.not_ready", error=str(error), wait_s=self._retry_s)
            else:
                return
            await asyncio.sleep(self._retry_s)

    async def _keep_caught_up(self, accept: Accept) -> None:
        while True:
            await self._missed.wait()
            self._missed.clear()
            if not await self._caught_up(accept):
                await asyncio.sleep(self._retry_s)
                self._missed.set()

    async def _caught_up(self, accept: Accept) -> bool:
        """Fetch what was missed in every workspace; False if it has to be tried again."""
        done = True
        try:
            for installed in await self._installations.all(self._api.call):
                done &= await self._caught_up_in(installed.us, accept)
        except VigilError as error:
            log.warning("catch_up.failed", platform=PLATFORM, error=type(error).__name__)
            return False
        return done

    async def _caught_up_in(self, us: Us, accept: Accept) -> bool:
        try:
            await self._catch_up.run(us, accept)
        except VigilError as error:
            log.warning("catch_up.failed", workspace=us.team_id, error=type(error).__name__)
            return not isinstance(error, TransientError)
        return True

    async def _read_back(self, accept: Accept) -> None:
        while True:
            channel, since = await self._to_read_back.get()
            try:
                found = await self._installation(channel.workspace_id)
                if found is not None:
                    await self._catch_up.read_back(found.us, channel, since=since, accept=accept)
            except TransientError as error:
                log.warning("read_back.failed", platform=PLATFORM, error=type(error).__name__, wait_s=self._retry_s)
                await asyncio.sleep(self._retry_s)
                self._to_read_back.put_nowait((channel, since))
            except VigilError as error:
                log.warning("read_back.refused", channel=channel.channel_id, error=str(error))

    async def _take(self, envelope: Mapping[str, object]) -> Answer | None:
        """Handle an envelope of Socket Mode."""
        payload = envelope.get("payload")
        try:
            request = AsyncBoltRequest(mode="socket_mode", body=payload if isinstance(payload, dict) else {})
        except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:  # bolt trusts its shape
            log.warning("envelope.unreadable", platform=PLATFORM, error=type(error).__name__)
            return {}
        response = await self.dispatch(request)
        return _answer(response) if response.status == _OK else None

    def _build(self, accept: Accept, command: RunCommand) -> AsyncApp:
        logger = logging.getLogger("slack.bolt")
        logger.setLevel(logging.CRITICAL)  # it logs what people wrote; errors come to `_failed`

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
            return await self._authorized(enterprise_id, team_id)  # bolt cannot call a method

        app = AsyncApp(
            name="vigil",
            logger=logger,
            client=AsyncWebClient(base_url=self._config.base_url, logger=logger),
            authorize=authorize,  # type: ignore[arg-type]  # it may return None, for "not installed"
            process_before_response=True,
            request_verification_enabled=False,  # adapters/slack/http.py checks before anything is parsed
            ignoring_self_events_enabled=False,  # the core stores our own messages too
            attaching_conversation_kwargs_enabled=False,
        )

        async def heard(body: Body, context: AsyncBoltContext) -> None:
            await self._on_event(body, context, accept)

        app.event(_CONVERSATION)(heard)  # first, because bolt asks its listeners one by one
        register(app, accept=accept, command=command, api=self._api, people=self._people, clock=self._clock)
        for useless in (app.event, app.action, app.view, app.view_closed, app.shortcut, app.command, app.options):
            useless(_ANY)(_acknowledge)
        app.error(_failed)
        return app

    async def _authorized(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        found = await self._installation(team_id or "")
        if found is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=found.us.team_id,
            bot_user_id=found.us.user_id,
            bot_id=found.us.bot_id,
            bot_token=found.token,
        )

    async def _installation(self, team_id: str) -> Installed | None:
        """Return the installation in a workspace; None also for one that took its token back."""
        try:
            return await self._installations.of(team_id, self._api.call)
        except Refused as refused:
            log.warning("workspace.refused", workspace=team_id, error=str(refused))
            return None

    async def _on_event(self, body: Body, context: AsyncBoltContext, accept: Accept) -> None:
        team_id, event = context.team_id or "", body.get("event")
        found = await self._installation(team_id)
        if not isinstance(event, Mapping):
            return
        kind = at(event, "type")
        if kind == "app_uninstalled" or (kind == "tokens_revoked" and found and _is_revoked(event, found.us)):
            log.error("slack.uninstalled", workspace=team_id, mend="Install the app again.")
            await self._installations.forget(team_id)
        elif found is None:
            return
        elif kind in cache.EVENTS or kind in cache.RENAMES:
            self._people.refresh(team_id, event)
        else:
            us = found.us if found.us.app_id else replace(found.us, app_id=at(body, "api_app_id"))
            read = await self._reader.read(event, us)
            if read is not None:
                reach = reach_told(body, event)
                if reach is not None:
                    await self._saw(read.conversation, reach)
                await accept(read)
                self._last_events[channel_of(event)] = self._clock.now()


def _is_revoked(event: Body, us: Us) -> bool:
    tokens = event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, Mapping) else None
    return isinstance(bots, list) and us.user_id in bots


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _failed(error: Exception, body: Body) -> BoltResponse:
    """Refuse what could not be stored, so that Slack sends it again."""
    kind = at(body, "event", "type") or at(body, "type") or "command"
    if isinstance(error, VigilError):
        log.warning("event.refused", platform=PLATFORM, kind=kind, error=type(error).__name__)
    else:
        log.error("event.failed", platform=PLATFORM, kind=kind, exc_info=error)
    return BoltResponse(status=_UNAVAILABLE, body="")


_OK, _UNAVAILABLE = 200, 503


def _answer(response: BoltResponse) -> Answer:
    """Return what goes back through the socket: modal errors, updated views, text."""
    if not response.body:
        return {}
    if not response.headers.get("content-type", [""])[0].startswith("application/json"):
        return {"text": response.body}
    found = json.loads(response.body)
    return found if isinstance(found, dict) else {}
