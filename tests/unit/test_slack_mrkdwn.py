"""Markdown -> mrkdwn: never raises, never over the limit, never pings, never cut where something would break."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.mrkdwn import MAX_TEXT_CHARS, link, plain, segments, split, split_plain, to_mrkdwn

CHANNEL, HERE = "<!channel>", "<!here>"
PIECES = st.sampled_from(
    [
        *(CHANNEL, HERE, "<!everyone>", "<@U0123ABCD>", "<#C0123ABCD|general>", "<!subteam^S1>", "@channel", "@here"),
        *("```", "```py\n", "`", "**", "_", "*", "~", "[", "](", ")", "(", "|", "\n", "\n\n", "&", "<", ">", "&lt;"),
        *(
            "https://a.b/c?x=1&y=2",
            "[t](https://e.com)",
            "[@here](https://e.com)",
            "- ",
            "# ",
            "| a | b |\n|---|---|\n",
        ),
        *("服务挂了，", "😀", "\0", "\ud800", " ", "word", "x" * 700),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=60).map("".join))
ENTITY = re.compile(r"<[^<>]*>")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def calls_somebody(mrkdwn: str) -> bool:
    """What Slack would read as a mention: an entity that is no link; the bare words outside of code."""
    entities = [one for one in ENTITY.findall(mrkdwn) if not re.match(r"<(?:https?://|mailto:)", one, re.IGNORECASE)]
    bare = re.search(r"@(?:channel|here|everyone|group)\b", CODE.sub("", mrkdwn), re.IGNORECASE)
    return bool(entities) or bare is not None


@given(TEXTS)
def test_nothing_that_people_write_calls_anybody(text: str) -> None:
    assert not calls_somebody(plain(text))
    for part in split(to_mrkdwn(text)):
        assert not calls_somebody(part)


@given(TEXTS)
def test_every_bracket_belongs_to_a_link_and_every_ampersand_to_an_entity(text: str) -> None:
    for part in split(to_mrkdwn(text)):
        rest = ENTITY.sub("", part)
        assert "<" not in rest
        assert ">" not in rest
        assert re.search(r"&(?!(?:amp|lt|gt);)", part) is None


@given(TEXTS, st.sampled_from([16, 50, 400, MAX_TEXT_CHARS]))
def test_no_part_is_longer_than_the_limit_or_empty(text: str, limit: int) -> None:
    for part in split(to_mrkdwn(text), limit):
        assert 0 < len(part) <= limit


@given(TEXTS)
def test_nothing_but_space_is_lost_by_splitting(text: str) -> None:
    mrkdwn = plain(text).replace("`", "")
    assert "".join("".join(split(mrkdwn, 40)).split()) == "".join(mrkdwn.split())


@given(TEXTS, st.integers(min_value=1, max_value=50))
def test_plain_text_is_cut_and_stays_whole(text: str, limit: int) -> None:
    parts = split_plain(text, limit)
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


@given(TEXTS)
def test_segments_hold_all_the_words(text: str) -> None:
    kept = "".join(segment.text for segment in segments(text))
    assert set(re.findall(r"word|😀|[服务挂了]", kept)) == set(re.findall(r"word|😀|[服务挂了]", text))


@given(st.text(), st.text())
def test_a_link_is_a_link_or_words(url: str, label: str) -> None:
    made = link(url, label)
    assert not calls_somebody(made)
    assert len(made) <= MAX_TEXT_CHARS or not made.startswith("<")


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**bold** _it_ `a<b`", "*bold* _it_ `a&lt;b`"),
        ("[docs](https://e.com/a?x=1&y=2)", "<https://e.com/a?x=1&amp;y=2|docs>"),
        ("see https://e.com/a.", "see <https://e.com/a>."),
        ("见https://e.com/a，然后", "见<https://e.com/a>，然后"),
        ("(https://e.com/x_(y))", "(<https://e.com/x_(y)>)"),
        ("- one\n* two\n1. three", "• one\n• two\n1. three"),
        ("## Title ##\ntext", "*Title*\ntext"),
        ("```sh\nls > x\n```\nthen", "```\nls &gt; x\n```\nthen"),
        ("```\nnot closed", "```\nnot closed\n```"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```"),
        ("[x](javascript:alert)", "x"),
        ("https://e.com/@here/x", "<https://e.com/%40here/x>"),
        ("**<!here>**", "*&lt;!here&gt;*"),
        ("**see [a](https://b.c)**", "*see <https://b.c|a>*"),
    ],
)
def test_markdown_becomes_mrkdwn(markdown: str, mrkdwn: str) -> None:
    assert to_mrkdwn(markdown) == mrkdwn


def test_an_address_cannot_pose_as_another() -> None:
    assert to_mrkdwn("[https://bank.example](https://evil.example)") == "<https://evil.example>"


def test_a_long_fence_is_closed_and_opened_again() -> None:
    code = "".join(f"line {number} <&>\n" for number in range(900))
    parts = split(to_mrkdwn(f"before\n```\n{code}```\nafter"))
    assert len(parts) > 5
    assert all(part.count("```") % 2 == 0 for part in parts)
    kept = "".join(part.replace("```", "") for part in parts)
    assert [f"line {number} " in kept for number in range(900)] == [True] * 900


def test_a_cut_falls_between_lines_and_never_inside_a_link() -> None:
    line = "some words and a [link](https://e.com/a/rather/long/path) at its end"
    parts = split(to_mrkdwn("\n".join([line] * 200)))
    assert len(parts) > 3
    assert all(part.startswith("some words") and part.endswith("at its end") for part in parts)


def test_a_line_without_end_is_cut_beside_its_links() -> None:
    parts = split(to_mrkdwn("[link](https://e.com/path) " * 400))
    assert "".join(parts).count("<https://e.com/path|link>") == 400


def test_hostile_text_takes_no_time() -> None:
    for text in (
        "# " + " #" * 50_000 + "x",
        "[" * 50_000,
        "**a" * 30_000,
        "`" * 50_000,
        "| " * 50_000 + "\n",
        "((" * 50_000,
    ):
        assert all(len(part) <= MAX_TEXT_CHARS for part in split(to_mrkdwn(text)))
