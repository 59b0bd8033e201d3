"""When to try again."""

from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.errors import RateLimited, StoreBusy, TargetGone
from vigil_bot.retry import Backoff


def test_waits_double_up_to_a_bound() -> None:
    backoff = Backoff(base_s=1.0, max_s=5.0)
    waits = [backoff.next_try(attempts, StoreBusy(), now=0.0) for attempts in range(5)]
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_the_wait_that_was_asked_for_is_kept() -> None:
    assert Backoff().next_try(0, RateLimited(retry_after_s=30.0), now=100.0) == 130.0


def test_what_is_not_transient_is_given_up_after_three() -> None:
    assert Backoff().next_try(1, TargetGone(), now=0.0) is not None
    assert Backoff().next_try(2, TargetGone(), now=0.0) is None


@given(attempts=st.integers(0, 50))
def test_it_ends(attempts: int) -> None:
    at = Backoff(max_attempts=8).next_try(attempts, StoreBusy(), now=0.0)
    assert (at is None) is (attempts >= 7)
