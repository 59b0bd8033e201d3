"""Buttons, forms, the menu and commands, against Lark's REST interface over real sockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from pydantic import JsonValue

from adapters.lark import needs
from adapters.lark.api import LarkApi
from adapters.lark.client import LarkClient
from adapters.lark.config import LarkConfig
from adapters.lark.interact import ANSWER_S, COMMAND_WITHIN_S, Interactions
from adapters.lark.people import People
from adapters.lark.render import FIELD
from tests.network.lark_rest import APP, SECRET, TENANT, Failure, Json, LarkRest
from tests.network.lark_source import payload
from tests.network.local_server import Core
from vigil_bot.clock import SimulatedClock
from vigil_bot.commands.parse import command_in
from vigil_bot.errors import InputError, PlatformError, StoreBusy
from vigil_bot.model.card import Button, Card, CardKind, QuoteBlock, TextBlock
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked

START = 1_700_000_000.0


@dataclass
class Asked(Core):
    """A core whose commands wait until they may go on, and then answer with buttons."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    refuses: bool = False

    async def command(self, invoked: CommandInvoked) -> Card:
        await self.may_answer.wait()
        if self.refuses:
            raise InputError("There is no such thing.")
        card = await super().command(invoked)
        return replace(card, buttons=(Button(action="command", label="Private", value="mode private"),))


@dataclass(frozen=True, kw_only=True)
class Desk:
    lark: LarkRest
    core: Asked
    on: needs.Interactions
    client: LarkClient
    presses: Iterator[int] = field(default_factory=count)

    def thread(self, text: str = "it does not start") -> ConversationRef:
        root = self.lark.say("ou_asker", text)
        return ConversationRef(platform="lark", workspace_id=TENANT, channel_id="oc_1", thread_id=root)

    async def press(
        self, card: JsonValue, action: str, *, by: str = "ou_asker", words: str | None = None, event_id: str = ""
    ) -> JsonValue:
        """Press the button of a card that does this, as Lark tells of it."""
        form: Json = {} if words is None else {"form_value": {FIELD: words}}
        pressed: Json = {"tag": "button", "value": button(card, action), **form}
        envelope = payload(
            "card_action",
            operator={"open_id": by, "tenant_key": TENANT},
            action=pressed,
            context={"open_message_id": "om_card", "open_chat_id": "oc_1"},
        )
        header = envelope["header"]
        assert isinstance(header, dict)
        header["event_id"] = event_id or f"e{next(self.presses)}"
        return await self.on.on_card_action(envelope)

    async def until(self, count: int) -> list[Json]:
        """Wait until so many cards were shown to one person."""
        async with asyncio.timeout(5):
            while len(self.lark.whispers) < count:  # noqa: ASYNC110 -- the server does not tell
                await asyncio.sleep(0.005)
        return self.lark.whispers


def button(card: JsonValue, action: str) -> JsonValue:
    """What a button of a card gives back."""
    if isinstance(card, dict):
        value = card.get("value")
        if card.get("type") == "callback" and isinstance(value, dict) and value.get("action") == action:
            return value
        return next((found for inner in card.values() if (found := button(inner, action))), None)
    return next((found for inner in card if (found := button(inner, action))), None) if isinstance(card, list) else None


def toast(answer: JsonValue) -> str:
    assert isinstance(answer, dict)
    shown = answer["toast"]
    assert isinstance(shown, dict)
    return str(shown["content"])


def in_place(answer: JsonValue) -> str:
    assert isinstance(answer, dict)
    card = answer["card"]
    assert isinstance(card, dict)
    assert card["type"] == "raw"
    return json.dumps(card["data"], ensure_ascii=False)


async def quietly(what: Coroutine[None, None, None]) -> None:
    with contextlib.suppress(PlatformError):  # as the source does
        await what


@asynccontextmanager
async def opened(lark: LarkRest) -> AsyncIterator[Desk]:
    clock, core = SimulatedClock(START), Asked()
    core.may_answer.set()
    lark.now = clock.now
    config = LarkConfig(app_id=APP, app_secret=SECRET, domain=lark.url, analysts=("ou_analyst",))
    async with LarkApi(APP, SECRET, lark.url, clock, chat_limit_s=0.01) as api, asyncio.TaskGroup() as group:
        people, client = People(config, api, clock), LarkClient(api, clock)
        await people.refresh()

        def later(what: Coroutine[None, None, None]) -> None:
            group.create_task(quietly(what))

        on = Interactions(
            core.accept,
            core.command,
            api=api,
            client=client,
            people=people,
            clock=clock,
            command_in=command_in,
            later=later,
        )
        yield Desk(lark=lark, core=core, on=on, client=client)


@pytest.fixture
async def lark() -> AsyncIterator[LarkRest]:
    async with LarkRest() as running:
        yield running


