"""A circuit breaker: after some failures in a row nobody calls for a while, then one may try; pure."""

from dataclasses import dataclass, replace

FAILURES = 5
PAUSE_S = 30.0
MAX_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is known about an endpoint; every change gives a new one."""

    failures: int = 0  # in a row
    paused_until: float = 0.0

    @property
    def is_tripped(self) -> bool:
        """Whether calls are let through one by one only, if at all."""
        return self.paused_until > 0

    def allows(self, now: float) -> bool:
        """Whether a call may be made."""
        return now >= self.paused_until

    def called(self, now: float) -> "Breaker":
        """Return it after a call began: after a pause, the next has to wait until this one is back or is lost."""
        return replace(self, paused_until=now + PAUSE_S) if self.is_tripped else self

    def worked(self) -> "Breaker":
        """Return it after the endpoint answered."""
        return Breaker()

    def failed(self, now: float, *, wait_s: float = 0.0) -> "Breaker":
        """Return it after a failure; wait_s is a pause that the endpoint asked for, kept from the first time on."""
        failures = self.failures + 1
        pause = max(PAUSE_S if failures >= FAILURES else 0.0, min(MAX_PAUSE_S, wait_s))
        return Breaker(failures=failures, paused_until=max(self.paused_until, now + pause) if pause else 0.0)
