"""Emoji, what a press says, and what it is answered."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.lark.emoji import character_of, type_of
from adapters.lark.interact import press_of
from adapters.lark.render import FIELD, digest_of
from adapters.lark.toasts import toast_of
from vigil_bot.feedback import Effect, of_emoji
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.feedback import Verdict

NOW = 1_700_000_100.0
PRESSED = Path(__file__).parents[1] / "payloads" / "lark" / "card_action.json"


@pytest.mark.parametrize(
    ("emoji_type", "meaning"),
    [
        ("THUMBSUP", Verdict.HELPFUL),
        ("DONE", Verdict.HELPFUL),
        ("CheckMark", Verdict.HELPFUL),
        ("ThumbsDown", Verdict.NOT_HELPFUL),
        ("CrossMark", Verdict.NOT_HELPFUL),
        ("MinusOne", Verdict.NOT_HELPFUL),
        ("Pin", Effect.LEARN),
        ("GeneralDoNotDisturb", Effect.MUTE_THREAD),
        ("SMART", None),
        ("CoolNewEmoji", None),
    ],
)
def test_emoji_mean_to_the_core_what_people_mean(emoji_type: str, meaning: Verdict | Effect | None) -> None:
    assert of_emoji(character_of(emoji_type)) is meaning


def test_an_emoji_that_lark_has_comes_back_the_same() -> None:
    for emoji in ("👍", "👎", "✅", "❌", "📌", "🔇", "❤️", "❤"):
        assert character_of(type_of(emoji)).rstrip("\ufe0f") == emoji.rstrip("\ufe0f")
    assert all(re.fullmatch(r"\w+", type_of(emoji), re.ASCII) for emoji in ("🧠", "🗑️", "⏳"))
    assert type_of(":THUMBSUP:") == "THUMBSUP"


def pressed(value: JsonValue, **action: JsonValue) -> dict[str, JsonValue]:
    envelope: dict[str, JsonValue] = json.loads(PRESSED.read_text("utf-8"))
    event = envelope["event"]
    assert isinstance(event, dict)
    event["action"] = {"tag": "button", "value": value, **action}
    return envelope


REF = ConversationRef(platform="lark", workspace_id="2ca1d211f64f6438", channel_id="oc_7f3e", thread_id="om_root")


def test_a_press_is_read_with_its_conversation() -> None:
    press = press_of(pressed({"action": "helpful", "value": "s1", "in": REF.key}), now=NOW)
    assert press is not None
    assert (press.action, press.value, press.conversation, press.message_id) == ("helpful", "s1", REF, "om_card")
    assert (press.open_id, press.private, press.at, press.comment) == ("ou_asker", False, 1_700_000_000.0, "")


def test_a_press_on_a_card_that_was_carried_to_another_chat_stays_in_that_chat() -> None:
    for other in (ConversationRef(platform="lark", workspace_id="2ca1d211f64f6438", channel_id="oc_secret", thread_id="om_9"),
                  ConversationRef(platform="lark", workspace_id="other", channel_id="oc_7f3e", thread_id="om_9"),
                  ConversationRef(platform="slack", workspace_id="2ca1d211f64f6438", channel_id="oc_7f3e")):  # fmt: skip
        press = press_of(pressed({"action": "helpful", "value": "s1", "in": other.key}), now=NOW)
        assert press is not None
        assert press.conversation == REF.channel
    private = press_of(pressed({"action": "x", "in": REF.key, "private": "yes"}), now=NOW)
    assert private is not None
    assert private.conversation == REF


def test_the_time_of_a_press_is_in_milliseconds_or_microseconds() -> None:
    for told, at in (
        ("1700000000000", 1_700_000_000.0),
        ("1700000000000000", 1_700_000_000.0),
        ("soon", NOW),
        ("", NOW),
    ):
        envelope = pressed({"action": "helpful", "in": REF.key})
        header = envelope["header"]
        assert isinstance(header, dict)
        header["create_time"] = told
        press = press_of(envelope, now=NOW)
        assert press is not None
        assert press.at == at


def test_words_that_were_not_edited_are_none() -> None:
    value: JsonValue = {"action": "send", "value": "s1", "in": REF.key, "as": digest_of("Restart it.\n\nTwice.")}
    for words, comment in (("Restart it.\nTwice. ", ""), ("Restart it.", "Restart it."), ("", "")):
        press = press_of(pressed(value, form_value={FIELD: words}), now=NOW)
        assert press is not None
        assert press.comment == comment


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_reading_a_press_never_fails(value: JsonValue, form: JsonValue) -> None:
    press_of(pressed(value, form_value=form), now=NOW)
    press_of(value, now=NOW)


def test_toasts_speak_both_languages() -> None:
    for what in ("helpful", "send", "unknown", "whatever"):
        toast = toast_of(what)["toast"]
        assert isinstance(toast, dict)
        assert isinstance(toast["i18n"], dict)
        assert set(toast["i18n"]) == {"en_us", "zh_cn"}