SUGGESTION = Card(
    kind=CardKind.SUGGESTION,
    title="以前解决过类似问题",
    blocks=(QuoteBlock(text="重启服务。"),),
    buttons=(
        Button(action="send", label="发送到话题", value="s1"),
        Button(action="helpful", label="有帮助", value="s1"),
        Button(action="not_helpful", label="没帮助", value="s1"),
        Button(action="dismiss", label="忽略", value="s1"),
        Button(action="command", label="设置", value="settings"),
    ),
)


async def shared(desk: Desk) -> tuple[ConversationRef, JsonValue]:
    ref = desk.thread()
    await desk.client.post(ref, SUGGESTION, key="k")
    (posted,) = desk.lark.cards(ref.thread_id or "")
    return ref, posted["card"]


async def private(desk: Desk) -> tuple[ConversationRef, JsonValue]:
    ref = desk.thread()
    await desk.client.post_ephemeral(ref, SUGGESTION, reader_id="ou_analyst", key="k")
    return ref, desk.lark.whispers[-1]["card"]


async def actions(desk: Desk, count: int = 1) -> list[ActionInvoked]:
    return [event for event in await desk.core.has(count) if isinstance(event, ActionInvoked)]


async def test_a_press_is_stored_before_it_is_answered(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref, card = await shared(desk)
        assert toast(await desk.press(card, "helpful")) == "Thank you."
        (event,) = await actions(desk)
        assert (event.action, event.value, event.conversation, event.message_id) == ("helpful", "s1", ref, "om_card")
        assert event.author == Author(id="ou_asker", name="asker", role=Role.REQUESTER)


async def test_a_press_that_is_not_stored_is_not_answered(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await shared(desk)
        desk.core.full = True
        with pytest.raises(StoreBusy):
            await desk.press(card, "helpful")


async def test_a_card_that_is_not_ours_stores_nothing(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        assert "too old" in toast(await desk.on.on_card_action(payload("card_action", action={"value": "x"})))
        assert "too old" in toast(await desk.on.on_card_action(None))
        assert desk.core.events == {}


async def test_who_was_not_helped_may_say_why(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref, card = await shared(desk)
        await desk.press(card, "not_helpful")
        (whisper,) = await desk.until(1)
        assert whisper["open_id"] == "ou_asker"
        assert "哪里不对" in json.dumps(whisper["card"], ensure_ascii=False)
        assert toast(await desk.press(whisper["card"], "comment", words="  ")) == "Nothing was written."
        event_before = len(desk.core.events)
        answer = await desk.press(whisper["card"], "comment", words="  配置文件不在那里 ")
        assert "谢谢" in in_place(answer)
        assert event_before == 1
    verdict, comment = [event for event in desk.core.events.values() if isinstance(event, ActionInvoked)][-2:]
    assert verdict.action == "not_helpful"
    assert (comment.action, comment.value, comment.comment) == ("comment", "s1", "配置文件不在那里")
    assert comment.conversation == ref


async def test_a_form_that_lark_does_not_show_costs_no_verdict(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await shared(desk)
        desk.lark.members["oc_1"].remove("ou_asker")
        await desk.press(card, "not_helpful")
        assert len(await actions(desk)) == 1
    assert lark.whispers == []


async def test_a_press_that_lark_tells_twice_is_stored_once(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await shared(desk)
        for _ in range(2):
            await desk.press(card, "helpful", event_id="once")
        assert len(await actions(desk)) == 1


async def test_a_suggestion_is_edited_and_goes_to_the_thread(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref, card = await private(desk)
        answer = await desk.press(card, "send", by="ou_analyst", words="重启服务，然后等两分钟。")
        assert "正在发送" in in_place(answer)
        (event,) = await actions(desk)
        assert (event.action, event.value, event.comment) == ("send", "s1", "重启服务，然后等两分钟。")
        assert (event.conversation, event.author.role) == (ref, Role.ANALYST)


async def test_a_suggestion_that_was_not_edited_goes_as_it_stands(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await private(desk)
        await desk.press(card, "send", by="ou_analyst", words="重启服务。")
        (event,) = await actions(desk)
        assert event.comment == ""


async def test_a_private_card_that_is_dismissed_makes_room(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await private(desk)
        assert "已忽略" in in_place(await desk.press(card, "dismiss", by="ou_analyst"))


async def test_a_command_on_a_private_card_takes_its_place(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref, card = await private(desk)
        shown = in_place(await desk.press(card, "command", by="ou_analyst"))
        assert "settings" in shown
        (asked,) = desk.core.commands
        assert (asked.text, asked.conversation, asked.author.role) == ("settings", ref, Role.ANALYST)
        assert '"private": "yes"' in shown  # and so on with the buttons of that card
        assert desk.core.events == {}


async def test_a_command_on_a_shared_card_is_shown_to_the_one_who_pressed(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await shared(desk)
        assert toast(await desk.press(card, "command")) == "One moment …"
        (whisper,) = await desk.until(1)
        assert whisper["open_id"] == "ou_asker"


async def test_a_command_that_takes_long_is_shown_when_it_is_done(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await private(desk)
        desk.core.may_answer.clear()
        began = asyncio.get_running_loop().time()
        assert toast(await desk.press(card, "command", by="ou_analyst")) == "One moment …"
        assert asyncio.get_running_loop().time() - began < ANSWER_S + 1.0  # Lark waits three seconds
        desk.core.may_answer.set()
        assert len(await desk.until(2)) == 2


async def test_a_command_that_is_refused_says_why(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        _, card = await private(desk)
        desk.core.refuses = True
        assert "There is no such thing." in in_place(await desk.press(card, "command", by="ou_analyst"))


def message(ref: ConversationRef, text: str) -> Message:
    author = Author(id="ou_asker", name="asker", role=Role.REQUESTER)
    return Message(id="om_asked", conversation=ref, author=author, text=text, sent_at=START)


async def test_a_command_after_a_mention_is_answered_to_the_asker_alone(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref = desk.thread()
        assert await desk.on.on_mention(message(ref, "@Vigil 静音30分钟"), "静音30分钟")
        (asked,) = desk.core.commands
        assert (asked.text, asked.conversation, asked.author.name) == ("mute 30m", ref, "asker")
        (whisper,) = lark.whispers
        assert whisper["open_id"] == "ou_asker"
        assert lark.cards(ref.thread_id or "") == []


async def test_a_command_that_comes_late_once_more_is_not_carried_out(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        late = replace(message(desk.thread(), ""), sent_at=START - COMMAND_WITHIN_S - 1)
        assert await desk.on.on_mention(late, "mode off")
        assert desk.core.commands == []
        assert not await desk.on.on_mention(late, "why does the pod restart?")


async def test_words_that_are_no_command_are_left_alone(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        assert not await desk.on.on_mention(message(desk.thread(), ""), "why does the pod restart?")
        assert not await desk.on.on_mention(message(desk.thread(), ""), "服务挂了")
        assert desk.core.commands == []


async def test_where_lark_shows_no_card_to_one_person_the_answer_is_a_reply(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref = desk.thread()
        lark.chats["oc_1"]["chat_mode"] = "topic"
        await desk.on.on_mention(message(ref, ""), "status")
        assert len(lark.cards(ref.thread_id or "")) == 1


async def test_an_ephemeral_card_that_is_refused_becomes_a_reply(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref = desk.thread()
        lark.fail("POST", "/ephemeral/v1/send", Failure(code=230027))
        await desk.on.on_mention(message(ref, ""), "status")
        assert len(lark.cards(ref.thread_id or "")) == 1


@pytest.mark.parametrize("mode", ["p2p", "group", "topic"])
async def test_what_is_for_one_person_never_becomes_a_reply(lark: LarkRest, mode: str) -> None:
    lark.chats["oc_2"] = {"chat_mode": "group"}
    async with opened(lark) as desk:
        ref = desk.thread()
        lark.chats["oc_1"]["chat_mode"] = mode
        await desk.on.on_mention(message(ref, ""), "首页")
        (asked,) = desk.core.commands
        assert (asked.text, asked.channel_ids) == ("home", ("oc_1",))
        assert [one["chat_id"] for one in lark.cards()] == ["p2p_ou_asker"]


async def test_a_command_in_a_chat_with_the_bot_is_answered_there(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref = desk.thread()
        lark.chats["oc_1"]["chat_mode"] = "p2p"
        await desk.on.on_mention(message(ref, ""), "帮助")
        assert [one["chat_id"] for one in lark.cards()] == ["p2p_ou_asker"]


@pytest.mark.parametrize(
    ("key", "command"), [("help", "help"), ("vigil_home", "home"), ("统计", "stats"), ("dance", "help")]
)
async def test_the_menu_is_answered_in_the_persons_chat(lark: LarkRest, key: str, command: str) -> None:
    async with opened(lark) as desk:
        await desk.on.on_menu(payload("menu", event_key=key))
        (asked,) = desk.core.commands
        assert (asked.text, asked.author.id, asked.author.name) == (command, "ou_boss", "王五")
        assert [one["chat_id"] for one in lark.cards()] == ["p2p_ou_boss"]


async def test_a_chat_whose_members_are_secret_is_left_out_of_home(lark: LarkRest) -> None:
    lark.chats["oc_2"] = {"chat_mode": "group"}
    lark.members["oc_2"] = ["ou_boss"]
    lark.members["oc_1"].append("ou_boss")
    lark.fail("GET", "/oc_1/members", Failure(code=99991672))
    async with opened(lark) as desk:
        await desk.on.on_menu(payload("menu", event_key="home"))
        (asked,) = desk.core.commands
        assert asked.channel_ids == ("oc_2",)


async def test_what_a_person_wrote_calls_nobody_in_an_answer(lark: LarkRest) -> None:
    async with opened(lark) as desk:
        ref = desk.thread()
        block = TextBlock(markdown="<at id=all></at>")
        await desk.client.post(ref, Card(kind=CardKind.REPLY, title="<at id=all>", blocks=(block,)), key="k")
        assert "<at" not in json.dumps(lark.cards(ref.thread_id or ""))
