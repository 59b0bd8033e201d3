"""The ways in over HTTP: events and interactions, signed by Slack, and the pages that install the app."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier

from adapters.slack.config import SlackConfig, Transport
from adapters.slack.install import CALLBACK_PATH, INSTALL_PATH, Installations
from adapters.slack.source import SlackSource
from vigil_bot.errors import PlatformUnavailable
from vigil_bot.ports.chat import Clock

EVENTS_PATH = "/slack/events"  # the request URL of events, interactivity and slash commands


def routes(config: SlackConfig, source: SlackSource, installations: Installations, clock: Clock) -> web.RouteTableDef:
    """Return the routes that the configuration asks for: events if they are delivered over HTTP, installing if OAuth is set."""
    table = web.RouteTableDef()
    if config.transport is Transport.HTTP:
        verifier = SignatureVerifier(config.signing_secret, clock=_SdkClock(clock))
        table.post(EVENTS_PATH)(_events(source, verifier))
    if installations.flow is not None:
        table.get(INSTALL_PATH)(_page(installations.flow.handle_installation))
        table.get(CALLBACK_PATH)(_page(installations.flow.handle_callback))
    return table


def _events(source: SlackSource, verifier: SignatureVerifier) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def receive(request: web.Request) -> web.StreamResponse:
        if not _is_slacks(verifier, await request.read(), request):
            return web.Response(status=401, text="The signature is wrong, or the request is older than five minutes.")
        try:
            parsed = await to_bolt_request(request)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # bolt trusts the body's shape
            return web.Response(status=400, text="The body cannot be read.")
        try:
            answer = await source.dispatch(parsed)
        except PlatformUnavailable as error:
            return web.Response(status=503, text=str(error))
        return await to_aiohttp_response(answer)

    return receive


def _is_slacks(verifier: SignatureVerifier, body: bytes, request: web.Request) -> bool:
    """Whether the request carries Slack's signature, not older than five minutes, so that nobody can send it again later."""
    try:
        return verifier.is_valid_request(body, dict(request.headers))
    except (ValueError, TypeError):  # a time that is none, a signature that is not ASCII
        return False


def _page(
    show: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def page(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await show(await to_bolt_request(request)))

    return page


class _SdkClock(SdkClock):
    """Our clock, as the SDK wants it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()
