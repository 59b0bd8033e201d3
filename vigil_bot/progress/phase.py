"""Where the work on a fault stands, from the words of one who reports on it: found, fixed, watched, over; pure."""

import re
from enum import StrEnum

_HEAD = 1_500  # characters that are looked at


class Phase(StrEnum):
    """The steps of an incident, as status pages name them."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_RESOLVED = re.compile(
    r"\b(?:this|the)\s+(?:\w+\s+){0,2}(?:incident|issue|outage|problem|disruption)s?\s+(?:has\s+been|have\s+been|is|are|was)\s+(?:now\s+|fully\s+|completely\s+)*(?:resolved|fixed|over)\b"
    r"|\b(?:everything|all\s+(?:\w+\s+){0,3}(?:services?|systems?|components?))\s+(?:is|are)\s+(?:now\s+|back\s+to\s+|operating\s+)*(?:normal(?:ly)?|operational|healthy)\b"
    r"|\b(?:opened|declared|raised|created|posted)\s+(?:by|in)\s+(?:mistake|error)\b|\b(?:was|were)\s+a\s+false\s+(?:alarm|positive)\b|^\W*(?:\[?resolved\]?\b|all\s+clear\b)"
    r"|(?:故障|问题|事件|服务|系统|业务)\S{0,6}(?:已|均已|全部|完全|已经)+\S{0,3}(?:恢复|解决|修复|正常)|全部恢复|已(?:全部|完全)恢复",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(  # a report written when it is over: a span of time, and the past tense
    rf"^\W*(?:on|between|from|starting)\s[^.]{{0,40}}(?:\d{{1,2}}:\d\d|{_MONTH}|\d{{4}}-\d\d-\d\d)[^.]{{0,200}}\b(?:was|were|experienced|caused|could\s+not|had|received|deployed|started|failed|saw|became)\b",
    re.IGNORECASE,
)
_MONITORING = re.compile(
    r"\bmonitor(?:ing)?\b|\b(?:recovered|recovering|recovery|mitigated|reverted|rolled\s+back|rolling\s+back)\b|\b(?:fix|patch|mitigation|change)\s+(?:has\s+been|was|is)\s+(?:\w+\s+)?(?:deployed|applied|rolled\s+out|in\s+place|released)\b|\boperating\s+normally\b|\bback\s+to\s+normal\b"
    r"|(?:观察|监控|恢复中|已回滚|已修复|已部署|正在恢复|逐步恢复|已上线)",
    re.IGNORECASE,
)
_IDENTIFIED = re.compile(
    r"\b(?:identified|found|isolated|determined|know)\s+(?:\w+\s+){0,3}(?:cause|source|issue|problem|root|culprit|bug|change|reason)|\broot\s+cause\s+(?:is|was|has|appears)|\bworking\s+on\s+(?:a\s+|the\s+|deploying\s+)?(?:fix|mitigat|remediat|resolution)|\b(?:caused\s+by|due\s+to)\b"
    r"|(?:原因|根因)(?:是|为|已|找到|确认)|已(?:经)?(?:定位|找到)|定位到|正在修复",
    re.IGNORECASE,
)
_INVESTIGATING = re.compile(
    r"\b(?:investigat(?:e|ing)|looking\s+into|aware\s+of|degraded|elevated|outage|experiencing|seeing)\b|(?:排查|调查|正在(?:看|查|定位|确认)|收到\S{0,4}反馈)",
    re.IGNORECASE,
)


def phase_of(text: str) -> Phase | None:
    """Return the furthest step that an update reports, or None when it reports none."""
    said = text[:_HEAD]
    if _RESOLVED.search(said) or _AFTERWARDS.search(said):
        return Phase.RESOLVED
    for phase, pattern in (
        (Phase.MONITORING, _MONITORING),
        (Phase.IDENTIFIED, _IDENTIFIED),
        (Phase.INVESTIGATING, _INVESTIGATING),
    ):
        if pattern.search(said):
            return phase
    return None
