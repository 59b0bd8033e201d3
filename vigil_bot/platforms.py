"""The remote chat platforms: put together from what the settings say. Their libraries are imported only where they are used."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp.web import RouteTableDef
from pydantic import SecretStr

from vigil_bot.app import Parts
from vigil_bot.model.finding import Finding
from vigil_bot.ports.chat import ChatClient, Files, History, Source
from vigil_bot.settings import Settings

if TYPE_CHECKING:
    from adapters.slack.config import SlackConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform: what receives, what speaks, what fetches files and history, and its ways in over HTTP."""

    source: Source
    client: ChatClient
    files: Files
    history: History
    routes: RouteTableDef = field(default_factory=RouteTableDef)


def check(settings: Settings) -> None:
    """Raise SettingsError if what is set for a platform is not enough, or wrong."""
    for name in settings.remote_platforms:
        _CONFIGS[name](settings)


@contextlib.asynccontextmanager
async def remote_platforms(parts: Parts) -> AsyncIterator[list[Platform]]:
    """Open every platform that somebody gave credentials for.

    Raises:
        SettingsError: If what is set for one is not enough, or wrong.
    """
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_OPEN[name](parts)) for name in parts.settings.remote_platforms]


async def examine(settings: Settings, name: str) -> list[Finding]:
    """Return what is wrong with a platform's settings, permissions and connection, and what mends it.

    Raises:
        SettingsError: If what is set is not enough, or wrong.
    """
    return await _EXAMINE[name](settings)


@contextlib.asynccontextmanager
async def _slack(parts: Parts) -> AsyncIterator[Platform]:
    from adapters.slack.api import SlackApi  # noqa: PLC0415
    from adapters.slack.client import SlackClient  # noqa: PLC0415
    from adapters.slack.files import SlackFiles  # noqa: PLC0415
    from adapters.slack.http import routes  # noqa: PLC0415
    from adapters.slack.install import Installations  # noqa: PLC0415
    from adapters.slack.people import People  # noqa: PLC0415
    from adapters.slack.source import SlackSource  # noqa: PLC0415

    config = _slack_config(parts.settings)
    installations = Installations(config)
    async with SlackApi(installations.token, base_url=config.base_url) as api:
        source = SlackSource(
            config,
            installations=installations,
            api=api,
            people=People(api, parts.clock, analysts=config.analysts),
            heard=parts.store.transcript,
            clock=parts.clock,
        )
        yield Platform(
            source=source,
            client=SlackClient(api, parts.clock),
            files=SlackFiles(api),
            history=source,
            routes=routes(config, source, installations, parts.clock),
        )


def _slack_config(settings: Settings) -> "SlackConfig":
    from adapters.slack.config import SlackConfig, Transport  # noqa: PLC0415

    return SlackConfig(
        state_folder=settings.home,
        bot_token=_secret(settings.slack_bot_token),
        app_token=_secret(settings.slack_app_token),
        signing_secret=_secret(settings.slack_signing_secret),
        client_id=settings.slack_client_id or "",
        client_secret=_secret(settings.slack_client_secret),
        public_url=settings.public_url or "",
        base_url=settings.slack_base_url,
        transport=Transport(settings.slack_transport),
        analysts=settings.slack_analysts,
    )


async def _examine_slack(settings: Settings) -> list[Finding]:
    from adapters.slack.checks import examine as look  # noqa: PLC0415

    return await look(_slack_config(settings))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


_CONFIGS: Mapping[str, Callable[[Settings], object]] = {"slack": _slack_config}
_OPEN: Mapping[str, Callable[[Parts], AbstractAsyncContextManager[Platform]]] = {"slack": _slack}
_EXAMINE: Mapping[str, Callable[[Settings], Awaitable[list[Finding]]]] = {"slack": _examine_slack}
