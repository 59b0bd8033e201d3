"""When a time named by the clock or the calendar comes ("tomorrow morning", "by 5pm", 明天上午); pure.

A part of a day stands for its end: what is promised for the morning is due at noon, for a day at the end of its work, for a
week on its Friday.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

_NOON, _WORK_ENDS, _DAY_ENDS = 12 * 60, 18 * 60, 24 * 60 - 1  # minutes after midnight
_FRIDAY, _WEEK = 4, 7
_PARTS = {
    "morning": _NOON,
    "noon": _NOON,
    "midday": _NOON,
    "lunch": 13 * 60,
    "afternoon": _WORK_ENDS,
    "evening": 21 * 60,
    "night": _DAY_ENDS,
    "midnight": _DAY_ENDS,
    "凌晨": 6 * 60,
    "早上": _NOON,
    "早": _NOON,
    "上午": _NOON,
    "中午": _NOON + 60,
    "午": _NOON + 60,
    "下午": _WORK_ENDS,
    "傍晚": 19 * 60,
    "晚上": 21 * 60,
    "晚": 21 * 60,
}
_ALONE = frozenset({"下午", "晚上", "中午", "傍晚"})  # need no day beside them
_LATE_PARTS = frozenset({"afternoon", "evening", "night", "下午", "傍晚", "晚上", "晚", "中午"})
_ENGLISH_DAYS = {name: at for at, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_CHINESE_DAYS = {sign: at for at, sign in enumerate("一二三四五六日")} | {"天": 6}
_HOURS = {
    sign: at
    for at, sign in enumerate(("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"))
}
_HOURS["两"] = 2
_ENGLISH = re.compile(
    r"(?<!since )(?<!last )(?<!was )\b(?:"
    r"(?P<eow>eow|end\s+of\s+(?:the\s+|this\s+)?week|(?:later\s+)?this\s+week)|(?P<nextweek>(?:early\s+|sometime\s+)?next\s+week)"
    r"|(?P<eod>eod|cob|end\s+of\s+(?:the\s+|my\s+)?(?:day|business))(?:\s+(?P<eodday>tomorrow))?"
    r"|(?P<day>today|tonight|tomorrow|tmrw|tmr|this\s+(?=morning|afternoon|evening)"
    r"|(?P<next>next\s+)?(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?day|(?P<short>mon|tue|wed|thu|fri))\b)"
    r"\s*,?\s*(?P<part>morning|noon|midday|lunch|afternoon|evening|night)?(?:\s*,?\s*(?:by|at|around|before|@)?\s*(?P<dhour>\d{1,2})(?:[:.](?P<dmin>\d\d))?\s*(?P<dhalf>am|pm|a\.m\.|p\.m\.)?)?(?![\w:])"
    r"|(?:by|at|before|around|until|till)\s+(?:(?P<hour>\d{1,2})(?:(?::(?P<min>\d\d))\s*(?P<half>am|pm)?|\s*(?P<half2>am|pm|o['’]?clock))|(?P<alone>noon|midday|lunch|midnight))"
    r"(?:\s*(?:,\s*)?(?P<after>today|tomorrow))?)",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?P<eod>下班(?:之?前|以前)|今天之?内|今日内|当天)|(?P<month>月底)|(?P<eow>(?:本|这)周(?:之?内|末)?(?![一二三四五六日天]))|(?P<nextweek>下(?:个)?(?:周|星期|礼拜)(?![一二三四五六日天]))"
    r"|(?P<day>今天|今日|今|明天|明日|明儿?|大后天|后天|(?P<next>下(?:个)?)?(?:本|这)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天]))?\s*"
    r"(?P<part>凌晨|早上|早|上午|中午|下午|傍晚|晚上|晚(?![点些]))?\s*(?:(?P<hour>\d{1,2}|十[一二]?|[一二两三四五六七八九])\s?(?:[点时](?![间候常儿小事问也都])(?P<halfpast>半)?|[:：](?=\d))(?:(?P<min>\d{1,2})分?)?)?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A time that somebody named; start is where in the text, at an epoch time."""

    start: int
    at: float


def named_time(text: str, *, said_at: float, zone: tzinfo) -> Named | None:
    """Return the first time in a text that is still to come, as somebody in the zone means it."""
    now = datetime.fromtimestamp(said_at, zone)
    for found, to_time in ((_ENGLISH.search(text), _english), (_first_chinese(text), _chinese)):
        when = to_time(found, now) if found is not None else None
        if found is not None and when is not None and when > now:
            return Named(start=found.start(), at=when.timestamp())
    return None


