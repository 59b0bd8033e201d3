"""The threshold that holds a target precision: what evidence is needed, what lowers it and what never does."""

from collections.abc import Sequence
from dataclasses import replace
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.benchmarks.calibration import missed, simulate
from vigil_bot.model.label import Label, Truth
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.calibrate import (
    ENOUGH,
    FORGIVEN_S,
    LUCK_S,
    NEVER,
    WINDOW_S,
    Calibration,
    Scope,
    at_most,
    calibrate,
    lowest_shown,
    threshold_of,
    thresholds,
    upper_limit,
)
from vigil_bot.proactive.calibrate_words import in_words
from vigil_bot.texts.catalogue import Reader, said

NOW = 1_700_000_000.0
DAY_S = 86_400.0
OLD = NOW - LUCK_S - DAY_S
HERE, THERE = "slack/T1/C1", "slack/T1/C2"
POLICY = Policy(target_precision=0.75, confidence=0.9, min_relevance=0.5)


def label(truth: Truth, *, score: float = 0.8, at: float = OLD, channel: str = HERE, posted: bool = False) -> Label:
    return Label(record_id=f"{at}{score}", channel=channel, at=at, score=score, truth=truth, posted=posted)


def many(
    right: int, wrong: int, *, score: float = 0.8, at: float = OLD, channel: str = HERE, posted: bool = False
) -> list[Label]:
    """Labels a second apart, the wrong ones spread among the right ones."""
    count = right + wrong
    bad = {int((i + 0.5) * count / wrong) for i in range(wrong)} if wrong else set()
    return [
        label(Truth.WRONG if i in bad else Truth.RIGHT, score=score, at=at - count + i, channel=channel, posted=posted)
        for i in range(count)
    ]


def chosen(labels: Sequence[Label], policy: Policy = POLICY, channel: str = HERE) -> Calibration:
    return calibrate(labels, policy, channel=channel, now=NOW)


def strictness(calibration: Calibration) -> float:
    """The threshold, with none above all others."""
    return NEVER + 1 if calibration.threshold is None else calibration.threshold


def test_without_evidence_the_rules_of_the_owner_hold_and_what_is_missing_is_said() -> None:
    found = chosen([])
    assert (found.threshold, found.scope, found.n, found.since) == (None, Scope.NONE, 0, None)
    assert found.missing == ENOUGH
    assert threshold_of(POLICY, found) == threshold_of(POLICY, None) == POLICY.min_relevance


def test_enough_right_drafts_of_the_channel_are_shown_to_hold_the_target() -> None:
    found = chosen(many(95, 5))
    assert (found.threshold, found.scope, found.n, found.wrong) == (0.5, Scope.CHANNEL, 100, 5)
    assert found.bound < 0.25
    assert (found.missing, found.backed_off, found.since) == (0, False, OLD - 100)


def test_the_threshold_keeps_out_the_scores_at_which_drafts_are_wrong() -> None:
    found = chosen([*many(95, 5, score=0.8), *many(20, 60, score=0.6)])
    assert found.threshold is not None
    assert 0.6 < found.threshold <= 0.8


def test_what_was_not_asked_to_prove_right_is_never_let_through() -> None:
    policy = replace(POLICY, min_relevance=0.7)
    assert threshold_of(policy, chosen(many(200, 0, score=0.9), policy)) == 0.7
    assert threshold_of(policy, chosen(many(200, 0, score=0.6), policy)) == 0.7


def test_a_channel_with_little_evidence_borrows_that_of_its_workspace_and_is_held_to_more() -> None:
    neighbours = many(190, 10, channel=THERE)
    found = chosen([*neighbours, *many(3, 0)])
    assert (found.scope, found.threshold, found.n) == (Scope.POOLED, 0.5, 203)
    hardly = many(168, 32, channel=THERE)
    assert chosen(hardly, channel=THERE).threshold == 0.5
    assert chosen(hardly).threshold is None


