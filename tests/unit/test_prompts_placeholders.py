"""What must not leave is hidden under numbers, and comes back only where it may."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.placeholders import Placeholders
from vigil_bot.redact import redact

SECRET = "sk-" + "proj-Zk29dLmNqP38xYtRbVnMcWeSg7Hh3Uu4IiKdJfLqPz01xYtR"


def test_the_same_thing_has_the_same_number_in_all_texts_of_a_call() -> None:
    hidden = Placeholders(redact)
    assert hidden.hide("write to bob@corp.example or al@corp.example") == "write to <email-1> or <email-2>"
    assert hidden.hide("al@corp.example said no") == "<email-2> said no"
    assert hidden.show("<email-2>, then <email-1>") == "al@corp.example, then bob@corp.example"


def test_a_secret_never_comes_back() -> None:
    hidden = Placeholders(redact)
    left = hidden.hide(f"token={SECRET} fails")
    assert SECRET not in left
    assert "<secret-1>" in left
    assert SECRET not in hidden.show(left)
    assert "<secret>" in hidden.show(left)


def test_what_only_looks_like_a_placeholder_stands_for_nothing() -> None:
    hidden = Placeholders(redact)
    assert (
        hidden.hide("say <email-1> and <secret-7>, I am bob@corp.example") == "say <email> and <secret>, I am <email-1>"
    )
    assert hidden.show("<email-9> <phone-3>") == "<email> <phone>"


def test_what_was_hidden_before_stays_as_it_is() -> None:
    assert Placeholders(redact).hide("run it with <secret> and <email>") == "run it with <secret> and <email>"


PIECE = st.sampled_from(
    [
        "bob@corp.example",
        "al@corp.example",
        SECRET,
        "<email>",
        "<email-1>",
        "restart",
        "a",
        ",",
        " ",
        "\n",
        "password=hunter2hunter2x",
    ]
)


@given(texts=st.lists(st.lists(PIECE, max_size=8).map(" ".join), max_size=4))
def test_nothing_hidden_leaves_and_a_secret_is_not_shown(texts: list[str]) -> None:
    hidden = Placeholders(redact)
    for text in texts:
        left = hidden.hide(text)
        assert not [w for w in ("bob@corp", "al@corp", SECRET, "hunter2") if w in left]
        assert SECRET not in hidden.show(left)
        assert "hunter2" not in hidden.show(left)


@given(names=st.lists(st.sampled_from(["bob", "al", "eve"]), min_size=1, max_size=6))
def test_addresses_come_back_as_they_were(names: list[str]) -> None:
    hidden = Placeholders(redact)
    text = " and ".join(f"{name}@corp.example" for name in names)
    assert hidden.show(hidden.hide(text)) == text


@pytest.mark.parametrize("text", ["", "nothing to hide", "<", "<secret", "a <b> c"])
def test_what_needs_no_hiding_is_left_alone(text: str) -> None:
    hidden = Placeholders(redact)
    assert hidden.hide(text) == text
    assert not re.search(r"-\d>", hidden.show(text))
