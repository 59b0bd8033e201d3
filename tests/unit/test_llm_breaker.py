"""When calls are let through, and when they are not."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.breaker import FAILURES, MAX_PAUSE_S, PAUSE_S, Breaker


def tripped(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker = breaker.failed(now)
    return breaker


def test_fewer_failures_than_the_limit_change_nothing() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker = breaker.failed(0.0)
    assert breaker.allows(0.0)


def test_after_the_last_failure_nobody_calls_until_the_pause_is_over() -> None:
    assert not tripped().allows(PAUSE_S - 0.1)
    assert tripped().allows(PAUSE_S)


def test_after_the_pause_one_tries_and_the_others_wait() -> None:
    trying = tripped().called(PAUSE_S)
    assert not trying.allows(PAUSE_S)
    assert trying.worked().allows(PAUSE_S)
    assert not trying.failed(PAUSE_S).allows(2 * PAUSE_S - 0.1)


def test_a_try_that_is_never_heard_of_again_blocks_for_one_pause_only() -> None:
    assert tripped().called(PAUSE_S).allows(2 * PAUSE_S)


def test_a_pause_that_the_endpoint_asks_for_is_kept_from_the_first_failure_on() -> None:
    breaker = Breaker().failed(0.0, wait_s=60.0)
    assert not breaker.allows(59.0)
    assert breaker.allows(60.0)


def test_a_pause_that_is_asked_for_is_bounded() -> None:
    assert Breaker().failed(0.0, wait_s=1e9).allows(MAX_PAUSE_S)


STEPS = st.lists(st.tuples(st.sampled_from(["call", "work", "fail"]), st.floats(0, 100)), max_size=60)


@given(STEPS)
def test_it_never_pauses_for_longer_than_the_longest_pause(steps: list[tuple[str, float]]) -> None:
    breaker, now = Breaker(), 1_000.0
    for what, passed in steps:
        now += passed
        if what == "call" and breaker.allows(now):
            breaker = breaker.called(now)
        elif what == "work":
            breaker = breaker.worked()
        elif what == "fail":
            breaker = breaker.failed(now, wait_s=passed)
        assert breaker.allows(now + MAX_PAUSE_S)


@given(st.integers(0, 500), st.floats(0.01, 5.0))
def test_an_endpoint_that_is_down_is_called_once_a_pause(tries: int, every_s: float) -> None:
    breaker, now, calls = Breaker(), 0.0, 0
    for _ in range(tries):
        now += every_s
        if breaker.allows(now):
            breaker = breaker.called(now).failed(now)
            calls += 1
    assert calls <= FAILURES + now / PAUSE_S
