"""What is plotted: precision, coverage and risk over time and over thresholds; pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vigil_bot.model.decision import Reason
from vigil_bot.replay.outcomes import Outcome
from vigil_bot.replay.run import JudgedDecision

WEEK_S = 7 * 86_400.0
Z_95 = 1.959964
_MAX_PERIODS = 30  # more weeks are shown as months, more months as quarters
_WEEKS_A_MONTH = 365.25 / 12 / 7
_THRESHOLDS = tuple(round(0.3 + 0.05 * step, 2) for step in range(14))
JUDGED = (Outcome.AGREED, Outcome.CONTRADICTED, Outcome.ADDED_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole, with its 95% interval."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval of a binomial share.

        Source:
            Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference.
        """
        if not self.whole:
            return None
        n, p = self.whole, self.part / self.whole
        center = (p + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 / (1 + Z_95**2 / n) * math.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n))
        return max(0.0, center - half), min(1.0, center + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A week (from Monday), a month or a quarter, UTC."""

    starts_at: float
    label: str
    requests: int
    suggested: int
    precision: Share

    @property
    def coverage(self) -> Share:
        """Share of requests that got a suggestion."""
        return Share(part=self.suggested, whole=self.requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """What a threshold would do; precision is None where drafts were not made, so nothing could be judged."""

    threshold: float
    posts: int
    posts_a_week: float
    precision: Share | None
    coverage: Share
    in_force: bool


def precision_of(records: Iterable[JudgedDecision]) -> Share:
    """Return the share of agreement among what can be judged."""
    outcomes = Counter(one.outcome for one in records)
    return Share(part=outcomes[Outcome.AGREED], whole=sum(outcomes[outcome] for outcome in JUDGED))


def weeks_of(records: Sequence[JudgedDecision]) -> float:
    """Return how many weeks the decisions span, at least one."""
    times = [one.record.at for one in records]
    return max(1.0, (max(times) - min(times)) / WEEK_S) if times else 1.0


def periods(records: Sequence[JudgedDecision]) -> list[Period]:
    """Return the requests by week, or by month or quarter where there are too many to show; empty periods included."""
    requests = [one for one in records if one.is_request]
    if not requests:
        return []
    months = _months_a_period(weeks_of(requests))
    groups: dict[datetime, list[JudgedDecision]] = {}
    for one in requests:
        groups.setdefault(_start_of(one.record.at, months=months), []).append(one)
    start, last, found = min(groups), max(groups), []
    while start <= last:
        found.append(_period(start, groups.get(start, []), months=months))
        start = _start_of((start + timedelta(days=max(7, 31 * months))).timestamp(), months=months)
    return found


def _months_a_period(weeks: float) -> int:
    if weeks <= _MAX_PERIODS:
        return 0
    return 1 if weeks <= _MAX_PERIODS * _WEEKS_A_MONTH else 3


def _period(start: datetime, requests: Sequence[JudgedDecision], *, months: int) -> Period:
    spoken = [one for one in requests if one.suggested]
    return Period(
        starts_at=start.timestamp(),
        label=start.strftime("%b %Y" if months else "%d %b %Y"),
        requests=len(requests),
        suggested=len(spoken),
        precision=precision_of(spoken),
    )


def _start_of(at: float, *, months: int) -> datetime:
    """Return when the period of a time begins; a week for 0 months."""
    day = datetime.fromtimestamp(at, tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if months:
        return day.replace(day=1, month=(day.month - 1) // months * months + 1)
    return day - timedelta(days=day.weekday())


def risk_coverage(records: Sequence[JudgedDecision]) -> list[tuple[float, float]]:
    """Return (coverage, risk) for every threshold that the scores of all drafts allow, the strictest first.

    Coverage is the share of requests whose draft reaches the threshold; risk the share not agreed with among those that
    can be judged. Drafts that were not posted are included.

    Source:
        El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification.
    """
    requests = sum(one.is_request for one in records)
    drafts = sorted((one for one in records if one.is_request and one.record.text), key=lambda one: -one.score)
    points: list[tuple[float, float]] = []
    agreed = judged = 0
    for count, one in enumerate(drafts, start=1):
        judged += one.outcome in JUDGED
        agreed += one.outcome is Outcome.AGREED
        last_of_score = count == len(drafts) or drafts[count].score < one.score
        if judged and last_of_score:
            points.append((count / requests, 1 - agreed / judged))
    return points


def thresholds(records: Sequence[JudgedDecision]) -> list[ThresholdRow]:
    """Return what other thresholds would do, everything else alike; those that change nothing at the top are left out."""
    requests = sum(one.is_request for one in records)
    candidates = [one for one in records if one.suggested or one.record.reason is Reason.BELOW_THRESHOLD]
    if not candidates:
        return []
    in_force = Counter(one.record.min_relevance for one in candidates).most_common(1)[0][0]
    weeks = weeks_of(records)
    rows = []
    for threshold in sorted({*_THRESHOLDS, round(in_force, 4)}):
        reached = [one for one in candidates if one.score >= threshold]
        if reached:
            rows.append(
                ThresholdRow(
                    threshold=threshold,
                    posts=len(reached),
                    posts_a_week=len(reached) / weeks,
                    precision=precision_of(reached) if all(one.record.text for one in reached) else None,
                    coverage=Share(part=len(reached), whole=requests),
                    in_force=threshold == round(in_force, 4),
                )
            )
    return rows


def cumulative(times: Iterable[float]) -> list[tuple[float, int]]:
    """Return (time, how many until then)."""
    return [(at, count) for count, at in enumerate(sorted(times), start=1)]
