"""Markdown -> Lark's rich text: never raises, never calls anybody, means what it says."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lark.markdown import dated, link, pieces, plain, quoted, segments, to_lark

ALL, SOMEBODY = "<at id=all></at>", "<at id=ou_7d8a6e6df7621556ce0d21922b676706></at>"
PIECES = st.sampled_from(
    [
        *(
            ALL,
            SOMEBODY,
            "< at id=all>",
            "<AT ID=all>",
            "&#60;at id=all&#62;",
            "&lt;at id=all&gt;",
            "<person id='ou_1'>",
            "</at>",
        ),
        *(
            "<font color='red'>",
            "<local_datetime millisecond='1'>",
            "<link url='https://x.y'>",
            "<",
            ">",
            "&",
            "&#60;",
            "at id=all>",
        ),
        *(
            "```",
            "```py\n",
            "`",
            "**",
            "_",
            "*",
            "~",
            "~~~",
            "[",
            "](",
            ")",
            "(",
            "|",
            "\n",
            "\n\n",
            "    ",
            "\t",
            "\\",
            "$",
            "![",
        ),
        *(
            "https://a.b/c?x=1&y=2_z",
            "[t](https://e.com)",
            f"[{ALL}](https://e.com)",
            f"[t](https://e.com/{ALL})",
            "- ",
            "1. ",
            "# ",
        ),
        *("服务挂了，", "😀", "\0", "\ud800", "\u2028", " ", "word", ":OK:", "2023-11-14 22:13 UTC", "x" * 700),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
OURS = re.compile(r"<local_datetime millisecond='\d+' format_type='(?:date_num|time)'></local_datetime>")
TAG = re.compile(
    r"<\s*/?\s*(?:at|person|font|link|a|img|audio|text_tag|number_tag|raw|local_datetime)\b", re.IGNORECASE
)


def rendered(text: str) -> list[str]:
    shown = [to_lark(text), plain(text), quoted(text), dated(text), link(text, text), link("https://e.com", text)]
    return [*shown, *pieces(text, 50, to_lark), *pieces(text, 50, quoted)]


def outside_code(rich: str) -> str:
    """What is left of rich text without what stands in fences and code spans, where no tag is a tag."""
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^```\n.*?\n```$", "", rich, flags=re.DOTALL | re.MULTILINE))


@given(TEXTS)
def test_no_words_become_a_tag(text: str) -> None:
    for rich in rendered(text):
        assert TAG.search(outside_code(OURS.sub("", rich))) is None


@given(TEXTS)
def test_nobody_is_called_even_if_everything_is_decoded_twice(text: str) -> None:
    for rich in rendered(text):
        decoded = html.unescape(html.unescape(rich))
        assert re.search(r"<\s*/?\s*(?:at|person)\b", rich, re.IGNORECASE) is None
        if "&" not in text:
            assert re.search(r"<\s*/?\s*(?:at|person)\b", decoded, re.IGNORECASE) is None


@given(TEXTS)
def test_plain_words_stand_as_they_were(text: str) -> None:
    shown = html.unescape(plain(text)).replace("\u2060", "").replace("\xa0", " ")
    assert re.sub(r"[\s\0-\x1f\x7f]", "", shown) == re.sub(r"[\s\0-\x1f\x7f]", "", text)


@given(TEXTS)
def test_fences_are_closed(text: str) -> None:
    for rich in (to_lark(text), *pieces(text, 50, to_lark)):
        assert len(re.findall(r"^```", rich, re.MULTILINE)) % 2 == 0


@given(TEXTS, st.integers(20, 200))
def test_pieces_are_bounded_and_nothing_is_lost(text: str, limit: int) -> None:
    made = list(pieces(text, limit, str))
    assert all(len(one.replace("\u2060", "")) <= limit + len("```\n\n```") for one in made)
    kept = "".join(re.sub(r"[\W_]", "", one) for one in made)
    said = "".join(re.sub(r"[\W_]", "", segment.text) for segment in segments(text))
    assert kept == said


@pytest.mark.parametrize(
    ("markdown", "rich"),
    [
        ("**bold** and _italic_ and `a_b<c`", "**bold** and *italic* and `a_b<c`"),
        ("snake_case_name stays", "snake&#95;case&#95;name stays"),
        ("[docs](https://e.com/a_(b))", "[docs](https://e.com/a_%28b%29)"),
        ("[https://bank.com](https://evil.com)", "[https://evil.com](https://evil.com)"),
        ("[run](javascript:alert)", "run"),
        ("see https://e.com/a_b, then", "see [https://e.com/a&#95;b](https://e.com/a_b), then"),
        ("# Title", "**Title**"),
        ("- one\n* two\n1. three", "- one\n- two\n1. three"),
        ("- one\nafter", "- one\n\nafter"),
        ("```sh\nrm -rf *\n```", "```\nrm -rf *\n```"),
        ("> not ours", "&#62; not ours"),
        ("+ 1", "- 1"),
        ("a * b", "a &#42; b"),
        ("请看**重点**。", "请看**重点**。"),
        ("请看**“重点”**再说", "请看 **“重点”** 再说"),
        ("1 < 2 & 3", "1 &#60; 2 &#38; 3"),
        (":DONE:", "&#58;DONE:"),
    ],
)
def test_markdown_means_what_people_expect(markdown: str, rich: str) -> None:
    assert to_lark(markdown) == rich


@pytest.mark.parametrize(
    ("words", "rich"),
    [
        ("# no heading", "&#35; no heading"),
        ("- no list\n1. nor this", "&#45; no list\n1&#46; nor this"),
        ("  indented", "&nbsp;&nbsp;indented"),
        ("===", "&#61;=="),
        ("it is **loud**", "it is &#42;&#42;loud&#42;&#42;"),
        ("https://e.com/x", "[https://e.com/x](https://e.com/x)"),
        (ALL, "&#60;\u2060at id=all&#62;&#60;\u2060/at&#62;"),
    ],
)
def test_what_others_wrote_is_no_markup(words: str, rich: str) -> None:
    assert quoted(words) == rich


def test_times_are_shown_in_the_readers_zone() -> None:
    date, time = (
        f"<local_datetime millisecond='1700000000000' format_type='{form}'></local_datetime>"
        for form in ("date_num", "time")
    )
    assert dated("since 2023-11-14 22:13:20 UTC, <at id=all>").startswith(f"since {date} {time}, &#60;")
    assert to_lark("at 2023-11-14 22:13:20 UTC") == f"at {date} {time}"
    assert dated("9999-99-99 22:13 UTC") == "9999-99-99 22:13 UTC"
    assert quoted("at 2023-11-14 22:13:20 UTC") == "at 2023-11-14 22:13:20 UTC"


def test_code_calls_nobody_either() -> None:
    assert "<at" not in to_lark(f"```\n{ALL}\n```")
    assert "<at" not in to_lark(f"`{ALL}`")
