"""Cards as Block Kit: within every limit of Slack's, and true to the card."""

import json

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.slack.payloads import quoted_in
from adapters.slack.render import SHORTENED, blocks_of, fallback, message_of
from tests.servers.slack_parts.blocks import complaints
from vigil_bot.model.card import (
    Button,
    ButtonStyle,
    Card,
    CardKind,
    FactsBlock,
    Link,
    LinksBlock,
    QuoteBlock,
    TextBlock,
)

HOSTILE = st.sampled_from(
    ["<!channel>", "@here", "<@U0123ABCD>", "```", "&", "\n", "x" * 3_100, "`", "字" * 1_500, "\0", ""]
)
WORDS = st.one_of(st.text(max_size=40), st.lists(HOSTILE, max_size=4).map(" ".join))
BLOCKS = st.one_of(
    st.builds(TextBlock, markdown=WORDS),
    st.builds(QuoteBlock, text=WORDS),
    st.builds(FactsBlock, facts=st.lists(st.tuples(WORDS, WORDS), max_size=12).map(tuple)),
    st.builds(
        LinksBlock,
        links=st.lists(
            st.builds(Link, title=WORDS, url=st.none() | WORDS | st.just("https://e.com/a"), note=WORDS), max_size=12
        ).map(tuple),
    ),
)
BUTTONS = st.builds(
    Button,
    action=st.sampled_from(["send", "helpful", "command", "mute"]),
    label=WORDS,
    value=WORDS,
    style=st.sampled_from(ButtonStyle),
)
CARDS = st.builds(
    Card,
    kind=st.sampled_from(CardKind),
    title=WORDS,
    blocks=st.lists(BLOCKS, max_size=8).map(tuple),
    buttons=st.lists(BUTTONS, max_size=30).map(tuple),
    footer=WORDS,
)


def elements(block: JsonValue) -> list[JsonValue]:
    found = block.get("elements") if isinstance(block, dict) else None
    return found if isinstance(found, list) else []


@given(CARDS)
def test_slack_takes_every_card(card: Card) -> None:
    message = message_of(card)
    assert complaints(message["blocks"]) == []
    assert isinstance(message["text"], str)
    assert 0 < len(message["text"]) <= 4_000
    assert len(json.dumps(message["blocks"], ensure_ascii=False).encode("utf-8", "replace")) < 13_000


@given(CARDS)
def test_no_card_calls_anybody(card: Card) -> None:
    for block in blocks_of(card):
        if isinstance(block, dict) and block["type"] in {"section", "context"}:
            assert "<!" not in json.dumps(block)
            assert "<@" not in json.dumps(block)
        for part in elements(block):
            inner = {one["type"] for one in elements(part) if isinstance(one, dict)}
            assert inner <= {"text", "link"}
    assert "<" not in fallback(card)


SUGGESTION = Card(
    kind=CardKind.SUGGESTION,
    title="This was solved before",
    blocks=(
        QuoteBlock(text="Restart it [1]:\n```\nsystemctl restart app\n```\nSee https://e.com/x, then *wait*."),
        LinksBlock(links=(Link(title="Disk full", url="https://e.com/1", note="e1 v2"), Link(title="Other"))),
    ),
    buttons=(
        Button(action="send", label="Send to thread", value="s1", style=ButtonStyle.PRIMARY),
        Button(action="helpful", label="Helpful", value="s1"),
    ),
    footer="Please check `it` first.",
)


def test_a_suggestion_reads_as_people_expect_it() -> None:
    title, quote, code, more, sources, buttons, footer = blocks_of(SUGGESTION)
    assert title == {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*This was solved before*", "verbatim": True},
    }
    assert quote == {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "Restart it [1]:"}]}],
    }
    (preformatted,) = elements(code)
    assert preformatted == {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": "systemctl restart app"}],
    }
    (words,) = elements(more)
    assert elements(words) == [
        {"type": "text", "text": "See "},
        {"type": "link", "url": "https://e.com/x"},
        {"type": "text", "text": ", then *wait*."},
    ]
    assert elements(sources) == [
        {"type": "mrkdwn", "text": "[1] <https://e.com/1|Disk full> · e1 v2\n[2] Other", "verbatim": True}
    ]
    first, second = elements(buttons)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["action_id"], first["style"]) == ("vigil:0:send", "primary")
    assert isinstance(first["value"], str)
    assert json.loads(first["value"])["text"].startswith("Restart it")
    assert (second["action_id"], second["value"], second.get("style")) == ("vigil:1:helpful", "s1", None)
    assert elements(footer) == [{"type": "mrkdwn", "text": "Please check `it` first.", "verbatim": True}]


