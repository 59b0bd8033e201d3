"""Which workspaces the app is installed in, with their tokens: the one of the settings, and those that installed it by OAuth."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from slack_sdk.oauth.state_store.sqlite3 import SQLite3OAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api import Json
from adapters.slack.config import SlackConfig
from adapters.slack.faults import Refused
from adapters.slack.parse import Us
from adapters.slack.payloads import at
from adapters.slack.scopes import BOT_SCOPES
from vigil_bot.errors import AccessDenied, StoreBusy

log = structlog.get_logger()

FILE = "slack_installations.db"
INSTALL_PATH, CALLBACK_PATH = "/slack/install", "/slack/oauth_redirect"
STATE_S = 600  # how long somebody may take to allow the app, seconds

Call = Callable[..., Awaitable[Json]]
"""`SlackApi.call`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The app in a workspace."""

    us: Us
    token: str = field(repr=False)


class Installations:
    """Knows the bot's token in every workspace; `token` is what `SlackApi` asks."""

    def __init__(self, config: SlackConfig) -> None:
        self._config = config
        self._known: dict[str, Installed] = {}
        self._reading = asyncio.Lock()  # what is being forgotten must not be read again meanwhile
        self._revoked = False
        self._store: SQLite3InstallationStore | None = None
        self._on_installed: Callable[[], None] = lambda: None
        self.flow: AsyncOAuthFlow | None = None
        if config.has_oauth:
            path = _private_file(config.state_folder)
            quiet = _quiet("slack.installations")
            self._store = SQLite3InstallationStore(database=str(path), client_id=config.client_id, logger=quiet)
            states = SQLite3OAuthStateStore(expiration_seconds=STATE_S, database=str(path), logger=quiet)
            self.flow = _flow(config, self._store, states, self._installed)

    @property
    def revoked(self) -> bool:
        """Whether the only workspace took its token back."""
        return self._revoked and not self._config.has_oauth

    def when_installed(self, call: Callable[[], None]) -> None:
        """Say what to call when one more workspace has installed the app."""
        self._on_installed = call

    async def token(self, team_id: str) -> str | None:
        """Return the bot's token in a workspace; for "", that of the settings."""
        if not team_id:
            return self._config.bot_token or None
        found = await self._find(team_id)
        return found.token if found else None

    async def of(self, team_id: str, call: Call) -> Installed | None:
        """Return the installation in a workspace, with who we are there."""
        found = await self._find(team_id)
        if found is not None and not found.us.url:  # what is stored does not say where the workspace is
            found = Installed(us=_us(await call(team_id, "auth.test"), found.us.app_id), token=found.token)
            if team_id in self._known:
                self._known[team_id] = found
        return found

    async def all(self, call: Call) -> list[Installed]:
        """Return every installation; one that Slack refuses is left out, unless there is no other. Raises the errors of `call`."""
        found: list[Installed] = []
        refused: Refused | None = None
        teams = await self._stored_teams()
        if self._config.bot_token and not self._revoked:
            teams = ["", *teams]
        for team_id in teams:
            try:
                one = await (self.of(team_id, call) if team_id else self._own(call))
            except Refused as error:
                refused = error
                log.warning("workspace.left_out", workspace=team_id or "of the settings", error=str(error))
            else:
                found += [one] if one is not None and one not in found else []
        if refused is not None and not found:
            raise refused
        return found

    async def forget(self, team_id: str) -> None:
        """Take note that a workspace uninstalled the app or revoked its token."""
        async with self._reading:
            if self._store is not None:
                await asyncio.to_thread(_delete, self._store, team_id)
            gone = self._known.pop(team_id, None)
        if gone is not None and gone.token == self._config.bot_token:
            self._revoked = True

    async def _own(self, call: Call) -> Installed:
        """The workspace of the token in the settings; asked for once."""
        token = self._config.bot_token
        found = next((one for one in self._known.values() if one.token == token), None)
        if found is None:
            us = _us(await call("", "auth.test"), "")
            found = self._known[us.team_id] = Installed(us=us, token=token)
        return found

    async def _find(self, team_id: str) -> Installed | None:
        if team_id in self._known or self._store is None:
            return self._known.get(team_id)
        async with self._reading:
            stored = await asyncio.to_thread(_stored, self._store, team_id)
            if stored is not None:
                self._known.setdefault(team_id, stored)
            return self._known.get(team_id)

    async def _stored_teams(self) -> list[str]:
        return [] if self._store is None else sorted(await asyncio.to_thread(_teams, self._store))

    def _installed(self, team_id: str) -> None:
        self._known.pop(team_id, None)
        self._on_installed()


