"""Turns: a conversation with all its work, and what becomes of it."""

from adapters.store import (
    case_files,
    clusters,
    codec,
    counts,
    inbox,
    leases,
    mutes,
    outbox,
    receipts,
    suggestions,
    timers,
    verdicts,
    watches,
)
from adapters.store.database import Session
from vigil_bot.model.work import Outcome, Post, Turn


def claim(session: Session, *, owner: str, now: float, ttl_s: float, limit: int) -> list[Turn]:
    """Lease conversations that have work, the longest waiting first."""
    turns: list[Turn] = []
    more = True
    while more and len(turns) < limit:
        keys = leases.ready(session, now=now, limit=limit - len(turns))
        more = len(keys) == limit - len(turns)  # fewer are all that there are
        for key in keys:
            turn = _turn(session, key, owner=owner, now=now)
            if turn.events or turn.timers or turn.posts:
                leases.take(session, key, owner=owner, until=now + ttl_s)
                turns.append(turn)
            else:
                leases.refresh(session, key)
    return turns


def commit(session: Session, turn: Turn, outcome: Outcome, *, now: float) -> tuple[Post, ...]:
    """Write all that a turn changes, and end the lease when nothing is to be sent. Raises LeaseLost and StaleCase."""
    key = codec.key_of(turn.conversation)
    leases.check(session, key, owner=turn.owner, now=now)
    inbox.finish(session, turn, now=now)
    timers.spend(session, key, turn.timers)
    timers.arm(session, key, outcome.timers)
    if outcome.case is not None:
        case_files.save(session, outcome.case)
    receipts.add(session, outcome.decisions)
    suggestions.add(session, outcome.suggestions)
    suggestions.set_states(session, outcome.suggestion_states)
    verdicts.put(session, outcome.feedback)
    counts.add(session, outcome.uses)
    mutes.put(session, outcome.mutes)
    watches.add(session, outcome.watched)
    clusters.add(session, outcome.linkage, now=now)
    outbox.add(session, outcome.posts, now=now)
    for elsewhere in {codec.key_of(post.conversation) for post in outcome.posts} - {key}:
        leases.touch(session, elsewhere, ready_at=now)
    posts = tuple(outbox.unsent(session, key, now=now))
    if not posts:
        leases.release(session, key, owner=turn.owner)
    return posts


def fail(session: Session, turn: Turn, *, error: str, now: float, retry_at: float | None) -> None:
    """Put a turn off, or give it up, and end its lease. Raises LeaseLost."""
    key = codec.key_of(turn.conversation)
    leases.check(session, key, owner=turn.owner, now=now)
    inbox.fail(session, turn, error=error, now=now, retry_at=retry_at)
    timers.put_off(session, key, turn.timers, to=retry_at, attempts=turn.attempts + 1)
    if not turn.events and not turn.timers:
        outbox.fail(session, turn, error=error, now=now, retry_at=retry_at)
    leases.release(session, key, owner=turn.owner)


def _turn(session: Session, key: str, *, owner: str, now: float) -> Turn:
    pending = inbox.pending(session, key, now=now)
    due = timers.due(session, key, now=now)
    posts = outbox.unsent(session, key, now=now)
    attempts = [*(row[2] for row in pending), *(attempts for _, attempts in due)] or [post.attempts for post in posts]
    return Turn(
        conversation=codec.ref_of(key),
        owner=owner,
        events=tuple(event for _, event, _ in pending),
        event_ids=tuple(event_id for event_id, _, _ in pending),
        timers=tuple(timer for timer, _ in due),
        posts=tuple(posts),
        attempts=max(attempts, default=0),
    )
