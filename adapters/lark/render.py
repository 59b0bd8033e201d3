"""Cards as Lark's card JSON 2.0, within its limits; pure.

What others wrote is escaped, so that nothing in it is markup and nobody can be called; only our own Markdown becomes rich text.
Source: https://open.larksuite.com/document/feishu-cards/card-json-v2-structure: 30 KB and 200 elements a card.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from adapters.lark.markdown import dated, link, pieces, plain, quoted, seen, to_lark, uncalled
from adapters.lark.spoken import with_mentions
from vigil_bot.model.card import Block, Button, Card, CardKind, FactsBlock, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import written_in
from vigil_bot.texts.text import Text

Json = dict[str, JsonValue]

MAX_BYTES = 24_000  # of 30 KB: tags count for more than their length
MAX_TAGS = 150  # of 200
PIECE_CHARS = 1_200  # of a long text in one element, so that a part of it may be shown
MAX_TITLE_CHARS, MAX_END_CHARS, MAX_LABEL_CHARS, MAX_SUMMARY_CHARS = 200, 500, 100, 150
MAX_BUTTONS, MAX_BUTTONS_BYTES, MAX_VALUE_CHARS = 20, 8_000, 1_000
MAX_NOTICE_CHARS = 600
MAX_INPUT_CHARS = 1_000  # that Lark lets people type
FORM, FIELD = "vigil_form", "words"
SENT = "send"  # the action of a form that is edited before it goes to the thread

_COLORS = {CardKind.SUGGESTION: "blue", CardKind.STATUS: "indigo", CardKind.REPLY: "wathet"}
_MARKS = re.compile(r"\*\*|`+")  # of Markdown, where Lark shows plain text
_SHORTENED = Text("… shortened")
_EDIT = Text("Text for the thread"), Text("Everybody in the thread will see it. Left empty, it is sent as it stands.")
_MISSING = Text("What was wrong, or missing?"), Text("It is stored with your verdict, and helps to mend the entry.")
_SUBMIT = Text("Send")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a card belongs to: its conversation, whether one person only sees it, and the mark by which its post is found."""

    conversation: ConversationRef
    private: bool = False
    mark: str = ""
    language: str = "en"


def mark_of(key: str) -> str:
    """Return the mark of a post's key; Lark takes 20 letters and digits as an element's id, 50 as a uuid."""
    return f"v{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:19]}"


def language_of(card: Card) -> str:
    """Return the language that a card speaks: "zh" or "en"."""
    return written_in(card.title, *(button.label for button in card.buttons))


def card_of(card: Card, origin: Origin) -> Json:
    """Return a card: title, content, form, buttons, small print; content that is too long is cut at the end, and says so."""
    card = with_mentions(card)
    language = language_of(card)
    origin = replace(origin, language=language)
    ends = [*_form(card, origin), *_buttons(card, origin), *_footer(card.footer)]
    content = _fitting(
        (one for block in card.blocks for one in _elements(block)), ends, said(_SHORTENED, Reader(language=language))
    )
    elements: list[JsonValue] = [*content, *ends]
    title = _one_line(card.title)[:MAX_NOTICE_CHARS]
    has_header = card.kind in _COLORS and bool(elements) and bool(title)
    if not has_header:
        elements = [_markdown(plain(title) or "…"), *elements]
    if origin.mark and isinstance(elements[0], dict):
        elements[0]["element_id"] = origin.mark
    made: Json = {
        "schema": "2.0",
        "config": {"update_multi": True, "summary": {"content": _summary(card)}},
        "body": {"elements": elements},
    }
    if has_header:
        made["header"] = {"title": _plain_text(title[:MAX_TITLE_CHARS]), "template": _COLORS[card.kind]}
    return made


def comment_card(value: str, origin: Origin) -> Json:
    """Return a form that asks what was wrong with a suggestion; the verdict itself is stored already."""
    label, hint, submit = said((*_MISSING, _SUBMIT), Reader(language=origin.language))
    called: Json = {"action": "comment", "value": value, **_belongs(origin)}
    form = _asking(label, hint, submit, called)
    made: Json = {"schema": "2.0", "config": {"update_multi": True, "summary": {"content": label}}}
    return made | {"body": {"elements": [form]}}


def digest_of(words: str) -> str:
    """Return what tells whether words were edited."""
    return hashlib.sha256(" ".join(words.split()).encode("utf-8", "replace")).hexdigest()[:12]


def size_of(card: JsonValue) -> int:
    """Return how many bytes Lark counts for a card, without its surcharge for tags."""
    return len(json.dumps(card, ensure_ascii=False).encode("utf-8", "replace"))


def _fitting(made: Iterator[Json], ends: Sequence[Json], shortened: str) -> list[Json]:
    """Take elements while there is room for them, and for the note that says that there was not."""
    note = _small(plain(shortened))
    size, tags = _overhead(ends) + size_of(note), 2 + sum(map(_tags, ends))
    taken: list[Json] = []
    for element in made:
        size += size_of(element) + len(", ")
        tags += _tags(element)
        if size > MAX_BYTES or tags > MAX_TAGS:
            return [*taken, note]
        taken.append(element)
    return taken


def _overhead(ends: Sequence[Json]) -> int:
    return sum(map(size_of, ends)) + 4 * (MAX_TITLE_CHARS + MAX_SUMMARY_CHARS) + 500


def _tags(value: JsonValue) -> int:
    if isinstance(value, dict):
        return ("tag" in value) + sum(map(_tags, value.values()))
    return sum(map(_tags, value)) if isinstance(value, list) else 0


