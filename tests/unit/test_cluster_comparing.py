"""Which clusters turn out to be of one fault, which of them is kept, and what is news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vigil_bot.model.cluster import Cluster, Linked, Report, Solution, Window
from vigil_bot.progress.cluster_comparing import Comparing

NEW = Cluster(id="new", scope="s", opened_at=10.0, changed_at=10.0, threads=2)
TOLD = Cluster(id="told", scope="s", opened_at=0.0, changed_at=0.0, threads=3, notice_key="cluster/told", version=1)


@dataclass
class Kept:
    """Clusters that are stored."""

    stored: dict[str, Cluster] = field(default_factory=lambda: {"told": TOLD, "new": NEW})

    async def window(self, scope: str, *, since: float, limit: int) -> Window:
        del scope, since, limit
        return Window()

    async def report(self, conversation: str) -> Report | None:
        del conversation
        return None

    async def linked(self, cluster_id: str, *, limit: int) -> Linked | None:
        del limit
        cluster = self.stored.get(cluster_id)
        return Linked(cluster=cluster) if cluster is not None else None

    async def members(self, cluster_id: str) -> list[str]:
        del cluster_id
        return []


@dataclass
class Given:
    """A contrast that says what it is told to."""

    value: float

    async def likeness(self, text: str, others: Sequence[str], groups: Sequence[str]) -> list[float]:
        del text, groups
        return [self.value for _ in others]

    async def alike(
        self, texts: Sequence[str], groups: Sequence[str], *, one: str, among: Collection[str]
    ) -> Mapping[str, float]:
        del texts, groups, one
        return dict.fromkeys(among, self.value)


def report(name: str, cluster: str | None = None, *, apart: tuple[str, ...] = ()) -> Report:
    return Report(
        conversation=name, scope="s", message_ids=(name,), author_id=name, at=1.0, cluster=cluster, apart=apart
    )


OTHERS = [*(report(f"t{n}", "told") for n in range(3)), *(report(f"n{n}", "new") for n in range(2)), report("single")]
JOINING = [report("r")]


async def test_a_cluster_that_is_like_one_that_was_told_of_goes_into_it() -> None:
    met = await Comparing(clusters=Kept(), contrast=Given(0.4)).meet(Linked(cluster=NEW), JOINING, OTHERS)
    assert met.linked.cluster is TOLD
    assert met.gone is NEW


async def test_a_cluster_that_resembles_one_that_was_told_of_is_no_news_yet() -> None:
    met = await Comparing(clusters=Kept(), contrast=Given(0.2)).meet(Linked(cluster=NEW), JOINING, OTHERS)
    assert (met.linked.cluster, met.gone, met.news) == (NEW, None, False)


async def test_a_cluster_that_is_like_no_other_is_news_with_its_third_thread() -> None:
    met = await Comparing(clusters=Kept(), contrast=Given(0.0)).meet(Linked(cluster=NEW), JOINING, OTHERS)
    assert (met.linked.cluster, met.gone, met.news) == (NEW, None, True)
    alone = await Comparing(clusters=Kept(), contrast=Given(0.0)).meet(
        Linked(cluster=replace(NEW, threads=1)), JOINING, OTHERS[:4]
    )
    assert not alone.news


async def test_what_resembles_a_fault_that_is_solved_is_news() -> None:
    solved = replace(TOLD, solution=Solution(conversation="t0", at=5.0, note="restarted"))
    kept = Kept({"told": solved, "new": NEW})
    met = await Comparing(clusters=kept, contrast=Given(0.4)).meet(Linked(cluster=NEW), JOINING, OTHERS)
    assert (met.linked.cluster, met.gone, met.news) == (NEW, None, True)


async def test_what_a_person_took_apart_is_not_put_together() -> None:
    others = [*OTHERS, report("parted", apart=("told",))]
    met = await Comparing(clusters=Kept(), contrast=Given(0.9)).meet(Linked(cluster=NEW), JOINING, others)
    assert (met.linked.cluster, met.gone) == (NEW, None)
