"""What people do on Lark besides writing: buttons, forms, the bot's menu, and commands after a mention.

What changes something is stored before Lark hears that it arrived. Lark waits three seconds; what takes longer is shown later.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from pydantic import JsonValue

from adapters.lark.api import LarkApi
from adapters.lark.client import LarkClient
from adapters.lark.faults import Refused
from adapters.lark.foreign import obj, seconds, text
from adapters.lark.needs import Later
from adapters.lark.parse import PLATFORM, workspace_of
from adapters.lark.people import paged
from adapters.lark.render import FIELD, Json, Origin, card_of, comment_card, digest_of
from adapters.lark.toasts import toast_of, words_of
from vigil_bot.errors import PlatformError, VigilError
from vigil_bot.model.card import Card, CardKind, TextBlock
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked
from vigil_bot.ports.chat import Accept, Clock, RunCommand
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH, language_of
from vigil_bot.texts.text import Text

log = structlog.get_logger()

COMMAND_WITHIN_S = 120.0  # Lark delivers again after 15 s, and after 5 min, 1 h and 6 h
ANSWER_S = 1.5  # that the answer to a press may wait for a command
HOME = "home"
MAX_HOME_CHATS = 50
_REPLACED = frozenset(
    {"send", "comment", "dismiss"}
)  # actions after which the private card that they were on is done with


class People(Protocol):
    """Knows who people are."""

    async def person(self, open_id: str, *, chat_id: str, workspace_id: str) -> Author:
        """Return somebody in a chat, with name and role."""
        ...

    def name_of(self, open_id: str) -> str:
        """Return a name, "" where it is not known."""
        ...

    def role_of(self, open_id: str, *, workspace_id: str) -> Role:
        """Return what a person is, as far as it is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button, or a form that was sent; private is a card that one person only sees."""

    id: str
    action: str
    value: str
    comment: str
    conversation: ConversationRef
    message_id: str
    open_id: str
    private: bool
    at: float
    language: str


class Interactions:
    """Answers what people do besides writing."""

    def __init__(
        self,
        accept: Accept,
        command: RunCommand,
        *,
        api: LarkApi,
        client: LarkClient,
        people: People,
        clock: Clock,
        command_in: Callable[[str], str | None],
        later: Later,
    ) -> None:
        """Begin nothing.

        Args:
            command_in: Returns the command in words to us, as the core takes it; None if they are none.
        """
        self._accept = accept
        self._command = command
        self._api = api
        self._client = client
        self._people = people
        self._clock = clock
        self._command_in = command_in
        self._later = later

    async def on_card_action(self, event: JsonValue) -> JsonValue:
        """Store that a button was pressed, and return what to show for it. Raises VigilError if it is not stored."""
        press = press_of(event, now=self._clock.now())
        if press is None:
            return toast_of("unknown")
        if press.action == "command":
            return await self._run_button(press)
        if press.action == "comment" and not press.comment:
            return toast_of("empty")
        await self._store(press)
        if press.action == "not_helpful":
            self._later(self._ask_why(press))
        elif press.private and press.action in _REPLACED:
            note = Card(kind=CardKind.NOTICE, title=words_of(press.action))
            return _in_place(said(note, Reader(language=press.language)), press)
        return toast_of(press.action)

    async def on_menu(self, event: JsonValue) -> None:
        """Carry out what was chosen in the bot's menu, and answer in the person's chat with the bot."""
        open_id, workspace_id = text(event, "event", "operator", "operator_id", "open_id"), workspace_of(event)
        chosen = text(event, "event", "event_key").removeprefix("vigil_").replace("_", " ")
        words = self._command_in(chosen) or "help"
        name = self._people.name_of(open_id) or text(event, "event", "operator", "operator_name")
        who = Author(id=open_id, name=name, role=self._people.role_of(open_id, workspace_id=workspace_id))
        here = ConversationRef(platform=PLATFORM, workspace_id=workspace_id, channel_id=open_id)
        card = await self._run(here, who, words, language=language_of(chosen))
        key = f"menu/{text(event, 'header', 'event_id')}"
        await self._client.post_direct(here, card, reader_id=open_id, key=key)

    async def on_mention(self, message: Message, words: str) -> bool:
        """Carry out the command in words to us, and answer the asker alone where Lark can; False at once if there is none.

        One that comes late was delivered before, perhaps to a process that is gone; it must not be carried out once more.
        """
        asked = self._command_in(words)
        if asked is None:
            return False
        if self._clock.now() - message.sent_at > COMMAND_WITHIN_S:
            log.info("command.too_late", platform=PLATFORM)
            return True
        card = await self._run(message.conversation, message.author, asked, language=language_of(words))
        await self._answer(message, card, is_personal=asked.split(" ", 1)[0] == HOME)
        return True

    async def _answer(self, message: Message, card: Card, *, is_personal: bool) -> None:
        here, reader_id, key = message.conversation, message.author.id, f"command/{message.id}"
        try:
            if is_personal or await self._client.is_private(here):
                await self._client.post_direct(here, card, reader_id=reader_id, key=key)
                return
            if await self._client.can_whisper(here):
                await self._client.post_ephemeral(here, card, reader_id=reader_id, key=key)
                return
        except Refused as refused:
            if is_personal:
                raise
            log.info("answer.not_private", platform=PLATFORM, code=refused.code)
        await self._client.post(here, card, key=key)

    async def _run_button(self, press: Press) -> JsonValue:
        """Run the command on a button; its card takes the place of the old one where only one person sees that."""
        card: asyncio.Future[Card] = asyncio.get_running_loop().create_future()
        self._later(self._run_into(card, press))
        done, _ = await asyncio.wait({card}, timeout=ANSWER_S)
        if done and press.private and not card.cancelled():
            return _in_place(card.result(), press)
        self._later(self._show_when_there(card, press))
        return toast_of("command")

    async def _run_into(self, card: "asyncio.Future[Card]", press: Press) -> None:
        try:
            who = await self._person(press)
            made = await self._run(press.conversation, who, press.value, language=press.language)
            if not card.done():
                card.set_result(made)
        finally:
            if not card.done():
                card.cancel()

    async def _show_when_there(self, card: "asyncio.Future[Card]", press: Press) -> None:
        done, _ = await asyncio.wait({card})
        if done and not card.cancelled():
            key = f"press/{press.id}"
            await self._client.post_ephemeral(press.conversation, card.result(), reader_id=press.open_id, key=key)

    async def _ask_why(self, press: Press) -> None:
        """Show a form for the words that go with a verdict."""
        origin = Origin(conversation=press.conversation, private=True, language=press.language)
        form = comment_card(press.value, origin)
        await self._client.show(press.conversation, form, reader_id=press.open_id, key=f"why/{press.id}")

    async def _run(self, here: ConversationRef, who: Author, words: str, *, language: str) -> Card:
        try:
            channel_ids = await self._channels(who.id) if words.split(" ", 1)[0] == HOME else ()
            invoked = CommandInvoked(
                conversation=here,
                author=who,
                text=words,
                at=self._clock.now(),
                channel_ids=channel_ids,
                language=language,
            )
            return await self._command(invoked)
        except VigilError as error:
            log.warning("command.failed", conversation=here.key, error=type(error).__name__)
            blocks = (TextBlock(markdown=error.words),)
            card = Card(kind=CardKind.REPLY, title=Text("That did not work."), blocks=blocks)
            return said(card, Reader(language=language or ENGLISH))

    async def _channels(self, open_id: str) -> tuple[str, ...]:
        """Return the chats that the person and we are in; one whose members we may not read is left out."""
        chats = [text(chat, "chat_id") async for chat in paged(self._api, "/open-apis/im/v1/chats", {}, page_size=100)]
        shared: list[str] = []
        for chat_id in chats[:MAX_HOME_CHATS]:
            members = paged(
                self._api, f"/open-apis/im/v1/chats/{chat_id}/members", {"member_id_type": "open_id"}, page_size=100
            )
            try:
                if open_id in {text(member, "member_id") async for member in members}:
                    shared.append(chat_id)
            except PlatformError as error:
                log.info("lark.members_unread", chat=chat_id, error=type(error).__name__)
        return tuple(shared)

    async def _store(self, press: Press) -> None:
        event = ActionInvoked(
            id=press.id,
            conversation=press.conversation,
            message_id=press.message_id,
            author=await self._person(press),
            action=press.action,
            value=press.value,
            at=press.at,
            comment=press.comment,
        )
        await self._accept(event)

    async def _person(self, press: Press) -> Author:
        where = press.conversation
        return await self._people.person(press.open_id, chat_id=where.channel_id, workspace_id=where.workspace_id)


def press_of(event: JsonValue, *, now: float) -> Press | None:
    """Return what was pressed in a card.action.trigger event; None if it is no card of ours."""
    action, value = obj(event, "event", "action"), obj(event, "event", "action", "value")
    open_id, chosen = text(event, "event", "operator", "open_id"), text(value, "action")
    where = _place(event)
    if not (open_id and chosen and where):
        return None
    words = text(action, "form_value", FIELD).strip()
    return Press(
        id=text(event, "header", "event_id") or text(event, "event", "token"),
        action=chosen,
        value=text(value, "value"),
        comment="" if digest_of(words) == text(value, "as") else words,
        conversation=where,
        message_id=text(event, "event", "context", "open_message_id"),
        open_id=open_id,
        private=text(value, "private") == "yes",
        at=_pressed_at(event) or now,
        language=text(value, "lang") or "en",
    )


def _place(event: JsonValue) -> ConversationRef | None:
    """Return the conversation that a card belongs to; that of a shared card is in the chat where it was pressed."""
    chat_id, workspace_id = text(event, "event", "context", "open_chat_id"), workspace_of(event)
    value = obj(event, "event", "action", "value")
    here = ConversationRef(platform=PLATFORM, workspace_id=workspace_id, channel_id=chat_id) if chat_id else None
    try:
        named = ConversationRef.from_key(text(value, "in"))
    except ValueError:
        return here
    if (named.platform, named.workspace_id) != (PLATFORM, workspace_id):
        return here
    return named if named.channel_id == chat_id or text(value, "private") == "yes" else here


def _pressed_at(event: JsonValue) -> float:
    """Return when it was, by Lark's clock: in milliseconds, or in microseconds, as its documentation has it for presses."""
    told = text(event, "header", "create_time")
    return seconds({"ms": told[:-3]}, "ms") if len(told) >= len("1603977298000000") else seconds({"ms": told}, "ms")


def _in_place(card: Card, press: Press) -> Json:
    """Return the answer to a press that shows a card in place of the one that was pressed."""
    shown = card_of(card, Origin(conversation=press.conversation, private=True))
    return {"card": {"type": "raw", "data": shown}}