def _elements(block: Block) -> Iterator[Json]:
    match block:
        case TextBlock():
            yield from map(_markdown, pieces(block.markdown, PIECE_CHARS, to_lark))
        case QuoteBlock():
            yield from map(_quotation, pieces(block.text, PIECE_CHARS, quoted))
        case FactsBlock():
            yield from _facts(block.facts)
        case LinksBlock():
            yield from (_small(_source(number, one)) for number, one in enumerate(block.links, 1))


def _markdown(content: str) -> Json:
    return {"tag": "markdown", "content": content}


def _small(content: str) -> Json:
    return {"tag": "markdown", "content": content, "text_size": "notation"}


def _plain_text(content: str) -> Json:
    return {"tag": "plain_text", "content": content}


def _quotation(content: str) -> Json:
    column: Json = {"tag": "column", "width": "weighted", "weight": 1, "padding": "8px 12px 8px 12px"}
    column["elements"] = [_markdown(content)]
    return {"tag": "column_set", "background_style": "grey-100", "columns": [column]}


def _facts(facts: Sequence[tuple[str, str]]) -> Iterator[Json]:
    """Yield label and value in lines, many in one element."""
    lines: list[str] = []
    for label, value in facts:
        lines.append(
            f"**{plain(' '.join(label[:MAX_LABEL_CHARS].split()) or '–')}:** {dated(value[:PIECE_CHARS].strip()) or '–'}"
        )
        if sum(map(len, lines)) > PIECE_CHARS:
            yield _markdown("\n".join(lines))
            lines = []
    if lines:
        yield _markdown("\n".join(lines))


def _source(number: int, source: Link) -> str:
    """Return a source with its number, unless its title begins with one."""
    title = " ".join(source.title.split())[:MAX_TITLE_CHARS]
    words = link(source.url, title) if source.url else plain(title)
    numbered = words if title[:1].isdigit() else f"&#91;{number}&#93; {words}"
    return f"{numbered} · {dated(source.note[:MAX_TITLE_CHARS])}" if source.note else numbered


def _form(card: Card, origin: Origin) -> Iterator[Json]:
    """Yield a form for the words that go to the thread: Lark has no windows, so that they are edited in the card."""
    button = next((one for one in card.buttons if one.action == SENT and _is_usable(one)), None)
    if button is None:
        return
    words = "\n\n".join(block.text for block in card.blocks if isinstance(block, QuoteBlock)).strip()
    words = words if len(words) <= MAX_INPUT_CHARS else ""
    label, hint = said(_EDIT, Reader(language=origin.language))
    called = _called(button, origin) | {"as": digest_of(words)}
    yield _asking(label, hint, button.label, called, initial=words)


def _asking(label: str, hint: str, submit: str, called: Json, *, initial: str = "") -> Json:
    asked: Json = {"tag": "input", "name": FIELD, "input_type": "multiline_text", "rows": 3, "auto_resize": True}
    asked |= {
        "width": "fill",
        "max_length": MAX_INPUT_CHARS,
        "label": _plain_text(label),
        "placeholder": _plain_text(hint),
    }
    asked |= {"default_value": seen(initial)} if initial else {}
    button = _pressed(submit, "primary", called) | {"name": f"{FORM}_submit", "form_action_type": "submit"}
    return {"tag": "form", "name": FORM, "elements": [asked, button]}


def _buttons(card: Card, origin: Origin) -> list[Json]:
    columns: list[JsonValue] = []
    left = MAX_BUTTONS_BYTES
    for button in card.buttons:
        column = _column(button, origin)
        left -= size_of(column)
        if button.action != SENT and _is_usable(button) and left >= 0 and len(columns) < MAX_BUTTONS:
            columns.append(column)
    row: Json = {"tag": "column_set", "flex_mode": "flow", "horizontal_spacing": "8px", "columns": columns}
    return [row] if columns else []


def _is_usable(button: Button) -> bool:
    return bool(button.label.strip()) and len(button.value) <= MAX_VALUE_CHARS


def _column(button: Button, origin: Origin) -> Json:
    pressed = _pressed(button.label, button.style.value, _called(button, origin))
    return {"tag": "column", "width": "auto", "elements": [pressed]}


def _pressed(label: str, style: str, called: Json) -> Json:
    made: Json = {"tag": "button", "text": _plain_text(_one_line(label)[:MAX_LABEL_CHARS] or "…"), "type": style}
    return made | {"behaviors": [{"type": "callback", "value": called}]}


def _called(button: Button, origin: Origin) -> Json:
    return {"action": button.action, "value": button.value, **_belongs(origin)}


def _belongs(origin: Origin) -> Json:
    private: Json = {"private": "yes"} if origin.private else {}
    mark: Json = {"mark": origin.mark} if origin.mark else {}
    return {"in": origin.conversation.key, "lang": origin.language, **private, **mark}


def _footer(footer: str) -> Iterator[Json]:
    words = " ".join(footer.split())[:MAX_END_CHARS]
    if words:
        yield _small(f"<font color='grey'>{to_lark(words)}</font>")


def _summary(card: Card) -> str:
    """Return what stands in the list of chats and in a notification: plain, on one line."""
    return _one_line(replace(card, footer="").text)[:MAX_SUMMARY_CHARS] or "…"


def _one_line(text: str) -> str:
    return " ".join(uncalled(_MARKS.sub("", seen(text))).split())
