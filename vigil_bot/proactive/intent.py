"""What is a message: a question, an answer, a promise, small talk? Pure, built-in, without a model.

A message is cut into words, the words give cues (`intent_en`, `intent_zh`), the cues give a linear score for each intent
(`intent_weights`), and the scores become probabilities. Question and problem report are weighed together, because what
matters most is whether somebody wants help.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, fsum

from vigil_bot.model.conversation import Role
from vigil_bot.model.decision import Intent
from vigil_bot.proactive.intent_en import ENGLISH, GOES_ON
from vigil_bot.proactive.intent_text import BREAK, QUESTION_MARK, Language, Phrases, Words, cut
from vigil_bot.proactive.intent_weights import OPEN_ASKS, WEIGHTS
from vigil_bot.proactive.intent_zh import CHINESE

NEGATION_REACH = 4  # how many tokens a "not" reaches forward, within its clause
THANKS_SCORE = 0.4  # "thank you" alone often means no more than that
CHINESE_WORD = 1.6  # signs
_LENGTHS = ((2.0, "tiny"), (4.0, "short"), (12.0, ""), (25.0, "long"), (float("inf"), "very_long"))  # words

_PHRASES = Phrases(ENGLISH, CHINESE)
_ASKING = tuple(intent for intent in Intent if intent.asks)
_OTHERS = tuple(intent for intent in Intent if not intent.asks)
_NEGATABLE = frozenset({"works", "closing", "work_word"})
_COLUMNS = {cue: tuple(weights.get(intent, 0.0) for intent in Intent) for cue, weights in WEIGHTS.items()}
_NEEDS = {  # what moves a case is not told from its surroundings alone
    Intent.STATUS_REQUEST: frozenset({"status", "did_it"}),
    Intent.PROMISE: frozenset({"promise", "due"}),
    Intent.CONFIRMATION: frozenset({"works", "thanks_after_answer"}),
    Intent.CLOSURE: frozenset({"closing"}),
}
_NEEDED = tuple(_NEEDS.get(intent) for intent in Intent)
_BY_ROLE = frozenset({"did_it", "to_you", "works"})
_ERROR = re.compile(
    r"\b(?:[A-Z][A-Z0-9]{1,9}-\d{2,}|[45]\d\d|0x[0-9a-fA-F]+|\w+(?:Error|Exception)|ERR_\w+|E[A-Z]{5,})\b"
)
_SMILE = re.compile(r"[:;=]-?[)DPp(|/\\]|\^_\^|\(:|xD|:'\(")
_DUE = re.compile(
    r"\beta\b.{0,12}\d|\b(?:in|within|by)\s(?:about\s)?\d|[\d半一两]\s?个?(?:分钟|小时)(?:后|内|左右|给|修)",
    re.IGNORECASE,
)
_SIGNS = (  # what must be there for a sign to be looked for at all
    ("error_sign", re.compile(r"\d|[A-Z]{3}|Exc|Err"), _ERROR),
    ("smile", re.compile(r"[:;=D^]"), _SMILE),
    ("due", re.compile(r"[\d半一两]"), _DUE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest intent of a message, its probability in [0, 1], and the language it is written in."""

    intent: Intent
    score: float
    language: Language


def classify(text: str, *, role: Role, starts_thread: bool, after_answer: bool = False) -> Guess:
    """Return what a message most likely is.

    Args:
        text: As the platform gives it; of a long message only the beginning and the end are looked at.
        role: The author's role in the thread; the opener of a thread is its requester.
        starts_thread: Whether it is the first message of its thread.
        after_answer: Whether somebody has answered before it; then thanks alone count as a (weak) confirmation.
    """
    words = cut(text)
    if not words.count and QUESTION_MARK not in words.tokens:
        return Guess(intent=Intent.CHATTER, score=1.0, language=words.language)
    cues = _told(words, role, starts_thread=starts_thread, after_answer=after_answer)
    chances = _chances(cues)
    asks = _open_asks(cues) if role is Role.UNKNOWN and not starts_thread else None
    intent, score = _likeliest(chances, asks)
    return Guess(intent=intent, score=_sure(intent, score, cues), language=words.language)


def _cues(words: Words) -> Iterator[str]:
    tokens, not_at = words.tokens, -NEGATION_REACH - 1
    for at, cue in _PHRASES.find(tokens):
        if cue == "not":
            not_at = at
        negated = at - not_at <= NEGATION_REACH and BREAK not in tokens[not_at:at]
        yield "negated" if negated and cue in _NEGATABLE else cue
    if QUESTION_MARK in tokens:
        yield "question_sign"
    if len(tokens) > 1 and tokens[1] in GOES_ON:
        yield "goes_on"
    if words.raw.lstrip()[:1] == "!":
        yield "bot_command"
    for cue, hint, sign in _SIGNS:
        if hint.search(words.raw) and sign.search(words.raw):
            yield cue


def _told(words: Words, role: Role, *, starts_thread: bool, after_answer: bool) -> frozenset[str]:
    """Return the cues in the words, and those in who says them where."""
    cues = set(_cues(words))
    cues |= {f"{cue}_{role}" for cue in _BY_ROLE & cues}
    length = words.count / CHINESE_WORD if words.language == "zh" else words.count
    cues |= {"bias", next(cue for bound, cue in _LENGTHS if length <= bound)}
    if starts_thread:
        cues.discard("goes_on")
        cues |= {"starts", f"{role}_starts"}
    else:
        cues.add(f"{role}_reply")
        if words.addressed and role is Role.UNKNOWN:
            cues.add("addressed")
    if after_answer and role is not Role.ANALYST:
        cues.add("after_answer")
        if "thanks" in cues:
            cues.add("thanks_after_answer")
    return frozenset(cues)


def _chances(cues: frozenset[str]) -> dict[Intent, float]:
    columns = [_COLUMNS[cue] for cue in cues if cue in _COLUMNS]
    possible = [
        (intent, fsum(column))
        for intent, needed, column in zip(Intent, _NEEDED, zip(*columns, strict=True), strict=True)
        if needed is None or not needed.isdisjoint(cues)
    ]
    top = max(score for _, score in possible)
    raised = {intent: exp(score - top) for intent, score in possible}
    total = sum(raised.values())
    return {intent: value / total for intent, value in raised.items()}


def _open_asks(cues: frozenset[str]) -> float:
    return 1.0 / (1.0 + exp(-fsum(OPEN_ASKS.get(cue, 0.0) for cue in cues)))


def _likeliest(chances: dict[Intent, float], asks: float | None) -> tuple[Intent, float]:
    """Return the best intent and its chance; asks is the chance of asking where it was told apart from the rest."""
    asking, other = (max(group, key=lambda intent: chances.get(intent, 0.0)) for group in (_ASKING, _OTHERS))
    if asks is not None:
        return (asking, asks) if asks >= 0.5 else (other, 1.0 - asks)  # noqa: PLR2004 -- likelier than not
    asks = sum(chances[intent] for intent in _ASKING)
    return (asking, asks) if asks >= chances[other] else (other, chances[other])


def _sure(intent: Intent, score: float, cues: frozenset[str]) -> float:
    """Return the score, lowered for a confirmation that is no more than thanks."""
    return min(score, THANKS_SCORE) if intent is Intent.CONFIRMATION and "works" not in cues else score
