"""How bad a problem is, from what people write of it; pure.

Whoever names a level ("P1", "sev 2", "P0 故障") says it outright. Otherwise the words tell: everybody hit, data lost or leaked is P0;
production down, somebody blocked, "urgent" is P1. What is denied ("not urgent", "不紧急") counts as nothing.
"""

import re
from dataclasses import dataclass, replace

from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import Message
from vigil_bot.model.watch import Level

_READ_CHARS = 2_000
_NAMED = re.compile(
    r"(?<![\w./-])(?:P|sev(?:erity)?[-\s:#]{0,2}|prio(?:rity)?[-\s:#]{1,2})(?P<level>[0-4])(?![\w-]|\.\w)|(?P<zh>[一二三])级(?:故障|事故)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\W*(?:(?:i|we|let)\S*\s+)?(?:(?:am|are|is|will)\s+)?(?:(?:rais|lower|mark|treat|bump|downgrad|upgrad|escalat|call|mak|sett?)\w{0,4}|this|it|that)\b[^.,;:!?`\n]{0,50}[.!]?\s*"
    r"|(?:定级|定为|升级|升到|降级|降到|按|这是|这个是|调整)[^，。；、`\n]{0,20}[。！]?\s*",
    re.IGNORECASE,
)
_ZH_LEVELS = {"一": "0", "二": "1", "三": "2"}  # 一级故障 is the worst there is
_WORDS = {
    Level.P0: re.compile(
        r"\b(?:all|every)\s+(?:of\s+)?(?:our\s+|the\s+)?(?:customers?|users?|regions?|tenants?|clients?)\s+(?:are|is|see|sees|get|gets|cannot|can[’']?t|fail\w*|hit|affected|down|report\w*)"
        r"|\b(?:everybody|everyone|nobody)\s+(?:is\s+(?:down|affected|hit|locked)|can(?:not|[’']?t)?\s+(?:log|pay|order|check|access|reach|sign)\w*)"
        r"|\b(?:data\s+loss|los(?:t|ing)\s+(?:customer\s+|user\s+)?data|data\s+(?:breach|leak\w*)|security\s+(?:breach|incident)|full\s+outage|complete(?:ly)?\s+(?:outage|down))\b"
        r"|(?:所有|全部|全体)(?:用户|客户|租户|区域|地区)(?:都|均)?(?:无法|不能|打不开|报错|登不|受影响|失败)|全站(?:挂|宕|不可用|打不开|故障)|大面积(?:故障|报错|不可用)|数据(?:丢失|泄露|泄漏)|丢数据",
        re.IGNORECASE,
    ),
    Level.P1: re.compile(
        r"\b(?:prod(?:uction)?|the\s+(?:site|service|shop|checkout|api))\s+(?:is|has\s+been|went|seems)\s+(?:completely\s+|totally\s+)?(?:down|broken|unavailable|offline)\b|\boutage\b"
        r"|(?<!not\s)(?<!n[’']t\s)\b(?:very\s+|quite\s+)?(?:urgent(?:ly)?|asap|emergency|business[-\s]critical)\b|\b(?:we|they|customers?)\s+(?:are|is)\s+(?:completely\s+)?blocked\b|\bblocks?\s+(?:our|the|a)\s+(?:release|launch|rollout|go-live)\b"
        r"|(?<!不)(?<!没那么)(?<!不太)(?:紧急|加急|十万火急)|(?:线上|生产(?:环境)?)(?:服务|系统)?(?:挂|宕|故障|不可用|事故)|宕机|阻塞(?:上线|发布|交付)",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A level that a message speaks of; named says that it is called by its name."""

    level: Level
    named: bool


def rating_in(text: str) -> Rating | None:
    """Return how bad somebody says it is; of several levels that are named the last, of words the worst."""
    said = text[:_READ_CHARS]
    named = [found["level"] or _ZH_LEVELS[found["zh"]] for found in _NAMED.finditer(said)]
    if named:
        return Rating(level=Level(f"P{min(2, int(named[-1]))}"), named=True)
    level = next((level for level, words in _WORDS.items() if words.search(said)), None)
    return None if level is None else Rating(level=level, named=False)


def only_rates(text: str) -> bool:
    """Whether a message says nothing but which level it is ("raising this to P1", "定为 P1")."""
    return _NAMED.search(text[:_READ_CHARS]) is not None and _ONLY.fullmatch(text) is not None


def with_severity(case: Case, message: Message, side: Side) -> Case:
    """Note how bad a message says it is.

    What an analyst names holds until another analyst names something else. Requesters only make it worse; of analysts only
    the name counts, for they ask and reassure ("is it urgent?", "no outage here").
    """
    rating = rating_in(message.text)
    if rating is None:
        return case
    by_analyst = side is Side.ANALYST
    if by_analyst and not rating.named:
        return case
    worse = case.severity is None or (rating.level is not case.severity and rating.level.covers(case.severity))
    if not by_analyst and (case.severity_set or not worse):
        return case
    return replace(case, severity=rating.level, severity_id=message.id, severity_set=by_analyst)


def without_severity(case: Case, message_id: str) -> Case:
    """Forget the level if it rests on this message."""
    if case.severity_id != message_id:
        return case
    return replace(case, severity=None, severity_id=None, severity_set=False)
