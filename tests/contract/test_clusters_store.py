"""Reports and clusters are kept with the turn that links them; what was decided on old news is decided again."""

from dataclasses import replace

import pytest

from adapters.store.store import Store
from tests.contract.samples import ANN, CHANNEL, NOW, THREAD, claim_one, deleted, message, posted, turn_of
from vigil_bot.errors import StaleCase
from vigil_bot.model.cluster import Cluster, Linkage, Report, Solution, Window
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.work import Outcome, Timer, TimerKind
from vigil_bot.ports.clusters import Clusters

SCOPE = "local/w"
SECOND = replace(THREAD, thread_id="t2")
CLUSTER = Cluster(id="c1", scope=SCOPE, opened_at=NOW, changed_at=NOW, threads=2)


def clusters_of(store: Store) -> Clusters:
    """The store fits its port: mypy checks it."""
    return store.clusters


def report(key: str = THREAD.key, *, cluster: str | None = None, at: float = NOW, message_id: str = "m1") -> Report:
    return Report(
        conversation=key,
        scope=SCOPE,
        message_ids=(message_id,),
        author_id=ANN.id,
        at=at,
        cluster=cluster,
        apart=("c0",),
    )


async def commit(store: Store, linkage: Linkage, *, number: int = 1, now: float = NOW) -> None:
    await store.queue.append([posted(f"m{number}", at=now)], now=now)
    await turn_of(store.queue, Outcome(linkage=linkage), now=now)


async def test_a_report_comes_back_with_the_words_of_its_messages(store: Store) -> None:
    await commit(store, Linkage(reports=(report(),), seen=(SCOPE, 0)))
    window = await clusters_of(store).window(SCOPE, since=NOW - 1, limit=10)
    [found] = window.reports
    assert found == replace(report(), text=message("m1").text, permalink=message("m1").permalink)
    assert window.seen == 1
    assert await clusters_of(store).report(THREAD.key) == found
    assert await clusters_of(store).report(SECOND.key) is None


async def test_a_window_has_the_newest_of_its_scope_and_no_deleted_words(store: Store) -> None:
    await commit(store, Linkage(reports=(report(), replace(report(SECOND.key, at=NOW - 100), message_ids=("m1",)))))
    clusters = clusters_of(store)
    assert [one.conversation for one in (await clusters.window(SCOPE, since=NOW - 200, limit=1)).reports] == [
        THREAD.key
    ]
    assert len((await clusters.window(SCOPE, since=NOW - 200, limit=9)).reports) == 2
    assert len((await clusters.window(SCOPE, since=NOW - 50, limit=9)).reports) == 1
    assert await clusters.window("elsewhere", since=0.0, limit=9) == Window()
    await store.queue.append([deleted("m1", at=NOW + 1)], now=NOW + 1)
    assert (await clusters.window(SCOPE, since=NOW - 200, limit=9)).reports == ()
    gone = await clusters.report(THREAD.key)
    assert gone is not None
    assert gone.text == ""


async def test_a_cluster_comes_back_with_its_reports_the_oldest_first(store: Store) -> None:
    members = (report(cluster="c1"), report(SECOND.key, cluster="c1", at=NOW - 5))
    await commit(store, Linkage(reports=members, clusters=(CLUSTER,)))
    linked = await clusters_of(store).linked("c1", limit=9)
    assert linked is not None
    assert linked.cluster == replace(CLUSTER, version=1)
    assert [one.conversation for one in linked.reports] == [SECOND.key, THREAD.key]
    assert await clusters_of(store).members("c1") == [SECOND.key, THREAD.key]
    assert await clusters_of(store).linked("c2", limit=9) is None


async def test_a_cluster_that_was_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    await commit(store, Linkage(clusters=(CLUSTER,)))
    solved = replace(CLUSTER, version=1, solution=Solution(conversation=THREAD.key, at=NOW, message_id="m1"))
    await commit(store, Linkage(clusters=(solved,)), number=2, now=NOW + 1)
    with pytest.raises(StaleCase):
        await commit(store, Linkage(clusters=(replace(CLUSTER, version=1),)), number=3, now=NOW + 2)
    linked = await clusters_of(store).linked("c1", limit=9)
    assert linked is not None
    assert linked.cluster == replace(solved, version=2)


async def test_what_was_decided_without_the_newest_report_is_decided_again(store: Store) -> None:
    await commit(store, Linkage(reports=(report(),), seen=(SCOPE, 0)))
    late = Linkage(reports=(report(SECOND.key, message_id="m2"),), seen=(SCOPE, 0))
    with pytest.raises(StaleCase):
        await commit(store, late, number=2, now=NOW + 1)
    assert await clusters_of(store).report(SECOND.key) is None


async def test_threads_that_are_concerned_are_woken(store: Store) -> None:
    ref = replace(CHANNEL, thread_id="t2")
    await commit(store, Linkage(wake=(ref.key,)))
    turn = await claim_one(store.queue, now=NOW)
    assert turn.conversation == ref
    assert turn.timers == (Timer(kind=TimerKind.LINKED, due_at=NOW),)


async def test_a_report_that_changes_keeps_its_place(store: Store) -> None:
    await commit(store, Linkage(reports=(report(),)))
    await store.queue.append([MessagePosted(message=message("m2", at=NOW + 1))], now=NOW + 1)
    both = replace(report(), message_ids=("m1", "m2"), cluster="c1")
    await turn_of(store.queue, Outcome(linkage=Linkage(reports=(both,), clusters=(CLUSTER,))), now=NOW + 1)
    window = await clusters_of(store).window(SCOPE, since=0.0, limit=9)
    assert window.seen == 1
    [found] = window.reports
    assert found.cluster == "c1"
    assert found.text == f"{message('m1').text}\n{message('m2').text}"
