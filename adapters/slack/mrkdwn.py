"""Our small Markdown as Slack's mrkdwn, which never pings; and splitting it where nothing breaks; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TEXT_CHARS = 3_000
_MAX_URL_CHARS, _MAX_LABEL_CHARS = 1_500, 200  # with every character escaped, a link still fits into a text
WORD_JOINER = "\u2060"  # takes no room; put after an @, it keeps "@channel" from being read as a mention

_FENCE = re.compile(r"^[ \t]*(`{3,})(?:[^\n`]*\n|[ \t]*\Z)(.*?)(?:^[ \t]*\1`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]*)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<url>https?://[^\s<>()\[\]`\"'，。；！？、]+(?:\([^\s<>()`]*\)[^\s<>()\[\]`\"'，。；！？、]*)*)"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+(?=\S)", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*\n[ \t]*\|[ \t:|-]+\|[ \t]*(?:\n[ \t]*\|.*\|[ \t]*)*$", re.MULTILINE)
_EVERYBODY = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_SAFE_URL = re.compile(r"(?:https?://|mailto:)[^\s<>|]+", re.IGNORECASE)
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_TRAILING = ".,:;!?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of text, or what stands in a code fence."""

    text: str
    code: bool = False


def segments(markdown: str) -> Iterator[Segment]:
    """Yield the text and the code fences of a Markdown text, in order; a fence that is not closed ends with the text."""
    at = 0
    for fence in _FENCE.finditer(markdown):
        if fence.start() > at:
            yield Segment(text=markdown[at : fence.start()])
        yield Segment(text=fence[2].removesuffix("\n"), code=True)
        at = fence.end()
    if at < len(markdown):
        yield Segment(text=markdown[at:])


def escape(text: str) -> str:
    """Return plain text so that Slack shows it as it stands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Return plain text, escaped, that calls nobody."""
    return _EVERYBODY.sub("@" + WORD_JOINER, escape(text))


def to_mrkdwn(markdown: str) -> str:
    """Return a small Markdown as mrkdwn: emphasis, code, fences, links, lists, headings; tables become fences."""
    fenced = _TABLE.sub(lambda table: f"```\n{table[0]}\n```", markdown) if "|" in markdown else markdown
    return "".join(_fence(s.text) if s.code else _text(s.text) for s in segments(fenced.replace("\0", "")))


def link(url: str, label: str = "") -> str:
    """Return a link; where the address is none that may be opened, its words."""
    target = _EVERYBODY.sub("%40", url.strip().replace("|", "%7C"))
    words = " ".join(label.split()).replace("|", "¦")
    if not _SAFE_URL.fullmatch(target) or len(escape(target)) > _MAX_URL_CHARS:
        return plain(words or url.strip())
    if not words or (_LOOKS_LIKE_AN_ADDRESS.search(words) and words != url):  # one address must not pose as another
        return f"<{escape(target)}>"
    return f"<{escape(target)}|{plain(words[:_MAX_LABEL_CHARS])}>"


def _fence(code: str) -> str:
    return f"```\n{escape(code)}\n```"


def _text(text: str) -> str:
    return _spans(_BULLET.sub(r"\1• ", _HEADING.sub(_bold_line, text)))


def _spans(text: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _INLINE.finditer(text):
        parts += [plain(text[at : found.start()]), _span(found)]
        at = found.end()
    return "".join([*parts, plain(text[at:])])


def _bold_line(heading: re.Match[str]) -> str:
    return f"**{heading[1].replace('*', '').rstrip(' #') or '#'}**"


def _span(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return f"`{escape(found['code'])}`"
    if found["target"] is not None:
        return link(found["target"], found["label"]) if found["target"] else plain(found["label"])
    if found["url"] is not None:
        url = found["url"].rstrip(_TRAILING)
        return link(url) + plain(found["url"][len(url) :])
    return f"*{_spans(found['bold'].strip())}*" if found["bold"].strip() else plain(found[0])


_ATOM = re.compile(
    r"```.*?```|`[^`\n]+`|<[^<>\n]*>|&(?:amp|lt|gt);|\n|[^\S\n]+|[^\s<>&`]+|.", re.DOTALL
)  # what a cut may stand between, never inside
_OPEN, _CLOSE = "```\n", "\n```"


def split(mrkdwn: str, limit: int = MAX_TEXT_CHARS) -> list[str]:
    """Return the text in parts of at most `limit` characters, at least 16: cut between lines, or words, or as the last resort letters.

    A code fence that is too long for one part is closed, and opened again in the next. Empty parts are left out.
    """
    parts: list[str] = []
    current = ""
    for piece in _pieces(mrkdwn, limit):
        if len(current) + len(piece) > limit:
            parts.append(current)
            current = ""
        current += piece
    return [part.strip("\n") for part in [*parts, current] if part.strip()]


def _pieces(mrkdwn: str, limit: int) -> Iterator[str]:
    """Yield lines as long as they fit, the parts of longer ones otherwise."""
    for line in _lines(mrkdwn):
        if len(line) <= limit:
            yield line
            continue
        for atom in _ATOM.findall(line):
            yield from _cut(atom, limit)


def _lines(mrkdwn: str) -> Iterator[str]:
    """Yield lines with their ends; a fence is one line."""
    line = ""
    for atom in _ATOM.findall(mrkdwn):
        line += atom
        if atom == "\n":
            yield line
            line = ""
    yield line


def _cut(atom: str, limit: int) -> Iterator[str]:
    if len(atom) <= limit:
        yield atom
    elif atom.startswith("```"):
        code = atom[3:-3].strip("\n")
        for part in split_plain(code, limit - len(_OPEN) - len(_CLOSE), of=_ENTITY_OR_CHARACTER):
            yield f"{_OPEN}{part.removesuffix(chr(10))}{_CLOSE}"
    else:  # a word without end, or a code span; a link is never that long
        yield from split_plain(atom, limit, of=_ENTITY_OR_CHARACTER)


_ENTITY_OR_CHARACTER = re.compile(r"&(?:amp|lt|gt);|.", re.DOTALL)
_CHARACTER = re.compile(r".", re.DOTALL)


def split_plain(text: str, limit: int = MAX_TEXT_CHARS, *, of: re.Pattern[str] = _CHARACTER) -> list[str]:
    """Return text without markup in parts of at most `limit` characters, cut after lines or spaces where there are any.

    Args:
        of: What must stay in one piece; at most `limit` long.
    """
    parts: list[str] = []
    units = of.findall(text)
    while units:
        size = count = 0
        while count < len(units) and size + len(units[count]) <= limit:
            size += len(units[count])
            count += 1
        end = count if count == len(units) else _good_end(units[:count])
        parts.append("".join(units[:end]))
        units = units[end:]
    return parts


def _good_end(units: list[str]) -> int:
    """Return after how many units to cut: after the last line in the second half, else the last space in it, else all."""
    for space in ("\n", " "):
        for end in range(len(units), len(units) // 2, -1):
            if units[end - 1] == space:
                return end
    return len(units)
