"""Which reports are of one fault; pure, and bounded by the window that is given.

Two reports are compared by what they say (a likeness that is worked out elsewhere) and by the marks in them: error codes, hosts,
names of services. A report joins a cluster that it is like on the whole, so that one odd report does not chain two faults, or
begins one with reports that it is alike with, one by one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vigil_bot.model.cluster import Cluster, Report
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import LearnedAudience, Policy, Reach

WINDOW_S = 4 * 3600.0
MAX_REPORTS = 200  # of the window that are looked at
PAIR = 0.4  # how like two reports are that begin a cluster
JOIN = 0.28  # and how like the nearer half of a cluster one is that joins it
NEAREST = 3  # reports of a small cluster that are looked at in any case
SHARED_MARK = 0.25  # what a mark adds that both have
COMMON = 0.2  # of other reports that have a mark too; beyond it the mark tells nothing
TELL_AT = 3  # threads
AMONG = 50  # of the newest reports must hold so many of a cluster, or it is chance in a busy channel
SAME = 0.4  # how like two clusters are, on the whole, that are one
RESEMBLES = 0.1  # a cluster that is so like one that was told of is told only when it has grown,
TELL_RESEMBLING_AT = 6  # to so many threads
MAX_CHARS = 600

_MARK = re.compile(
    r"\b[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*[-_]\d{2,}\b"  # PAY-1203, ERR_CHUNK_7741
    r"|\b[A-Z]{2,}(?:_[A-Z0-9]{2,})+\b"  # UPLOAD_TIMEOUT
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|cn|dev|cloud|app|internal|local|corp|intra|example)\b"  # a host
    r"|\b[a-z]{2,}-(?:db|api|service|svc|gateway|server|worker)\b"
    r"|\b(?:[A-Z][a-z0-9]+){2,}(?:Error|Exception|Off|Failed|Timeout)\b"
    r"|\b[45]\d\d\s\d\.\d\.\d\b"
)


_TROUBLE = re.compile(
    r"\b(?:wrong|down|broken|fail\w*|errors?|tim(?:e|es|ed|ing)\s?-?out|stuck|outage|anyone\s+else|never|nobody|can['’]?t|cannot|unable"
    r"|(?:do(?:es)?|is|are|wo|did)(?:n['’]?t|\s+not)|no\s+longer|any\s?more|loop\w*|blank|empty|lost|missing|slow|late|delayed|hang\w*|crash\w*)\b"
    r"|挂|不了|不到|不出|不上|打不开|没收到|没到|报错|失败|超时|异常|故障|卡|很?慢|崩|白屏|错误|空白|繁忙|延迟",
    re.IGNORECASE,
)


_HOW_TO = re.compile(
    r"\b(?:how\s+(?:do|can|could|should|would|to)\b|is\s+there\s+(?:a|any)\b|(?:what|which)\s+is\s+the\s+(?:best|right)\b)"
    r"|如何|怎么(?:做|用|安装|设置|配置|才能)|怎样|有没有",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a report belongs: to a cluster that is there, or to a new one; with single reports that belong there too."""

    cluster: str | None
    others: tuple[Report, ...] = ()


def scope_of(channel: ConversationRef, policy: Policy) -> str:
    """Return within what the threads of a channel may be linked: the channel, or its workspace; never beyond."""
    if policy.audience is LearnedAudience.CHANNEL or policy.reach is not Reach.OPEN:
        return channel.channel.key
    return f"{channel.platform}/{channel.workspace_id}"


def may_read_words(policy: Policy, channel: ConversationRef, place: ConversationRef) -> bool:
    """Whether those who read at a place may read what is said in a channel that has this policy."""
    if place.channel == channel.channel:
        return True
    same = (place.platform, place.workspace_id) == (channel.platform, channel.workspace_id)
    narrow = policy.audience is LearnedAudience.CHANNEL or policy.reach is not Reach.OPEN
    return not narrow and (same or policy.audience is LearnedAudience.EVERYONE)


def reports_trouble(text: str) -> bool:
    """Whether somebody says that a thing is not as it should be, rather than asks how it is done."""
    head = text[:MAX_CHARS]
    return _TROUBLE.search(head) is not None and _HOW_TO.search(head) is None


def marks_of(text: str) -> frozenset[str]:
    """Return the error codes, hosts and names of services in a report."""
    return frozenset(found.lower() for found in _MARK.findall(text[:MAX_CHARS]))


def placed(report: Report, window: Sequence[Report], likeness: Sequence[float]) -> Placed | None:
    """Return where a report belongs, or None if it is like no other.

    Args:
        window: Other reports of the scope.
        likeness: How like the report each of them is by its words, in [0, 1].
    """
    near = _nearness(report, window, likeness)
    members: dict[str, list[float]] = {}
    for other, value in zip(window, near, strict=True):
        if other.cluster is not None and other.cluster not in report.apart:
            members.setdefault(other.cluster, []).append(value)
    alike = {name: _mean_of_nearest(values) for name, values in members.items()}
    best = max(alike, key=lambda name: (alike[name], name), default=None)
    singles = tuple(
        other
        for other, value in zip(window, near, strict=True)
        if other.cluster is None and not other.apart and value >= PAIR
    )
    if best is not None and alike[best] >= JOIN:
        return Placed(cluster=best, others=singles)
    return Placed(cluster=None, others=singles) if singles and not report.apart else None


def same_fault(alike: Mapping[str, float]) -> str | None:
    """Return which of some clusters reports the same fault as another one, by how like it each of them is on the whole."""
    best = max(alike, key=lambda name: (alike[name], name), default=None)
    return best if best is not None and alike[best] >= SAME else None


def worth_telling(cluster: Cluster, window: Sequence[Report], resembles: float) -> bool:
    """Whether analysts should hear of a cluster.

    Args:
        window: Reports of the scope, the newest first.
        resembles: How like it is to the nearest cluster that they have heard of and that is not solved.
    """
    fresh = sum(report.cluster == cluster.id for report in window[:AMONG]) >= TELL_AT
    return fresh and cluster.threads >= (TELL_AT if resembles < RESEMBLES else TELL_RESEMBLING_AT)


def worth_waking(before: int, after: int) -> bool:
    """Whether the cards of the threads should say a new number: at each doubling, so that a storm costs each thread little."""
    return before.bit_length() != after.bit_length() or after <= NEAREST


def _nearness(report: Report, window: Sequence[Report], likeness: Sequence[float]) -> list[float]:
    marks = [marks_of(other.text) for other in window]
    telling = _telling(marks_of(report.text), marks, [other.cluster for other in window])
    return [
        min(1.0, value + SHARED_MARK) if telling & theirs else value
        for value, theirs in zip(likeness, marks, strict=True)
    ]


def _telling(mine: frozenset[str], marks: Sequence[frozenset[str]], clusters: Sequence[str | None]) -> frozenset[str]:
    """Return those of a report's marks that do not stand in reports of all sorts: many in one cluster count as one."""
    groups: Mapping[str, set[str]] = {mark: set() for mark in mine}
    every: set[str] = set()
    for at, (theirs, cluster) in enumerate(zip(marks, clusters, strict=True)):
        group = cluster or str(at)
        every.add(group)
        for mark in mine & theirs:
            groups[mark].add(group)
    most = max(NEAREST, COMMON * len(every))
    return frozenset(mark for mark, found in groups.items() if len(found) <= most)


def _mean_of_nearest(values: Sequence[float]) -> float:
    nearest = sorted(values, reverse=True)[: max(NEAREST, len(values) // 2)]
    return sum(nearest) / len(nearest)
