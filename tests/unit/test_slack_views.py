"""Modals, what Slack sends of them, and emoji: shapes that Slack takes, and nothing that breaks on odd input."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.slack import payloads, views
from adapters.slack.emoji import character_of, name_of
from adapters.slack.views import Origin
from tests.servers.slack_parts.views import view_complaints
from vigil_bot import feedback
from vigil_bot.model.card import Button, Card, CardKind, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode
from vigil_bot.progress.state import SOLVED_EMOJI
from vigil_bot.texts.catalogue import Reader, said

HERE = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1", thread_id="1700000000.000100")
ORIGIN = Origin(conversation=HERE, message_id="1700000000.000200", value="s1", respond_url="https://hooks.slack.com/x")
JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("user", "team", "channel", "container", "message", "actions", "view", "state", "values", "id"),
                    *("text", "blocks", "elements", "action_id", "value", "private_metadata", "thread_ts", "words"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(["user", "team", "view", "message", "actions", "text", "container"]), JSON)


@given(st.text(max_size=4_000), st.text(max_size=4_000))
def test_slack_takes_every_view(text: str, value: str) -> None:
    card = Card(kind=CardKind.REPLY, title=text, blocks=tuple(TextBlock(markdown=text) for _ in range(120)))
    origin = Origin(conversation=HERE, value=value, respond_url="https://hooks.slack.com/" + "x" * 2_000)
    for view in (
        views.comment_view(origin),
        views.edit_view(origin, text),
        views.settings_view(card, origin),
        views.card_view(card, origin, title=views.modal_title("settings")),
        views.waiting_view(origin),
        views.home_view(card, origin),
    ):
        assert view_complaints(view) == view_complaints(said(view, Reader(language="zh"))) == []


def test_what_a_view_belongs_to_comes_back_with_it() -> None:
    view: dict[str, JsonValue] = {"view": {"private_metadata": ORIGIN.pack()}}
    assert views.origin_of(view) == ORIGIN


def test_an_address_that_does_not_fit_is_left_out() -> None:
    origin = Origin(conversation=HERE, value="s1", respond_url="x" * 4_000)
    kept = views.origin_of({"view": {"private_metadata": origin.pack()}})
    assert kept == Origin(conversation=HERE, value="s1")


def test_the_settings_offer_every_mode_and_show_the_one_that_holds() -> None:
    others = tuple(Button(action="command", label=m, value=f"mode {m}") for m in Mode if m is not Mode.SHADOW)
    card = Card(kind=CardKind.REPLY, title="Settings", buttons=others)
    shown = json.dumps(views.settings_view(card, ORIGIN)["blocks"])
    assert all(f'"value": "{mode.value}"' in shown for mode in Mode)
    assert '"initial_option": {"text": {"type": "plain_text", "text": "shadow' in shown


@given(BODIES)
def test_no_payload_breaks_the_reading(body: dict[str, object]) -> None:
    payloads.press_of(body, HERE)
    payloads.asked_of(body)
    payloads.quoted_in(body.get("message"))
    views.origin_of(body)
    views.words_in(body)


@given(st.text())
def test_commands_keep_their_words(text: str) -> None:
    asked = payloads.asked_of({"text": text, "team_id": "T1", "channel_id": "C1"})
    assert set(asked.text.split()) | {"share", "SHARE"} >= {w for w in text.split() if w.lower() != "share"} - {"share"}


@pytest.mark.parametrize(
    ("text", "command", "thread"),
    [
        ("status", "status", None),
        ("  ask where is it ", "ask where is it", None),
        ("share", "share", None),
        ("status https://a.slack.com/archives/C1/p1700000000000200", "status", "1700000000.000200"),
        (
            "mute 30m <https://a.slack.com/archives/C1/p1700000000000200?thread_ts=1700000000.000100&cid=C1>",
            "mute 30m",
            "1700000000.000100",
        ),
        (
            "why https://a.slack.com/archives/C1/p1700000000000200",
            "why https://a.slack.com/archives/C1/p1700000000000200",
            None,
        ),
    ],
)
def test_a_slash_command_is_read(text: str, command: str, thread: str | None) -> None:
    asked = payloads.asked_of({"text": text, "team_id": "T1", "channel_id": "C1"})
    assert (asked.text, asked.conversation.thread_id, asked.shared) == (command, thread, False)


def test_share_is_read_as_the_last_word() -> None:
    link = "https://a.slack.com/archives/C1/p1700000000000200?cid=C1&thread_ts=1700000000.000100"
    asked = payloads.asked_of({"text": f"summary {link} Share", "team_id": "T1", "channel_id": "C1"})
    assert (asked.text, asked.conversation.thread_id, asked.shared) == ("summary", "1700000000.000100", True)


def press(**more: object) -> dict[str, object]:
    action = {"action_id": "vigil:0:mute", "value": "s1", "action_ts": "1700000001.5"}
    return {"user": {"id": "U1"}, "team": {"id": "T1"}, "channel": {"id": "C1"}, "actions": [action], **more}


def test_a_press_outside_of_threads_belongs_to_its_own_message() -> None:
    found = payloads.press_of(press(container={"message_ts": "1700000000.000300", "channel_id": "C1"}))
    assert found is not None
    assert (found.conversation.thread_id, found.at) == ("1700000000.000300", 1_700_000_001.5)


def test_a_button_of_another_app_or_place_is_no_press() -> None:
    assert payloads.press_of(press(actions=[{"action_id": "other:0:mute"}])) is None
    assert payloads.press_of(press(actions=[])) is None
    assert payloads.press_of(press(channel=None)) is None


def test_the_longest_value_of_a_send_button_is_read_back() -> None:
    packed = json.dumps({"value": "s1", "text": "x" * 1_900})
    found = payloads.press_of(press(actions=[{"action_id": "vigil:3:send", "value": packed}]))
    assert found is not None
    assert (found.value, len(found.text)) == ("s1", 1_900)


def test_a_button_that_carries_no_text_sends_what_stands() -> None:
    found = payloads.press_of(press(actions=[{"action_id": "vigil:3:send", "value": "s1"}]))
    assert found is not None
    assert (found.value, found.text) == ("s1", "")


@pytest.mark.parametrize("name", [name for name in feedback._EMOJI if name.isascii()])
def test_the_core_understands_what_slack_calls_an_emoji(name: str) -> None:
    for given_name in (name, f":{name}:", f"{name}::skin-tone-3"):
        assert feedback.of_emoji(character_of(given_name)) is feedback.of_emoji(name)


@pytest.mark.parametrize("name", sorted(name for name in SOLVED_EMOJI if name.isascii() and name.islower()))
def test_solved_stays_solved(name: str) -> None:
    assert character_of(name) in SOLVED_EMOJI


@pytest.mark.parametrize(
    ("emoji", "name"),
    [
        ("👍", "+1"),
        ("👍🏽", "+1"),
        ("🗑", "wastebasket"),
        ("🗑️", "wastebasket"),
        ("✔", "heavy_check_mark"),
        (":eyes:", "eyes"),
        ("thumbsup", "thumbsup"),
        ("partyparrot", "partyparrot"),
    ],
)
def test_characters_have_slacks_names(emoji: str, name: str) -> None:
    assert name_of(emoji) == name


def test_an_emoji_of_the_workspace_keeps_its_name() -> None:
    assert character_of(":partyparrot:") == "partyparrot"
