"""Buttons, modals, commands and shortcuts of the fake, answered by a real Bolt app; docstrings name the page (docs.slack.dev/...)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import FakeSlack, NoAnswer
from tests.servers.slack_parts.bolt import Listener, listening

Json = dict[str, Any]
BUTTONS: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Try this"}},
    {
        "type": "actions",
        "block_id": "feedback",
        "elements": [
            {"type": "button", "action_id": "useful", "text": {"type": "plain_text", "text": "Useful"}, "value": "s1"},
            {
                "type": "static_select",
                "action_id": "mode",
                "options": [{"text": {"type": "plain_text", "text": "Quiet"}, "value": "quiet"}],
            },
        ],
    },
]


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def modal(**more: Any) -> Json:
    words = {"type": "plain_text_input", "action_id": "words", "multiline": True}
    block = {"type": "input", "block_id": "comment", "label": text("Words"), "element": words}
    return {
        "type": "modal",
        "callback_id": "comment",
        "title": text("Comment"),
        "submit": text("Send"),
        "private_metadata": "s1",
        "blocks": [block],
        **more,
    }


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.add_user("rita")
        fake.add_channel("support", members=["rita"])
        fake.tune(ack_within_s=1.0)
        yield fake


@pytest.fixture
async def heard(slack: FakeSlack) -> AsyncIterator[Listener]:
    async with listening(slack) as one:

        @one.app.action("useful")
        async def useful(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        yield one


async def posted(slack: FakeSlack, heard: Listener) -> str:
    channel = slack.world.channel("support").id
    answer = await heard.app.client.chat_postMessage(channel=channel, text="Try this", blocks=BUTTONS)
    return str(answer["ts"])


async def test_a_press_is_a_complete_block_actions(slack: FakeSlack, heard: Listener) -> None:
    """reference/interaction-payloads/block_actions-payload"""
    ts = await posted(slack, heard)
    await slack.press("support", ts, "rita", "useful")
    body = next(one for one in heard.bodies if one["type"] == "block_actions")
    channel = slack.world.channel("support").id
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False}
    assert (body["user"]["username"], body["team"]["id"], body["channel"]["name"]) == ("rita", slack.team.id, "support")
    assert body["message"]["ts"] == ts
    assert body["state"] == {"values": {}}
    (action,) = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("useful", "feedback", "s1")
    assert slack.modal("rita") is not None


async def test_a_choice_names_the_option(slack: FakeSlack, heard: Listener) -> None:
    chosen: list[Json] = []

    @heard.app.action("mode")
    async def mode(ack: AsyncAck, action: Json) -> None:
        chosen.append(action)
        await ack()

    await slack.press("support", await posted(slack, heard), "rita", "mode", chosen="quiet")
    assert chosen[0]["selected_option"]["value"] == "quiet"


async def test_an_ephemeral_message_is_not_in_the_payload(slack: FakeSlack, heard: Listener) -> None:
    channel, rita = slack.world.channel("support").id, slack.world.user("rita").id
    await heard.app.client.chat_postEphemeral(channel=channel, user=rita, text="x", blocks=BUTTONS)
    await slack.press("support", slack.ephemerals("rita")[0]["ts"], "rita", "Useful")
    body = next(one for one in heard.bodies if one["type"] == "block_actions")
    assert body["container"]["is_ephemeral"]
    assert "message" not in body


async def test_a_modal_is_submitted_with_its_state(slack: FakeSlack, heard: Listener) -> None:
    """reference/interaction-payloads/view-interactions-payload"""
    seen: list[Json] = []

    @heard.app.view("comment")
    async def comment(ack: AsyncAck, view: Json) -> None:
        seen.append(view)
        await ack()

    await slack.press("support", await posted(slack, heard), "rita", "useful")
    await slack.submit_modal("rita", {"words": "too long"})
    assert seen[0]["state"]["values"] == {"comment": {"words": {"type": "plain_text_input", "value": "too long"}}}
    assert (seen[0]["private_metadata"], seen[0]["callback_id"]) == ("s1", "comment")
    assert slack.modal("rita") is None


async def test_a_modal_stays_with_errors_and_changes_by_update(slack: FakeSlack, heard: Listener) -> None:
    """surfaces/modals: response_action"""

    @heard.app.view("comment")
    async def comment(ack: AsyncAck, view: Json) -> None:
        if view["state"]["values"]["comment"]["words"]["value"] == "bad":
            await ack(response_action="errors", errors={"comment": "Be kind."})
        else:
            await ack(response_action="update", view=modal(callback_id="second"))

    await slack.press("support", await posted(slack, heard), "rita", "useful")
    first = slack.modal("rita")
    assert (await slack.submit_modal("rita", {"words": "bad"}))["response_action"] == "errors"
    assert slack.modal("rita") == first
    await slack.submit_modal("rita", {"words": "good"})
    second = slack.modal("rita")
    assert first is not None
    assert second is not None
    assert (second["callback_id"], second["id"]) == ("second", first["id"])


async def test_an_empty_modal_is_not_sent(slack: FakeSlack, heard: Listener) -> None:
    """blocks/input-block: optional"""
    await slack.press("support", await posted(slack, heard), "rita", "useful")
    with pytest.raises(AssertionError, match="fill in"):
        await slack.submit_modal("rita")


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_a_trigger_counts_once_and_not_for_long(slack: FakeSlack, heard: Listener) -> None:
    """reference/methods/views.open; interactivity/handling-user-interaction: three seconds"""
    client, rita = heard.app.client, slack.world.user("rita").id
    trigger = slack.trigger(rita)
    await client.views_open(trigger_id=trigger, view=modal())
    assert await refused(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    slack.trigger_s = -1.0
    assert await refused(client.views_open(trigger_id=slack.trigger(rita), view=modal())) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.x", view=modal())) == "invalid_trigger_id"


async def test_views_are_pushed_and_updated(slack: FakeSlack, heard: Listener) -> None:
    """reference/methods/views.push, views.update, views.publish"""
    client, rita = heard.app.client, slack.world.user("rita").id
    first = (await client.views_open(trigger_id=slack.trigger(rita), view=modal()))["view"]
    for _ in range(2):
        await client.views_push(trigger_id=slack.trigger(rita), view=modal())
    assert await refused(client.views_push(trigger_id=slack.trigger(rita), view=modal())) == "push_limit_reached"
    wrong = client.views_update(view_id=first["id"], hash="old", view=modal())
    assert await refused(wrong) == "hash_conflict"
    new = (await client.views_update(view_id=first["id"], hash=first["hash"], view=modal(title=text("New"))))["view"]
    assert new["title"]["text"] == "New"
    assert await refused(client.views_update(view_id="V404", view=modal())) == "not_found"


async def test_a_command_is_a_form_and_its_answer_is_shown(slack: FakeSlack, heard: Listener) -> None:
    """interactivity/implementing-slash-commands"""

    @heard.app.command("/vigil")
    async def vigil(ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        await ack(text=f"you said {command['text']}")
        await respond(text="for all", response_type="in_channel")

    await slack.slash("support", "rita", "/vigil", "help")
    form = heard.bodies[-1]
    assert (form["command"], form["channel_name"], form["user_name"]) == ("/vigil", "support", "rita")
    assert "thread_ts" not in form
    assert slack.ephemerals("rita")[0]["text"] == "you said help"
    await slack.settled()
    assert slack.messages("support")[-1]["text"] == "for all"


async def test_nobody_answers_a_command(slack: FakeSlack, heard: Listener) -> None:
    slack.tune(ack_within_s=0.1)
    heard.deaf = 1
    with pytest.raises(NoAnswer):
        await slack.slash("support", "rita", "/vigil")


async def test_a_message_shortcut_carries_the_message(slack: FakeSlack, heard: Listener) -> None:
    """reference/interaction-payloads/shortcuts-interaction-payload"""

    @heard.app.shortcut("why")
    async def why(ack: AsyncAck) -> None:
        await ack()

    ts = slack.say("support", "rita", "hello")
    await slack.settled()
    await slack.message_shortcut("support", ts, "rita", "why")
    body = heard.bodies[-1]
    assert (body["type"], body["message_ts"], body["message"]["text"]) == ("message_action", ts, "hello")
    await slack.shortcut("rita", "why")
    assert heard.bodies[-1]["type"] == "shortcut"


async def test_a_response_url_replaces_and_wears_out(slack: FakeSlack, heard: Listener) -> None:
    """interactivity/handling-user-interaction: five times in thirty minutes"""
    statuses: list[int] = []

    @heard.app.action("mode")
    async def mode(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        answers = [await respond(text=f"version {n}", replace_original=True) for n in range(6)]
        statuses.extend(one.status_code for one in answers)

    ts = await posted(slack, heard)
    await slack.press("support", ts, "rita", "mode", chosen="Quiet")
    assert statuses == [200, 200, 200, 200, 200, 404]
    changed = next(one for one in slack.messages("support") if one["ts"] == ts)
    assert changed["text"] == "version 4"


async def test_a_button_of_the_home(slack: FakeSlack, heard: Listener) -> None:
    """reference/interaction-payloads/block_actions-payload: container of a view"""

    @heard.app.action("mode")
    async def mode(ack: AsyncAck) -> None:
        await ack()

    await heard.app.client.views_publish(user_id=slack.world.user("rita").id, view={"type": "home", "blocks": BUTTONS})
    home = slack.home("rita")
    assert home is not None
    await slack.press_in_view("rita", "mode", chosen="quiet")
    body = heard.bodies[-1]
    assert body["container"] == {"type": "view", "view_id": home["id"]}
    assert "channel" not in body
