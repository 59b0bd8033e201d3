"""Cards as card JSON 2.0: within every limit of Lark's, and true to the card."""

import json
import re
from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.lark.render import MAX_BYTES, Json, Origin, card_of, comment_card, digest_of, mark_of
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
from vigil_bot.model.conversation import ConversationRef

REF = ConversationRef(platform="lark", workspace_id="t1", channel_id="oc_1", thread_id="om_1")
ORIGIN = Origin(conversation=REF, mark=mark_of("key"))

HOSTILE = st.sampled_from(
    [
        "<at id=all></at>",
        "<at id=ou_1></at>",
        "```",
        "&",
        "\n",
        "<" * 3_100,
        "`",
        "字" * 1_500,
        "\0",
        "",
        "\ud800",
        "**",
    ]
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


def within(value: JsonValue) -> Iterator[Json]:
    """Every object in a card."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from within(inner)


def elements(card: Json) -> list[Json]:
    (found,) = [one["elements"] for one in (card["body"],) if isinstance(one, dict)]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


def complaints(card: Json) -> list[str]:
    """What Lark would refuse, as its documentation of card JSON 2.0 says."""
    parts = list(within(card))
    tags = Counter(str(part["tag"]) for part in parts if "tag" in part)
    names = Counter(str(part["name"]) for part in parts if "name" in part)
    ids = [str(part["element_id"]) for part in parts if "element_id" in part]
    roots = [one for one in elements(card) if one["tag"] == "form"]
    wrong = [f"{name} twice" for name, count in names.items() if count > 1]
    wrong += [one for one in ids if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", one)]
    wrong += ["over 30 KB"] if len(json.dumps(card, ensure_ascii=False).encode("utf-8", "replace")) > 30 * 1024 else []
    wrong += ["over 200 elements"] if tags.total() > 200 else []
    wrong += ["a form inside something"] if tags["form"] != len(roots) else []
    wrong += ["nothing in it"] if not elements(card) else []
    wrong += [
        f"{part['tag']} without content"
        for part in parts
        if part.get("tag") in ("markdown", "plain_text") and not part["content"]
    ]
    for part in parts:
        if part.get("tag") == "button":
            text = part["text"]
            assert isinstance(text, dict)
            wrong += ["a long label"] if len(str(text["content"])) > 100 else []
            wrong += ["nothing to press for"] if not part["behaviors"] else []
        if part.get("tag") == "input":
            wrong += ["a long default"] if len(str(part.get("default_value", ""))) > 1_000 else []
    return wrong


@given(CARDS)
def test_lark_takes_every_card(card: Card) -> None:
    assert complaints(card_of(card, ORIGIN)) == []


@given(CARDS)
def test_no_card_calls_anybody(card: Card) -> None:
    for part in within(card_of(card, ORIGIN)):
        if part.get("tag") == "markdown":
            assert re.search(r"<\s*/?\s*(?:at|person)\b", str(part["content"]), re.IGNORECASE) is None


@given(CARDS)
def test_every_card_carries_the_mark_of_its_post(card: Card) -> None:
    assert mark_of("key") in json.dumps(card_of(card, ORIGIN))


SUGGESTION = Card(
    kind=CardKind.SUGGESTION,
    title="This was solved before",
    blocks=(
        QuoteBlock(text="Restart it [1]:\n```\nsystemctl restart app\n```\nSee https://e.com/x, then *wait*."),
        LinksBlock(links=(Link(title="Disk full", url="https://e.com/1", note="e1 v2"), Link(title="Other"))),
    ),
    buttons=(
        Button(action="solved", label="This solved it", value="s1", style=ButtonStyle.PRIMARY),
        Button(action="helpful", label="Helpful", value="s1"),
    ),
    footer="Please check `it` first.",
)


def content(element: JsonValue) -> str:
    return "\n".join(str(part["content"]) for part in within(element) if part.get("tag") == "markdown")


def called(card: Json) -> list[Json]:
    """What the buttons of a card give back."""
    values = [behavior["value"] for part in within(card) if (behavior := part).get("type") == "callback"]
    return [value for value in values if isinstance(value, dict)]


def test_a_suggestion_reads_as_people_expect_it() -> None:
    card = card_of(SUGGESTION, ORIGIN)
    assert card["schema"] == "2.0"
    title: Json = {"tag": "plain_text", "content": "This was solved before"}
    assert card["header"] == {"title": title, "template": "blue"}
    quote, code, more, first, second, buttons, footer = elements(card)
    assert (quote["tag"], quote["background_style"]) == ("column_set", "grey-100")
    assert content(quote) == "Restart it &#91;1&#93;:"
    assert content(code) == "```\nsystemctl restart app\n```"
    assert content(more) == "See [https://e.com/x](https://e.com/x), then &#42;wait&#42;."
    assert content(first) == "&#91;1&#93; [Disk full](https://e.com/1) · e1 v2"
    assert content(second) == "&#91;2&#93; Other"
    assert content(footer) == "<font color='grey'>Please check `it` first.</font>"
    assert buttons["flex_mode"] == "flow"
    styles = [part["type"] for part in within(buttons) if part.get("tag") == "button"]
    assert styles == ["primary", "default"]


def test_a_button_gives_back_its_action_and_the_conversation() -> None:
    solved, helpful = called(card_of(SUGGESTION, ORIGIN))
    assert (solved["action"], solved["value"], solved["in"]) == ("solved", "s1", REF.key)
    assert (helpful["action"], helpful["lang"], "private" in helpful) == ("helpful", "en", False)
    private = Origin(conversation=REF, private=True)
    assert {value["private"] for value in called(card_of(SUGGESTION, private))} == {"yes"}


def test_a_private_suggestion_is_edited_in_the_card_itself() -> None:
    send = Button(action="send", label="发送到话题", value="s1")
    card = card_of(
        Card(
            kind=CardKind.SUGGESTION,
            title="以前解决过类似问题",
            blocks=(QuoteBlock(text="重启服务。"),),
            buttons=(send,),
        ),
        ORIGIN,
    )
    _, form = elements(card)
    (asked,) = [part for part in within(form) if part.get("tag") == "input"]
    assert (asked["default_value"], asked["max_length"]) == ("重启服务。", 1_000)
    assert asked["label"] == {"tag": "plain_text", "content": "发到话题里的内容"}
    (value,) = called(card)
    assert (value["action"], value["as"], value["lang"]) == ("send", digest_of("重启服务。"), "zh")


def test_words_too_long_to_be_edited_go_as_they_stand() -> None:
    send = Button(action="send", label="Send", value="s1")
    card = card_of(
        Card(kind=CardKind.SUGGESTION, title="t", blocks=(QuoteBlock(text="x" * 1_001),), buttons=(send,)), ORIGIN
    )
    assert all("default_value" not in part for part in within(card))
    (value,) = called(card)
    assert value["as"] == digest_of("")


def test_the_form_for_a_comment_speaks_the_language_of_the_card() -> None:
    for language, label in (("en", "What was wrong, or missing?"), ("zh", "哪里不对，或缺了什么？")):
        card = comment_card("s1", Origin(conversation=REF, private=True, language=language))
        assert complaints(card) == []
        assert label in json.dumps(card, ensure_ascii=False)
        (value,) = called(card)
        assert (value["action"], value["value"], value["private"]) == ("comment", "s1", "yes")


def test_kinds_have_their_colors_and_a_notice_has_none() -> None:
    text = (TextBlock(markdown="x"),)
    headers = [card_of(Card(kind=kind, title="t", blocks=text), ORIGIN).get("header") for kind in CardKind]
    assert [one["template"] if isinstance(one, dict) else None for one in headers] == ["blue", "indigo", "wathet", None]
    notice = card_of(Card(kind=CardKind.NOTICE, title="Suggestion withdrawn."), ORIGIN)
    assert [content(one) for one in elements(notice)] == ["Suggestion withdrawn."]


def test_facts_stand_in_lines() -> None:
    facts = FactsBlock(facts=(("Owner", "amir"), ("下一步", "*rita*"), ("Since", "2023-11-14 22:13:20 UTC")))
    (shown,) = elements(card_of(Card(kind=CardKind.STATUS, title="Open", blocks=(facts,)), ORIGIN))
    owner, after, since = content(shown).split("\n")
    assert (owner, after) == ("**Owner:** amir", "**下一步:** &#42;rita&#42;")
    assert since.startswith("**Since:** <local_datetime millisecond='1700000000000'")


def test_a_card_that_is_too_long_says_that_it_was_shortened() -> None:
    for title, said in (("Found", "… shortened"), ("找到了", "…… 已截断")):
        blocks = tuple(TextBlock(markdown="word 词 " * 500) for _ in range(20))
        button = Button(action="mute", label="x", value="v")
        card = card_of(Card(kind=CardKind.REPLY, title=title, blocks=blocks, buttons=(button,), footer="end"), ORIGIN)
        *_, note, _, footer = elements(card)
        assert (note["content"], "end" in content(footer)) == (said, True)
        assert len(json.dumps(card, ensure_ascii=False).encode()) <= MAX_BYTES


def test_the_preview_in_the_list_of_chats_is_plain() -> None:
    card = card_of(
        Card(kind=CardKind.NOTICE, title="Hi", blocks=(TextBlock(markdown="**now** `x`\nthere"),), footer="f"), ORIGIN
    )
    assert card["config"] == {"update_multi": True, "summary": {"content": "Hi now x there"}}


def test_commands_are_named_as_people_write_them_on_lark() -> None:
    card = Card(
        kind=CardKind.REPLY,
        title="Did you mean `/vigil home`?",
        blocks=(
            TextBlock(markdown="Say `/vigil mute channel` or (/vigil help)."),
            FactsBlock(facts=(("/vigil ask QUESTION", "rita wrote /vigil help"),)),
            QuoteBlock(text="see /etc/vigil x and /vigil help"),
        ),
        footer="`/vigil set NAME VALUE` changes one.",
    )
    shown = json.dumps(card_of(card, ORIGIN), ensure_ascii=False)
    for words in ("@Vigil home", "`@Vigil mute channel`", "(@Vigil help)", "@Vigil ask QUESTION", "@Vigil set NAME"):
        assert words in shown
    for words in ("rita wrote /vigil help", "see /etc/vigil x and /vigil help"):
        assert words in shown


def test_commands_in_a_quotation_are_shown_as_code() -> None:
    card = Card(kind=CardKind.SUGGESTION, title="Solved", blocks=(QuoteBlock(text="Run `a_b <at id=all>` and 5 ` x."),))
    shown = json.dumps(card_of(card, ORIGIN), ensure_ascii=False)
    assert "Run `a_b <\u2060at id=all>` and 5 &#96; x." in shown
