"""The remote chat platforms: put together from what the settings say. Their libraries are imported only where they are used."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from aiohttp.web import RouteTableDef
from pydantic import SecretStr

from vigil_bot.app import Parts
from vigil_bot.clock import SystemClock
from vigil_bot.commands.parse import command_in
from vigil_bot.errors import SettingsError
from vigil_bot.model.finding import Finding
from vigil_bot.ports.chat import Accept, ChatClient, Clock, Files, History, RunCommand, Source
from vigil_bot.settings import Settings

if TYPE_CHECKING:
    from adapters.lark.api import LarkApi
    from adapters.lark.client import LarkClient
    from adapters.lark.config import LarkConfig
    from adapters.lark.interact import Interactions
    from adapters.lark.needs import Later
    from adapters.lark.people import People as LarkPeople
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
            saw=parts.saw,
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


@contextlib.asynccontextmanager
async def _lark(parts: Parts) -> AsyncIterator[Platform]:
    from adapters.lark.api import LarkApi  # noqa: PLC0415
    from adapters.lark.client import LarkClient  # noqa: PLC0415
    from adapters.lark.emoji import character_of  # noqa: PLC0415
    from adapters.lark.files import LarkFiles  # noqa: PLC0415
    from adapters.lark.people import People  # noqa: PLC0415
    from adapters.lark.source import LarkSource  # noqa: PLC0415
    from adapters.lark.timeline import Timeline  # noqa: PLC0415

    config = _lark_config(parts.settings)
    async with LarkApi(config.app_id, config.app_secret, config.domain, parts.clock) as api:
        client, people = LarkClient(api, parts.clock), People(config, api, parts.clock)

        source = LarkSource(
            config,
            api,
            partial(_lark_answers, api=api, client=client, people=people, clock=parts.clock),
            parts.store.transcript,
            parts.clock,
            people=people,
            emoji_of=character_of,
            thread_of=Timeline(chats=frozenset(parts.settings.lark_cut_chats)),
            saw=parts.saw,
        )
        yield Platform(
            source=source,
            client=client,
            files=LarkFiles(api),
            history=source,
            routes=source.routes() if config.transport == "http" else RouteTableDef(),
        )


def _lark_answers(
    accept: Accept,
    command: RunCommand,
    later: "Later",
    *,
    api: "LarkApi",
    client: "LarkClient",
    people: "LarkPeople",
    clock: Clock,
) -> "Interactions":
    from adapters.lark.interact import Interactions  # noqa: PLC0415

    return Interactions(
        accept,
        command,
        api=api,
        client=client,
        people=people,
        clock=clock,
        command_in=command_in,
        later=later,
    )


def _lark_config(settings: Settings) -> "LarkConfig":
    from adapters.lark.config import LarkConfig  # noqa: PLC0415

    config = LarkConfig(
        app_id=settings.lark_app_id or "",
        app_secret=_secret(settings.lark_app_secret),
        encrypt_key=_secret(settings.lark_encrypt_key),
        verification_token=_secret(settings.lark_verification_token),
        domain=settings.lark_domain,
        transport=settings.lark_transport,
        analysts=settings.lark_analysts,
        read_bots=settings.lark_read_bots,
        whole_groups=settings.lark_whole_groups,
    )
    for value, name in ((config.app_id, "VIGIL_LARK_APP_ID"), (config.app_secret, "VIGIL_LARK_APP_SECRET")):
        if not value:
            raise SettingsError(f"{name} is not set.", hint="docs/lark.md shows where it stands.")
    return config


async def _examine_lark(settings: Settings) -> list[Finding]:
    from adapters.lark.api import LarkApi  # noqa: PLC0415
    from adapters.lark.checks import examine as look  # noqa: PLC0415

    config = _lark_config(settings)
    async with LarkApi(config.app_id, config.app_secret, config.domain, SystemClock()) as api:
        return await look(config, api)


async def _examine_slack(settings: Settings) -> list[Finding]:
    from adapters.slack.checks import examine as look  # noqa: PLC0415

    return await look(_slack_config(settings))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


_CONFIGS: Mapping[str, Callable[[Settings], object]] = {"slack": _slack_config, "lark": _lark_config}
_OPEN: Mapping[str, Callable[[Parts], AbstractAsyncContextManager[Platform]]] = {"slack": _slack, "lark": _lark}
_EXAMINE: Mapping[str, Callable[[Settings], Awaitable[list[Finding]]]] = {
    "slack": _examine_slack,
    "lark": _examine_lark,
}
