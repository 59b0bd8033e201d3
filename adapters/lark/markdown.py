"""Our small Markdown, and plain words, as Lark's rich text, which calls nobody; pure.

Lark reads CommonMark with tags of its own: <at> pings, <person> shows somebody. Only tags that are made here reach it.
Source: https://open.larksuite.com/document/feishu-cards/card-json-v2-components/content-components/rich-text, "Escape".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vigil_bot.texts import moments

WORD_JOINER = "\u2060"  # takes no room; inside a tag's name or a fence it keeps both from being read as such
MAX_URL_CHARS, MAX_LABEL_CHARS = 1_000, 200
_MAX_INDENT = 24

Render = Callable[[str], str]
"""Make rich text of a text that is no code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of text, or what stands in a code fence."""

    text: str
    code: bool = False


_FENCE = re.compile(r"^[ \t]*(`{3,})(?:[^\n`]*\n|[ \t]*\Z)(.*?)(?:^[ \t]*\1`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CALL = re.compile(r"<(?=\s*/?\s*(?:\Z|(?:at|person)\b))", re.IGNORECASE)  # the word may follow on the next line
_SPECIAL = re.compile(r"[&<>*_~`\[\]\\|$]|:(?=[A-Za-z_]+:)")
_LINE_START = re.compile(r"^[ \t]*(?:[#+=-]|\d{1,9}[.)])")
_URL = re.compile(
    r"https?://[^\s<>()\[\]`\"'|，。；！？、]+(?:\([^\s<>()`]*\)[^\s<>()\[\]`\"'|，。；！？、]*)*", re.IGNORECASE
)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]*)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    rf"|(?P<url>{_URL.pattern})"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
    rf"|(?P<time>{moments.PATTERN})",
    re.IGNORECASE,
)
_IN_QUOTE = re.compile(rf"`(?P<code>[^`\n]*[^`\s][^`\n]*)`|(?P<url>{_URL.pattern})", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$")
_ITEM = re.compile(r"^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(?=\S)")
_SAFE_URL = re.compile(r"(?:https?://|mailto:)[^\s<>]+", re.IGNORECASE)
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_IN_TARGET = {ord(sign): f"%{ord(sign):02X}" for sign in "()<>\"'`\\ *[]|"}
_TRAILING = ".,:;!?"


def to_lark(markdown: str) -> str:
    """Return a small Markdown as rich text: emphasis, code, fences, links, lists, headings; times in the reader's zone."""
    return "\n".join(_code(s.text) if s.code else _paragraphs(s.text) for s in segments(markdown))


def plain(text: str) -> str:
    """Return words so that Lark shows them as they stand."""
    return "\n".join(_as_it_stands(line) for line in seen(text).split("\n"))


def quoted(text: str) -> str:
    """Return somebody's words so that Lark shows them as they stand, their addresses as links and their code as code."""
    return "\n".join(_linked(line) for line in seen(text).split("\n"))


def dated(text: str) -> str:
    """Return plain words, with the times among them as times in the reader's zone."""
    line = " ".join(seen(text).split("\n"))
    return "".join(_escaped(part) if at is None else _local_time(at) for part, at in moments.cut(line))


def link(url: str, label: str = "") -> str:
    """Return a link; where the address is none that may be opened, its words."""
    target, words = url.strip(), " ".join(label.split())[:MAX_LABEL_CHARS]
    if not _SAFE_URL.fullmatch(target) or len(target) > MAX_URL_CHARS:
        return _escaped(words or target)
    if not words or (_LOOKS_LIKE_AN_ADDRESS.search(words) and words != target):  # one address must not pose as another
        words = target
    return f"[{_escaped(words)}]({target.translate(_IN_TARGET)})"


def uncalled(text: str) -> str:
    """Return a text, for a place without markup, in which nothing looks like a call."""
    return _CALL.sub("<" + WORD_JOINER, text)


def pieces(text: str, limit: int, render: Render) -> Iterator[str]:
    """Yield the text as rich text in parts of at most `limit` characters before they are made rich, cut between lines where possible."""
    for segment in segments(text):
        for part in _parts(segment.text, limit):
            made = _code(part) if segment.code else render(part.strip("\n"))
            if made.strip():
                yield made


def segments(markdown: str) -> Iterator[Segment]:
    """Yield the text and the code fences of a Markdown text, in order; a fence that is not closed ends with the text."""
    text = seen(markdown)
    at = 0
    for fence in _FENCE.finditer(text):
        if fence.start() > at:
            yield Segment(text=text[at : fence.start()].removesuffix("\n"))
        yield Segment(text=fence[2].removesuffix("\n"), code=True)
        at = fence.end() + (text[fence.end() : fence.end() + 1] == "\n")
    if at < len(text):
        yield Segment(text=text[at:])


