"""Where a report belongs, and which clusters turn out to be of one fault; waits for what is alike and what was told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vigil_bot.model.cluster import Cluster, Linked, Report
from vigil_bot.ports.clusters import Clusters, Contrast
from vigil_bot.progress.cluster_cards import MAX_NAMED
from vigil_bot.progress.clusters import MAX_CHARS, RESEMBLES, Placed, placed, same_fault, worth_telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The cluster that reports join, another that turns out to be the same and is to be emptied, and whether it is news."""

    linked: Linked
    gone: Cluster | None
    news: bool


class Comparing:
    """Compares reports, and clusters on the whole; writes nothing."""

    def __init__(self, *, clusters: Clusters, contrast: Contrast) -> None:
        self._clusters = clusters
        self._contrast = contrast

    async def place(self, report: Report, others: Sequence[Report]) -> Placed | None:
        """Return where a report belongs among the others of its scope."""
        likeness = await self._contrast.likeness(
            report.text[:MAX_CHARS],
            [other.text[:MAX_CHARS] for other in others],
            [_group(other) for other in others],
        )
        return placed(report, others, likeness)

    async def meet(self, linked: Linked, joining: Sequence[Report], others: Sequence[Report]) -> Met:
        """Return what a cluster comes to with the reports that join it, among the others of its scope."""
        cluster = linked.cluster
        window = _with(joining, others, cluster.id)
        alike = await self._alike(cluster.id, window)
        same = same_fault(alike)
        other = await self._clusters.linked(same, limit=MAX_NAMED) if same else None
        gone = None
        if other is not None and _may_be_one(cluster, other.cluster, window):
            kept, emptied = (linked, other) if _rank(cluster) >= _rank(other.cluster) else (other, linked)
            linked, gone = kept, emptied.cluster
            window = [replace(one, cluster=linked.cluster.id) if one.cluster == gone.id else one for one in window]
        threads = linked.cluster.threads + len(joining) + (gone.threads if gone is not None else 0)
        merged = replace(linked.cluster, threads=threads)
        news = worth_telling(merged, window, await self._resembles(alike))
        return Met(linked=linked, gone=gone, news=news)

    async def _alike(self, cluster_id: str, window: Sequence[Report]) -> Mapping[str, float]:
        sizes = Counter(report.cluster for report in window if report.cluster)
        return await self._contrast.alike(
            [report.text[:MAX_CHARS] for report in window],
            [_group(report) for report in window],
            one=cluster_id,
            among=[name for name, size in sizes.items() if name != cluster_id and size > 1],
        )

    async def _resembles(self, alike: Mapping[str, float]) -> float:
        """Return how like the nearest cluster it is that analysts have heard of and that is not solved."""
        near = 0.0
        for name in sorted(alike, key=lambda name: alike[name], reverse=True):
            if alike[name] < RESEMBLES:
                break
            found = await self._clusters.linked(name, limit=1)
            if found is not None and found.cluster.notice_key is not None and found.cluster.solution is None:
                near = alike[name]
                break
        return near


def _group(report: Report) -> str:
    return report.cluster or report.conversation


def _with(joining: Sequence[Report], others: Sequence[Report], cluster_id: str) -> list[Report]:
    """Return the window with the reports that join a cluster in it, the newest first."""
    new = {one.conversation: replace(one, cluster=cluster_id) for one in joining}
    rest = [one for one in others if one.conversation not in new]
    return sorted([*new.values(), *rest], key=lambda report: report.at, reverse=True)


def _rank(cluster: Cluster) -> tuple[bool, int]:
    """Return what is kept of two: what was told of, then the larger."""
    return cluster.notice_key is not None, cluster.threads


def _may_be_one(one: Cluster, other: Cluster, window: Sequence[Report]) -> bool:
    """Whether two clusters may be put together: neither is solved, and no person took a thread out of either."""
    parted = any(not {one.id, other.id}.isdisjoint(report.apart) for report in window)
    return one.solution is None and other.solution is None and not parted