def test_its_own_evidence_goes_before_that_of_the_workspace() -> None:
    found = chosen([*many(400, 0, channel=THERE), *many(10, 40)])
    assert (found.scope, found.threshold) == (Scope.CHANNEL, None)


def test_one_lucky_week_lowers_nothing() -> None:
    lucky = many(100, 0, at=NOW)
    assert chosen(lucky).threshold is None
    before = many(30, 20, at=OLD - DAY_S)
    assert chosen([*before, *lucky]).threshold is None


def test_one_bad_week_is_enough_to_back_off() -> None:
    good = many(150, 5, score=0.8)
    found = chosen([*good, *many(4, 16, score=0.6, at=NOW, posted=True)])
    assert found.backed_off
    assert found.in_force > 0.6
    assert "backed off" in in_words(found)


def test_posts_that_nobody_reacts_to_make_it_back_off_and_fall_silent() -> None:
    good = many(150, 5, score=0.95)
    ignored = [label(Truth.UNKNOWN, score=0.95, at=NOW - i, posted=True) for i in range(20)]
    found = chosen([*good, *ignored])
    assert (found.threshold, found.backed_off, threshold_of(POLICY, found)) == (NEVER, True, NEVER)
    assert "silent" in in_words(found)
    later = calibrate([*good, *ignored], POLICY, channel=HERE, now=NOW + FORGIVEN_S + 1)
    assert (later.threshold, later.backed_off) == (0.5, False)


def test_too_little_evidence_can_still_speak_against_speaking() -> None:
    found = chosen(many(1, 9, score=0.6, posted=True))
    assert (found.threshold, found.scope, found.backed_off) == (None, Scope.NONE, True)
    assert threshold_of(POLICY, found) > 0.6


def test_what_was_long_ago_is_no_evidence_any_more() -> None:
    assert chosen(many(400, 0, at=NOW - WINDOW_S - 1)).n == 0


def test_what_nobody_can_tell_and_what_the_threshold_did_not_decide_is_no_evidence() -> None:
    unknown = [label(Truth.UNKNOWN, at=OLD - i) for i in range(100)]
    said_before = [replace(one, eligible=False) for one in many(0, 100)]
    assert chosen([*unknown, *said_before]).n == 0


def test_what_is_missing_is_what_would_have_been_enough() -> None:
    few = many(30, 6)
    missing = chosen(few).missing
    more = [*few, *many(missing, 0, score=0.97, at=OLD - 200)]
    assert chosen(more).threshold is not None
    assert chosen(more[:-1]).missing == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_state_is_said_in_words(language: str) -> None:
    ignored = [label(Truth.UNKNOWN, score=0.95, at=NOW - i, posted=True) for i in range(20)]
    states = [[], many(95, 5), many(30, 20), many(190, 10, channel=THERE), [*many(95, 5), *ignored]]
    words = {said(in_words(chosen(labels)), Reader(language=language)) for labels in states}
    assert len(words) == len(states)
    assert not any("{" in one for one in words)


@given(st.integers(1, 60), st.data())
def test_the_binomial_is_exact(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    p = data.draw(st.floats(0.01, 0.99))
    exact = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))
    assert at_most(k, n, p) == pytest.approx(exact, abs=1e-9)


@given(st.integers(1, 200), st.data())
def test_the_upper_limit_is_where_so_few_become_improbable(n: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, n))
    limit = upper_limit(wrong, n, 0.9)
    assert limit >= wrong / n
    if wrong < n:
        assert at_most(wrong, n, limit) == pytest.approx(0.1, abs=1e-6)


@given(st.floats(0, 1))
def test_the_thresholds_begin_with_the_least_and_rise(least: float) -> None:
    grid = thresholds(least)
    assert grid[0] == least
    assert grid == sorted(set(grid))
    assert max(grid) < NEVER


