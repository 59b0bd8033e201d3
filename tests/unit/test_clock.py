import time

from vigil_bot.clock import SimulatedClock, SystemClock


def test_the_system_clock_tells_epoch_seconds() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()


def test_a_simulated_clock_stands_still() -> None:
    clock = SimulatedClock(100.0)
    assert (clock.now(), clock.now()) == (100.0, 100.0)


def test_a_simulated_clock_is_set_and_advanced() -> None:
    clock = SimulatedClock()
    clock.set(50.0)
    clock.advance(2.5)
    assert clock.now() == 52.5
