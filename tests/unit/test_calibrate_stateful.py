"""The threshold of a channel as evidence comes in: never below the floor, never looser for worse evidence."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vigil_bot.model.label import Label, Truth
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.calibrate import NEVER, calibrate, lowest_shown, threshold_of, thresholds

CHANNEL = "local/w/c"
DAY_S = 86_400.0


class Learning(RuleBasedStateMachine):
    """Labels of one channel and its neighbour."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        self.labels: list[Label] = []
        self.policy = Policy()

    @rule(
        count=st.integers(1, 30),
        score=st.sampled_from([0.5, 0.6, 0.75, 0.9, 0.99]),
        truth=st.sampled_from(Truth),
        posted=st.booleans(),
        here=st.booleans(),
    )
    def drafts_are_judged(self, *, count: int, score: float, truth: Truth, posted: bool, here: bool) -> None:
        channel = CHANNEL if here else "local/w/other"
        self.labels += [
            Label(
                record_id=f"r{len(self.labels) + n}",
                channel=channel,
                at=self.now - n,
                score=score,
                truth=truth,
                posted=posted,
            )
            for n in range(count)
        ]

    @rule(days=st.floats(0.1, 60))
    def time_passes(self, days: float) -> None:
        self.now += days * DAY_S

    @rule(wanted=st.sampled_from([0.6, 0.75, 0.9]), least=st.sampled_from([0.3, 0.5, 0.7]))
    def the_target_is_moved(self, wanted: float, least: float) -> None:
        self.policy = replace(self.policy, target_precision=wanted, min_relevance=least)

    @invariant()
    def the_threshold_never_falls_below_what_the_policy_asks(self) -> None:
        found = calibrate(self.labels, self.policy, channel=CHANNEL, now=self.now)
        assert self.policy.min_relevance <= threshold_of(self.policy, found) <= NEVER
        assert 0 <= found.wrong <= found.n
        assert found.wrong / found.n <= found.bound <= 1.0 if found.n else found.bound == 1.0
        assert (found.missing == 0) is (found.threshold is not None)

    @invariant()
    def a_smaller_risk_or_one_more_wrong_draft_never_lowers_it(self) -> None:
        judged = [one for one in self.labels if one.truth is not Truth.UNKNOWN]
        wrong = Label(record_id="w", channel=CHANNEL, at=self.now, score=0.99, truth=Truth.WRONG)
        now = _shown(judged, self.policy, 0.25)
        assert _shown(judged, self.policy, 0.1) >= now
        assert _shown([*judged, wrong], self.policy, 0.25) >= now

    @invariant()
    def the_order_of_the_evidence_does_not_matter(self) -> None:
        found = calibrate(self.labels, self.policy, channel=CHANNEL, now=self.now)
        unordered = sorted(self.labels, key=lambda one: (one.at, one.record_id))
        assert calibrate(unordered, self.policy, channel=CHANNEL, now=self.now).threshold == found.threshold


def _shown(labels: list[Label], policy: Policy, risk: float) -> float:
    lowest = lowest_shown(labels, policy, risk)
    assert lowest is None or lowest in thresholds(policy.min_relevance)
    return NEVER if lowest is None else lowest


TestLearning = Learning.TestCase
TestLearning.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)