def seen(text: str) -> str:
    """Return a text without what is no character that people see, its lines ended in one way."""
    return (
        _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\u2028", "\n").replace("\u2029", "\n")
    )


def _parts(text: str, limit: int) -> Iterator[str]:
    part = ""
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), limit):
            chunk = line[start : start + limit]
            if len(part) + len(chunk) > limit:
                yield part
                part = ""
            part += chunk
    if part:
        yield part


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", uncalled(text))


def _as_it_stands(line: str) -> str:
    return _kept(line, _escaped)


def _linked(line: str) -> str:
    return _kept(line, _with_links)


def _kept(line: str, render: Render) -> str:
    """Return a line that begins no list, heading or code, whatever stands at its beginning; its indentation is kept."""
    words = line.lstrip(" \t")
    indent = "&nbsp;" * min(len(line[: len(line) - len(words)].expandtabs(4)), _MAX_INDENT)
    begins = _LINE_START.match(words)
    if begins is None:
        return indent + render(words)
    end = begins.end()
    return f"{indent}{words[: end - 1]}&#{ord(words[end - 1])};{render(words[end:])}"


def _with_links(words: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _IN_QUOTE.finditer(words):
        taken = found[0] if found["url"] is None else found["url"].rstrip(_TRAILING)
        parts += [_escaped(words[at : found.start()]), uncalled(taken) if found["url"] is None else link(taken)]
        at = found.start() + len(taken)
    return "".join([*parts, _escaped(words[at:])])


def _code(code: str) -> str:
    inner = uncalled(code).replace("```", f"`{WORD_JOINER}`{WORD_JOINER}`")
    return f"```\n{inner}\n```"


def _paragraphs(text: str) -> str:
    made: list[str] = []
    in_list = False
    for line in text.split("\n"):
        item = _ITEM.match(line)
        if in_list and item is None and line.strip():
            made.append("")  # else it would go on with the item
        in_list = item is not None
        made.append(_line(line, item))
    return "\n".join(made)


def _line(line: str, item: re.Match[str] | None) -> str:
    if item is not None:
        mark = f"{item[2]}. " if item[2] else "- "
        return ("  " if item[1] else "") + mark + _spans(line[item.end() :])
    heading = _HEADING.match(line)
    if heading is not None:
        words = heading[1].replace("**", "").rstrip(" #")
        return f"**{_spans(words)}**" if words else _as_it_stands(line)
    return _kept(line, _spans)


def _spans(words: str) -> str:
    made = ""
    at = 0
    for found in _INLINE.finditer(words):
        made += _escaped(words[at : found.start()])
        made += _span(found, before=made[-1:], after=words[found.end() : found.end() + 1])
        at = found.end()
    return made + _escaped(words[at:])


def _span(found: re.Match[str], *, before: str, after: str) -> str:
    groups = found.groupdict()
    if groups["code"] is not None:
        return f"`{uncalled(found['code'])}`"
    if groups["target"] is not None:
        return link(found["target"], found["label"]) if found["target"] else _escaped(found["label"])
    if groups["url"] is not None:
        url = found["url"].rstrip(_TRAILING)
        return link(url) + _escaped(found["url"][len(url) :])
    if groups["time"] is not None:
        at = moments.read(found[0])
        return _escaped(found[0]) if at is None else _local_time(at)
    sign, inner = ("**", found["bold"]) if groups["bold"] is not None else ("*", found["italic"])
    return _emphasis(sign, inner, before=before, after=after) if inner.strip() else _escaped(found[0])


def _emphasis(sign: str, inner: str, *, before: str, after: str) -> str:
    """Return emphasized words; a space keeps them apart from letters where CommonMark would not see the signs otherwise."""
    words = _spans(inner.strip())
    left = " " if before.isalnum() and not words[0].isalnum() else ""
    right = " " if after.isalnum() and not words[-1].isalnum() else ""
    return f"{left}{sign}{words}{sign}{right}"


def _local_time(at: float) -> str:
    """Return a time as a tag that Lark shows in the reader's zone."""
    ms = int(at) * 1000
    date, time = (
        f"<local_datetime millisecond='{ms}' format_type='{form}'></local_datetime>" for form in ("date_num", "time")
    )
    return f"{date} {time}"
