"""Claim, lease, commit, fail: one owner at a time, and all of a turn or nothing."""

import pytest

from adapters.store.store import Store
from tests.contract.samples import (
    NOW,
    OTHER,
    THREAD,
    TTL_S,
    case,
    claim_one,
    post,
    posted,
    receipt,
    suggestion,
    turn_of,
)
from vigil_bot.errors import LeaseLost, NotFoundError, StaleCase
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.work import Outcome, Timer, TimerKind
from vigil_bot.ports.work import WorkQueue

EVALUATE, NUDGE = TimerKind.EVALUATE, TimerKind.NUDGE
FULL = Outcome(
    case=case(),
    decisions=(receipt(suggestion_id="s1"),),
    suggestions=(suggestion(),),
    feedback=(
        Feedback(suggestion_id="s0", author_id="rita", verdict=Verdict.HELPFUL, source=FeedbackSource.BUTTON, at=NOW),
    ),
    mutes=(Mute(scope=MuteScope.THREAD, target=THREAD.key, by="rita", at=NOW),),
    timers=(Timer(kind=NUDGE, due_at=NOW + 60),),
    posts=(post(of="s1"),),
)


async def everything(store: Store) -> tuple[object, ...]:
    """What an outcome could have changed."""
    return (
        await store.cases.case(THREAD.key),
        await store.ledger.decisions(since=0),
        await store.ledger.suggestions_in(THREAD.key),
        await store.ledger.feedback_on("s0"),
        await store.ledger.mutes([THREAD.key], now=NOW),
        await store.queue.post_by_key("s1"),
    )


