import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from vigil_bot.console.code import coded

_TAGS = re.compile(r'</?code(?: class="block")?>')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Run `pay reload`. Then wait.", "Run <code>pay reload</code>. Then wait."),
        ("`a` 和 `b`", "<code>a</code> 和 <code>b</code>"),
        ("first:\n```sh\na `b`\nc\n```\nthen", 'first:\n<code class="block">a `b`\nc</code>then'),
        ("```\nnever closed", '<code class="block">never closed</code>'),
        ("```<b>\n1", "```&lt;b&gt;\n1"),
        ("it's a ` alone", "it&#39;s a ` alone"),
        ("`a\nb`", "`a\nb`"),
        ("**no** `<b>` <i>", "**no** <code>&lt;b&gt;</code> &lt;i&gt;"),
    ],
)
def test_what_stands_between_back_ticks_is_code_and_nothing_else_is_read_into_it(text: str, shown: str) -> None:
    assert coded(text) == shown


@given(st.text("`1<&\n ", max_size=40))  # no letters: the name of a language after a fence is left out
def test_no_words_become_markup_and_none_are_lost(text: str) -> None:
    plain = _TAGS.sub("", coded(text))
    assert "<" not in plain
    assert re.sub(r"[`\s]", "", plain) == re.sub(r"[`\s]", "", str(escape(text)))
