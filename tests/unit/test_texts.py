"""Texts, the catalogue, and that everything fixed which people read goes through them."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from scripts import texts as keeper
from vigil_bot.errors import InputError, StoreBusy
from vigil_bot.model.card import Button, Card, CardKind, TextBlock
from vigil_bot.texts import moments
from vigil_bot.texts.catalogue import Reader, catalogue, recognised, said
from vigil_bot.texts.language import accepted, language_of, language_of_locale
from vigil_bot.texts.text import Moment, Text, listed, plural, sentences

ROOT = Path(__file__).parents[2]
CHINESE = Reader(language="zh", zone="Asia/Shanghai")
_WORD = re.compile(r"[a-z]{3,}")
MESSAGES = [one for one in keeper.read("zh") if one.id]


def strings(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []


def places(message: str) -> set[str]:
    return {name for _words, name, _form, _how in Formatter().parse(message) if name is not None}


def words(message: str) -> str:
    """Return what is left of a message without code and places."""
    return re.sub(r"`[^`]*`|\{\w*\}", "", message)


def test_the_translations_are_those_of_the_texts_in_the_sources() -> None:
    """`python -m scripts.texts` mends it."""
    brought = keeper.brought_up_to_date("zh")
    assert {str(one.id) for one in brought} == {str(one.id) for one in keeper.read("zh")}
    assert (keeper.TEXTS / "zh.po").read_bytes() == keeper.as_po(brought)


def test_what_the_program_and_the_page_read_is_made_of_the_translations() -> None:
    known = catalogue("zh")
    assert [one.id for one in MESSAGES if known.gettext(strings(one.id)[0]) != strings(one.string)[0]] == []
    plurals = [one for one in MESSAGES if isinstance(one.id, tuple)]
    assert all(known.ngettext(one.id[0], one.id[1], 7) == strings(one.string)[0] for one in plurals)
    assert (ROOT / keeper._SCRIPTS / "texts.zh.js").read_text("utf-8") == keeper.as_module(keeper.read("zh"))


def complaints(message: Message) -> Iterator[str]:
    english, chinese = strings(message.id), strings(message.string)
    for one in chinese or [""]:
        if not one.strip():
            yield "is not translated"
        elif places(one) != places(english[-1]):
            yield "has other places"
        elif any(one.count(mark) != english[0].count(mark) for mark in ("`", "**")):
            yield "has other marks"
        elif _WORD.search(words(english[0]).replace("/vigil", "")) and not re.search(
            r"[\u3000-\u303f\u3400-\u9fff]", one
        ):
            yield "is not Chinese"


def test_every_text_has_a_chinese_one_with_the_same_places() -> None:
    assert [f"{strings(one.id)[0]!r} {why}" for one in MESSAGES for why in complaints(one)] == []


def test_a_text_is_english_until_it_is_said_and_where_it_has_no_translation() -> None:
    text = Text("There is no command `{name}`.", name="fly")
    assert (text, said(text, CHINESE)) == ("There is no command `fly`.", "没有命令 `fly`。")
    assert said(text, Reader(language="fr")) == said(text, Reader()) == text
    assert said(Text("{who} has no translation at all", who="This"), CHINESE) == "This has no translation at all"
    assert Text("a {brace} is a brace without values") == "a {brace} is a brace without values"


def test_plurals_follow_the_language() -> None:
    replies = [plural("{count} reply", "{count} replies", count=count) for count in (0, 1, 2)]
    assert replies == ["0 replies", "1 reply", "2 replies"]
    assert said(replies, CHINESE) == ["0 条回复", "1 条回复", "2 条回复"]


def test_texts_within_texts_and_values_are_said_with_them() -> None:
    card = Card(
        kind=CardKind.REPLY,
        title=Text("{state} since {at}", state=Text("Open"), at=Moment(0.0)),
        blocks=(TextBlock(markdown=sentences((Text("Learned."), "", Text("Nothing.")))),),
        buttons=(Button(action="a", label=Text("Help"), value="help"),),
        footer=listed([Text("yes"), "free words", Text("no")]),
    )
    assert (card.title, card.footer) == ("Open since 1970-01-01 00:00 UTC", "yes, free words, no")
    assert card.blocks == (TextBlock(markdown="Learned. Nothing."),)
    told = said(card, CHINESE)
    assert (told.title, told.footer) == ("待处理，自 1970-01-01 08:00 UTC+08:00", "是、free words、否")
    assert (told.blocks, told.buttons[0]) == (
        (TextBlock(markdown="学到了。没有。"),),
        Button(action="a", label="帮助", value="help"),
    )
    assert said({"label": Text("Help"), "n": [1, Text("yes")]}, CHINESE) == {"label": "帮助", "n": [1, "是"]}


def test_a_text_is_stored_as_a_string_and_recognised_again() -> None:
    stored = TypeAdapter(Card).dump_json(Card(kind=CardKind.NOTICE, title=Text("Help")))
    assert json.loads(stored)["title"] == "Help"
    below = Text("score {score} is below {needed}", score="0.30", needed="0.50")
    again = recognised(str(below), ["adds nothing to what is quoted", "score {score} is below {needed}"])
    assert (again, said(again, CHINESE)) == (str(below), "得分 0.30 低于 0.50")
    assert recognised("words that nobody knows", ["score {score} is below {needed}"]) == "words that nobody knows"


def test_errors_say_what_is_wrong_and_how_to_mend_it() -> None:
    error = InputError(Text("Which message?"), hint=Text("Give its link or id."))
    assert (str(error), said(error.words, CHINESE)) == (
        "Which message? Give its link or id.",
        "哪条消息？请给出消息的链接或编号。",
    )
    assert said(StoreBusy().words, CHINESE) == "数据库繁忙或磁盘已满，没有写入任何内容。"


@pytest.mark.parametrize(
    ("said_words", "language"),
    [
        ("k8s pod 一直 CrashLoopBackOff, kubectl logs 看到 connection refused", "zh"),
        ("部署失败了\n```\nTraceback: it is not in the list of what we have\n```", "zh"),
        ("The page says 网络错误, what does it mean?", "en"),
        ("how do I restart it?", "en"),
        ("curl: (7) Failed", ""),
        ("王 said so, and it is what I do", "en"),
        ("", ""),
    ],
)
def test_the_language_of_words_is_told_by_the_small_ones(said_words: str, language: str) -> None:
    assert language_of(said_words) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("fr, zh-TW;q=0.5", "zh"),
        ("en;q=0.2, zh;q=0.9", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("de", ""),
        ("", ""),
        (";;q=,zh;q=x", ""),
    ],
)
def test_a_browser_gets_what_it_likes_best_among_ours(header: str, language: str) -> None:
    assert accepted(header) == language


@given(st.text(max_size=80))
def test_any_header_locale_or_words_have_a_language_or_none(text: str) -> None:
    assert {accepted(text), language_of_locale(text), language_of(text)} <= {"en", "zh", ""}


@given(st.floats(0, 4e9), st.booleans(), st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns", "Asia/Kolkata"]))
def test_a_time_that_was_said_is_read_back_wherever_it_stands(at: float, exact: object, zone: str) -> None:
    told = said(Text("Until {at}.", at=Moment(at, exact=bool(exact))), Reader(zone=zone))
    pieces = list(moments.cut(told))
    assert "".join(words for words, _at in pieces) == told
    assert [found for _words, found in pieces if found is not None] == [at // 1 if exact else at // 60 * 60]


@given(st.text(alphabet="0123456789-: UTC+x", max_size=60))
def test_words_that_are_no_time_stay_words(text: str) -> None:
    assert "".join(words for words, _at in moments.cut(text)) == text


# What people read is made by these calls; where a fixed word stands in one of them, it stands in a Text.
SHOWN = {
    "Button": ("label",),
    "TextBlock": ("markdown",),
    "Card": ("title", "footer"),
    "FactsBlock": ("facts",),
    "Link": ("title", "note"),
    "reply": ("", "footer"),
    "notice": ("",),
    "hits_card": ("",),
    "error_card": ("",),
    "note_card": ("",),
    "InputError": ("", "hint"),
    "NotFoundError": ("", "hint"),
    "_plain": ("",),
    "_input": ("", "hint"),
}
SAYING = {"Text", "plural", "message", "said", "_option", "_button", "_fact"}
READ = (
    *("vigil_bot/commands", "vigil_bot/progress", "vigil_bot/proactive", "vigil_bot/watch"),
    *("vigil_bot/building.py", "vigil_bot/handler.py", "vigil_bot/introduction.py", "vigil_bot/assembly.py"),
    *(f"adapters/slack/{name}.py" for name in ("interact", "answers", "views", "render", "client")),
    *(f"adapters/lark/{name}.py" for name in ("interact", "render", "toasts", "client")),
    *(f"adapters/local/{name}.py" for name in ("bodies", "client", "source", "writes", "render")),
    *(f"knowledge/{name}.py" for name in ("curation", "curator", "recall")),
    "vigil_bot/console",
)


@dataclass(frozen=True)
class Shown:
    place: str
    value: ast.expr


def shown(tree: ast.Module, path: str) -> Iterator[Shown]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        wanted = SHOWN.get(name, ())
        values = [*(node.args[:1] if "" in wanted else ()), *(k.value for k in node.keywords if k.arg in wanted)]
        yield from (Shown(place=f"{path}:{node.lineno} {name}", value=value) for value in values)


def fixed(node: ast.AST) -> Iterator[str]:
    """Yield the fixed words that are not in a Text."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in SAYING or name in SHOWN:
            return
    if isinstance(node, ast.Subscript | ast.Compare):
        return
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _WORD.search(words(node.value).replace("Vigil", ""))
    ):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from fixed(child)


def test_no_fixed_words_are_shown_past_the_catalogue() -> None:
    paths = [path for one in READ for path in ([ROOT / one] if one.endswith(".py") else (ROOT / one).rglob("*.py"))]
    wrong = [
        f"{one.place}: {text!r}"
        for path in sorted(paths)
        for one in shown(ast.parse(path.read_text("utf-8")), path.relative_to(ROOT).as_posix())
        for text in fixed(one.value)
    ]
    assert wrong == []


def test_the_page_has_no_fixed_words_past_the_catalogue() -> None:
    templates = (ROOT / "vigil_bot" / "console" / "templates").glob("*.html")
    outside = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", re.DOTALL)
    attributes = re.compile(r'(?:aria-label|placeholder|title|alt)="([^"{]*[a-z]{3}[^"]*)"')
    wrong = []
    for path in templates:
        page = path.read_text("utf-8")
        told = outside.sub(" ", page).replace("Vigil Bot", "").replace("VIGIL_CONSOLE_TOKEN", "")
        wrong += [f"{path.name}: {found}" for found in (*re.findall(r"[A-Za-z]{3,}", told), *attributes.findall(page))]
    assert wrong == []