async def test_an_outcome_is_written_whole(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    posts = await turn_of(store.queue, FULL)

    stored = await everything(store)
    assert all(stored)
    assert [p.key for p in posts] == ["s1"]


@pytest.mark.parametrize("lost", ["lease", "case"])
async def test_a_commit_that_fails_writes_nothing(store: Store, lost: str) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    turn = await claim_one(store.queue)
    before = await everything(store)

    if lost == "lease":
        with pytest.raises(LeaseLost):
            await store.queue.commit(turn, FULL, now=NOW + TTL_S)
        assert await everything(store) == before
    else:
        saved = await store.cases.save(case())
        with pytest.raises(StaleCase):
            await store.queue.commit(turn, FULL, now=NOW)
        assert await everything(store) == (saved, *before[1:])

    again = await claim_one(store.queue, owner="b", now=NOW + TTL_S)
    assert (again.events, again.timers, again.attempts) == (turn.events, (), 0)


async def test_one_owner_at_a_time_works_on_a_conversation(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    turn = await claim_one(queue, owner="a")
    await queue.append([posted("m2", at=NOW + 1)], now=NOW + 1)

    assert await queue.claim(owner="b", now=NOW + 1, ttl_s=TTL_S, limit=8) == []
    assert await queue.claim(owner="a", now=NOW + 1, ttl_s=TTL_S, limit=8) == []

    await queue.commit(turn, Outcome(), now=NOW + 1)
    await queue.release(turn, now=NOW + 1)
    assert [e.key for e in (await claim_one(queue, owner="b", now=NOW + 1)).events] == [posted("m2").key]


async def test_an_expired_lease_is_taken_over_and_what_comes_late_is_refused(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    late = await claim_one(queue, owner="a")
    assert await queue.next_wake(now=NOW) == NOW + TTL_S

    taken = await claim_one(queue, owner="b", now=NOW + TTL_S)
    assert taken.event_ids == late.event_ids
    with pytest.raises(LeaseLost):
        await queue.renew(late, now=NOW + TTL_S, ttl_s=TTL_S)
    with pytest.raises(LeaseLost):
        await queue.commit(late, FULL, now=NOW + TTL_S)
    with pytest.raises(LeaseLost):
        await queue.fail(late, error="Bug", now=NOW + TTL_S, retry_at=None)
    await queue.release(late, now=NOW + TTL_S)

    assert await queue.commit(taken, Outcome(), now=NOW + TTL_S) == ()
    assert await queue.dead_letters() == []


async def test_the_same_owner_cannot_commit_a_turn_that_it_claimed_twice(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    first = await claim_one(queue)
    second = await claim_one(queue, now=NOW + TTL_S)
    await queue.commit(second, Outcome(timers=(Timer(kind=NUDGE, due_at=NOW + 99),)), now=NOW + TTL_S)

    with pytest.raises(LeaseLost):
        await queue.commit(first, FULL, now=NOW + TTL_S)
    assert await queue.post_by_key("s1") is None


async def test_the_same_owner_cannot_answer_a_timer_twice(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await turn_of(queue, Outcome(timers=(Timer(kind=NUDGE, due_at=NOW + 60),)))
    first = await claim_one(queue, now=NOW + 60)
    second = await claim_one(queue, now=NOW + 60 + TTL_S)
    await queue.commit(second, Outcome(), now=NOW + 60 + TTL_S)

    with pytest.raises(LeaseLost):
        await queue.commit(first, FULL, now=NOW + 60 + TTL_S)


async def test_a_lease_lasts_while_it_is_renewed(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    turn = await claim_one(queue)
    for step in range(1, 4):
        await queue.renew(turn, now=NOW + 20 * step, ttl_s=TTL_S)
        assert await queue.claim(owner="b", now=NOW + 20 * step, ttl_s=TTL_S, limit=1) == []
    await queue.commit(turn, Outcome(), now=NOW + 60)

    await queue.release(turn, now=NOW + 60)
    with pytest.raises(LeaseLost):
        await queue.renew(turn, now=NOW + 61, ttl_s=TTL_S)


async def test_the_longest_waiting_come_first_and_no_more_than_asked_for(queue: WorkQueue) -> None:
    refs = [OTHER, THREAD]
    for number, ref in enumerate(refs):
        await queue.append([posted(f"m{number}", ref=ref)], now=NOW + number)

    first = await queue.claim(owner="a", now=NOW + 9, ttl_s=TTL_S, limit=1)
    second = await queue.claim(owner="a", now=NOW + 9, ttl_s=TTL_S, limit=1)
    assert [turn.conversation for turn in (*first, *second)] == refs


async def test_what_a_dead_process_held_can_be_taken_at_once(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    turn = await claim_one(store.queue, now=NOW)
    assert await store.queue.claim(owner="next", now=NOW + 1, ttl_s=TTL_S, limit=9) == []

    assert await store.queue.end_leases() == 1
    (again,) = await store.queue.claim(owner="next", now=NOW + 1, ttl_s=TTL_S, limit=9)
    assert again.event_ids == turn.event_ids
    assert await store.queue.end_leases() == 1


async def test_a_released_turn_that_was_not_committed_comes_again(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    turn = await claim_one(queue)
    await queue.release(turn, now=NOW + 1)

    assert (await claim_one(queue, owner="b", now=NOW + 1)).event_ids == turn.event_ids


async def test_a_timer_fires_once_it_is_due(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await turn_of(queue, Outcome(timers=(Timer(kind=NUDGE, due_at=NOW + 60),)))

    assert await queue.next_wake(now=NOW) == NOW + 60
    assert await queue.claim(owner="a", now=NOW + 59, ttl_s=TTL_S, limit=8) == []
    turn = await claim_one(queue, now=NOW + 60)
    assert (turn.timers, turn.events) == ((Timer(kind=NUDGE, due_at=NOW + 60),), ())
    await queue.commit(turn, Outcome(), now=NOW + 60)
    await queue.release(turn, now=NOW + 60)
    assert await queue.next_wake(now=NOW + 60) is None


async def test_arming_a_timer_again_moves_it_and_none_cancels_it(queue: WorkQueue) -> None:
    for number, (due_at, wake) in enumerate([(NOW + 60, NOW + 60), (NOW + 90, NOW + 90), (None, None)]):
        await queue.append([posted(f"m{number}")], now=NOW)
        await turn_of(queue, Outcome(timers=(Timer(kind=NUDGE, due_at=due_at),)))
        assert await queue.next_wake(now=NOW) == wake


async def test_timers_of_two_kinds_do_not_touch_each_other(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    timers = (Timer(kind=NUDGE, due_at=NOW + 60), Timer(kind=EVALUATE, due_at=NOW + 30))
    await turn_of(queue, Outcome(timers=timers))
    await turn_of(queue, Outcome(), now=NOW + 30)

    assert await queue.next_wake(now=NOW + 30) == NOW + 60


async def test_a_timer_that_the_outcome_arms_wins_over_the_one_that_is_spent(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await turn_of(queue, Outcome(timers=(Timer(kind=EVALUATE, due_at=NOW + 30),)))
    await turn_of(queue, Outcome(timers=(Timer(kind=EVALUATE, due_at=NOW + 50),)), now=NOW + 30)

    assert await queue.next_wake(now=NOW + 30) == NOW + 50


async def test_a_message_that_comes_during_a_turn_makes_the_next_one(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    turn = await claim_one(queue)
    await queue.append([posted("m2", at=NOW + 1)], now=NOW + 1)
    assert await queue.next_wake(now=NOW + 1) == NOW + TTL_S
    await queue.commit(turn, Outcome(), now=NOW + 2)
    await queue.release(turn, now=NOW + 2)

    wake = await queue.next_wake(now=NOW + 2)
    assert wake is not None
    assert wake <= NOW + 2


async def test_a_case_is_stored_over_the_version_that_it_was_made_from(store: Store) -> None:
    for version in range(2):
        await store.queue.append([posted(f"m{version}")], now=NOW)
        await turn_of(store.queue, Outcome(case=case(version=version)))

    stored = await store.cases.case(THREAD.key)
    assert stored is not None
    assert stored.version == 2


async def test_a_failed_turn_is_tried_again_later_and_what_follows_waits_behind_it(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await queue.fail(await claim_one(queue), error="Bug", now=NOW, retry_at=NOW + 60)
    await queue.append([posted("m2", at=NOW + 1)], now=NOW + 1)

    assert await queue.claim(owner="a", now=NOW + 2, ttl_s=TTL_S, limit=8) == []
    assert await queue.next_wake(now=NOW + 2) == NOW + 60
    turn = await claim_one(queue, now=NOW + 60)
    assert (len(turn.events), turn.attempts) == (2, 1)
    await queue.fail(turn, error="Bug", now=NOW + 60, retry_at=NOW + 90)
    assert (await claim_one(queue, now=NOW + 90)).attempts == 2


async def test_a_timer_that_failed_is_tried_again_later_or_dropped(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await turn_of(queue, Outcome(timers=(Timer(kind=NUDGE, due_at=NOW + 60),)))
    await queue.fail(await claim_one(queue, now=NOW + 60), error="Bug", now=NOW + 60, retry_at=NOW + 70)
    turn = await claim_one(queue, now=NOW + 70)
    assert (turn.timers, turn.attempts) == ((Timer(kind=NUDGE, due_at=NOW + 70),), 1)

    await queue.fail(turn, error="Bug", now=NOW + 70, retry_at=None)
    assert await queue.next_wake(now=NOW + 70) is None


async def test_an_event_that_was_given_up_is_kept_for_a_person_who_may_try_it_again(queue: WorkQueue) -> None:
    await queue.append([posted("m1"), posted("m2", at=NOW + 1)], now=NOW)
    await queue.fail(await claim_one(queue), error="Bug", now=NOW + 5, retry_at=None)

    letters = await queue.dead_letters()
    assert [(x.conversation, x.kind, x.error, x.attempts, x.at) for x in letters] == [
        (THREAD.key, "message_posted", "Bug", 1, NOW + 5)
    ] * 2
    assert [x.id for x in await queue.dead_letters(limit=1)] == [letters[0].id]
    assert await queue.next_wake(now=NOW + 5) is None

    await queue.requeue(letters[0].id, now=NOW + 6)
    turn = await claim_one(queue, now=NOW + 6)
    assert (turn.event_ids, turn.attempts) == ((letters[0].id,), 0)
    assert [x.id for x in await queue.dead_letters()] == [letters[1].id]
    with pytest.raises(NotFoundError):
        await queue.requeue(letters[0].id, now=NOW + 7)


async def test_what_a_turn_did_is_not_dead_when_its_sending_fails(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    turn = await claim_one(queue)
    await queue.commit(turn, Outcome(posts=(post(),)), now=NOW)
    await queue.fail(turn, error="Bug", now=NOW, retry_at=None)

    assert await queue.dead_letters() == []
    assert [p.key for p in (await claim_one(queue)).posts] == ["s1"]


async def test_a_turn_of_posts_alone_that_fails_is_put_off_then_given_up(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await turn_of(queue, Outcome(posts=(post(),)))
    await queue.fail(await claim_one(queue), error="Bug", now=NOW, retry_at=NOW + 60)
    assert await queue.next_wake(now=NOW) == NOW + 60

    turn = await claim_one(queue, now=NOW + 60)
    assert turn.attempts == 1
    await queue.fail(turn, error="Bug", now=NOW + 60, retry_at=None)
    assert await queue.next_wake(now=NOW + 60) is None
