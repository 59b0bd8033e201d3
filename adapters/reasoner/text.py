"""Sentences, code and terms of a text; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import Stemmer

MAX_READ = 8_000  # characters of a message that are read: what is longer is a log, and its end is no answer
FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED = re.compile(
    r"(?:^[ \t]*@?[^\s\n]+(?:[ \t][^\s\n]+)?[ \t]+(?:said|wrote)[^\n]{0,20}:[ \t]*\n+)?"  # who is quoted
    r"(?:^(?:>|&gt;)[ \t]*\n(?:^[^\n]+(?:\n|\Z))*|^(?:>|&gt;)[^\n]*(?:\n|\Z))+",
    re.MULTILINE,
)
_BREAK = re.compile(
    r"`[^`\n]+`|https?://[^\s<>|）)」]*[^\s<>|）)」.,!?。！？]"  # nothing ends inside code or an address
    r"|(?P<stop>[。！？]+[\"”’」）)]*|[.!?]+[\"')\]]*(?=\s|$)|\?(?=[\u4e00-\u9fff]))"
)
_NOT_AN_END = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|resp|cf|no|nr|mr|ms|mrs|dr|st|[A-Za-z]|\.\.+)\.$|^\s*\d{1,2}\.$",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[a-z0-9_]+(?:[.:/-][a-z0-9_]+)*")
_WORD = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_PLACEHOLDER = re.compile(r"\[?<[^<>\n]{1,40}>\]?")
_NO_COMMAND = "is|was|and|or|in|on|for|to|the|an?|has|can|will|does|with|from|at|as|daemon|containers?|images?|hub|hosts?|clients?|servers?|engine|if|but|when|not|that|we|i|you"
_CODE_LIKE = re.compile(
    r"`[^`\n]+`|```|(?:^|\s)--?[a-z][\w-]*(?=[\s=,.]|$)|(?:^|\s)(?:sudo|kubectl|docker|helm|git|systemctl|apt(?:-get)?|pip3?|npm|curl|ssh)\s(?!(?:"
    + _NO_COMMAND
    + r")\b)[a-z-]|\w{1,60}\(\)|\w{1,60}=\S|(?<![\w-])[\w-]{1,60}(?:\.[\w-]{1,60}){2,}|(?:^|\s)(?:~?/[\w.-]+){2,}"
    r"|\b[a-z]+(?:_[a-z0-9]+)+\b|\b[A-Z]{2,}-?\d+\b"
)
_URL = re.compile(r"https?://\S+")
_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its just me my no not of on or our
so some than that the their them then there they this to too up was we were what when where which who why will with would you your
im ive dont doesnt didnt cant isnt s t m ve re ll d 的 了 是 在 我 你 们 吗 呢 吧 啊 就 也 都 和 有 这 那 个
"""
_STOP = frozenset(_STOP_WORDS.split())
_NEAR = 12  # characters: longer than any abbreviation
_LOOKED_AT = 1_000  # characters that are enough to tell whether a text says something
_stem = Stemmer.Stemmer("english").stemWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A whole sentence, list line or code fence, and where it stands in its text."""

    text: str
    start: int
    end: int
    fence: bool = False


def units(text: str) -> list[Unit]:
    """Return the text as whole units, in order; a code fence is one, a line never spans two."""
    found: list[Unit] = []
    at = 0
    for fence in FENCE.finditer(text):
        found += _sentences(text, at, fence.start())
        found.append(Unit(text=fence[0], start=fence.start(), end=fence.end(), fence=True))
        at = fence.end()
    return [*found, *_sentences(text, at, len(text))]


def _sentences(text: str, start: int, end: int) -> Iterator[Unit]:
    for line in re.finditer(r"[^\n]+", text[start:end]):
        at = start + line.start()
        for stop in [*_breaks(line[0], at), start + line.end()]:
            piece = text[at:stop]
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                yield Unit(text=piece.strip(), start=at + lead, end=at + lead + len(piece.strip()))
            at = stop


def _breaks(line: str, at: int) -> Iterator[int]:
    """Return where sentences of a line end, but for its own end; never inside code or an address."""
    for stop in _BREAK.finditer(line):
        if not stop["stop"] or stop.end() == len(line):
            continue
        abbreviation = stop[0].startswith(".") and _NOT_AN_END.search(line[max(0, stop.end() - _NEAR) : stop.end()])
        ellipsis = stop[0].startswith("..") and line[stop.end() : stop.end() + 2].lstrip()[:1].islower()
        if not abbreviation and not ellipsis:
            yield at + stop.end()


def without_quotations(text: str) -> str:
    """Return the text without the lines that repeat what somebody else wrote (`> ...`, `bob said:`), MAX_READ long at most."""
    text = text[:MAX_READ]
    return _QUOTED.sub("", text) if ">" in text or "&gt;" in text else text


def language(text: str) -> str:
    """Return "zh" for a text with a fair share of Chinese, else "en"."""
    chinese = sum(len(run) for run in _CHINESE.findall(text))
    words = len(re.findall(r"[A-Za-z]{2,}", FENCE.sub("", text)))
    return "zh" if chinese and chinese * 2 >= words else "en"


def terms(text: str) -> list[str]:
    """Return stemmed words, identifiers whole and in parts, and Chinese bigrams; no stop words, no placeholders."""
    lower = _PLACEHOLDER.sub(" ", text).lower()
    found: list[str] = []
    for token in _LATIN.findall(lower):
        parts = _WORD.findall(token)
        if len(parts) > 1:
            found.append(token)
        found += [_stem(part) for part in parts if part not in _STOP]
    for run in _CHINESE.findall(lower):
        found += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return [term for term in found if term not in _STOP]


def weight(text: str) -> int:
    """Return how much a text says: content words, and two Chinese characters as one; an address or code counts as three."""
    text = text[:_LOOKED_AT]
    bare = _PLACEHOLDER.sub(" ", _URL.sub(" ", text))
    chinese = sum(len(run) for run in _CHINESE.findall(bare))
    words = [w for w in _WORD.findall(bare.lower()) if w not in _STOP]
    return len(words) + chinese // 2 + 3 * has_code(text) + 3 * bool(_URL.search(text))


def has_code(text: str) -> bool:
    """Whether there is a command, an option, a path or an identifier in it."""
    return bool(_CODE_LIKE.search(text[:_LOOKED_AT]))


def cut(text: str, limit: int) -> str:
    """Return the text within limit characters, cut between words, an ellipsis for what is missing."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip(" ,;:，；：、") + "…"
