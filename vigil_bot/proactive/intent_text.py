"""Words, signs and phrases of a message, for telling its intent; pure.

A message becomes a list of tokens: lower-case words without apostrophes, single Chinese characters, `?`, and `^` for every
beginning and end of a clause. Code, links and mentions become the tokens `<code>`, `<url>` and `<at>`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

Language = Literal["en", "zh"]

HEAD_CHARS = 1_200  # what is wanted stands at the beginning or at the end of a message
TAIL_CHARS = 400

BREAK = "^"
QUESTION_MARK = "?"
_LEADING_NICK = re.compile(r"\s*@?([A-Za-z][\w\[\]\\`^{}|-]{1,24})\s?[:,]+\s*(?=\S)")
_NOT_A_NICK = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "hiya",
        "yo",
        "ok",
        "okay",
        "yes",
        "no",
        "yep",
        "nope",
        "yeah",
        "well",
        "so",
        "also",
        "anyway",
        "btw",
        "sorry",
        "thanks",
        "thx",
        "please",
        "pls",
        "guys",
        "all",
        "folks",
        "question",
        "help",
        "note",
        "error",
        "warning",
        "fyi",
        "update",
        "issue",
        "problem",
        "hmm",
        "oh",
        "ah",
        "lol",
        "actually",
        "again",
        "now",
        "then",
        "and",
        "but",
        "or",
        "if",
        "team",
        "everyone",
        "anyone",
        "today",
        "currently",
        "finally",
        "first",
        "next",
        "recently",
        "unfortunately",
        "morning",
        "resolved",
        "fixed",
        "done",
        "subject",
        "edit",
        "context",
        "severity",
        "service",
        "environment",
        "description",
    ]
)
_SUBSTITUTES = (
    (re.compile(r"```.{0,4000}?(?:```|\Z)", re.DOTALL), " <code> "),
    (re.compile(r"`[^`\n]{1,200}`"), " <code> "),
    (re.compile(r"(?m)^(?:>|&gt;)[^\n]*$"), " "),
    (re.compile(r"<?https?://[^\s>]{1,500}>?"), " <url> "),
    (re.compile(r"<[@#!][^>\s]{1,80}>|(?<!\S)@[\w.-]{1,40}"), " <at> "),
)
_SPECIAL = re.compile(r"[`<>@]|&gt;|https?:")
_TOKEN = re.compile(
    r"<[a-z]+>|[a-z0-9_]+(?:[./:+#-][a-z0-9_]+)*\+*|[\u3400-\u9fff]|[?？]|[,，、.。;；:：!！\n…()（）~～]"
)
_PHRASE_TOKEN = re.compile(rf"{_TOKEN.pattern}|\^")
_CJK = re.compile(r"[\u3400-\u9fff]")
_APOSTROPHES = str.maketrans("", "", "'’‘")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message cut up; raw is its text as far as it is looked at, without code and links."""

    tokens: tuple[str, ...]
    raw: str
    language: Language
    addressed: bool
    count: int


def cut(text: str) -> Words:
    """Cut a message up; of a long one only the beginning and the end are looked at."""
    raw = text if len(text) <= HEAD_CHARS + TAIL_CHARS else f"{text[:HEAD_CHARS]}\n{text[-TAIL_CHARS:]}"
    if _SPECIAL.search(raw):
        for pattern, sign in _SUBSTITUTES:
            raw = pattern.sub(sign, raw)
    nick = _LEADING_NICK.match(raw)
    addressed = nick is not None and nick[1].lower() not in _NOT_A_NICK
    if nick is not None and addressed:
        raw = raw[nick.end() :]
    found = _TOKEN.findall(raw.lower().translate(_APOSTROPHES))
    chinese = 0 if raw.isascii() else len(_CJK.findall(raw))
    tokens = tuple(_with_breaks(found))
    words = sum(token not in (BREAK, QUESTION_MARK) for token in tokens)
    latin = words - chinese
    language: Language = "zh" if chinese >= 2 and chinese >= latin else "en"  # noqa: PLR2004 -- one sign may be a name
    return Words(tokens=tokens, raw=raw, language=language, addressed=addressed, count=words)


def _with_breaks(found: Sequence[str]) -> Iterator[str]:
    yield BREAK
    at_break = True
    for sign in found:
        if sign in "?？":
            yield QUESTION_MARK
            yield BREAK
            at_break = True
        elif sign[0].isalnum() or sign[0] in "<_":
            yield sign
            at_break = False
        elif not at_break:
            yield BREAK
            at_break = True
    if not at_break:
        yield BREAK


class Phrases:
    """Finds the phrases of many cues in tokens, in one pass: the longest phrase at each place wins."""

    def __init__(self, *tables: Mapping[str, str]) -> None:
        self._cue_of: dict[tuple[str, ...], str] = {}
        for table in tables:
            for cue, phrases in table.items():
                for tokens in _phrases(phrases):
                    self._cue_of.setdefault(tokens, cue)
        lengths: dict[str, set[int]] = {}
        for tokens in self._cue_of:
            lengths.setdefault(tokens[0], set()).add(len(tokens))
        self._lengths = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}

    def find(self, tokens: tuple[str, ...]) -> Iterator[tuple[int, str]]:
        """Go through the cues in tokens, each with its place; a clause's end belongs to the next phrase, too."""
        at = 0
        while at < len(tokens):
            size, cue = self._longest(tokens, at)
            if size and tokens[at] == BREAK and self._longest(tokens, at + 1)[0] >= size:
                size = 1
            elif size:
                yield at, cue
                size -= size > 1 and tokens[at + size - 1] == BREAK
            at += size or 1

    def _longest(self, tokens: tuple[str, ...], at: int) -> tuple[int, str]:
        if at < len(tokens):
            for size in self._lengths.get(tokens[at], ()):
                phrase = tokens[at : at + size]
                cue = self._cue_of.get(phrase)
                if cue is not None:
                    return len(phrase), cue
        return 0, ""


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    for phrase in re.split(r"\s/\s|\n", text):
        groups = [part.split("|") for part in re.split(r"[()]", phrase)]
        for words in product(*groups):
            tokens = tuple(_PHRASE_TOKEN.findall("".join(words)))
            if tokens:
                yield tokens
