"""The report of a replay: a page of its own that an owner of a channel reads before switching the bot on; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from pydantic import JsonValue

from vigil_bot.model.decision import Reason
from vigil_bot.replay import charts
from vigil_bot.replay.curves import (
    Period,
    Share,
    ThresholdRow,
    cumulative,
    periods,
    precision_of,
    risk_coverage,
    thresholds,
)
from vigil_bot.replay.outcomes import Outcome
from vigil_bot.replay.run import JudgedDecision, Learned, ReplayRun, best, worst
from vigil_bot.replay.summary import abstained, coverage_of, minutes_ahead
from vigil_bot.replay.waiting import waiting_times

FEW = 5  # judged suggestions below which a share is shown faintly
GOOD = 0.85  # the share of posts that an owner may reasonably ask for
_SKIPPED_SHOWN = 20
_CHANNELS_SHOWN = 20
_GROWTH_POINTS = 200
_QUIET_REASONS = (Reason.NOT_A_REQUEST, Reason.MERGED)  # by far the most, and nothing to decide about

REASONS: Mapping[Reason, str] = {
    Reason.MODE_OFF: "channel is switched off",
    Reason.OWN_MESSAGE: "its own message",
    Reason.BOT_MESSAGE: "written by another bot",
    Reason.DELETED: "message was deleted",
    Reason.MUTED: "muted",
    Reason.TOO_LATE: "too long ago",
    Reason.NOT_A_REQUEST: "nobody asked for help",
    Reason.TOPIC: "topic to stay out of",
    Reason.OUT_OF_SCOPE: "not what the channel is for",
    Reason.LANGUAGE: "language not wanted",
    Reason.MERGED: "read together with a later message",
    Reason.ANALYST_ASKING: "an analyst asked back",
    Reason.RESOLVED: "case was resolved already",
    Reason.ANSWERED_BY_PERSON: "a person had answered already",
    Reason.BEING_HANDLED: "people were at it",
    Reason.QUIET_HOURS: "quiet hours",
    Reason.COOLDOWN: "it had just spoken",
    Reason.DAILY_LIMIT: "daily limit reached",
    Reason.THREAD_LIMIT: "limit for the thread reached",
    Reason.NOTHING_FOUND: "nothing known about it",
    Reason.OTHER_ENVIRONMENT: "known for another version or environment only",
    Reason.BELOW_THRESHOLD: "known entries not close enough",
    Reason.NOT_GROUNDED: "no source says it",
    Reason.OTHER_LANGUAGE: "known in another language only",
    Reason.ALREADY_SAID: "already said in the thread",
    Reason.SHADOW: "shadow mode",
    Reason.USEFUL: "useful",
    Reason.AGREES: "agreed with a person",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.AGREED: "people said the same",
    Outcome.CONTRADICTED: "people said otherwise",
    Outcome.ADDED_NOTHING: "had been said already",
    Outcome.UNKNOWN: "cannot be judged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Charts:
    over_time: Markup | None
    risk: Markup | None
    reasons: Markup
    growth: Markup | None


def render(run: ReplayRun, summary: Mapping[str, JsonValue]) -> str:
    """Return the page; everything in it stands in the file itself, and all text of others is escaped."""
    spoken = [one for one in run.records if one.suggested]
    by_period = periods(run.records)
    precision, coverage = precision_of(spoken), coverage_of(run.records)
    return _template().render(
        run=run,
        summary=summary,
        spoken=len(spoken),
        precision=precision,
        coverage=coverage,
        ahead=minutes_ahead(spoken),
        headline=headline(run, spoken, precision),
        span=_span(run.records),
        charts=_Charts(
            over_time=_over_time(by_period) if by_period else None,
            risk=_risk(run.records),
            reasons=_reasons(run.records),
            growth=_growth(run.learned, run.records),
        ),
        outcomes=[(label, sum(one.outcome is outcome for one in spoken)) for outcome, label in OUTCOMES.items()],
        quiet=sum(abstained(run.records).get(reason, 0) for reason in _QUIET_REASONS),
        rows=thresholds(run.records),
        advice=advice(thresholds(run.records), precision),
        examples=(("The best", best(run.records)), ("The worst", worst(run.records))),
        waiting=waiting_times(run.case_changes)[:_CHANNELS_SHOWN],
        topics=run.by_topic,
        skipped=run.skipped[:_SKIPPED_SHOWN],
        outcome_label=OUTCOMES,
        few=FEW,
    )


def headline(run: ReplayRun, spoken: Sequence[JudgedDecision], precision: Share) -> str:
    """Return in one or two sentences what the bot would have done."""
    threads = f"{run.threads:,} {'thread' if run.threads == 1 else 'threads'}"
    if not spoken:
        return f"It would not have spoken once in {threads}."
    times = "once" if len(spoken) == 1 else f"{len(spoken):,} times"
    if not precision.whole:
        return f"It would have spoken {times} in {threads}; none of it can be judged by what people said afterwards."
    judged = f"{precision.part:,} of the {precision.whole:,}"
    return f"It would have spoken {times} in {threads}. People later said the same in {judged} that can be judged."


def advice(rows: Sequence[ThresholdRow], precision: Share) -> str:
    """Return what the figures allow to be said about switching it on, cautiously."""
    interval = precision.interval
    if interval is None or precision.whole < FEW * 4:
        return (
            "Too little can be judged to say how often it is right. Start in shadow or private mode, "
            "or replay more history."
        )
    low, high = interval
    sure = f"with this much data the true share lies between {low:.0%} and {high:.0%}"
    strict = next((row for row in rows if row.precision is not None and _is_good(row.precision)), None)
    if strict is None:
        return f"It was right in {precision.value:.0%} of what can be judged ({sure}); no threshold reaches {GOOD:.0%} here."
    if strict.in_force:
        return f"It was right in {precision.value:.0%} of what can be judged ({sure}); the threshold in force reaches {GOOD:.0%}."
    return (
        f"It was right in {precision.value:.0%} of what can be judged ({sure}); a threshold of {strict.threshold:g} "
        f"reaches {GOOD:.0%} with {strict.posts_a_week:.1f} posts a week."
    )


def _is_good(precision: Share) -> bool:
    return precision.whole >= FEW and (precision.value or 0.0) >= GOOD


def _over_time(by_period: Sequence[Period]) -> Markup:
    x = charts.label_axis([(period.starts_at, period.label) for period in by_period])
    precision = [
        charts.Point(
            x=period.starts_at,
            y=period.precision.value,
            faint=period.precision.whole < FEW,
            told=f"{period.label}: right in {period.precision.part} of {period.precision.whole}",
        )
        for period in by_period
    ]
    coverage = [
        charts.Point(
            x=period.starts_at,
            y=period.coverage.value,
            faint=period.requests < FEW,
            told=f"{period.label}: {period.suggested} suggestions for {period.requests} requests",
        )
        for period in by_period
    ]
    return charts.lines(
        [
            charts.Series(name="precision", look="first", points=precision),
            charts.Series(name="coverage", look="second", points=coverage),
        ],
        x=x,
        y=charts.percent_axis(),
        about="Precision and coverage over time",
    )


def _risk(records: Sequence[JudgedDecision]) -> Markup | None:
    curve = risk_coverage(records)
    if len(curve) < 2:  # noqa: PLR2004 -- a curve
        return None
    points = [charts.Point(x=coverage, y=risk) for coverage, risk in curve]
    return charts.lines(
        [charts.Series(name="risk", look="third", points=points)],
        x=charts.percent_axis(max(c for c, _ in curve), title="share of requests that get a suggestion"),
        y=charts.percent_axis(max(r for _, r in curve), title="share not right"),
        about="Risk and coverage for every threshold",
    )


def _reasons(records: Sequence[JudgedDecision]) -> Markup:
    counts = [(Reason(name), count) for name, count in abstained(records).items()]
    rows = [(REASONS[reason], count, "second") for reason, count in counts if reason not in _QUIET_REASONS]
    rows.sort(key=lambda row: -row[1])
    return charts.bars(rows, about="How often it was silent, by reason")


def _growth(learned: Sequence[Learned], records: Sequence[JudgedDecision]) -> Markup | None:
    if not learned or not records:
        return None
    steps = cumulative(one.learned_at for one in learned)
    start = min(records[0].record.at, steps[0][0])
    end = max(records[-1].record.at, steps[-1][0])
    thinned = [*steps[:: max(1, len(steps) // _GROWTH_POINTS)], steps[-1], (end, len(steps))]
    points = [charts.Point(x=start, y=0.0), *(charts.Point(x=at, y=float(count)) for at, count in thinned)]
    ticks = [(start + (end - start) * i / 5, _day(start + (end - start) * i / 5)) for i in range(6)]
    return charts.lines(
        [charts.Series(name="entries", look="first", points=points, stepped=True)],
        x=charts.label_axis(ticks),
        y=charts.count_axis(len(steps)),
        about=f"Entries learned, {len(steps)} in the end",
    )


def _span(records: Sequence[JudgedDecision]) -> str:
    return f"{_day(records[0].record.at)} to {_day(records[-1].record.at)}" if records else ""


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%d %b %Y")


def _minute(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """Return a time as people say it: 40 s, 12 min, 3.5 h, 2 days."""
    size = abs(seconds)
    for limit, unit, name in ((90.0, 1.0, "s"), (5_400.0, 60.0, "min"), (172_800.0, 3_600.0, "h")):
        if size < limit:
            value = size / unit
            return f"{value:.0f} {name}" if name != "h" or value >= 10 else f"{value:.1f} h"  # noqa: PLR2004
    return f"{size / 86_400:.0f} days"


def _ahead(one: JudgedDecision) -> str:
    if one.ahead_s is None:
        return "nobody answered"
    side = "before" if one.ahead_s >= 0 else "after"
    return f"{duration(one.ahead_s)} {side} the first answer"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "minute": _minute, "ahead": _ahead, "duration": duration}
    return environment.get_template("report.html")
