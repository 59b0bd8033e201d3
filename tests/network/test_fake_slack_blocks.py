"""The fake refuses the blocks and views that Slack refuses; ids of cases name the page (docs.slack.dev/reference/block-kit/...)."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.servers.slack import FakeSlack
from tests.servers.slack_parts.blocks import complaints
from tests.servers.slack_parts.bolt import web_client
from tests.servers.slack_parts.views import view_complaints

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(length: int = 1, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(length), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(1), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def menu(options: int, **more: Any) -> Json:
    listed = [{"text": plain(1), "value": str(n)} for n in range(options)]
    return {"type": "static_select", "options": listed, **more}


LIMITS: list[tuple[str, list[Json], list[Json]]] = [  # (page, just right, too much)
    ("blocks", [section()] * 50, [section()] * 51),
    ("blocks:block_id", [section(block_id="b" * 255)], [section(block_id="b" * 256)]),
    ("blocks/section-block:text", [section(3000)], [section(3001)]),
    ("blocks/section-block:fields", [section(fields=[mrkdwn(1)] * 10)], [section(fields=[mrkdwn(1)] * 11)]),
    ("blocks/section-block:field text", [section(fields=[mrkdwn(2000)])], [section(fields=[mrkdwn(2001)])]),
    ("blocks/header-block", [{"type": "header", "text": plain(150)}], [{"type": "header", "text": plain(151)}]),
    ("blocks/header-block:plain", [{"type": "header", "text": plain(1)}], [{"type": "header", "text": mrkdwn(1)}]),
    ("blocks/actions-block", [actions(*[button()] * 25)], [actions(*[button()] * 26)]),
    (
        "blocks/context-block",
        [{"type": "context", "elements": [mrkdwn(1)] * 10}],
        [{"type": "context", "elements": [mrkdwn(1)] * 11}],
    ),
    (
        "blocks/markdown-block",
        [{"type": "markdown", "text": "x" * 12_000}],
        [{"type": "markdown", "text": "x" * 12_001}],
    ),
    (
        "blocks/markdown-block:together",
        [{"type": "markdown", "text": "x" * 6_000}] * 2,
        [{"type": "markdown", "text": "x" * 6_001}] * 2,
    ),
    ("block-elements/button-element:text", [actions(button(text=plain(75)))], [actions(button(text=plain(76)))]),
    ("block-elements/button-element:value", [actions(button(value="v" * 2000))], [actions(button(value="v" * 2001))]),
    ("block-elements/button-element:style", [actions(button(style="danger"))], [actions(button(style="green"))]),
    ("block-elements:action_id", [actions(button(action_id="a" * 255))], [actions(button(action_id="a" * 256))]),
    (
        "block-elements:action_id unique",
        [actions(button(action_id="a"), button(action_id="b"))],
        [actions(button(action_id="a"), button(action_id="a"))],
    ),
    ("blocks:block_id unique", [section(block_id="a"), section()], [section(block_id="a"), section(block_id="a")]),
    ("block-elements/select-menu-element", [actions(menu(100))], [actions(menu(101))]),
    (
        "block-elements/select-menu-element:placeholder",
        [actions(menu(1, placeholder=plain(150)))],
        [actions(menu(1, placeholder=plain(151)))],
    ),
    (
        "block-elements/overflow-menu-element",
        [section(accessory=menu(5) | {"type": "overflow"})],
        [section(accessory=menu(6) | {"type": "overflow"})],
    ),
    (
        "composition-objects/option-object:value",
        [actions({"type": "static_select", "options": [{"text": plain(75), "value": "v" * 150}]})],
        [actions({"type": "static_select", "options": [{"text": plain(75), "value": "v" * 151}]})],
    ),
    ("composition-objects/text-object:empty", [section(1)], [section(0)]),
    ("blocks:unknown type", [{"type": "divider"}], [{"type": "card_of_mine"}]),
    ("blocks/input-block:not in messages", [section()], [{"type": "input"}]),
    ("blocks/section-block:neither text nor fields", [section()], [{"type": "section"}]),
]


@pytest.mark.parametrize(("page", "right", "wrong"), LIMITS, ids=[page for page, _, _ in LIMITS])
def test_blocks_within_a_limit_pass_and_beyond_it_do_not(page: str, right: list[Json], wrong: list[Json]) -> None:
    assert complaints(right) == [], page
    assert complaints(wrong), page


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(24), "blocks": [section()], **more}


def words(**more: Any) -> Json:
    return {
        "type": "input",
        "label": plain(2000),
        "element": {"type": "plain_text_input", "action_id": "words"},
        **more,
    }


VIEWS: list[tuple[str, Json, Json]] = [
    ("views/modal-views:title", modal(), modal(title=plain(25))),
    ("views/modal-views:submit", modal(submit=plain(24)), modal(submit=plain(25))),
    ("views/modal-views:submit with inputs", modal(blocks=[words()], submit=plain(1)), modal(blocks=[words()])),
    ("views/modal-views:private_metadata", modal(private_metadata="m" * 3000), modal(private_metadata="m" * 3001)),
    ("views/modal-views:callback_id", modal(callback_id="c" * 255), modal(callback_id="c" * 256)),
    ("views/modal-views:blocks", modal(blocks=[section()] * 100), modal(blocks=[section()] * 101)),
    ("blocks/input-block:label", modal(blocks=[words()], submit=plain(1)), modal(blocks=[words(label=plain(2001))], submit=plain(1))),
    ("views/home-tab-views", {"type": "home", "blocks": [section()]}, {"type": "tab", "blocks": []}),
]  # fmt: skip


@pytest.mark.parametrize(("page", "right", "wrong"), VIEWS, ids=[page for page, _, _ in VIEWS])
def test_views_within_a_limit_pass_and_beyond_it_do_not(page: str, right: Json, wrong: Json) -> None:
    assert view_complaints(right) == [], page
    assert view_complaints(wrong), page


async def test_the_answer_says_what_is_wrong_and_where() -> None:
    async with FakeSlack() as slack:
        channel = slack.add_channel("support")
        with pytest.raises(SlackApiError) as raised:
            await web_client(slack).chat_postMessage(channel=channel, text="x", blocks=[section(3001)])
        body = raised.value.response.data
        assert body["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
        assert slack.messages(channel) == []
