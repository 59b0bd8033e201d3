"""The figures of a replay; pure."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from pydantic import JsonValue

from vigil_bot.model.case import CaseState
from vigil_bot.model.decision import Abstain
from vigil_bot.replay.curves import Share, precision_of
from vigil_bot.replay.outcomes import Outcome
from vigil_bot.replay.run import JudgedDecision, ReplayRun
from vigil_bot.replay.waiting import as_json, waiting_times

_DIGITS = 4


def summarize(run: ReplayRun) -> dict[str, JsonValue]:
    """Return the summary as it stands in summary.json.

    precision is agreed / (agreed + contradicted + added nothing), of what would have been said; coverage the share of
    requests that would have got a suggestion. evaluated counts the messages that have a decision.
    """
    spoken = [one for one in run.records if one.suggested]
    precision, coverage = precision_of(spoken), coverage_of(run.records)
    interval = precision.interval
    calls = sum(one.record.model_calls for one in run.records)
    tokens = sum(one.record.tokens for one in run.records)
    ahead = minutes_ahead(spoken)
    return {
        "threads": run.threads,
        "messages": run.messages,
        "events": run.events,
        "skipped_lines": sum(one.lost for one in run.skipped),
        "evaluated": len(run.records),
        "requests": coverage.whole,
        "suggested": len(spoken),
        "abstained": {**abstained(run.records)},
        "outcomes": {**outcomes(spoken)},
        "precision": _rounded(precision.value),
        "precision_interval": None if interval is None else [round(bound, _DIGITS) for bound in interval],
        "coverage": _rounded(coverage.value),
        "median_minutes_ahead": _rounded(ahead),
        "model_calls": calls,
        "tokens": tokens,
        "model_calls_per_message": _per(calls, run.messages),
        "tokens_per_message": _per(tokens, run.messages),
        "cases": len({change.case.conversation for change in run.case_changes}),
        "cases_resolved": cases_resolved(run),
        "times": as_json(waiting_times(run.case_changes)),
        "times_by_topic": as_json(run.by_topic, named="topic"),
        "entries_learned": len(run.learned),
        "wall_s": round(run.wall_s, 3),
        "messages_per_s": round(run.messages / run.wall_s, 1) if run.wall_s > 0 else None,
        "peak_memory_mib": round(run.peak_mib, 1),
        "versions": dict(sorted(run.versions.items())),
    }


def coverage_of(records: Sequence[JudgedDecision]) -> Share:
    """Return the share of requests that would have got a suggestion."""
    return Share(
        part=sum(one.suggested and one.is_request for one in records), whole=sum(one.is_request for one in records)
    )


def abstained(records: Sequence[JudgedDecision]) -> dict[str, int]:
    """Return reason -> how often nothing was said for it, by name."""
    reasons = Counter(str(one.record.reason) for one in records if isinstance(one.record.decision, Abstain))
    return dict(sorted(reasons.items()))


def outcomes(spoken: Sequence[JudgedDecision]) -> dict[str, int]:
    """Return each outcome and how many suggestions had it."""
    counts = Counter(one.outcome for one in spoken)
    return {str(outcome): counts[outcome] for outcome in Outcome}


def minutes_ahead(spoken: Sequence[JudgedDecision]) -> float | None:
    """Return by how many minutes a suggestion came before the first human answer, in the median; None without any."""
    ahead = [one.ahead_s / 60 for one in spoken if one.ahead_s is not None]
    return median(ahead) if ahead else None


def cases_resolved(run: ReplayRun) -> int:
    """Return how many cases were resolved at some time."""
    done = {change.case.conversation for change in run.case_changes if change.case.state is CaseState.RESOLVED}
    return len(done)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _per(count: int, messages: int) -> float | None:
    return round(count / messages, _DIGITS) if messages else None
