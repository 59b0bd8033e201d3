"""When to try again; pure."""

from dataclasses import dataclass

from vigil_bot.errors import TransientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Doubling waits with a bound; a wait that the other side asked for is kept.

    Source:
        The retransmission timer of RFC 6298, section 5.5.
    """

    base_s: float = 1.0
    max_s: float = 300.0
    max_attempts: int = 8

    def next_try(self, attempts: int, error: BaseException, *, now: float) -> float | None:
        """Return when to try again after this many failed attempts before this one, or None to give up.

        Only a TransientError is worth more than three attempts.
        """
        limit = self.max_attempts if isinstance(error, TransientError) else 3
        if attempts + 1 >= limit:
            return None
        asked_s = error.retry_after_s if isinstance(error, TransientError) else None
        return now + max(asked_s or 0.0, min(self.max_s, self.base_s * 2.0**attempts))
