"""What the process counts, in a registry of its own, so that two programs in one process do not mix."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from vigil_bot.ports.reasoner import Spent
from vigil_bot.progress.times import Step, StepKind

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_CASE_SECONDS = (60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 86_400.0, 259_200.0, 604_800.0)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counters, gauges and histograms; every name begins with `vigil_`."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._events = Counter(
            "vigil_events",
            "Events received, by whether they were new.",
            ("platform", "kind", "result"),
            registry=registry,
        )
        self._last_event_at = Gauge(
            "vigil_last_event_timestamp_seconds",
            "When the last event of a platform came in.",
            ("platform",),
            registry=registry,
        )
        self._decisions = Counter(
            "vigil_decisions", "Messages decided about.", ("decision", "reason"), registry=registry
        )
        self._posts = Counter("vigil_posts", "Calls to a platform.", ("platform", "op", "result"), registry=registry)
        self._failed_turns = Counter("vigil_turns_failed", "Turns of a conversation that failed.", registry=registry)
        self._dead_letters = Counter("vigil_dead_letters", "Turns given up; a person must look.", registry=registry)
        self._beyond_settle = Histogram(
            "vigil_beyond_settle_seconds",
            "From the end of the quiet time to the post.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._find = Histogram("vigil_find_seconds", "Searches for entries.", buckets=_SECONDS, registry=registry)
        self._pending = Gauge("vigil_inbox_pending", "Events stored and not yet worked on.", registry=registry)
        self._count_cases(registry)

    def _count_cases(self, registry: CollectorRegistry) -> None:
        self._first_answers = Histogram(
            "vigil_case_first_answer_seconds",
            "From a request to the first answer of a person.",
            ("channel",),
            buckets=_CASE_SECONDS,
            registry=registry,
        )
        self._resolutions = Histogram(
            "vigil_case_resolution_seconds",
            "From a request until it was solved or closed.",
            ("channel",),
            buckets=_CASE_SECONDS,
            registry=registry,
        )
        self._waits = Histogram(
            "vigil_case_waiting_seconds",
            "Stretches in which a case waited for a side.",
            ("channel", "side"),
            buckets=_CASE_SECONDS,
            registry=registry,
        )

    def event_accepted(self, platform: str, kind: str, *, new: bool, now: float) -> None:
        """Count an event that was stored, or was there already."""
        self._events.labels(platform, kind, "accepted" if new else "duplicate").inc()
        self._last_event_at.labels(platform).set(now)

    def decided(self, decision: str, reason: str) -> None:
        """Count a decision, silence included."""
        self._decisions.labels(decision, reason).inc()

    def post_sent(self, platform: str, op: str, *, result: str) -> None:
        """Count a call to a platform; result is `sent`, `dropped` or `failed`."""
        self._posts.labels(platform, op, result).inc()

    def turn_failed(self, *, given_up: bool) -> None:
        """Count a failed turn; given_up says that its events became dead letters."""
        self._failed_turns.inc()
        if given_up:
            self._dead_letters.inc()

    def posted_after(self, beyond_settle_s: float) -> None:
        """Record how long after the quiet time a suggestion was posted, seconds."""
        self._beyond_settle.observe(max(0.0, beyond_settle_s))

    def case_moved(self, channel: str, step: Step) -> None:
        """Record how long something in a case of a channel took."""
        match step.kind:
            case StepKind.FIRST_ANSWER:
                self._first_answers.labels(channel).observe(step.took_s)
            case StepKind.RESOLVED:
                self._resolutions.labels(channel).observe(step.took_s)
            case StepKind.WAITED:
                self._waits.labels(channel, step.side.value).observe(step.took_s)

    def found_in(self, took_s: float) -> None:
        """Record how long a search took, seconds."""
        self._find.observe(took_s)

    def pending(self, events: int) -> None:
        """Say how many events wait."""
        self._pending.set(events)

    def replaced(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how often another reasoner served for the model, as it stands whenever the figures are asked for."""
        self._registry.register(_Replaced(counts))

    def spent(self, by_purpose: Mapping[str, Spent]) -> None:
        """Show what the model's calls took, as it stands whenever the figures are asked for."""
        self._registry.register(_Spending(by_purpose))

    def render(self) -> bytes:
        """Return everything in Prometheus' text format, to be served as CONTENT_TYPE."""
        return generate_latest(self._registry)


class _Replaced(Collector):
    def __init__(self, counts: Mapping[tuple[str, str], int]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counts of this moment."""
        says = "Calls for which the built-in reasoner served, since the start."
        family = CounterMetricFamily("vigil_model_replaced", says, labels=("purpose", "error"))
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        yield family


class _Spending(Collector):
    def __init__(self, by_purpose: Mapping[str, Spent]) -> None:
        self._by_purpose = by_purpose

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield what was spent up to this moment."""
        calls = CounterMetricFamily(
            "vigil_model_calls", "Replies of the model, those that could not be used included.", labels=("purpose",)
        )
        tokens = CounterMetricFamily("vigil_model_tokens", "Tokens that they took.", labels=("purpose",))
        cost = CounterMetricFamily(
            "vigil_model_cost", "What they cost, in the currency of the prices.", labels=("purpose",)
        )
        for purpose, spent in self._by_purpose.items():
            calls.add_metric((purpose,), spent.calls)
            tokens.add_metric((purpose,), spent.tokens)
            cost.add_metric((purpose,), spent.cost)
        yield from (calls, tokens, cost)