def test_the_quotation_can_be_read_back_from_the_message() -> None:
    quoted = quoted_in(message_of(SUGGESTION))
    assert "systemctl restart app" in quoted
    assert "See https://e.com/x, then *wait*." in quoted


def test_code_in_a_quotation_is_shown_as_code_and_read_back_with_its_signs() -> None:
    words = "Run `kubectl get pods` at https://e.com/x `now`."
    message = message_of(Card(kind=CardKind.SUGGESTION, title="Solved", blocks=(QuoteBlock(text=words),)))
    assert json.dumps({"type": "text", "text": "kubectl get pods", "style": {"code": True}}) in json.dumps(message)
    assert quoted_in(message) == words


def test_facts_stand_in_lines() -> None:
    card = Card(kind=CardKind.STATUS, title="Open", blocks=(FactsBlock(facts=(("Owner", "amir"), ("Next", "*rita*"))),))
    title, facts = blocks_of(card)
    assert title == {"type": "header", "text": {"type": "plain_text", "text": "Open"}}
    (section,) = elements(facts)
    assert (
        "".join(str(one["text"]) for one in elements(section) if isinstance(one, dict)) == "Owner: amir\nNext: *rita*"
    )


def test_the_same_action_twice_has_two_ids() -> None:
    twice = Button(action="command", label="x", value="kb approve e1")
    (row,) = blocks_of(Card(kind=CardKind.REPLY, title="", buttons=(twice, twice)))
    ids = [one["action_id"] for one in elements(row) if isinstance(one, dict)]
    assert len(ids) == len(set(map(str, ids))) == 2


def test_a_card_that_is_too_long_says_that_it_was_shortened() -> None:
    card = Card(
        kind=CardKind.REPLY,
        title="Found",
        blocks=tuple(TextBlock(markdown="word " * 500) for _ in range(20)),
        footer="end",
    )
    blocks = blocks_of(card)
    assert SHORTENED in json.dumps(blocks[-2], ensure_ascii=False)
    assert "end" in json.dumps(blocks[-1])


def test_a_card_of_many_blocks_keeps_its_title_buttons_and_small_print() -> None:
    blocks = tuple(TextBlock(markdown=f"line {number}") for number in range(90))
    button = Button(action="mute", label="Mute")
    made = blocks_of(Card(kind=CardKind.REPLY, title="Many", blocks=blocks, buttons=(button,), footer="end"))
    kinds = [block["type"] for block in made if isinstance(block, dict)]
    assert (len(kinds), kinds[0], kinds[-3:]) == (50, "header", ["context", "actions", "context"])


def test_the_notification_has_no_markup() -> None:
    card = Card(kind=CardKind.NOTICE, title="Hi", blocks=(TextBlock(markdown="**now** [here](https://e.com) @here"),))
    assert fallback(card) == "Hi\nnow here (https://e.com) @\u2060here"


def test_times_are_shown_in_the_zone_of_the_one_who_reads() -> None:
    card = Card(
        kind=CardKind.REPLY,
        title="Status",
        blocks=(
            FactsBlock(facts=(("Since", "analyst, since 2023-11-15 06:13 UTC+08:00"),)),
            TextBlock(markdown="Until 2023-11-14 22:13:20 UTC. `2023-11-14 22:13 UTC`"),
        ),
    )
    _title, facts, text = blocks_of(card)
    date = {"type": "date", "timestamp": 1_699_999_980, "format": "{date_num} {time}"}
    assert date | {"fallback": "2023-11-15 06:13 UTC+08:00"} in facts["elements"][0]["elements"]  # type: ignore[index, call-overload, operator]
    assert "<!date^1700000000^{date_num} {time_secs}|2023-11-14 22:13:20 UTC>" in json.dumps(text)
    assert "`2023-11-14 22:13 UTC`" in json.dumps(text)
    assert complaints(blocks_of(card)) == []
