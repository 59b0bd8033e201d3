"""What a person sees after they did something on Slack; a failure to show it is logged, and changes nothing."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from adapters.slack.api import Json, SlackApi
from adapters.slack.payloads import Body, at, team_of, user_of
from adapters.slack.render import message_of
from vigil_bot.errors import PlatformError
from vigil_bot.model.card import Card, CardKind, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.texts.text import Text

CHANNEL_TYPES = "public_channel,private_channel"
CHANNEL_PAGES = 10

log = structlog.get_logger()
T = TypeVar("T")
V = TypeVar("V")


LanguageOf = Callable[[str, str], Awaitable[str]]
"""Returns what a person of a workspace speaks, "" where Slack does not tell."""


def error_card(why: str) -> Card:
    """Return a short card that says what went wrong."""
    return Card(kind=CardKind.REPLY, title=Text("That did not work."), blocks=(TextBlock(markdown=why),))


def note_card(text: str) -> Card:
    """Return one line."""
    return Card(kind=CardKind.NOTICE, title=text)


class Answers:
    """Shows cards and views to the one who acted, in their language."""

    def __init__(self, api: SlackApi, language_of: LanguageOf) -> None:
        self._api = api
        self._language_of = language_of

    async def said(self, body: Body, value: V) -> V:
        """Return a text, or what holds texts, in the language of the one who acted."""
        language = await self._language_of(team_of(body), user_of(body))
        return said(value, Reader(language=language or ENGLISH))

    async def whisper(self, body: Body, card: Card, *, replace: bool = False) -> None:
        """Show a card to the one who acted only, in the thread where they did, or in place of what they acted on."""
        shown = message_of(await self.said(body, card))
        message = shown | {"response_type": "ephemeral", "replace_original": replace}
        thread_id = at(body, "container", "thread_ts") or at(body, "message", "thread_ts") or at(body, "thread_ts")
        if thread_id and not replace:
            message["thread_ts"] = thread_id
        await self._respond(at(body, "response_url"), message)

    async def replace(self, body: Body, url: str, card: Card) -> None:
        """Show a card in place of what somebody acted on."""
        shown = message_of(await self.said(body, card))
        await self._respond(url, shown | {"response_type": "ephemeral", "replace_original": True})

    async def dismiss(self, body: Body) -> None:
        """Take away what somebody acted on."""
        await self._respond(at(body, "response_url"), {"delete_original": True})

    async def share(self, body: Body, conversation: ConversationRef, card: Card) -> None:
        """Show a card to all, in the thread that the command named or in the channel."""
        shown = message_of(card)
        if conversation.thread_id is not None:
            shown["thread_ts"] = conversation.thread_id
        await self._respond(at(body, "response_url"), shown | {"response_type": "in_channel"})

    async def open(self, body: Body, view: Json) -> str | None:
        """Open a modal and return its id; None if Slack did not."""
        shown = await self.said(body, view)
        call = self._api.call(team_of(body), "views.open", trigger_id=at(body, "trigger_id"), view=shown)
        answer = await _shown(call, "views.open")
        return (at(answer, "view", "id") or None) if answer else None

    async def update(self, body: Body, view_id: str, view: Json) -> None:
        """Show another view in an open modal."""
        shown = await self.said(body, view)
        await _shown(self._api.call(team_of(body), "views.update", view_id=view_id, view=shown), "views.update")

    async def publish(self, body: Body, view: Json) -> None:
        """Show the App Home."""
        shown = await self.said(body, view)
        await _shown(self._api.call(team_of(body), "views.publish", user_id=user_of(body), view=shown), "views.publish")

    async def channels(self, body: Body) -> tuple[str, ...]:
        """Return the channels that the person and we are in: https://docs.slack.dev/reference/methods/users.conversations."""
        found: list[str] = []
        cursor = ""
        for _ in range(CHANNEL_PAGES):
            more: Json = {"cursor": cursor} if cursor else {}
            asked: Json = {
                "user": user_of(body),
                "types": CHANNEL_TYPES,
                "exclude_archived": True,
                "limit": 200,
                **more,
            }
            answer = await _shown(self._api.call(team_of(body), "users.conversations", **asked), "users.conversations")
            listed = answer.get("channels") if answer else None
            found += [at(one, "id") for one in listed if at(one, "id")] if isinstance(listed, list) else []
            cursor = at(answer, "response_metadata", "next_cursor") if answer else ""
            if not cursor:
                break
        return tuple(found)

    async def permalink(self, conversation: ConversationRef, message_id: str) -> str:
        """Return the address of a message, or its id where Slack does not tell."""
        team_id, channel_id = conversation.workspace_id, conversation.channel_id
        call = self._api.call(team_id, "chat.getPermalink", channel=channel_id, message_ts=message_id)
        answer = await _shown(call, "chat.getPermalink")
        return (at(answer, "permalink") if answer else "") or message_id

    async def _respond(self, url: str, message: Json) -> None:
        if not url:
            log.warning("answer.homeless")
            return
        await _shown(self._api.respond(url, message), "response_url")


async def _shown(call: Awaitable[T], how: str) -> T | None:
    try:
        return await call
    except PlatformError as error:
        log.warning("answer.lost", how=how, error=type(error).__name__)
        return None
