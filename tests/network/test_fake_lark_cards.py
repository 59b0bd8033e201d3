"""Cards of version 2.0: what is refused, and what people do with those that are not.

Rules: uAjLw4CM/ukzMukzMukzM/feishu-cards (card-json-v2-structure, card-json-v2-breaking-changes-release-notes,
card-json-v2-components/..., card-callback-communication) below open.feishu.cn/document.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.lark import FakeLark, NoAnswer
from tests.servers.lark_parts.cards import check_card
from tests.servers.lark_parts.plain import PlainApp
from tests.servers.lark_parts.world import Refused

Json = dict[str, Any]
TEXT = {"tag": "plain_text", "content": "OK"}
BUTTON = {"tag": "button", "text": TEXT, "behaviors": [{"type": "callback", "value": {"action": "accept"}}]}
INPUT = {"tag": "input", "name": "why", "max_length": 10}
SUBMIT = {"tag": "button", "text": TEXT, "name": "send", "form_action_type": "submit"}
TAGS = ("markdown", "div", "button", "img", "form", "column_set", "collapsible_panel", "select_static", "action")
KEYS = (
    *("schema", "body", "elements", "header", "config", "columns", "text", "title", "subtitle", "content", "behaviors"),
    *("options", "text_tag_list", "template", "type", "name", "element_id", "value", "tag", "data", "form_action_type"),
)
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


def card(*elements: Json, **more: object) -> Json:
    return {"schema": "2.0", "body": {"elements": list(elements)}, **more}


def form(*elements: Json, **more: object) -> Json:
    return {"tag": "form", "name": "f", "elements": list(elements), **more}


GOOD = [
    card(),
    card({"tag": "markdown", "content": "hi", "element_id": "m1"}, {"tag": "hr"}, BUTTON),
    card(form(INPUT, SUBMIT)),
    card({"tag": "column_set", "columns": [{"tag": "column", "elements": [BUTTON]}]}),
    card({"tag": "collapsible_panel", "header": {"title": TEXT}, "elements": [{"tag": "div", "text": TEXT}]}),
    card(header={"title": TEXT, "template": "blue"}, config={"update_multi": True, "summary": {"content": "x"}}),
    card({"tag": "markdown", "content": "\n\n".join([TABLE] * 3)}),
    {"elements": [{"tag": "div", "text": TEXT}, {"tag": "action", "actions": [BUTTON]}]},
    {"type": "template", "data": {"template_id": "AAq"}},
]


@pytest.mark.parametrize("good", GOOD)
def test_what_the_documentation_has_is_accepted(good: Json) -> None:
    check_card(good)


BAD: list[tuple[Json, int]] = [
    ({"schema": "3.0"}, 200621),
    (card({"tag": "marquee"}), 200621),
    (card({"tag": "note", "elements": []}), 200861),
    (card({"tag": "action", "actions": [BUTTON]}), 200861),
    (card({"tag": "markdown", "content": "hi", "colour": "red"}), 200621),
    (card(i18n_elements={}), 200621),
    (card(config={"update_multi": False}), 200621),
    (card(header={"template": "blue"}), 200621),
    (card(header={"title": TEXT, "template": "pink"}), 200621),
    (card({"tag": "hr", "element_id": "x"}, {"tag": "hr", "element_id": "x"}), 300301),
    (card({"tag": "hr", "element_id": "1st"}), 200621),
    (card({"tag": "hr", "element_id": "a" * 21}), 200621),
    (card(*[{"tag": "hr"}] * 201), 300305),
    (card({"tag": "markdown", "content": "\n\n".join([TABLE] * 4)}), 11310),
    (card(form(INPUT)), 200621),
    (card(form(INPUT, INPUT, SUBMIT)), 200621),
    (card(form({"tag": "input"}, SUBMIT)), 200621),
    (card({"tag": "form", "elements": [INPUT, SUBMIT]}), 200621),
    (card(form(form(INPUT, SUBMIT, name="g"), SUBMIT)), 200621),
    (card({"tag": "button", "text": TEXT, "type": "huge"}), 200621),
    (card({"tag": "button", "text": TEXT, "url": "https://example.com"}), 200621),
    (card({"tag": "button", "text": TEXT, "behaviors": [{"type": "open_url"}]}), 200621),
    (card({"tag": "div", "text": {"tag": "markdown", "content": "hi"}}), 200621),
    (card({"tag": "img"}), 200621),
]


@pytest.mark.parametrize(("bad", "code"), BAD)
def test_what_lark_refuses_is_refused(bad: Json, code: int) -> None:
    with pytest.raises(Refused) as caught:
        check_card(bad)
    assert caught.value.code == 230099
    assert f"ErrCode: {code};" in caught.value.message


@pytest.fixture
async def lark() -> AsyncIterator[FakeLark]:
    async with FakeLark() as fake:
        fake.add_user("rita")
        fake.add_user("axel")
        yield fake


@pytest.fixture
async def app(lark: FakeLark) -> AsyncIterator[PlainApp]:
    async with PlainApp(lark.url, lark.app_id, lark.app_secret) as app:
        await app.listen()
        yield app


@pytest.fixture
def chat(lark: FakeLark) -> str:
    return lark.add_chat("support", members=["rita", "axel"])


async def sent(app: PlainApp, chat: str, made: Json) -> str:
    answer = await app.send_card(chat, made)
    assert answer["code"] == 0, answer
    return str(answer["data"]["message_id"])


async def test_a_bad_card_is_refused_when_it_is_sent(app: PlainApp, chat: str) -> None:
    refused = await app.send_card(chat, card({"tag": "note", "elements": []}))
    assert (refused["code"], refused["status"]) == (230099, 400)
    assert "ErrCode: 200861" in refused["msg"]


async def test_a_press_carries_the_value_and_who_pressed(app: PlainApp, lark: FakeLark, chat: str) -> None:
    message = await sent(app, chat, card(BUTTON))
    app.answer = lambda _event: {"toast": {"type": "success", "content": "谢谢"}}
    answer = await lark.press(message, "rita", {"action": "accept"})
    assert answer["toast"]["content"] == "谢谢"
    (event,) = app.of("card.action.trigger")
    assert event["action"]["value"] == {"action": "accept"}
    assert event["operator"]["open_id"] == lark.world.user("rita").open_id
    assert event["context"] == {"open_message_id": message, "open_chat_id": chat}
    assert event["token"].startswith("c-")


async def test_a_form_is_sent_with_all_its_fields(app: PlainApp, lark: FakeLark, chat: str) -> None:
    option = {"text": TEXT, "value": "wrong"}
    select = {"tag": "select_static", "name": "kind", "options": [option], "initial_option": "wrong"}
    message = await sent(app, chat, card(form(INPUT | {"required": True}, select, SUBMIT)))
    await lark.press(message, "rita", "send", {"why": "outdated"})
    (event,) = app.of("card.action.trigger")
    assert event["action"]["form_value"] == {"why": "outdated", "kind": "wrong"}
    assert event["action"]["name"] == "send"
    with pytest.raises(AssertionError, match="must be filled in"):
        await lark.press(message, "rita", "send")
    with pytest.raises(AssertionError, match="10 characters"):
        await lark.press(message, "rita", "send", {"why": "much too long"})


async def test_the_answer_s_card_is_shown_from_then_on(app: PlainApp, lark: FakeLark, chat: str) -> None:
    message, shown = await sent(app, chat, card(BUTTON)), card({"tag": "markdown", "content": "done"})
    app.answer = lambda _event: {"card": {"type": "raw", "data": shown}}
    await lark.press(message, "rita", "OK")
    assert lark.card(message) == shown
    app.answer = lambda _event: {"card": {"type": "raw", "data": card({"tag": "marquee"})}}
    with pytest.raises(AssertionError, match="no button"):
        await lark.press(message, "rita", "OK")


async def test_a_card_can_be_changed_three_times_after_a_press(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """server-docs/im-v1/message-card/delay-update-message-card: for 30 minutes."""
    message, later = await sent(app, chat, card(BUTTON)), card({"tag": "markdown", "content": "later"})
    await lark.press(message, "rita", "OK")
    (event,) = app.of("card.action.trigger")
    body = {"token": event["token"], "card": later}
    codes = [(await app.call("POST", "interactive/v1/card/update", body))["code"] for _ in range(4)]
    assert codes[:3] == [0, 0, 0]
    assert codes[3] != 0
    assert lark.card(message) == later
    assert len(lark.message(message).versions) == 3


async def test_who_does_not_see_a_card_cannot_press_it(app: PlainApp, lark: FakeLark, chat: str) -> None:
    body = {
        "chat_id": chat,
        "open_id": lark.world.user("rita").open_id,
        "msg_type": "interactive",
        "card": card(BUTTON),
    }
    made = (await app.call("POST", "ephemeral/v1/send", body))["data"]["message_id"]
    with pytest.raises(AssertionError, match="does not see"):
        await lark.press(made, "axel", "OK")
    assert await lark.press(made, "rita", "OK") == {}


async def test_an_app_that_is_silent_fails_the_person_once(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """card-callback-communication: 3 s to answer; unlike an event, a press is not sent again."""
    message = await sent(app, chat, card(BUTTON))

    def broken(_event: Json) -> None:
        raise RuntimeError("the disk is full")

    app.answer = broken
    with pytest.raises(NoAnswer, match="code 500"):
        await lark.press(message, "rita", "OK")
    assert len(app.of("card.action.trigger")) == 1
    assert json.loads(lark.message(message).content) == card(BUTTON)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
ELEMENT = st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=5).flatmap(
    lambda fields: st.sampled_from(TAGS).map(lambda tag: fields | {"tag": tag})
)


@given(st.lists(ELEMENT | ANYTHING, max_size=3), st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=3))
def test_a_card_is_accepted_or_refused_whatever_it_is(elements: list[Any], more: Json) -> None:
    for made in (card(*elements) | more, {"elements": elements} | more, more):
        with suppress(Refused):
            check_card(made)
