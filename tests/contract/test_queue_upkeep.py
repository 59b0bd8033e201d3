"""Scheduled runs are begun once, and what is done is forgotten in time."""

from dataclasses import replace

from adapters.store.store import Store
from tests.contract.samples import NOW, THREAD, case, claim_one, post, posted, receipt
from vigil_bot.model.case import CaseState
from vigil_bot.model.work import Outcome, Timer, TimerKind
from vigil_bot.ports.work import WorkQueue

DAY_S = 86_400.0


async def test_a_scheduled_run_is_begun_once(queue: WorkQueue) -> None:
    assert await queue.tick("distill/2026-01-05T03:00Z", now=NOW)
    assert not await queue.tick("distill/2026-01-05T03:00Z", now=NOW + 1)
    assert await queue.tick("distill/2026-01-05T04:00Z", now=NOW + 2)


async def test_runs_that_were_not_finished_can_be_found(queue: WorkQueue) -> None:
    for number, key in enumerate(("b", "a", "c")):
        await queue.tick(key, now=NOW + number)
    await queue.tick_done("a", now=NOW + 9)

    assert await queue.open_ticks() == ["b", "c"]
    await queue.tick_done("b", now=NOW + 9)
    assert not await queue.tick("b", now=NOW + 10)


async def handled(store: Store, now: float) -> None:
    """One of each: a handled event, a sent post, a finished run."""
    await store.queue.append([posted(f"m{now}", at=now)], now=now)
    turn = await claim_one(store.queue, now=now)
    outcome = Outcome(decisions=(receipt(f"m{now}"),), posts=(post(f"p{now}"),))
    for intended in await store.queue.commit(turn, outcome, now=now):
        await store.queue.start_send(intended, owner="a", now=now)
        await store.queue.finish_send(intended, message_id=f"x{now}", now=now)
    await store.queue.release(turn, now=now)
    await store.queue.tick(f"run/{now}", now=now)
    await store.queue.tick_done(f"run/{now}", now=now)


async def test_what_is_done_is_forgotten_and_the_records_stay(store: Store) -> None:
    await handled(store, NOW)
    await handled(store, NOW + DAY_S)

    assert await store.queue.prune(before=NOW + DAY_S) == 3
    assert await store.queue.prune(before=NOW + DAY_S) == 0
    assert await store.queue.post_by_key(f"p{NOW}") is None
    assert await store.queue.post_by_key(f"p{NOW + DAY_S}") is not None
    assert len((await store.transcript.conversation(THREAD)).messages) == 2
    assert len(await store.ledger.decisions(since=0)) == 2


async def test_what_is_not_done_is_never_forgotten(queue: WorkQueue) -> None:
    await queue.append([posted("m1")], now=NOW)
    await queue.fail(await claim_one(queue), error="Bug", now=NOW, retry_at=None)
    await queue.append([posted("m2", at=NOW + 1)], now=NOW)
    turn = await claim_one(queue)
    await queue.commit(turn, Outcome(posts=(post(),), timers=(Timer(kind=TimerKind.CLOSE, due_at=NOW + 9),)), now=NOW)
    await queue.append([posted("m3", at=NOW + 2)], now=NOW)
    await queue.tick("run", now=NOW)

    assert await queue.prune(before=NOW + 1) == 1
    assert len(await queue.dead_letters()) == 1
    again = await claim_one(queue, owner="b", now=NOW + 100)
    assert (len(again.events), len(again.posts), len(again.timers)) == (1, 1, 1)
    assert await queue.open_ticks() == ["run"]


async def test_the_status_card_of_a_live_case_is_kept(store: Store) -> None:
    await handled(store, NOW)
    live = await store.cases.save(replace(case(), card_key=f"p{NOW}"))
    assert await store.queue.prune(before=NOW + 1) == 2
    assert await store.queue.post_by_key(f"p{NOW}") is not None

    await store.cases.save(replace(live, state=CaseState.CLOSED))
    assert await store.queue.prune(before=NOW + 1) == 1
