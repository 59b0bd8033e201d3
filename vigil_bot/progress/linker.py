"""Link the threads that report one fault, and have each of them told what solved it; waits for what others have reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.cluster import Cluster, Linkage, Linked, Report
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import ActionInvoked, MessagePosted
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, Timer, TimerKind, Turn
from vigil_bot.ports.clusters import Clusters, Contrast
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.progress import linking
from vigil_bot.progress.cluster_cards import MAX_NAMED
from vigil_bot.progress.cluster_comparing import Comparing
from vigil_bot.progress.cluster_telling import Telling, edited
from vigil_bot.progress.clusters import MAX_REPORTS, TELL_AT, WINDOW_S, Placed, scope_of, worth_waking
from vigil_bot.progress.linking import Here

LINK, UNLINK, SPLIT = "link", "unlink", "split"
MOST = 1_000  # reports that a person may move at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came of a turn: the case, what is linked, what is said and when to look again."""

    case: Case | None
    linkage: Linkage | None = None
    posts: tuple[Post, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Work:
    """What is gathered in one turn."""

    here: Here
    case: Case | None
    reports: dict[str, Report] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    wake: dict[str, None] = field(default_factory=dict)
    seen: tuple[str, int] | None = None
    posts: list[Post] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.here.ref.key

    def done(self) -> Followed:
        self.wake.pop(self.key, None)
        linkage = Linkage(
            reports=tuple(self.reports.values()),
            clusters=tuple(self.clusters.values()),
            seen=self.seen,
            wake=tuple(self.wake),
        )
        changed = self.reports or self.clusters or self.wake
        return Followed(
            case=self.case,
            linkage=linkage if changed else None,
            posts=tuple(self.posts),
            timers=tuple(self.timers),
        )


class Linker:
    """Follows what threads report, and what becomes of it; writes nothing."""

    def __init__(
        self,
        *,
        clusters: Clusters,
        contrast: Contrast,
        transcript: Transcript,
        ledger: Ledger,
        policy_of: Callable[[ConversationRef], Policy],
    ) -> None:
        self._clusters = clusters
        self._comparing = Comparing(clusters=clusters, contrast=contrast)
        self._transcript = transcript
        self._policy_of = policy_of
        self._telling = Telling(transcript=transcript, ledger=ledger, policy_of=policy_of)

    async def follow(self, here: Here, case: Case | None, turn: Turn) -> Followed:
        """Return what a turn changes in what is linked; case is as the turn has left it so far."""
        work = _Work(here=here, case=case)
        if here.policy.mode is Mode.OFF:
            return work.done()
        for event in turn.events:
            if isinstance(event, ActionInvoked):
                await self._asked(work, event)
        if any(isinstance(event, MessagePosted) for event in turn.events):
            await self._place(work)
        await self._settle(work)
        if any(timer.kind is TimerKind.LINKED for timer in turn.timers):
            await self._look(work)
        return work.done()

    async def _place(self, work: _Work) -> None:
        """Compare what a thread reports with what others have reported lately."""
        case, before = work.case, work.here.state.case
        if (case is not None and case.cluster is not None) or linking.told(before) == linking.told(case) != ():
            return
        report = linking.report_of(work.here, case)
        if report is None:
            return
        stored = await self._clusters.report(work.key) if before is not None else None
        if stored is not None:
            report = replace(report, apart=stored.apart)
        window = await self._clusters.window(report.scope, since=work.here.now - WINDOW_S, limit=MAX_REPORTS)
        others = [other for other in window.reports if other.conversation != work.key]
        found = await self._comparing.place(report, others)
        if case is None and (found is None or found.cluster is None):
            return
        work.seen = (report.scope, window.seen)
        work.case = case or linking.opened(work.here)
        work.reports[work.key] = report
        if found is not None:
            await self._join(work, report, found, others)

    async def _join(self, work: _Work, report: Report, found: Placed, others: Sequence[Report]) -> None:
        """Add a report to its cluster, and what belongs to both of them; a cluster that turns out to be the same goes."""
        linked = await self._clusters.linked(found.cluster, limit=MAX_NAMED) if found.cluster else None
        joining = [report, *found.others]
        met = await self._comparing.meet(linked or linking.new(report, at=work.here.now), joining, others)
        if met.gone is not None:
            joining += await self._emptied(work, met.gone.id)
        await self._grow(work, met.linked, joining, news=met.news)

    async def _emptied(self, work: _Work, cluster_id: str) -> list[Report]:
        """Take all reports out of a cluster, as they go into another one; its notice says so."""
        old = await self._clusters.linked(cluster_id, limit=MOST)
        if old is None:
            return []
        empty = replace(old.cluster, threads=0, changed_at=work.here.now)
        work.clusters[empty.id], posts = edited(work.here, Linked(cluster=empty))
        work.posts += posts
        return list(old.reports)

    async def _grow(self, work: _Work, linked: Linked, reports: Sequence[Report], *, news: bool) -> None:
        """Add reports to a cluster, tell analysts, and wake the threads whose cards should say so."""
        before = linked.cluster
        grown = linking.grown(linked, reports, at=work.here.now)
        for report in reports:
            work.reports[report.conversation] = replace(report, cluster=before.id)
            work.wake[report.conversation] = None
        if worth_waking(before.threads, grown.cluster.threads):
            work.wake |= dict.fromkeys(await self._clusters.members(before.id))
        cluster, posts = await self._telling.analysts(work.here, grown, news=news)
        work.clusters[cluster.id] = cluster
        work.posts += posts
        if work.case is not None and work.key in work.reports:
            work.case = linking.related(work.case, grown)
            if cluster.solution is not None:
                work.timers.append(Timer(kind=TimerKind.LINKED, due_at=work.here.now))

    async def _settle(self, work: _Work) -> None:
        """Note what solved a fault when one of its threads is solved, and take it back when that thread goes on."""
        case, before = work.case, work.here.state.case
        if case is None or case.cluster is None or before is None or before.state.over == case.state.over:
            return
        linked = await self._linked(work, case.cluster)
        if linked is None:
            return
        cluster, solution = linked.cluster, None
        if case.state is CaseState.RESOLVED:
            solution = linking.solution_of(case, work.here.state.conversation, at=work.here.now)
            if solution is None or cluster.solution is not None:
                return
        elif case.state.over or cluster.solution is None or cluster.solution.conversation != work.key:
            return
        cluster = replace(cluster, solution=solution, changed_at=work.here.now)
        cluster, posts = edited(work.here, replace(linked, cluster=cluster))
        work.clusters[cluster.id] = cluster
        work.posts += posts
        work.wake |= dict.fromkeys(await self._clusters.members(cluster.id))

    async def _look(self, work: _Work) -> None:
        """Bring a thread up to date with its cluster, as another thread has changed it."""
        report = work.reports.get(work.key) or await self._clusters.report(work.key)
        if report is None or work.case is None:
            return
        linked = await self._linked(work, report.cluster) if report.cluster else None
        work.case = linking.related(work.case, linked)
        if linked is not None and linked.cluster.solution is not None:
            said = await self._telling.solution(work.here, work.case, linked.cluster.solution)
            work.case = said.case
            work.posts += said.posts
            work.timers += said.timers

    async def _asked(self, work: _Work, event: ActionInvoked) -> None:
        """Do what a person asks for with a command or a button."""
        match event.action:
            case "link":
                await self._merge(work, event.value)
            case "unlink":
                report = await self._clusters.report(work.key)
                if report is not None and report.cluster is not None:
                    await self._take_out(work, report.cluster, [report])
            case "split":
                linked = await self._clusters.linked(event.value, limit=MOST)
                told_here = linked is not None and linked.cluster.notice_in == work.here.ref.channel.key
                if linked is not None and (told_here or linked.cluster.scope == work.here.scope):
                    await self._take_out(work, event.value, linked.reports)
            case _:
                pass

    async def _merge(self, work: _Work, other_key: str) -> None:
        """Link this thread, and what it is linked with, with another one."""
        ref = ConversationRef.from_key(other_key)
        if work.case is None or scope_of(ref, self._policy_of(ref)) != work.here.scope:
            return
        mine = await self._clusters.report(work.key) or linking.report_by_hand(
            work.here.state.conversation, work.here.scope
        )
        there = await self._clusters.report(other_key)
        there = there or linking.report_by_hand(await self._transcript.conversation(ref), work.here.scope)
        if mine is None or there is None or (mine.cluster is not None and mine.cluster == there.cluster):
            return
        moved = (await self._emptied(work, mine.cluster) if mine.cluster is not None else []) or [mine]
        moved = [replace(one, cluster=None, apart=()) for one in moved]
        if there.cluster is not None:
            linked = await self._clusters.linked(there.cluster, limit=MAX_NAMED)
        else:
            linked = linking.new(there, at=work.here.now)
            moved.append(there)
        if linked is not None:
            await self._grow(work, linked, moved, news=linked.cluster.threads + len(moved) >= TELL_AT)

    async def _take_out(self, work: _Work, cluster_id: str, out: Sequence[Report]) -> None:
        """Take reports out of a cluster for good; one that is left alone goes too."""
        linked = await self._linked(work, cluster_id, limit=MOST)
        if linked is None:
            return
        gone = {report.conversation for report in out}
        left = [report for report in linked.reports if report.conversation not in gone]
        if len(left) == 1:
            gone, left = gone | {left[0].conversation}, []
        for report in linked.reports:
            if report.conversation in gone:
                apart = (*report.apart, cluster_id)
                work.reports[report.conversation] = replace(report, cluster=None, apart=apart)
            work.wake[report.conversation] = None
        cluster = replace(linked.cluster, threads=len(left), changed_at=work.here.now)
        cluster, posts = edited(work.here, Linked(cluster=cluster, reports=tuple(left)))
        work.clusters[cluster.id] = cluster
        work.posts += posts
        if work.case is not None:
            remains = Linked(cluster=cluster, reports=tuple(left)) if work.key not in gone and left else None
            work.case = linking.related(work.case, remains)

    async def _linked(self, work: _Work, cluster_id: str, *, limit: int = MAX_NAMED) -> Linked | None:
        """Return a cluster as this turn has left it so far."""
        linked = await self._clusters.linked(cluster_id, limit=limit)
        changed = work.clusters.get(cluster_id)
        return replace(linked, cluster=changed) if linked is not None and changed is not None else linked
