"""Commands as people say them to the bot; emoji; what a press says."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.lark.emoji import character_of, type_of
from adapters.lark.interact import press_of
from adapters.lark.phrases import command_in, toast_of
from adapters.lark.render import FIELD, digest_of
from vigil_bot.commands.parse import NAMES, parse
from vigil_bot.feedback import Effect, of_emoji
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.feedback import Verdict

NOW = 1_700_000_100.0
PRESSED = Path(__file__).parents[1] / "payloads" / "lark" / "card_action.json"


def said(words: str) -> str | None:
    return command_in(words, NAMES.__contains__)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("help", "help"),
        ("Help?", "help"),
        ("/vigil status", "status"),
        ("vigil, why om_1", "why om_1"),
        ("ask how do I rotate the certificate", "ask how do I rotate the certificate"),
        ("mute 30m", "mute 30m"),
        ("kb search disk full", "kb search disk full"),
        ("resolve it was the proxy", "resolve it was the proxy"),
        ("帮助", "help"),
        ("状态", "status"),
        ("状态？", "status"),
        ("总结", "summary"),
        ("为什么", "why"),
        ("为什么 om_1", "why om_1"),
        ("静音", "mute"),
        ("静音30分钟", "mute 30m"),
        ("静音 2小时 本群", "mute 2h channel"),
        ("取消静音 我", "unmute me"),
        ("模式 私密", "mode private"),
        ("模式关闭", "mode off"),
        ("提问 证书怎么更换", "ask 证书怎么更换"),
        ("知识库 搜索 磁盘 满", "kb search 磁盘 满"),
        ("已解决，重启就好了", "resolve 重启就好了"),
        ("重新打开", "reopen"),
        ("学习 30天", "learn 30d"),
        ("/vigil 设置", "settings"),
        ("首页", "home"),
    ],
)
def test_these_are_commands(words: str, command: str) -> None:
    assert said(words) == command
    assert parse(command).name == command.split(" ", 1)[0]


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            "hello",
            "help me with the login, please",
            "why does the pod restart?",
            "status of the order 17 is wrong",
        ),
        *(
            "为什么服务挂了",
            "为什么 服务 挂了",
            "帮助我看一下这个问题",
            "服务状态不对",
            "问题还在",
            "解决方案是什么",
            "dance",
            "/vigil",
            "数据库连不上",
        ),
        "mode of payment is wrong here",
    ],
)
def test_these_are_messages(words: str) -> None:
    assert said(words) is None


@given(st.text(max_size=40))
def test_whatever_is_said_is_a_command_or_none(words: str) -> None:
    found = said(words)
    assert found is None or found.split(" ", 1)[0] in NAMES


def test_every_command_has_a_chinese_word() -> None:
    from adapters.lark.phrases import _SAID  # noqa: PLC0415

    assert set(NAMES) - {"kb"} <= set(_SAID.values())


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
