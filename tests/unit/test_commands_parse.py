"""Slash commands as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.commands.parse import NAMES, Command, duration_s, parse
from vigil_bot.errors import InputError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/vigil why m-1", Command(name="why", rest="m-1")),
        ("why  m-1 ", Command(name="why", rest="m-1")),
        ("/vigil", Command(name="help")),
        ("", Command(name="help")),
        ("vigil: KB search tls 证书", Command(name="kb", rest="search tls 证书")),
    ],
)
def test_commands_are_read_with_and_without_the_prefix(text: str, command: Command) -> None:
    assert parse(text) == command


def test_an_unknown_command_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean `/vigil resolve`"):
        parse("/vigil resolv")


@given(st.text())
def test_any_text_is_a_command_or_a_clear_error(text: str) -> None:
    try:
        name = parse(text).name
    except InputError as error:
        name, hint = "", error.hint
    else:
        hint = "/vigil"
    assert "/vigil" in hint
    assert not name or name in NAMES


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800.0), ("2h", 7200.0), ("1 d", 86_400.0), ("x", None), ("", None)]
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds
