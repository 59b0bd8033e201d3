"""Durable work: inbox, timers, outbox, leases; and what a worker calls."""

from collections.abc import Sequence
from typing import Protocol

from vigil_bot.model.event import Event
from vigil_bot.model.work import DeadLetter, Outcome, Post, Turn


class WorkQueue(Protocol):
    """Inbox, timers, outbox and leases: durable work, conversation by conversation.

    One owner at a time holds the lease of a conversation, and every write of a turn is fenced by it. A conversation is ready
    when it has pending events, a due timer, or an unsent post whose next try has come.
    """

    async def append(self, events: Sequence[Event], *, now: float) -> list[bool]:
        """Store events and apply them to the transcript, in one transaction; False marks one that was there already.

        An applied message (new, edited or deleted, not one of our own) raises the conversation's version by one.
        An edit, deletion or reaction to a message that is not stored changes nothing but is kept in the inbox.
        """
        ...

    async def claim(self, *, owner: str, now: float, ttl_s: float, limit: int) -> list[Turn]:
        """Lease up to limit ready conversations that nobody holds, the longest waiting first.

        Events are in the order of (their time on the platform, arrival). Expired leases are taken over.
        """
        ...

    async def renew(self, turn: Turn, *, now: float, ttl_s: float) -> None:
        """Prolong the lease. Raises LeaseLost if it is another's."""
        ...

    async def commit(self, turn: Turn, outcome: Outcome, *, now: float) -> tuple[Post, ...]:
        """Write the outcome, mark the turn's events done and its timers spent, in one transaction.

        Timers armed by the outcome win over those that the turn spends. Posts, decisions, suggestions and feedback already
        stored under the same key are left as they are (feedback: the newer verdict replaces). A case is stored only if the
        stored version is outcome.case.version, which then grows by one.

        Returns:
            All posts of the conversation to be sent now, oldest first. Where there are none, the lease ends.

        Raises:
            LeaseLost: If the lease ended meanwhile. StaleCase: If the case was changed meanwhile. Nothing is written.
        """
        ...

    async def start_send(self, post: Post, *, owner: str, now: float) -> bool:
        """Mark a post as being sent. False, and the post (with its suggestion) DROPPED, if it must not be sent any more.

        It must not: when the conversation's version is not post.guard (or a person's reaction or button waits, which may
        silence us), when expires_at is past, when its conversation,
        channel or asker is muted (POST, EPHEMERAL and REACT of a suggestion; what heeds mutes), or when its lease is
        another's (raises LeaseLost). The check and the mark are one transaction. A suggestion that the thread has outrun is evaluated anew: its
        EVALUATE timer is armed for now. A suggestion becomes POSTING.
        """
        ...

    async def finish_send(self, post: Post, *, message_id: str | None, now: float) -> None:
        """Mark a post as SENT with the platform's id; its suggestion becomes POSTED and the entry uses are counted."""
        ...

    async def drop_send(self, post: Post, *, why: str, now: float, anew: bool = False) -> None:
        """Give a post up; its suggestion becomes DROPPED, and why is added to the note of its receipt.

        With anew, what it was about is decided on again at once.
        """
        ...

    async def retry_send(self, post: Post, *, at: float) -> None:
        """Try a post again at this time; its attempts grow by one and its state stays."""
        ...

    async def fail(self, turn: Turn, *, error: str, now: float, retry_at: float | None) -> None:
        """Record a failed turn: its events are tried again at retry_at, or become dead letters when it is None.

        Its timers move to retry_at, or are dropped. The lease ends.
        """
        ...

    async def release(self, turn: Turn, *, now: float) -> None:
        """End the lease; releasing another's is no error."""
        ...

    async def clock_went_back(self, *, now: float, latest: float | None = None) -> None:
        """Make ready what was stored or put off by a clock that was ahead; latest is what it showed, if that is known."""
        ...

    async def next_wake(self, *, now: float) -> float | None:
        """Return when the next conversation becomes ready: now or earlier if one is, None if none will by itself."""
        ...

    async def pending(self) -> int:
        """Return how many events are stored and not worked on yet."""
        ...

    async def post_by_key(self, key: str) -> Post | None:
        """Return the post with this key."""
        ...

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        """Return events that were given up, newest first."""
        ...

    async def requeue(self, dead_letter_id: int, *, now: float) -> None:
        """Try a dead letter again. Raises NotFoundError."""
        ...

    async def tick(self, key: str, *, now: float) -> bool:
        """Record a scheduled run (such as `distill/2026-01-05T03:00Z`) as begun; True the first time."""
        ...

    async def tick_done(self, key: str, *, now: float) -> None:
        """Record that a scheduled run is finished."""
        ...

    async def open_ticks(self) -> list[str]:
        """Return the runs that were begun and not finished, oldest first: a crash came between."""
        ...

    async def prune(self, *, before: float) -> int:
        """Forget handled events, spent ticks and sent posts older than this; return how many rows went."""
        ...


class Handler(Protocol):
    """What the worker calls with a claimed conversation."""

    async def handle(self, turn: Turn) -> Outcome:
        """Work out what a turn changes; write nothing."""
        ...
