"""What `vigil doctor` finds out about Slack, and where to mend it."""

import logging
from collections.abc import Iterable

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api import SlackApi
from adapters.slack.catchup import TYPES
from adapters.slack.config import MEMBERS, SlackConfig, Transport
from adapters.slack.faults import fault, unanswered
from adapters.slack.http import EVENTS_PATH
from adapters.slack.install import CALLBACK_PATH, INSTALL_PATH
from adapters.slack.payloads import at
from adapters.slack.scopes import BOT_EVENTS, BOT_SCOPES
from adapters.slack.text import objects
from vigil_bot.errors import PlatformError
from vigil_bot.model.finding import Finding, Level

TIMEOUT_S = 10
MANIFEST = "docs/slack-manifest.yaml"
_APP = "https://api.slack.com/apps"
_MAX_CONNECTIONS = 10  # that Slack lets an app have at once


async def examine(config: SlackConfig) -> list[Finding]:
    """Look at the tokens, the scopes, the channels and the way in; every fault is a finding."""
    found: list[Finding] = []
    if config.bot_token:
        found += await _workspace(config)
    if config.has_oauth:
        url = config.public_url.rstrip("/")
        says = f"workspaces install the app at {url}{INSTALL_PATH}; {url}{CALLBACK_PATH} must be a redirect URL of it"
        found.append(Finding(what="slack oauth", level=Level.OK, found=says))
    found += await _socket(config) if config.transport is Transport.SOCKET else [_http(config)]
    return [*found, _events()]


async def _workspace(config: SlackConfig) -> list[Finding]:
    client = AsyncWebClient(config.bot_token, base_url=config.base_url, timeout=TIMEOUT_S, logger=_quiet())
    try:
        answer = await client.auth_test()
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        return [_refused("slack token", _as_ours("auth.test", error))]
    identity = answer.data if isinstance(answer.data, dict) else {}
    who = f"@{at(identity, 'user')} in the workspace {at(identity, 'team')} ({at(identity, 'team_id')})"
    granted = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""
    async with SlackApi({at(identity, "team_id"): config.bot_token}, base_url=config.base_url) as api:
        return [
            Finding(what="slack token", level=Level.OK, found=who),
            *missing_scopes(granted.split(",")),
            await _channels(api, at(identity, "team_id")),
            await _analysts(api, at(identity, "team_id"), config),
        ]


def missing_scopes(granted: Iterable[str]) -> list[Finding]:
    """Return a finding for every scope that the bot's token has not; one good one if it has all."""
    has = {one.strip() for one in granted}
    missing = [one for one in BOT_SCOPES if one not in has]
    if not missing:
        return [Finding(what="slack scopes", level=Level.OK, found=f"all {len(BOT_SCOPES)} are granted")]
    mend = f"{_APP} → your app → OAuth & Permissions → Bot Token Scopes → add {{}}, then Reinstall to Workspace"
    return [
        Finding(
            what="slack scopes", level=Level.ERROR, found=f"{one} is missing, {BOT_SCOPES[one]}", mend=mend.format(one)
        )
        for one in missing
    ]


async def _channels(api: SlackApi, team_id: str) -> Finding:
    try:
        answer = await api.call(team_id, "users.conversations", types=TYPES, exclude_archived=True, limit=200)
    except PlatformError as error:
        return _refused("slack channels", error)
    names = ["#" + at(one, "name") for one in objects(answer, "channels") if at(one, "name")]
    if not names:
        mend = "write /invite @vigil in a channel"
        return Finding(what="slack channels", level=Level.WARNING, found="the bot is in no channel", mend=mend)
    return Finding(what="slack channels", level=Level.OK, found=f"in {len(names)}: {', '.join(names[:5])}")


async def _analysts(api: SlackApi, team_id: str, config: SlackConfig) -> Finding:
    what, setting = "slack people", "VIGIL_SLACK_ANALYSTS"
    if not config.analysts:
        says = "nobody is named as an analyst; roles are told from who asks and who answers"
        return Finding(
            what=what, level=Level.WARNING, found=says, mend=f"set {setting} to user ids, user groups or members"
        )
    if MEMBERS in config.analysts:
        return Finding(what=what, level=Level.OK, found="every member who is no guest is an analyst")
    known = 0
    for one in config.analysts:
        method, argument = ("usergroups.users.list", "usergroup") if one.startswith("S") else ("users.info", "user")
        try:
            answer = await api.call(team_id, method, **{argument: one})
        except PlatformError as error:
            mend = f"check {one} in {setting}: a person's or user group's id, not a name"
            return Finding(what=what, level=Level.ERROR, found=str(error), mend=mend)
        users = answer.get("users")
        known += len(users) if isinstance(users, list) else 1
    return Finding(what=what, level=Level.OK, found=f"{known} analysts")


async def _socket(config: SlackConfig) -> list[Finding]:
    """Ask for an address, and connect to it for a moment."""
    what = "slack socket"
    async with SlackApi({"": config.app_token}, base_url=config.base_url) as api:
        try:
            url = at(await api.call("", "apps.connections.open"), "url")
        except PlatformError as error:
            mend = f"{_APP} → your app → Basic Information → App-Level Tokens, with connections:write; Socket Mode must be on"
            return [Finding(what="slack app token", level=Level.ERROR, found=str(error), mend=mend)]
        token = Finding(what="slack app token", level=Level.OK, found="opens connections")
        try:
            async with api.session().ws_connect(url) as socket:
                hello = await socket.receive_json(timeout=TIMEOUT_S)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, TypeError) as error:
            mend = "let the process open WebSockets (wss) to slack.com"
            return [
                token,
                Finding(what=what, level=Level.ERROR, found=f"{type(error).__name__} in connecting", mend=mend),
            ]
    count = hello.get("num_connections") if isinstance(hello, dict) else None
    if isinstance(count, int) and count >= _MAX_CONNECTIONS:
        says = f"{count} connections are open; Slack allows {_MAX_CONNECTIONS}"
        return [
            token,
            Finding(what=what, level=Level.WARNING, found=says, mend="stop other processes with the same app token"),
        ]
    return [token, Finding(what=what, level=Level.OK, found=f"connects; {count} open, this one included")]


def _http(config: SlackConfig) -> Finding:
    url = (config.public_url.rstrip("/") or "https://<your address>") + EVENTS_PATH
    says = f"Slack must reach {url}; whether it does is shown where the address is set"
    mend = f"{_APP} → your app → Event Subscriptions, Interactivity & Shortcuts and Slash Commands → {url}"
    return Finding(what="slack http", level=Level.OK, found=says, mend=mend)


def _events() -> Finding:
    says = f"a token cannot read them; these {len(BOT_EVENTS)} must be there: {', '.join(BOT_EVENTS)}"
    mend = f"{_APP} → your app → Event Subscriptions → Subscribe to bot events, or paste {MANIFEST} under App Manifest"
    return Finding(what="slack events", level=Level.OK, found=says, mend=mend)


def _refused(what: str, error: PlatformError) -> Finding:
    return Finding(what=what, level=Level.ERROR, found=str(error), mend="see docs/slack.md")


def _as_ours(method: str, error: Exception) -> PlatformError:
    if not isinstance(error, SlackApiError):
        return unanswered(method)
    data = error.response.data
    return fault(method, at(data, "error"), status=error.response.status_code)


def _quiet() -> logging.Logger:
    logger = logging.getLogger("slack.checks")
    logger.setLevel(logging.ERROR)
    return logger