def _us(answer: Json, app_id: str) -> Us:
    """Return who we are, as auth.test says."""
    team_id, user_id = at(answer, "team_id"), at(answer, "user_id")
    if not team_id or not user_id or not at(answer, "bot_id"):
        hint = "Use the Bot User OAuth Token, which begins with xoxb-."
        raise AccessDenied("The Slack token is not a bot's.", hint=hint)
    return Us(team_id=team_id, user_id=user_id, bot_id=at(answer, "bot_id"), app_id=app_id, url=at(answer, "url"))


def _teams(store: SQLite3InstallationStore) -> Mapping[str, str | None]:
    """Return the workspaces that installed the app, each with the organisation that it belongs to."""
    connection = store.connect()
    try:
        query = "SELECT team_id, enterprise_id FROM slack_bots WHERE client_id = ? AND team_id <> '' ORDER BY id"
        return {str(team): str(company) or None for team, company in connection.execute(query, (store.client_id,))}
    finally:
        connection.close()


def _stored(store: SQLite3InstallationStore, team_id: str) -> Installed | None:
    teams = _teams(store)
    if team_id not in teams:
        return None
    bot = store.find_bot(enterprise_id=teams[team_id], team_id=team_id)
    if bot is None or not bot.bot_token:
        return None
    us = Us(team_id=team_id, user_id=bot.bot_user_id, bot_id=bot.bot_id, app_id=bot.app_id or "")
    return Installed(us=us, token=bot.bot_token)


def _delete(store: SQLite3InstallationStore, team_id: str) -> None:
    teams = _teams(store)
    if team_id in teams:
        store.delete_all(enterprise_id=teams[team_id], team_id=team_id)


def _private_file(folder: Path) -> Path:
    """Return the file for installations, which nobody else on the computer may read. Raises StoreBusy."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)  # it may have been there with other rights
    except OSError as error:
        raise StoreBusy(f"The file of Slack installations cannot be made: {error.strerror}.") from error
    return path


def _flow(
    config: SlackConfig,
    store: SQLite3InstallationStore,
    states: SQLite3OAuthStateStore,
    installed: Callable[[str], None],
) -> AsyncOAuthFlow:
    async def success(args: AsyncSuccessArgs) -> BoltResponse:
        installed(args.installation.team_id or "")
        return await args.default.success(args)

    async def failure(args: AsyncFailureArgs) -> BoltResponse:
        return await args.default.failure(args)

    settings = AsyncOAuthSettings(
        client_id=config.client_id,
        client_secret=config.client_secret,
        scopes=sorted(BOT_SCOPES),
        redirect_uri=config.public_url.rstrip("/") + CALLBACK_PATH,
        install_path=INSTALL_PATH,
        redirect_uri_path=CALLBACK_PATH,
        authorization_url=f"{config.site}/oauth/v2/authorize",
        installation_store=store,
        installation_store_bot_only=True,
        state_store=states,
        state_expiration_seconds=STATE_S,
        callback_options=AsyncCallbackOptions(success=success, failure=failure),
    )
    quiet = _quiet("slack.oauth")
    return AsyncOAuthFlow(
        client=AsyncWebClient(base_url=config.base_url, logger=quiet), logger=quiet, settings=settings
    )


def _quiet(name: str) -> logging.Logger:
    """Return a logger that leaves out what the SDK tells of codes and tokens."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger
