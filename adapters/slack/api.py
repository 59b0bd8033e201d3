"""Slack's Web API: one session, a timeout for every call, and our errors instead of Slack's. Nothing is tried again here."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

import aiohttp
from pydantic import JsonValue
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.faults import Denied, Scope, fault, unanswered
from vigil_bot.errors import PlatformError, PlatformUnavailable

SLACK_URL = "https://slack.com/api/"
TIMEOUT_S = 10.0

Json = dict[str, JsonValue]
"""An object as Slack reads and writes it."""

Tokens = Mapping[str, str] | Callable[[str], Awaitable[str | None]]
"""The bot token of a workspace, by its team id."""


class SlackApi:
    """Calls methods as the bot of a workspace. Close it, or use it in `async with`."""

    def __init__(self, tokens: Tokens, *, base_url: str = SLACK_URL, timeout_s: float = TIMEOUT_S) -> None:
        self.base_url = base_url if base_url.endswith("/") else base_url + "/"
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._logger = logging.getLogger("slack.calls")
        self._logger.setLevel(logging.WARNING)  # at DEBUG the SDK logs what people wrote

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def call(self, team_id: str, method: str, **arguments: JsonValue) -> Json:
        """Call a method and return Slack's answer; an argument that is None is left out.

        Raises:
            RateLimited: With the wait that Slack asks for.
            PlatformUnavailable: If Slack did not answer, or is broken; it may have done what was asked.
            Denied, Gone, Refused: As `faults` says; each with Slack's word and how far it reaches.
        """
        client = AsyncWebClient(
            token=await self.token(team_id),
            base_url=self.base_url,
            session=self.session(),
            logger=self._logger,
            retry_handlers=[],
        )
        try:
            answer = await client.api_call(method, data=_form(arguments))
        except _FOREIGN as error:
            raise _translated(method, error) from error
        return answer.data if isinstance(answer.data, dict) else {}

    async def respond(self, url: str, body: Json) -> None:
        """Answer an interaction at the address that came with it. Raises the errors of `call`."""
        client = AsyncWebhookClient(url, session=self.session(), logger=self._logger, retry_handlers=[])
        try:
            answer = await client.send_dict(body)
        except _FOREIGN as error:
            raise _translated("response_url", error) from error
        if answer.status_code != _OK:
            retry_after = answer.headers.get("Retry-After")
            code = answer.body if answer.body.isidentifier() else "refused"
            raise fault("response_url", code, status=answer.status_code, retry_after=retry_after)

    async def token(self, team_id: str) -> str:
        """Return the bot token of a workspace. Raises Denied if there is none."""
        found = await self._tokens(team_id) if callable(self._tokens) else self._tokens.get(team_id)
        if not found:
            raise Denied(
                f"There is no bot token for the workspace {team_id}.",
                code="not_installed",
                scope=Scope.WORKSPACE,
                hint="Install the app there.",
            )
        return found

    def session(self) -> aiohttp.ClientSession:
        """Return the session that all calls share. Raises PlatformUnavailable once the API is closed."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        if self._session.closed:  # the SDK would open one of its own, and nobody would close it
            raise PlatformUnavailable("The connections to Slack are closed: the program stops.")
        return self._session


_OK = 200
_FOREIGN = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError)
# the SDK stumbles with an AttributeError over an answer in plain text, as a proxy gives it


def _form(arguments: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return arguments as form fields, which every method takes; only some take JSON."""
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: JsonValue) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else json.dumps(value)


def _translated(method: str, error: Exception) -> PlatformError:
    response = getattr(error, "response", None)
    if response is None:
        return unanswered(method)
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    data = getattr(response, "data", None)
    answer: dict[str, object] = data if isinstance(data, dict) else {}
    return fault(
        method,
        str(answer.get("error") or ""),
        status=status,
        retry_after=response.headers.get("Retry-After"),
        needed=str(answer.get("needed") or ""),
    )
