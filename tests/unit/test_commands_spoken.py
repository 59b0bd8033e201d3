"""Commands as people say them to the bot, in English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.commands.parse import NAMES, command_in, parse
from vigil_bot.commands.spoken import CHINESE_NAMES


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
    assert command_in(words) == command
    parsed = parse(command)
    assert f"{parsed.name} {parsed.rest}".strip() == command


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("状态", "status"),
        ("/vigil 静音 30分钟 本群", "mute 30m channel"),
        ("知识库 搜索 磁盘", "kb search 磁盘"),
        ("ask 磁盘", "ask 磁盘"),
    ],
)
def test_a_slash_command_may_be_typed_in_chinese(typed: str, command: str) -> None:
    parsed = parse(typed)
    assert f"{parsed.name} {parsed.rest}".strip() == command


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
    assert command_in(words) is None


@given(st.text(max_size=40))
def test_whatever_is_said_is_a_command_or_none(words: str) -> None:
    found = command_in(words)
    assert found is None or found.split(" ", 1)[0] in NAMES


def test_every_command_has_a_chinese_word() -> None:
    assert set(NAMES) == CHINESE_NAMES
