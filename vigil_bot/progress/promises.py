"""When somebody said that something would be done; pure."""

import re
from datetime import tzinfo

from vigil_bot.progress.due import named_time

MAX_AHEAD_S = 30 * 86_400.0  # a time further away is no promise that can be kept in mind
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_CHINESE_UNIT_S = {
    "秒": 1.0,
    "分": 60.0,
    "小": 3_600.0,
    "钟": 3_600.0,
    "天": 86_400.0,
    "周": 604_800.0,
    "星": 604_800.0,
}
_DIGITS = {sign: float(value) for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2.0}
_ENGLISH = re.compile(
    r"\b(?P<count>\d{1,4}(?:\.\d{1,2})?|(?:half\s+an?|an?|one|two|three)(?=[\s-]))(?:\s*-\s*(?P<upto>\d{1,4}))?"
    r"[\s-]*(?P<unit>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?)\b(?P<half>\s+and\s+a\s+half)?(?!\s+(?:ago|before|earlier))",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?P<count>\d{1,4}(?:\.\d{1,2})?|半|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])\s?(?:[-~到至]\s?(?P<upto>\d{1,4})\s?)?"
    r"个?(?P<half>半)?(?P<unit>秒|分钟|小时|钟头|天|周|星期)(?!\s?(?:前|之前|以前))"
)
_SHORT_CHARS = 160
_WILL = re.compile(
    r"\b(?:i|we)(?:['’]ll|\s+will|['’](?:m|re)\s+going\s+to|\s+(?:am|are)\s+going\s+to)\s"
    r"|\b(?:still\s+)?(?:on\s+it|working\s+on\s+(?:it|this|that)|looking\s+(?:into|at)\s+(?:it|this|that))\b"
    r"|我们?(?:这边)?\S{0,14}?(?:看|查|处理|跟进|修|回滚|解决|回复|反馈|发布|部署|同步|给你)|(?:还|正)在(?:排查|处理|看|查|修)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\bnext\s+(?:release|version|sprint|deploy\w*)\b|下(?:一)?个?(?:版本|迭代)|下次(?:发布|发版|上线)", re.IGNORECASE
)
_WORDS = {"a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}


def promises(text: str, *, said_at: float, zone: tzinfo | None = None) -> bool:
    """Whether somebody says in few words what they will do by when, however much of an answer it looks like."""
    if len(text) > _SHORT_CHARS or "```" in text or _WILL.search(text) is None:
        return False
    return _LATER.search(text) is not None or due_at(text, said_at=said_at, zone=zone) is not None


def due_at(text: str, *, said_at: float, zone: tzinfo | None = None) -> float | None:
    """Return when a promise falls due, or None when it does not say, or says it by a clock whose zone is unknown.

    The first length of time that is not in the past counts ("ETA 30 min", "in 2 hours", "半小时后"), of a range the end, or
    what stands before it by the clock or the calendar ("tomorrow morning", "周五下午三点前").
    """
    head = text[:1_000]
    lengths = [length for length in (_english(head), _chinese(head)) if length is not None]
    start, length = lengths[0] if lengths else (len(head), MAX_AHEAD_S + 1.0)
    named = named_time(head, said_at=said_at, zone=zone) if zone is not None else None
    due = named.at if named is not None and named.start < start else said_at + length
    return due if due - said_at <= MAX_AHEAD_S else None


def _english(text: str) -> tuple[int, float] | None:
    """Return the place and the seconds of the first length of time."""
    found = _ENGLISH.search(text)
    if found is None:
        return None
    word, unit = found["count"].lower(), found["unit"][0].lower()
    if word in ("a", "an", "one") and unit != "h":
        return None  # "a sec", "one minute", "a day": nobody means it to the second
    count = 0.5 if word.startswith("half") else _WORDS.get(word) or float(found["upto"] or word)
    return found.start(), (count + (0.5 if found["half"] else 0.0)) * _UNIT_S[unit]


def _chinese(text: str) -> tuple[int, float] | None:
    found = _CHINESE.search(text)
    if found is None:
        return None
    count = float(found["upto"]) if found["upto"] else _number(found["count"])
    return found.start(), (count + (0.5 if found["half"] else 0.0)) * _CHINESE_UNIT_S[found["unit"][0]]


def _number(text: str) -> float:
    if text == "半":
        return 0.5
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _DIGITS.get(tens, 1.0) * 10 + _DIGITS.get(ones, 0.0)
    return _DIGITS[text] if text in _DIGITS else float(text)
