"""What people do on Slack besides writing: buttons, modals, shortcuts, the slash command, the App Home.

What changes something is stored before Slack hears of it. What is only shown, and may take longer than the three seconds that Slack waits,
is made afterwards, in bolt's lazy listeners.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from functools import wraps
from typing import Protocol

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from adapters.slack import views
from adapters.slack.answers import Answers, error_card, note_card
from adapters.slack.api import SlackApi
from adapters.slack.payloads import (
    PLATFORM,
    Body,
    Press,
    asked_of,
    at,
    conversation_of,
    is_ephemeral,
    learn_of,
    message_of,
    place,
    press_of,
    quoted_in,
    team_of,
    user_of,
)
from adapters.slack.render import ACTION_PREFIX
from adapters.slack.views import Origin, origin_of, words_in
from vigil_bot.errors import VigilError
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Author, ConversationRef
from vigil_bot.model.event import ActionInvoked, CommandInvoked
from vigil_bot.ports.chat import Accept, Clock, RunCommand
from vigil_bot.texts.text import Text

log = structlog.get_logger()

WHY, LEARN, SEND = "vigil_why", "vigil_learn", "vigil_send"  # callback ids of the message shortcuts, as in the manifest
COMMAND = re.compile(r"^/vigil")
_SHOWN_FIRST = frozenset({"send", "command"})  # buttons that store nothing when they are pressed
_STORED = "vigil_stored"
_NOT_STORED = Text("That could not be stored at the moment. Please do it again.")
_BROKEN = Text("Something is broken here; the log of the bot says what.")

Context = MutableMapping[str, object]
Listener = Callable[..., Awaitable[None]]  # takes what its parameters name, as bolt's listeners do


class People(Protocol):
    """Knows who people are."""

    async def author(self, team_id: str, user_id: str) -> Author:
        """Return a person with name and role."""
        ...

    async def language(self, team_id: str, user_id: str) -> str:
        """Return the language that somebody set, "" if it is not known."""
        ...


def register(
    app: AsyncApp, *, accept: Accept, command: RunCommand, api: SlackApi, people: People, clock: Clock
) -> None:
    """Add the listeners to a bolt app, which must process before it responds; before any listener that takes every event."""
    on = _Interactions(accept=accept, command=command, api=api, people=people, clock=clock)
    app.action(re.compile(rf"^{ACTION_PREFIX}:"))(ack=on.pressed, lazy=[on.telling(on.after_press)])
    app.view(views.COMMENT)(on.commented)
    app.view(views.EDIT)(ack=on.edited, lazy=[on.telling(on.after_edit)])
    app.view(views.SETTINGS)(ack=on.set, lazy=[on.telling(on.after_set)])
    app.shortcut(WHY)(ack=_acknowledge, lazy=[on.telling(on.why)])
    app.shortcut(LEARN)(ack=on.learn, lazy=[on.telling(on.after_learn)])
    app.shortcut(SEND)(ack=_acknowledge, lazy=[on.telling(on.send)])
    app.command(COMMAND)(ack=_acknowledge, lazy=[on.telling(on.commanded)])
    app.event("app_home_opened")(ack=_acknowledge, lazy=[on.telling(on.home)])


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


class _Interactions:
    """The listeners. Those named after_… run once Slack has its acknowledgement, also if nothing could be stored."""

    def __init__(self, *, accept: Accept, command: RunCommand, api: SlackApi, people: People, clock: Clock) -> None:
        self._accept = accept
        self._command = command
        self._people = people
        self._clock = clock
        self._answers = Answers(api, people.language)

    def telling(self, listener: Listener) -> Listener:
        """Return a lazy listener that logs what breaks it, and tells the person; bolt would only swallow it."""

        @wraps(listener)
        async def told(body: Body, **given: object) -> None:
            try:
                await listener(body=body, **given)
            except Exception:
                log.exception("interaction.failed", platform=PLATFORM)
                await self._answers.whisper(body, error_card(_BROKEN))
                raise

        return told

    async def pressed(self, ack: AsyncAck, body: Body, context: Context) -> None:
        """Store the pressing of a button."""
        origin = origin_of(body)
        press = press_of(body, origin.conversation if origin else None)
        if press is not None and press.action not in _SHOWN_FIRST:
            await self._store(body, press)
        context[_STORED] = True
        await ack()

    async def after_press(self, body: Body, context: Context) -> None:
        """Open the modal or show the card that a button asks for."""
        origin = origin_of(body)
        press = press_of(body, origin.conversation if origin else None)
        if not context.get(_STORED):
            await self._answers.whisper(body, error_card(_NOT_STORED))
        elif press is None:
            return
        elif press.action == "command":
            await self._run_button(body, press)
        elif press.action == "send":
            await self._ask(body, views.edit_view(self._origin(body, press), press.text))
        elif press.action == "not_helpful":
            await self._ask(body, views.comment_view(self._origin(body, press)))
        elif press.action == "dismiss" and is_ephemeral(body):
            await self._answers.dismiss(body)

    async def commented(self, ack: AsyncAck, body: Body) -> None:
        """Store the words that go with a verdict."""
        await self._submit(ack, body, "comment")

    async def edited(self, ack: AsyncAck, body: Body, context: Context) -> None:
        """Store that a suggestion goes to the thread, with its text."""
        context[_STORED] = await self._submit(ack, body, "send")

    async def after_edit(self, body: Body, context: Context) -> None:
        """Show in place of the private card that it was sent."""
        origin = origin_of(body)
        if context.get(_STORED) and origin is not None and origin.respond_url:
            await self._answers.replace(body, origin.respond_url, note_card(Text("On its way to the thread.")))

    async def set(self, ack: AsyncAck, body: Body) -> None:
        """Keep the modal open while the mode is changed."""
        origin = origin_of(body)
        waiting = views.instead(views.waiting_view(origin)) if origin else {}
        await ack(await self._answers.said(body, waiting))

    async def after_set(self, body: Body) -> None:
        """Change the mode, and show what came of it."""
        origin = origin_of(body)
        if origin is not None:
            card = await self._run(body, origin.conversation, f"mode {words_in(body)}")
            await self._answers.update(body, at(body, "view", "id"), views.card_view(card, origin))

    async def why(self, body: Body) -> None:
        """Show the receipt of a message to the one who asks."""
        there = conversation_of(body)
        link = await self._answers.permalink(there, message_of(body))
        await self._answers.whisper(body, await self._run(body, there, f"why {link}"))

    async def learn(self, ack: AsyncAck, body: Body, context: Context) -> None:
        """Store that a thread is worth learning from."""
        await self._store(body, learn_of(body))
        context[_STORED] = True
        await ack()

    async def after_learn(self, body: Body, context: Context) -> None:
        """Say that it was noted, or that it was not."""
        stored = context.get(_STORED)
        card = note_card(Text("Noted: I will learn from this thread.")) if stored else error_card(_NOT_STORED)
        await self._answers.whisper(body, card)

    async def send(self, body: Body) -> None:
        """Let a suggestion be edited before it goes to the thread."""
        message = body.get("message")
        origin = Origin(conversation=conversation_of(body), message_id=message_of(body))
        await self._ask(body, views.edit_view(origin, quoted_in(message)))

    async def commanded(self, body: Body) -> None:
        """Carry out a slash command and show the answer to the one who gave it, or to all if it ends with "share"."""
        asked = asked_of(body)
        title = views.modal_title(asked.text)
        if title and not asked.shared:
            await self._in_modal(body, asked.conversation, asked.text, title)
            return
        card = await self._run(body, asked.conversation, asked.text)
        if asked.shared:
            await self._answers.share(body, asked.conversation, card)
        else:
            await self._answers.whisper(body, card)

    async def home(self, body: Body) -> None:
        """Show the App Home."""
        if at(body, "event", "tab") == "home":
            await self._publish_home(body, place(team_of(body), at(body, "event", "channel")))

    async def _publish_home(self, body: Body, conversation: ConversationRef) -> None:
        card = await self._run(body, conversation, "home", channel_ids=await self._answers.channels(body))
        await self._answers.publish(body, views.home_view(card, Origin(conversation=conversation)))

    async def _run_button(self, body: Body, press: Press) -> None:
        """Run the command on a button; its card takes the place of the old one where only one person sees that."""
        origin = Origin(conversation=press.conversation)
        view = at(body, "view", "type")
        title = views.modal_title(press.value)
        if not view and title:
            await self._in_modal(body, press.conversation, press.value, title)
            return
        if view == "home":
            await self._in_modal(body, press.conversation, press.value, title or "Vigil")
            kept = origin_of(body)
            await self._publish_home(body, kept.conversation if kept else press.conversation)
            return
        card = await self._run(body, press.conversation, press.value)
        if view == "modal":
            await self._answers.update(body, at(body, "view", "id"), views.card_view(card, origin))
        else:
            await self._answers.whisper(body, card, replace=is_ephemeral(body))

    async def _in_modal(self, body: Body, conversation: ConversationRef, text: str, title: str) -> None:
        """Show the answer to a command in a modal, opened first because Slack gives it three seconds; else as a message."""
        origin = Origin(conversation=conversation)
        view_id = await self._answers.open(body, views.waiting_view(origin, title=title))
        card = await self._run(body, conversation, text)
        if view_id is None:
            await self._answers.whisper(body, card)
            return
        has_settings = title == views.IN_MODALS["settings"] and not conversation.channel_id.startswith("D")
        view = views.settings_view(card, origin) if has_settings else views.card_view(card, origin, title=title)
        await self._answers.update(body, view_id, view)

    async def _ask(self, body: Body, view: views.Json) -> None:
        if await self._answers.open(body, view) is None:
            await self._answers.whisper(body, error_card(Text("Slack did not open the form. Please press again.")))

    async def _run(self, body: Body, at_: ConversationRef, text: str, *, channel_ids: tuple[str, ...] = ()) -> Card:
        try:
            who, now = (team_of(body), user_of(body)), self._clock.now()
            author, language = await self._people.author(*who), await self._people.language(*who)
            asked = CommandInvoked(conversation=at_, author=author, text=text, at=now, channel_ids=channel_ids)
            return await self._command(replace(asked, language=language))
        except VigilError as error:
            log.warning("command.failed", conversation=at_.key, error=type(error).__name__)
            return error_card(error.words)

    async def _submit(self, ack: AsyncAck, body: Body, action: str) -> bool:
        """Store what a modal was filled with; where it cannot be stored the modal stays, and says so."""
        origin = origin_of(body)
        if origin is None:
            await ack()
            return False
        press = Press(
            id=f"{user_of(body)}-{at(body, 'view', 'id')}-{action}",
            action=action,
            conversation=origin.conversation,
            message_id=origin.message_id,
            value=origin.value,
        )
        try:
            await self._store(body, press, comment=words_in(body))
        except VigilError as error:
            log.warning("action.refused", conversation=origin.conversation.key, error=type(error).__name__)
            await ack(await self._answers.said(body, views.refusal(_NOT_STORED)))
            return False
        await ack()
        return True

    async def _store(self, body: Body, press: Press, *, comment: str = "") -> None:
        author = await self._people.author(team_of(body), user_of(body))
        event = ActionInvoked(
            id=press.id,
            conversation=press.conversation,
            message_id=press.message_id,
            author=author,
            action=press.action,
            value=press.value,
            at=press.at or self._clock.now(),
            comment=comment,
        )
        await self._accept(event)

    def _origin(self, body: Body, press: Press) -> Origin:
        private = is_ephemeral(body) and press.action == "send"
        return Origin(
            conversation=press.conversation,
            message_id=press.message_id,
            value=press.value,
            respond_url=at(body, "response_url") if private else "",
        )
