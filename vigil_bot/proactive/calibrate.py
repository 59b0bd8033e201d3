"""Choose the threshold that holds a target precision, from what earlier drafts turned out to be worth; pure.

Sources:
    Angelopoulos, Bates, Candès, Jordan and Lei (2021), Learn then Test: calibrating predictive algorithms to achieve risk
    control: a threshold may be used when the hypothesis "it is wrong too often" is rejected, with a bound for finite samples.
    Wiens (2003), A fixed sequence Bonferroni procedure for testing multiple endpoints: the order of the tests. Thresholds are
    tested from the strictest down. Each has a part of the error that is allowed in all, and a rejected one hands its part on;
    so strict thresholds that few drafts reach do not end the sequence.
    Clopper and Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial: the p-values.
    Hoeffding (1956), On the distribution of the number of successes in independent trials: why they hold although drafts with
    other scores are wrong with other probabilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, log, log1p

from vigil_bot.model.label import Label, Truth
from vigil_bot.model.policy import Policy

WINDOW_S = 120 * 86_400.0  # older labels are no evidence any more
LUCK_S = 7 * 86_400.0  # what holds must have held without the newest of this time
ENOUGH = 40  # labelled drafts that a channel needs to be judged by its own
FORGIVEN_S = 30 * 86_400.0  # after silence of this time it is tried again whether people react to posts
RECENT = 20  # drafts, or posts, that a change to the worse is looked for in
FEW = 5  # fewer show no change
WELCOME = 0.25  # of recent posts, the share that must have proved right: people do not ignore the others only
POOLED_SHARE = 0.5  # of the allowed risk that a pool may use up: a channel may be worse than its neighbours
NEVER = 1.01  # a threshold that no score reaches
_STEP = 0.05
_STRICTEST = 0.95
_NEGLIGIBLE = 1e-17


class Scope(StrEnum):
    """Whose labels a threshold rests on."""

    CHANNEL = "channel"
    POOLED = "pooled"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the evidence allows in a channel.

    threshold holds the target precision with the stated confidence; None where nothing was shown to. floor holds without one:
    the policy's min_relevance, raised past what recent evidence speaks against. Of n labelled drafts that reach the threshold (or,
    without one, min_relevance), wrong were wrong; bound is the upper confidence limit of their share. missing is how many more drafts must at least prove right before
    a threshold can be chosen. since is the time of the oldest label that counts.
    """

    threshold: float | None
    floor: float
    n: int
    wrong: int
    bound: float
    target: float
    confidence: float
    scope: Scope
    missing: int = 0
    backed_off: bool = False
    since: float | None = None

    @property
    def in_force(self) -> float:
        """The score that a suggestion must reach now; above 1 for none at all."""
        return self.floor if self.threshold is None else self.threshold


def threshold_of(policy: Policy, calibration: Calibration | None) -> float:
    """Return the score that a suggestion must reach: what evidence asks for, and never less than the policy does."""
    return policy.min_relevance if calibration is None else max(policy.min_relevance, calibration.in_force)


def calibrate(labels: Sequence[Label], policy: Policy, *, channel: str, now: float) -> Calibration:
    """Choose the threshold of a channel (a key) from the labels of all channels of its workspace.

    Labels of the channel itself decide as soon as there are enough, else those of all channels, held to a stricter target.
    Drafts that nobody's words tell the worth of are no evidence.
    """
    known = [one for one in labels if now - WINDOW_S <= one.at <= now and one.score >= policy.min_relevance]
    judged = [one for one in known if one.eligible and one.truth is not Truth.UNKNOWN]
    mine = [one for one in judged if one.channel == channel]
    scope = _scope(mine, judged, now)
    evidence = judged if scope is Scope.POOLED else mine
    risk = (1.0 - policy.target_precision) * (POOLED_SHARE if scope is Scope.POOLED else 1.0)
    shown = None if scope is Scope.NONE else _shown(evidence, policy, risk, now=now)
    least = policy.min_relevance if shown is None else shown
    posts = [one for one in known if one.posted and one.channel == channel and one.at >= now - FORGIVEN_S]
    held = _backed_off(mine, posts, policy, least)
    n, wrong = _count(evidence, policy.min_relevance if shown is None else held)
    return Calibration(
        threshold=None if shown is None else held,
        floor=policy.min_relevance if shown is not None else held,
        n=n,
        wrong=wrong,
        bound=upper_limit(wrong, n, policy.confidence),
        target=policy.target_precision,
        confidence=policy.confidence,
        scope=scope,
        missing=_missing(evidence, policy, risk, now=now) if shown is None else 0,
        backed_off=held > least,
        since=min((one.at for one in evidence), default=None),
    )


