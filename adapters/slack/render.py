"""Cards as Block Kit, within Slack's limits; pure.

What others wrote goes into rich text, where nothing is markup and nobody can be called; only our own Markdown becomes mrkdwn.
Source: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/methods/chat.postMessage.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import JsonValue

from adapters.slack.dates import date_format, dated
from adapters.slack.mrkdwn import link, plain, segments, split, split_plain, to_mrkdwn
from vigil_bot.model.card import (
    Block,
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
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import written_in
from vigil_bot.texts.moments import cut
from vigil_bot.texts.text import Text

Json = dict[str, JsonValue]

MAX_BLOCKS = 50  # a message; a modal or the App Home takes 100
MAX_BYTES = 12_000  # of blocks; msg_blocks_too_long comes at about 13,200, which no page documents: slackapi/bolt-js issues 2509 and 2867
MAX_BUTTONS_BYTES, MAX_END_CHARS = 5_000, 500  # a title or small print is shorter, so that there is room for the rest
PIECE_CHARS = 1_500  # of a long text in one block, so that a part of it may be shown
MAX_FALLBACK_CHARS = 3_900  # of 40,000: chat.update takes 4,000
MAX_HEADER_CHARS = 150
MAX_LABEL_CHARS = 75
MAX_VALUE_CHARS = 2_000
MAX_ROW = 25  # elements in one block of actions
ACTION_PREFIX = "vigil"
SHORTENED = Text("… shortened")


def blocks_of(card: Card, *, max_blocks: int = MAX_BLOCKS, max_bytes: int = MAX_BYTES) -> list[JsonValue]:
    """Return a card as blocks: title, content, buttons, small print; content that is too long is cut at the end, and says so."""
    top, bottom = [_title(card)] if card.title.strip() else [], [*_buttons(card), *_footer(card.footer)]
    made = (one for block in card.blocks for one in _blocks(block))
    ends = [*top, *bottom]
    cut_off = _context(said(SHORTENED, Reader(language=written_in(card.title, *(b.label for b in card.buttons)))))
    content = _fitting(made, cut_off, room=max_blocks - len(ends), room_bytes=max_bytes - sum(map(_bytes, ends)))
    return [*top, *content, *bottom] or [_context("…")]


def fallback(card: Card) -> str:
    """Return a card as short mrkdwn without markup: for notifications, screen readers and search."""
    text = replace(card, blocks=tuple(map(_without_marks, card.blocks))).text.strip()
    return (split(plain(text), MAX_FALLBACK_CHARS) or ["…"])[0]


def message_of(card: Card) -> Json:
    """Return what chat.postMessage, chat.update and a response_url take."""
    return {"text": fallback(card), "blocks": blocks_of(card)}


def button_value(button: Button, card: Card) -> str:
    """Return what the platform keeps for a button; that of "send" carries the text too, so that it can be edited first."""
    if button.action != "send":
        return button.value
    quoted = "\n\n".join(block.text for block in card.blocks if isinstance(block, QuoteBlock))
    packed = json.dumps({"value": button.value, "text": quoted}, ensure_ascii=False)
    return packed if len(packed) <= MAX_VALUE_CHARS else json.dumps({"value": button.value, "text": ""})


def _fitting(made: Iterator[Json], cut_off: Json, *, room: int, room_bytes: int) -> list[JsonValue]:
    """Take blocks while there is room for them, and for the note that says that there was not."""
    taken: list[JsonValue] = []
    left = room_bytes - _bytes(cut_off)
    for block in made:
        left -= _bytes(block)
        if left < 0 or len(taken) >= room:
            return [*taken[: max(0, room - 1)], cut_off]
        taken.append(block)
    return taken


def _bytes(block: Json) -> int:
    return len(json.dumps(block, ensure_ascii=False).encode("utf-8", "replace"))


def _title(card: Card) -> Json:
    title = " ".join(card.title.split())
    if card.kind in (CardKind.STATUS, CardKind.REPLY) and len(title) <= MAX_HEADER_CHARS and "`" not in title:
        return {"type": "header", "text": {"type": "plain_text", "text": title}}
    text = (split(to_mrkdwn(title), MAX_END_CHARS) or ["…"])[0]
    strong = card.kind is not CardKind.NOTICE and "*" not in text
    return _section(f"*{text}*" if strong else text)


def _blocks(block: Block) -> Iterator[Json]:
    match block:
        case TextBlock():
            yield from map(_section, split(to_mrkdwn(block.markdown), PIECE_CHARS))
        case QuoteBlock():
            yield from _quote(block.text)
        case FactsBlock():
            yield from _facts(block.facts)
        case LinksBlock():
            yield from map(_context, split("\n".join(_source(n, one) for n, one in enumerate(block.links, 1))))


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": dated(text), "verbatim": True}}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": dated(text), "verbatim": True}]}


def _rich(*elements: JsonValue) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


_CODE = re.compile(r"`([^`\n]*[^`\s][^`\n]*)`")
_URL = re.compile(r"https?://[^\s<>\"'`，。；！？、]+[^\s<>\"'`，。；！？、.,:;!?()\[\]]")


def _quote(text: str) -> Iterator[Json]:
    """Yield somebody's words as a quotation, and their code as code."""
    for segment in segments(text):
        words = segment.text if segment.code else segment.text.strip("\n")
        for part in split_plain(words, PIECE_CHARS):
            if not part.strip():
                continue
            if segment.code:
                yield _rich({"type": "rich_text_preformatted", "elements": [_words(part)]})
            else:
                yield _rich({"type": "rich_text_quote", "elements": _quoted(part)})


