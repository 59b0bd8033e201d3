"""Buttons, modals, shortcuts, the slash command and the App Home, through the real bolt and Socket Mode."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.api import SlackApi
from adapters.slack.client import SlackClient
from adapters.slack.interact import LEARN, SEND, WHY, register
from tests.servers.slack import FakeSlack, NoAnswer
from vigil_bot.clock import SystemClock
from vigil_bot.errors import InputError, StoreBusy
from vigil_bot.model.card import Button, Card, CardKind, FactsBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import Author, ConversationRef, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked, Event
from vigil_bot.model.policy import Mode

SUGGESTION = Card(
    kind=CardKind.SUGGESTION,
    title="This was solved before",
    blocks=(QuoteBlock(text="Restart it."),),
    buttons=(
        Button(action="send", label="Send to thread", value="s1"),
        Button(action="helpful", label="Helpful", value="s1"),
        Button(action="not_helpful", label="Not helpful", value="s1"),
        Button(action="dismiss", label="Dismiss", value="s1"),
        Button(action="command", label="Shadow", value="mode shadow"),
        Button(action="command", label="Settings", value="settings"),
    ),
)


class Directory:
    speaks: str = ""

    async def language(self, _team_id: str, _user_id: str) -> str:
        return self.speaks

    async def author(self, team_id: str, user_id: str) -> Author:
        return Author(id=user_id, role=Role.ANALYST, name=f"{team_id}/{user_id}")


@dataclass
class Core:
    """Stores actions by key, and answers commands with their words."""

    actions: dict[str, ActionInvoked] = field(default_factory=dict)
    commands: list[CommandInvoked] = field(default_factory=list)
    full: bool = False
    home: Card | None = None

    async def accept(self, event: Event) -> bool:
        if self.full:
            raise StoreBusy("The disk is full.")
        assert isinstance(event, ActionInvoked)
        new = event.key not in self.actions
        self.actions[event.key] = event
        return new

    async def command(self, invoked: CommandInvoked) -> Card:
        self.commands.append(invoked)
        if invoked.text.startswith("fail"):
            raise InputError("There is no such thing.", hint="Try another.")
        if invoked.text == "break":
            raise ZeroDivisionError
        if invoked.text == "home" and self.home:
            return self.home
        facts = FactsBlock(facts=(("Mode", "private"), ("Asked", invoked.text)))
        others = (Button(action="command", label=m, value=f"mode {m}") for m in Mode if m is not Mode.PRIVATE)
        buttons = (Button(action="command", label="Approve", value="kb approve e1"), *others)
        return Card(kind=CardKind.REPLY, title=f"Answer to {invoked.text}"[:100], blocks=(facts,), buttons=buttons)

    @property
    def only(self) -> ActionInvoked:
        (action,) = self.actions.values()
        return action


@dataclass(frozen=True)
class Bot:
    """A running bot, and a thread in which it may speak."""

    slack: FakeSlack
    core: Core
    client: SlackClient
    ref: ConversationRef
    people: Directory

    async def until(self, done: Callable[[], Any]) -> Any:
        """Wait until something shows, looking whenever the loop comes round."""
        async with asyncio.timeout(5):
            while not (found := done()):  # noqa: ASYNC110 -- the fake tells nobody that something shows
                await asyncio.sleep(0)
        return found

    def user(self, name: str) -> str:
        return self.slack.world.user(name).id

    async def show(self) -> str:
        return await self.client.post_ephemeral(self.ref, SUGGESTION, reader_id=self.user("amir"), key="k")

    async def replied(self, count: int = 1) -> dict[str, Any]:
        await self.until(lambda: len(self.slack.world.replies) >= count)
        return dict(self.slack.world.replies[-1])

    async def modal(self, name: str, *, but: str = "") -> dict[str, Any]:
        def seen() -> dict[str, Any] | None:
            found = self.slack.modal(name)
            return found if found and (not but or but not in json.dumps(found, ensure_ascii=False)) else None

        return dict(await self.until(seen))


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with FakeSlack() as slack:
        slack.add_user("rita")
        slack.add_user("amir")
        channel = slack.add_channel("support", members=["rita", "amir"])
        ts = slack.say(channel, "rita", "it does not start", silent=True)
        web = AsyncWebClient(slack.bot_token, base_url=slack.url)
        app = AsyncApp(client=web, process_before_response=True)
        core, people = Core(), Directory()
        async with SlackApi({slack.team.id: slack.bot_token}, base_url=slack.url) as api:
            clock = SystemClock()
            register(app, accept=core.accept, command=core.command, api=api, people=people, clock=clock)
            app.event(re.compile(""))(acknowledge)
            handler = AsyncSocketModeHandler(app, slack.app_token, web_client=web)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            await slack.connected()
            ref = ConversationRef(platform="slack", workspace_id=slack.team.id, channel_id=channel, thread_id=ts)
            yield Bot(slack=slack, core=core, client=SlackClient(api, clock), ref=ref, people=people)
            await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_button_is_stored_before_slack_hears_of_it(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref, SUGGESTION, key="k")
    await bot.slack.press("support", posted, "rita", "Helpful")
    action = bot.core.only
    assert (action.action, action.value, action.message_id) == ("helpful", "s1", posted)
    assert action.conversation == bot.ref
    assert (action.author.id, action.author.role) == (bot.user("rita"), Role.ANALYST)
    assert abs(action.at - float(posted)) < 60
    await bot.slack.press("support", posted, "rita", "Helpful")
    assert len(bot.core.actions) == 2


async def test_the_same_press_delivered_again_is_the_same_action(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref, SUGGESTION, key="k")
    await bot.slack.press("support", posted, "rita", "Helpful")
    bot.slack.delivery.again(bot.slack.delivery.log[-1])
    await bot.slack.settled()
    assert len(bot.core.actions) == 1


async def test_a_press_that_cannot_be_stored_is_not_acknowledged_and_the_person_is_told(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref, SUGGESTION, key="k")
    bot.core.full = True
    bot.slack.tune(ack_within_s=0.3)
    with pytest.raises(NoAnswer):
        await bot.slack.press("support", posted, "rita", "Helpful")
    reply = await bot.replied()
    assert reply["response_type"] == "ephemeral"
    assert "could not be stored" in reply["text"]
    assert "disk" not in reply["text"]


async def test_not_helpful_is_stored_and_asks_for_words(bot: Bot) -> None:
    shown = await bot.show()
    await bot.slack.press("support", shown, "amir", "Not helpful")
    assert bot.core.only.action == "not_helpful"
    assert bot.core.only.conversation == bot.ref
    await bot.modal("amir")
    await bot.slack.submit_modal("amir", {"words": "  That is about version 1. "})
    comment = list(bot.core.actions.values())[1]
    assert (comment.action, comment.value, comment.comment) == ("comment", "s1", "That is about version 1.")
    assert (comment.conversation, comment.message_id, comment.author.id) == (bot.ref, shown, bot.user("amir"))
    assert bot.slack.modal("amir") is None


async def test_forms_commands_and_notes_are_in_the_language_of_the_person(bot: Bot) -> None:
    bot.people.speaks = "zh"
    await bot.slack.press("support", await bot.show(), "amir", "Not helpful")
    modal = await bot.modal("amir")
    assert (modal["title"]["text"], modal["submit"]["text"], modal["close"]["text"]) == ("没帮助", "提交", "关闭")
    assert modal["blocks"][0]["label"]["text"] == "哪里不对，或缺了什么？"
    bot.core.full = True
    answer = await bot.slack.submit_modal("amir", {"words": "wrong"})
    assert "暂时无法保存" in answer["errors"]["words"]
    await bot.slack.slash("support", "amir", "/vigil", "help")
    assert bot.core.commands[-1].language == "zh"


async def test_words_that_cannot_be_stored_stay_in_the_modal(bot: Bot) -> None:
    await bot.slack.press("support", await bot.show(), "amir", "Not helpful")
    await bot.modal("amir")
    bot.core.full = True
    answer = await bot.slack.submit_modal("amir", {"words": "wrong"})
    assert "stored" in answer["errors"]["words"]
    assert bot.slack.modal("amir")
    bot.core.full = False
    await bot.slack.submit_modal("amir", {"words": "wrong"})
    assert [action.action for action in bot.core.actions.values()] == ["not_helpful", "comment"]


async def test_a_private_suggestion_is_edited_before_it_goes_to_the_thread(bot: Bot) -> None:
    shown = await bot.show()
    await bot.slack.press("support", shown, "amir", "Send to thread")
    modal = await bot.modal("amir")
    assert bot.core.actions == {}
    assert modal["blocks"][0]["element"]["initial_value"] == "Restart it."
    await bot.slack.submit_modal("amir", {"words": "Restart it twice."})
    action = bot.core.only
    assert (action.action, action.value, action.comment) == ("send", "s1", "Restart it twice.")
    assert (action.conversation, action.message_id) == (bot.ref, shown)
    assert (await bot.replied())["replace_original"] is True
    assert "On its way" in bot.slack.ephemerals("amir")[0]["text"]


async def test_a_form_that_slack_does_not_open_is_said(bot: Bot) -> None:
    shown = await bot.show()
    bot.slack.fail("views.open", "error", error="expired_trigger_id")
    await bot.slack.press("support", shown, "amir", "Send to thread")
    assert "press again" in (await bot.replied())["text"]


async def test_dismissing_takes_a_private_card_away(bot: Bot) -> None:
    await bot.slack.press("support", await bot.show(), "amir", "Dismiss")
    assert bot.core.only.action == "dismiss"
    await bot.until(lambda: not bot.slack.ephemerals("amir"))


async def test_a_command_button_runs_as_the_one_who_presses(bot: Bot) -> None:
    shown = await bot.show()
    await bot.slack.press("support", shown, "amir", "Shadow")
    reply = await bot.replied()
    assert (reply["replace_original"], reply["text"].split("\n")[0]) == (True, "Answer to mode shadow")
    (command,) = bot.core.commands
    assert (command.text, command.conversation, command.author.id) == ("mode shadow", bot.ref, bot.user("amir"))
    assert bot.core.actions == {}


async def test_a_command_button_that_all_see_answers_the_presser_only(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref, SUGGESTION, key="k")
    await bot.slack.press("support", posted, "rita", "Shadow")
    reply = await bot.replied()
    assert (reply["replace_original"], reply["response_type"]) == (False, "ephemeral")
    assert reply["thread_ts"] == bot.ref.thread_id
    (message,) = bot.slack.thread("support", bot.ref.thread_id or "")
    assert "This was solved before" in message["text"]


async def test_a_slash_command_is_answered_to_the_one_who_gave_it(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "status")
    await bot.replied()
    (shown,) = bot.slack.ephemerals("amir")
    assert shown["text"].startswith("Answer to status")
    (command,) = bot.core.commands
    assert command.conversation == bot.ref.channel
    assert len(bot.slack.messages("support")) == 1


async def test_share_as_the_last_word_shows_the_answer_to_all(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "stats share")
    await bot.replied()
    assert bot.core.commands[0].text == "stats"
    assert bot.slack.messages("support")[-1]["text"].startswith("Answer to stats")


async def test_a_link_as_the_last_word_names_the_thread(bot: Bot) -> None:
    link = await bot.client.permalink(bot.ref, bot.ref.thread_id or "")
    await bot.slack.slash("support", "amir", "/vigil", f"status <{link}> share")
    await bot.replied()
    (command,) = bot.core.commands
    assert (command.text, command.conversation) == ("status", bot.ref)
    assert bot.slack.thread("support", bot.ref.thread_id or "")[0]["text"].startswith("Answer to status")


async def test_a_link_to_another_channel_is_left_to_the_core(bot: Bot) -> None:
    link = "https://acme.slack.com/archives/C9999/p1700000000000100"
    await bot.slack.slash("support", "amir", "/vigil", f"status {link}")
    await bot.replied()
    assert (bot.core.commands[0].text, bot.core.commands[0].conversation) == (f"status {link}", bot.ref.channel)


async def test_a_command_that_fails_is_answered_with_why(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "fail")
    reply = await bot.replied()
    assert "There is no such thing. Try another." in reply["text"]


async def test_a_bug_is_not_silent(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "break")
    assert "Something is broken" in (await bot.replied())["text"]


async def test_settings_open_as_a_modal_that_changes_the_mode(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "settings")
    modal = await bot.modal("amir", but="One moment")
    assert modal["title"]["text"] == "Channel settings"
    assert modal["blocks"][0]["element"]["initial_option"]["value"] == "private"
    await bot.slack.submit_modal("amir", {"words": "shadow"})
    shown = await bot.modal("amir", but="One moment")
    assert "Answer to mode shadow" in json.dumps(shown)
    assert [command.text for command in bot.core.commands] == ["settings", "mode shadow"]
    assert {command.conversation for command in bot.core.commands} == {bot.ref.channel}


async def test_a_settings_button_opens_the_modal_too(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref.channel, SUGGESTION, key="k")
    await bot.slack.press("support", posted, "amir", "Settings")
    modal = await bot.modal("amir", but="One moment")
    assert modal["title"]["text"] == "Channel settings"
    assert [block["type"] for block in modal["blocks"]] == ["input", "header", "rich_text"]


async def test_the_review_queue_opens_as_a_modal_with_working_buttons(bot: Bot) -> None:
    await bot.slack.slash("support", "amir", "/vigil", "kb review")
    modal = await bot.modal("amir", but="One moment")
    assert modal["title"]["text"] == "Review queue"
    await bot.slack.press_in_view("amir", "Approve")
    await bot.until(lambda: "Answer to kb approve e1" in json.dumps(bot.slack.modal("amir")))
    assert bot.core.commands[-1].conversation == bot.ref.channel


async def test_a_modal_that_slack_does_not_open_becomes_a_message(bot: Bot) -> None:
    bot.slack.fail("views.open", "error", error="expired_trigger_id")
    await bot.slack.slash("support", "amir", "/vigil", "settings")
    assert (await bot.replied())["text"].startswith("Answer to settings")


async def test_why_asks_for_the_receipt_of_a_message(bot: Bot) -> None:
    await bot.slack.message_shortcut("support", bot.ref.thread_id or "", "amir", WHY)
    assert "Answer to why https://" in (await bot.replied())["text"]
    assert bot.core.commands[0].conversation == bot.ref


async def test_a_thread_is_marked_to_learn_from(bot: Bot) -> None:
    await bot.slack.message_shortcut("support", bot.ref.thread_id or "", "amir", LEARN)
    action = bot.core.only
    assert (action.action, action.message_id, action.conversation) == ("learn", bot.ref.thread_id, bot.ref)
    assert "Noted" in (await bot.replied())["text"]


async def test_a_suggestion_is_sent_to_the_thread_from_its_menu(bot: Bot) -> None:
    posted = await bot.client.post(bot.ref, SUGGESTION, key="k")
    await bot.slack.message_shortcut("support", posted, "amir", SEND)
    modal = await bot.modal("amir")
    assert modal["blocks"][0]["element"]["initial_value"] == "Restart it."
    await bot.slack.submit_modal("amir")
    assert (bot.core.only.action, bot.core.only.message_id, bot.core.only.conversation) == ("send", posted, bot.ref)
    assert bot.core.only.comment == "Restart it."


async def test_the_home_is_published_when_it_is_opened(bot: Bot) -> None:
    bot.slack.open_home("amir", tab="messages")
    bot.slack.open_home("amir")
    home = await bot.until(lambda: bot.slack.home("amir"))
    assert "Answer to home" in json.dumps(home)
    (command,) = bot.core.commands
    assert (command.text, command.conversation.channel_id[:1]) == ("home", "D")
    assert command.channel_ids == (bot.ref.channel_id,)


async def test_a_button_of_the_home_shows_its_answer_and_renews_the_home(bot: Bot) -> None:
    bot.slack.open_home("amir")
    await bot.until(lambda: bot.slack.home("amir"))
    await bot.slack.press_in_view("amir", "Approve")
    await bot.until(lambda: len(bot.core.commands) == 3 and len(bot.slack.calls("views.publish")) == 2)
    assert [command.text for command in bot.core.commands] == ["home", "kb approve e1", "home"]
    assert "Answer to kb approve e1" in json.dumps(bot.slack.modal("amir"))


async def test_a_case_in_the_home_is_resolved_in_its_own_thread(bot: Bot) -> None:
    case = Card(
        kind=CardKind.REPLY,
        title="Open cases",
        blocks=(TextBlock(markdown="one"),),
        buttons=(Button(action="resolve", label="Resolve", value=bot.ref.key),),
    )

    bot.core.home = case
    bot.slack.open_home("amir")
    await bot.until(lambda: bot.slack.home("amir"))
    await bot.slack.press_in_view("amir", "Resolve")
    assert (bot.core.only.action, bot.core.only.conversation, bot.core.only.message_id) == ("resolve", bot.ref, "")


async def test_a_case_of_another_workspace_cannot_be_reached_from_the_home(bot: Bot) -> None:
    there = ConversationRef(platform="slack", workspace_id="T-OTHER", channel_id="C1", thread_id="1.1")
    resolve = Button(action="resolve", label="Resolve", value=there.key)
    bot.core.home = Card(kind=CardKind.REPLY, title="Open cases", buttons=(resolve,))
    bot.slack.open_home("amir")
    await bot.until(lambda: bot.slack.home("amir"))
    await bot.slack.press_in_view("amir", "Resolve")
    assert bot.core.only.conversation.workspace_id == bot.slack.team.id