def lowest_shown(evidence: Sequence[Label], policy: Policy, risk: float) -> float | None:
    """Return the lowest threshold that is shown to be wrong in at most this share of cases, or None.

    The chance that any threshold is let through that should not is at most 1 - policy.confidence. Labels are taken as
    independent given their scores.
    """
    grid = thresholds(policy.min_relevance)
    part = (1.0 - policy.confidence) / len(grid)
    lowest, handed_on = None, 0.0
    for threshold in reversed(grid):
        n, wrong = _count(evidence, threshold)
        level = part + handed_on
        if at_most(wrong, n, risk) < level:
            lowest, handed_on = threshold, level
        else:
            handed_on = 0.0
    return lowest


def thresholds(least: float) -> list[float]:
    """Return the thresholds that may be chosen, from the least up."""
    count = round(_STRICTEST / _STEP)
    return [least, *(round(step * _STEP, 2) for step in range(1, count + 1) if step * _STEP > least + _STEP / 2)]


@lru_cache(maxsize=65_536)
def at_most(k: int, n: int, p: float) -> float:
    """Return the probability of at most k among n independent events of probability p, strictly between 0 and 1."""
    if k >= n:
        return 1.0
    if k > n * p:  # the short side of the two
        return 1.0 - at_most(n - k - 1, n, 1.0 - p)
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
    total = 0.0
    while k >= 0 and term > total * _NEGLIGIBLE:
        total += term
        term *= k / (n - k + 1) * (1.0 - p) / p
        k -= 1
    return min(1.0, total)


def upper_limit(wrong: int, n: int, confidence: float) -> float:
    """Return the share of wrong ones that is exceeded in truth only with probability 1 - confidence; 1 without evidence."""
    if wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, n, middle) > 1.0 - confidence else (low, middle)
    return high


def _scope(mine: Sequence[Label], judged: Sequence[Label], now: float) -> Scope:
    if len(_settled(mine, now)) >= ENOUGH:
        return Scope.CHANNEL
    return Scope.POOLED if len(_settled(judged, now)) >= ENOUGH else Scope.NONE


def _settled(labels: Sequence[Label], now: float) -> list[Label]:
    return [one for one in labels if one.at <= now - LUCK_S]


def _shown(evidence: Sequence[Label], policy: Policy, risk: float, *, now: float) -> float | None:
    """Return the lowest threshold that is shown to hold, both with the newest labels and without them."""
    before = lowest_shown(_settled(evidence, now), policy, risk)
    today = lowest_shown(evidence, policy, risk)
    return None if before is None or today is None else max(before, today)


def _backed_off(mine: Sequence[Label], posts: Sequence[Label], policy: Policy, least: float) -> float:
    """Return the lowest threshold, from the least up, that recent drafts and posts of the channel do not speak against."""
    newest_drafts = sorted(mine, key=lambda one: -one.at)
    newest_posts = sorted(posts, key=lambda one: -one.at)
    risk, level = 1.0 - policy.target_precision, 1.0 - policy.confidence
    for threshold in thresholds(least):
        drafts = [one for one in newest_drafts if one.score >= threshold][:RECENT]
        right = sum(one.truth is Truth.RIGHT for one in drafts)
        too_often_wrong = len(drafts) >= FEW and at_most(right, len(drafts), 1.0 - risk) <= level
        said = [one for one in newest_posts if one.score >= threshold][:RECENT]
        liked = sum(one.truth is Truth.RIGHT for one in said)
        ignored = len(said) >= FEW and at_most(liked, len(said), WELCOME) <= level
        if not (too_often_wrong or ignored):
            return threshold
    return NEVER


def _missing(evidence: Sequence[Label], policy: Policy, risk: float, *, now: float) -> int:
    """Return how many more drafts must at least prove right, at the threshold that needs fewest."""
    grid = thresholds(policy.min_relevance)
    level = (1.0 - policy.confidence) / len(grid)
    needed = min(_more_right(*_count(evidence, threshold), risk, level) for threshold in grid)
    return max(1, needed, ENOUGH - len(_settled(evidence, now)))


def _more_right(n: int, wrong: int, risk: float, level: float) -> int:
    low, high = 0, 1
    while at_most(wrong, n + high, risk) >= level:
        low, high = high, high * 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if at_most(wrong, n + middle, risk) >= level else (low, middle)
    return high


def _count(evidence: Sequence[Label], threshold: float) -> tuple[int, int]:
    """Return how many labels reach a threshold, and how many of them are wrong."""
    reached = [one.truth for one in evidence if one.score >= threshold]
    return len(reached), reached.count(Truth.WRONG)