def _words(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def _timed(text: str) -> Iterator[Json]:
    """Yield words, and the times among them so that everybody sees them in their own zone."""
    for words, at in cut(text):
        date: Json = (
            {"type": "date", "timestamp": int(at or 0), "format": date_format(words), "fallback": words} if at else {}
        )
        yield date or _words(words)


def _quoted(text: str) -> list[JsonValue]:
    """Return words, with the code among them as code, and the addresses as links."""
    elements: list[JsonValue] = []
    at = 0
    for found in _CODE.finditer(text):
        elements += _linked(text[at : found.start()])
        elements.append({"type": "text", "text": found[1], "style": {"code": True}})
        at = found.end()
    return elements + _linked(text[at:])


def _linked(text: str) -> list[JsonValue]:
    """Return words, with the addresses among them as links."""
    elements: list[JsonValue] = []
    at = 0
    for found in _URL.finditer(text):
        elements += [_words(text[at : found.start()])] if found.start() > at else []
        elements.append({"type": "link", "url": found[0]})
        at = found.end()
    return [*elements, _words(text[at:])] if at < len(text) else elements


def _facts(facts: Sequence[tuple[str, str]]) -> Iterator[Json]:
    """Yield label and value in lines; many in one block, as long as it stays within the limit of a text."""
    elements: list[JsonValue] = []
    size = 0
    for label, value in facts:
        name, words = label[:MAX_HEADER_CHARS], value[: PIECE_CHARS - MAX_HEADER_CHARS - 3] or "–"
        length = len(name) + len(words) + 3
        if elements and size + length > PIECE_CHARS:
            yield _rich({"type": "rich_text_section", "elements": elements})
            elements, size = [], 0
        elements += [_words(f"{chr(10) if elements else ''}{name}: ", bold=True), *_timed(words)]
        size += length
    if elements:
        yield _rich({"type": "rich_text_section", "elements": elements})


def _source(number: int, source: Link) -> str:
    """Return a source with its number, unless its title begins with one."""
    title = " ".join(source.title.split())
    words = link(source.url, title) if source.url else plain(title)
    numbered = words if title[:1].isdigit() else f"[{number}] {words}"
    return f"{numbered} · {plain(' '.join(source.note.split()))}" if source.note else numbered


def _buttons(card: Card) -> list[Json]:
    made = [_button(n, button, button_value(button, card)) for n, button in enumerate(card.buttons)]
    shown: list[JsonValue] = []
    left = MAX_BUTTONS_BYTES
    for one in made:
        left -= _bytes(one) if one else 0
        shown += [one] if one and left >= 0 else []
    return [{"type": "actions", "elements": shown[n : n + MAX_ROW]} for n in range(0, len(shown), MAX_ROW)]


def _button(number: int, button: Button, value: str) -> Json | None:
    """Return a button; None for one whose value Slack would not keep."""
    label = " ".join(button.label.split())[:MAX_LABEL_CHARS]
    if len(value) > MAX_VALUE_CHARS or not label:
        return None
    made: Json = {
        "type": "button",
        "action_id": f"{ACTION_PREFIX}:{number}:{button.action}",
        "text": {"type": "plain_text", "text": label},
    }
    return made | ({"value": value} if value else {}) | _style(button.style)


def _style(style: ButtonStyle) -> Json:
    return {} if style is ButtonStyle.DEFAULT else {"style": style.value}


def _footer(footer: str) -> list[Json]:
    return [_context(part) for part in split(to_mrkdwn(footer), MAX_END_CHARS)[:1]]


_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_EMPHASIS = re.compile(r"\*\*([^*\n]+)\*\*")


def _without_marks(block: Block) -> Block:
    if not isinstance(block, TextBlock):
        return block
    return TextBlock(markdown=_EMPHASIS.sub(r"\1", _LINK.sub(r"\1 (\2)", block.markdown)))
