"""Say it, or not: silence wins every tie."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.decision import Abstain, Defer, Intent, Reason, Signals, Suggest
from vigil_bot.model.policy import Mode, Policy, QuietHours
from vigil_bot.proactive.decide import decide

ON = Policy(mode=Mode.ON, min_relevance=0.5, cooldown_s=60.0, max_per_day=3, max_per_thread=2)
GOOD = Signals(intent=Intent.QUESTION, relevance=0.8, grounded=True)
NOW = 1_000_000.0


def test_a_grounded_answer_to_a_question_is_said() -> None:
    assert decide(GOOD, ON, now=NOW) == Suggest(score=0.8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"muted": True}, Reason.MUTED),
        ({"intent": Intent.CHATTER}, Reason.NOT_A_REQUEST),
        ({"intent": Intent.STATUS_REQUEST}, Reason.NOT_A_REQUEST),
        ({"analyst_asking": True}, Reason.ANALYST_ASKING),
        ({"resolved": True}, Reason.RESOLVED),
        ({"answered_by": "m2"}, Reason.ANSWERED_BY_PERSON),
        ({"posted_today": 3}, Reason.DAILY_LIMIT),
        ({"posted_in_thread": 2}, Reason.THREAD_LIMIT),
        ({"relevance": 0.0}, Reason.NOTHING_FOUND),
        ({"relevance": 0.49}, Reason.BELOW_THRESHOLD),
        ({"grounded": False}, Reason.NOT_GROUNDED),
        ({"similarity_to_said": 0.6}, Reason.ALREADY_SAID),
    ],
)
def test_each_reason_for_silence(change: dict[str, Any], reason: Reason) -> None:
    assert decide(replace(GOOD, **change), ON, now=NOW) == Abstain(reason=reason)


def test_a_cooldown_defers_to_its_end() -> None:
    assert decide(replace(GOOD, last_posted_at=NOW - 10), ON, now=NOW) == Defer(until=NOW + 50, reason=Reason.COOLDOWN)


def test_quiet_hours_defer() -> None:
    quiet = replace(ON, quiet_hours=QuietHours(start_min=0, end_min=1439))
    decision = decide(GOOD, quiet, now=NOW)
    assert isinstance(decision, Defer)
    assert decision.reason is Reason.QUIET_HOURS


SIGNALS = st.builds(
    Signals,
    intent=st.sampled_from(Intent),
    relevance=st.floats(0, 1),
    grounded=st.booleans(),
    similarity_to_said=st.floats(0, 1),
    answered_by=st.none() | st.just("m"),
    resolved=st.booleans(),
    analyst_asking=st.booleans(),
    muted=st.booleans(),
    posted_today=st.integers(0, 5),
    posted_in_thread=st.integers(0, 5),
    last_posted_at=st.none() | st.floats(NOW - 100, NOW),
)


@given(signals=SIGNALS, lower=st.floats(0, 1), higher=st.floats(0, 1))
def test_a_higher_threshold_never_makes_it_speak(signals: Signals, lower: float, higher: float) -> None:
    lower, higher = sorted((lower, higher))
    if isinstance(decide(signals, replace(ON, min_relevance=higher), now=NOW), Suggest):
        assert isinstance(decide(signals, replace(ON, min_relevance=lower), now=NOW), Suggest)


@given(signals=SIGNALS)
def test_it_never_speaks_when_muted_ungrounded_answered_or_not_asked(signals: Signals) -> None:
    if isinstance(decide(signals, ON, now=NOW), Suggest):
        assert not signals.muted
        assert signals.grounded
        assert signals.answered_by is None
        assert signals.intent.asks
