import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.text import MAX_TEXT, plain, unmarked

NAMES = {"U1": "ann", "S1": "oncall", "C1": "support"}


def name(of: str) -> str:
    return NAMES.get(of, "")


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("<@U1> hi", "@ann hi"),
        ("<@U2|bob>", "@bob"),
        ("<@U2>", "@U2"),
        ("<!subteam^S1> <!subteam^S2|@infra>", "@oncall @infra"),
        ("<!channel> <!here|here> <!everyone>", "@channel here @everyone"),
        ("<#C1> <#C2|general> <#C3|>", "#support #general #C3"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example/x|the docs>", "the docs (https://a.example/x)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!date^1767950000^{date}|Jan 9>", "Jan 9"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        (":white_check_mark: done :party_parrot:", "✅ done :party_parrot:"),
        ("at 10:100:30 in a::x::b", "at 10:100:30 in a::x::b"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_markup_is_resolved(marked: str, text: str) -> None:
    assert unmarked(marked, name) == text


def test_what_a_name_looks_like_is_not_read_as_markup_again() -> None:
    assert unmarked("<@U1>", lambda _: "<@U2> &lt;!channel&gt;").startswith("@<@U2>")


def test_the_text_of_a_program_is_left_out_where_its_blocks_say_the_same() -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "disk full on db1"}}]
    message = {"text": "disk full", "blocks": blocks}
    assert plain(message, name, blocks_first=True) == "disk full on db1"
    assert plain(message, name, blocks_first=False) == "disk full"


def test_blocks_are_read_where_a_person_has_no_text() -> None:
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}]}
    ]
    assert plain({"text": "", "blocks": blocks}, name, blocks_first=False) == "hi"


def test_long_messages_are_cut() -> None:
    assert len(plain({"text": "x" * 1_000_000}, name, blocks_first=False)) == MAX_TEXT


@given(st.text(alphabet="<>@#!|^&;:xU1 \n", max_size=200))
def test_any_markup_can_be_read(text: str) -> None:
    assert isinstance(unmarked(text, name), str)