def _english(found: re.Match[str], now: datetime) -> datetime | None:
    if found["eow"] or found["nextweek"]:
        return _friday(now, weeks=bool(found["nextweek"]))
    if found["eod"]:
        return _on(now, 1 if found["eodday"] else 0, _WORK_ENDS)
    if found["alone"] or found["hour"]:
        minute = (
            _PARTS[found["alone"].lower()]
            if found["alone"]
            else _minute(found["hour"], found["min"], found["half"] or found["half2"])
        )
        if minute is None:
            return None
        days = 1 if (found["after"] or "").lower() == "tomorrow" else 0
        return _on(now, days, minute) if found["after"] else _next_at(now, minute)
    day = found["day"].lower()
    part = "night" if day == "tonight" else (found["part"] or "").lower()
    minute = _minute(found["dhour"], found["dmin"], found["dhalf"], late=part in _LATE_PARTS)
    return _on(now, _english_days(found, day, now), minute if minute is not None else _PARTS.get(part, _WORK_ENDS))


def _english_days(found: re.Match[str], day: str, now: datetime) -> int:
    weekday = found["weekday"] or found["short"]
    if weekday:
        return _days_until(_ENGLISH_DAYS[weekday.lower()], now, next_week=bool(found["next"]))
    return 1 if day.startswith(("tom", "tmr")) else 0


def _first_chinese(text: str) -> re.Match[str] | None:
    """Return the first match that names more than nothing; a part of a day alone is too little."""
    for found in _CHINESE.finditer(text):
        if found["hour"] or any(found[group] for group in ("eod", "month", "eow", "nextweek")):
            return found
        if found["day"] not in (None, "今", "明") or (found["day"] and found["part"]) or found["part"] in _ALONE:
            return found
    return None


def _chinese(found: re.Match[str], now: datetime) -> datetime | None:
    if found["eow"] or found["nextweek"]:
        return _friday(now, weeks=bool(found["nextweek"]))
    if found["eod"]:
        return _on(now, 0, _WORK_ENDS)
    if found["month"]:
        first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
        return _on(first, -1, _WORK_ENDS)
    part, day = found["part"] or "", found["day"] or ""
    minute = _chinese_minute(found, late=part in _LATE_PARTS)
    if not day and minute is not None:
        return _next_at(now, minute, either_half=not part)
    return _on(now, _chinese_days(found, day, now), minute if minute is not None else _PARTS.get(part, _WORK_ENDS))


def _chinese_minute(found: re.Match[str], *, late: bool) -> int | None:
    if not found["hour"]:
        return None
    hour = int(found["hour"]) if found["hour"].isdigit() else _HOURS[found["hour"]]
    return _minute(str(hour), "30" if found["halfpast"] else found["min"], None, late=late)


def _chinese_days(found: re.Match[str], day: str, now: datetime) -> int:
    if found["weekday"]:
        return _days_until(_CHINESE_DAYS[found["weekday"]], now, next_week=bool(found["next"]))
    return {"大": 3, "后": 2, "明": 1}.get(day[:1], 0)


def _minute(hour: str | None, minute: str | None, half: str | None, *, late: bool = False) -> int | None:
    if hour is None:
        return None
    hours, minutes = int(hour), int(minute or 0)
    if half and half.lower().startswith("p") and hours < 12:  # noqa: PLR2004 -- noon
        hours += 12
    elif half and half.lower().startswith("a") and hours == 12:  # noqa: PLR2004
        hours = 0
    elif late and hours < 11:  # noqa: PLR2004 -- 下午三点
        hours += 12
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None  # noqa: PLR2004 -- a clock


def _on(now: datetime, days: int, minute: int) -> datetime:
    """Return a time of a day; when that part of today is over, the end of today."""
    day = (now + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    at = day.replace(hour=minute // 60, minute=minute % 60)
    return at if at > now or days else day.replace(hour=23, minute=59)


def _next_at(now: datetime, minute: int, *, either_half: bool = False) -> datetime:
    """Return when the clock shows a time next; either_half for a clock of twelve hours."""
    at = now.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    steps = (0, _NOON, 2 * _NOON) if either_half and minute < _NOON else (0, 2 * _NOON)
    return next(when for when in (at + timedelta(minutes=step) for step in steps) if when > now)


def _friday(now: datetime, *, weeks: bool) -> datetime:
    return _on(now, (_FRIDAY - now.weekday()) % _WEEK if not weeks else _FRIDAY - now.weekday() + _WEEK, _WORK_ENDS)


def _days_until(weekday: int, now: datetime, *, next_week: bool) -> int:
    if next_week:
        return weekday - now.weekday() + _WEEK
    return (weekday - now.weekday()) % _WEEK or _WEEK
