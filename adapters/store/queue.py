"""Durable work on SQL tables: fits `vigil_bot.ports.work.WorkQueue`."""

from collections.abc import Sequence

from adapters.store import housekeeping, inbox, leases, outbox, turns
from adapters.store.codec import key_of
from adapters.store.database import Database
from vigil_bot.model.event import Event
from vigil_bot.model.work import DeadLetter, Outcome, Post, Turn


class SqlQueue:
    """Inbox, timers, outbox and leases; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, events: Sequence[Event], *, now: float) -> list[bool]:
        """Store events and apply them to the transcript; False marks one that was there already."""
        return await self._database.run(lambda session: inbox.append(session, events, now=now))

    async def claim(self, *, owner: str, now: float, ttl_s: float, limit: int) -> list[Turn]:
        """Lease up to limit ready conversations, the longest waiting first."""
        return await self._database.run(
            lambda session: turns.claim(session, owner=owner, now=now, ttl_s=ttl_s, limit=limit)
        )

    async def renew(self, turn: Turn, *, now: float, ttl_s: float) -> None:
        """Prolong the lease. Raises LeaseLost if it is another's."""
        key = key_of(turn.conversation)
        await self._database.run(lambda session: leases.renew(session, key, owner=turn.owner, until=now + ttl_s))

    async def commit(self, turn: Turn, outcome: Outcome, *, now: float) -> tuple[Post, ...]:
        """Write the outcome, and return the posts to send now, oldest first. Raises LeaseLost and StaleCase."""
        return await self._database.run(lambda session: turns.commit(session, turn, outcome, now=now))

    async def start_send(self, post: Post, *, owner: str, now: float) -> bool:
        """Mark a post as being sent; False if it was dropped instead. Raises LeaseLost."""
        return await self._database.run(lambda session: outbox.start(session, post, owner=owner, now=now))

    async def finish_send(self, post: Post, *, message_id: str | None, now: float) -> None:
        """Mark a post as sent; doing so again changes nothing."""
        await self._database.run(lambda session: outbox.finish(session, post, message_id=message_id, now=now))

    async def drop_send(self, post: Post, *, why: str, now: float, anew: bool = False) -> None:
        """Give a post up."""
        await self._database.run(lambda session: outbox.drop(session, post, why=why, now=now, anew=anew))

    async def retry_send(self, post: Post, *, at: float) -> None:
        """Try a post again at this time."""
        await self._database.run(lambda session: outbox.retry(session, post, at=at))

    async def fail(self, turn: Turn, *, error: str, now: float, retry_at: float | None) -> None:
        """Record a failed turn and end its lease. Raises LeaseLost."""
        await self._database.run(lambda session: turns.fail(session, turn, error=error, now=now, retry_at=retry_at))

    async def release(self, turn: Turn, *, now: float) -> None:  # noqa: ARG002 -- the port's
        """End the lease, if it is the turn's."""
        key = key_of(turn.conversation)
        await self._database.run(lambda session: leases.release(session, key, owner=turn.owner))

    async def end_leases(self) -> int:
        """End every lease: whoever held one is gone. Only for a database that is this process's alone."""
        return await self._database.run(leases.end_all)

    async def clock_went_back(self, *, now: float, latest: float | None = None) -> None:
        """Make ready what was stored or put off by a clock that was ahead."""
        await self._database.run(lambda session: housekeeping.clock_went_back(session, now=now, latest=latest))

    async def next_wake(self, *, now: float) -> float | None:
        """Return when the next conversation becomes ready, or its lease ends."""
        return await self._database.run(lambda session: leases.next_wake(session, now=now))

    async def pending(self) -> int:
        """Return how many events are stored and not worked on yet."""
        return await self._database.run(inbox.count_pending)

    async def post_by_key(self, key: str) -> Post | None:
        """Return the post with this key."""
        return await self._database.run(lambda session: outbox.get(session, key))

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        """Return events that were given up, newest first."""
        return await self._database.run(lambda session: inbox.dead_letters(session, limit=limit))

    async def requeue(self, dead_letter_id: int, *, now: float) -> None:
        """Try a dead letter again. Raises NotFoundError."""
        await self._database.run(lambda session: inbox.requeue(session, dead_letter_id, now=now))

    async def tick(self, key: str, *, now: float) -> bool:
        """Record a scheduled run as begun; True the first time."""
        return await self._database.run(lambda session: housekeeping.tick(session, key, now=now))

    async def tick_done(self, key: str, *, now: float) -> None:
        """Record that a scheduled run is finished."""
        await self._database.run(lambda session: housekeeping.tick_done(session, key, now=now))

    async def open_ticks(self) -> list[str]:
        """Return the runs that were begun and not finished, oldest first."""
        return await self._database.run(housekeeping.open_ticks)

    async def prune(self, *, before: float) -> int:
        """Forget handled events, spent ticks and sent posts older than this; return how many rows went."""
        return await self._database.run(lambda session: housekeeping.prune(session, before=before))