scores = st.floats(0.4, 1.0).map(lambda score: round(score, 2))
drafts = st.lists(
    st.builds(
        lambda truth, score, days, here, posted: label(
            truth, score=score, at=NOW - days * DAY_S, channel=HERE if here else THERE, posted=posted
        ),
        st.sampled_from([*[Truth.RIGHT] * 6, Truth.WRONG, Truth.UNKNOWN]),
        scores,
        st.floats(0, 60),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
)
base = st.tuples(st.integers(0, 200), st.integers(0, 20), scores).map(lambda x: many(x[0], x[1], score=x[2]))
policies = st.builds(
    lambda target, confidence: replace(POLICY, target_precision=target, confidence=confidence),
    st.floats(0.5, 0.99),
    st.floats(0.5, 0.99),
)


@settings(max_examples=150)
@given(base, drafts, policies, st.data())
def test_a_draft_that_proves_wrong_instead_of_right_never_lowers_the_threshold(
    start: list[Label], drafts: list[Label], policy: Policy, data: st.DataObject
) -> None:
    labels = [*start, *drafts]
    worse = [
        replace(x, truth=Truth.WRONG) if x.truth is Truth.RIGHT and data.draw(st.booleans()) else x for x in drafts
    ]
    before, after = chosen(labels, policy), chosen([*start, *worse], policy)
    assert strictness(after) >= strictness(before)
    assert after.threshold is not None or before.threshold is not None or after.floor >= before.floor


@settings(max_examples=100)
@given(base, drafts, policies, scores)
def test_one_more_wrong_draft_never_lowers_what_is_shown(
    start: list[Label], drafts: list[Label], policy: Policy, score: float
) -> None:
    labels = [one for one in (*start, *drafts) if one.truth is not Truth.UNKNOWN]
    before = lowest_shown(labels, policy, 1 - policy.target_precision)
    after = lowest_shown([*labels, label(Truth.WRONG, score=score)], policy, 1 - policy.target_precision)
    assert after is None or (before is not None and after >= before)


@settings(max_examples=100)
@given(base, drafts, policies, st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_asking_for_more_never_lowers_the_threshold(
    start: list[Label], drafts: list[Label], policy: Policy, target: float, confidence: float
) -> None:
    labels = [*start, *drafts]
    more = replace(policy, target_precision=max(policy.target_precision, target))
    assert strictness(chosen(labels, more)) >= strictness(chosen(labels, policy))
    calm, sure = sorted((policy.confidence, confidence))
    shown = [lowest_shown(labels, replace(policy, confidence=c), 1 - policy.target_precision) for c in (calm, sure)]
    assert shown[1] is None or (shown[0] is not None and shown[1] >= shown[0])


def test_silence_wins_ties() -> None:
    one, risk = [label(Truth.RIGHT, score=0.97)], 0.25
    only = replace(POLICY, min_relevance=0.95)  # one threshold, so that it has all of the error that is allowed
    tied = replace(only, confidence=1 - at_most(0, 1, risk))
    assert lowest_shown(one, tied, risk) is None
    assert lowest_shown(one, replace(tied, confidence=tied.confidence - 1e-6), risk) == 0.95


@given(base, drafts, policies)
def test_the_owner_is_never_undercut_and_what_is_shown_has_held(
    start: list[Label], drafts: list[Label], policy: Policy
) -> None:
    found = chosen([*start, *drafts], policy)
    assert threshold_of(policy, found) >= policy.min_relevance
    assert (found.threshold is None) == (found.missing > 0)
    if found.threshold is not None and not found.backed_off:
        assert found.wrong <= (1 - policy.target_precision) * found.n


def test_simulated_channels_miss_their_target_no_more_often_than_stated() -> None:
    spoke, short = missed(simulate(POLICY, channels=40, weeks=30, seed=7), POLICY.target_precision)
    assert spoke >= 20
    assert short <= 0.1 * spoke
