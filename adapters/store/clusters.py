"""Linked reports: fits `vigil_bot.ports.clusters.Clusters`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import bindparam, func, select, update

from adapters.store import applying, codec, leases, timers
from adapters.store.cluster_tables import cluster as clusters
from adapters.store.cluster_tables import report as reports
from adapters.store.database import Database, Session
from adapters.store.dialect import insert
from vigil_bot.errors import StaleCase
from vigil_bot.model.cluster import Cluster, Linkage, Linked, Report, Window
from vigil_bot.model.work import Timer, TimerKind

_new = insert(reports).values({name: bindparam(name) for name in ("conversation", "scope", "at", "cluster_id", "body")})
_PUT = _new.on_conflict_do_update(
    index_elements=["conversation"],
    set_={name: getattr(_new.excluded, name) for name in ("scope", "at", "cluster_id", "body")},
)
_GET = select(reports.c.body).where(reports.c.conversation == bindparam("conversation"))
_NEWEST = (
    select(reports.c.body)
    .where(reports.c.scope == bindparam("scope"), reports.c.at >= bindparam("since"))
    .order_by(reports.c.at.desc(), reports.c.seq.desc())
    .limit(bindparam("limit"))
)
_SEEN = select(func.max(reports.c.seq)).where(reports.c.scope == bindparam("scope"))
_MEMBERS = (
    select(reports.c.body)
    .where(reports.c.cluster_id == bindparam("cluster_id"))
    .order_by(reports.c.at, reports.c.seq)
    .limit(bindparam("limit"))
)
_KEYS = (
    select(reports.c.conversation)
    .where(reports.c.cluster_id == bindparam("cluster_id"))
    .order_by(reports.c.at, reports.c.seq)
)
_ADD = insert(clusters).on_conflict_do_nothing()
_SET = (
    update(clusters)
    .where(clusters.c.id == bindparam("of_id"), clusters.c.version == bindparam("was_version"))
    .values(version=bindparam("version"), body=bindparam("body"))
)
_CLUSTER = select(clusters.c.body).where(clusters.c.id == bindparam("cluster_id"))


def add(session: Session, linkage: Linkage | None, *, now: float) -> None:
    """Store what a turn links, and wake the threads that are concerned.

    Raises:
        StaleCase: If a cluster was changed meanwhile, or a report came that was not seen.
    """
    if linkage is None:
        return
    if linkage.seen is not None and _seen(session, linkage.seen[0]) != linkage.seen[1]:
        raise StaleCase
    for cluster in linkage.clusters:
        _save(session, cluster)
    session.write_many(_PUT, [_row(report) for report in linkage.reports])
    for key in linkage.wake:
        timers.arm(session, key, [Timer(kind=TimerKind.LINKED, due_at=now)])
        leases.touch(session, key, ready_at=now)


class SqlClusters:
    """Reports of faults, and which of them are linked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def window(self, scope: str, *, since: float, limit: int) -> Window:
        """Return the newest reports of a scope since then with their words; those whose messages are gone are left out."""

        def read(session: Session) -> Window:
            rows = session.rows(_NEWEST, scope=scope, since=since, limit=limit)
            return Window(reports=tuple(_with_words(session, _decoded(rows))), seen=_seen(session, scope))

        return await self._database.run(read)

    async def report(self, conversation: str) -> Report | None:
        """Return the report of a thread, with its words."""

        def read(session: Session) -> Report | None:
            return next(_with_words(session, _decoded(session.rows(_GET, conversation=conversation)), gone=True), None)

        return await self._database.run(read)

    async def linked(self, cluster_id: str, *, limit: int) -> Linked | None:
        """Return a cluster with its first reports, and their words."""

        def read(session: Session) -> Linked | None:
            row = session.row(_CLUSTER, cluster_id=cluster_id)
            if row is None:
                return None
            members = _decoded(session.rows(_MEMBERS, cluster_id=cluster_id, limit=limit))
            return Linked(cluster=codec.CLUSTER.decode(row[0]), reports=tuple(_with_words(session, members, gone=True)))

        return await self._database.run(read)

    async def members(self, cluster_id: str) -> list[str]:
        """Return the conversations of all its reports, the oldest first."""
        return [key for (key,) in await self._database.run(lambda session: session.rows(_KEYS, cluster_id=cluster_id))]


def _seen(session: Session, scope: str) -> int:
    row = session.row(_SEEN, scope=scope)
    return int(row[0]) if row is not None and row[0] is not None else 0


def _save(session: Session, cluster: Cluster) -> None:
    new = replace(cluster, version=cluster.version + 1)
    values = {"version": new.version, "body": codec.CLUSTER.encode(new)}
    if cluster.version == 0:
        written = session.write(_ADD, id=cluster.id, scope=cluster.scope, **values)
    else:
        written = session.write(_SET, of_id=cluster.id, was_version=cluster.version, **values)
    if not written:
        raise StaleCase


def _row(report: Report) -> dict[str, object]:
    return {
        "conversation": report.conversation,
        "scope": report.scope,
        "at": report.at,
        "cluster_id": report.cluster,
        "body": codec.REPORT.encode(replace(report, text="", permalink=None)),
    }


def _decoded(rows: Iterable[tuple[str]]) -> list[Report]:
    return [codec.REPORT.decode(body) for (body,) in rows]


def _with_words(session: Session, found: Iterable[Report], *, gone: bool = False) -> Iterator[Report]:
    """Go through reports with their words; those without any only if gone says so."""
    for report in found:
        channel = codec.channel_of(report.conversation)
        read = [applying.find(session, channel, message_id) for message_id in report.message_ids]
        said = [message for message in read if message is not None and not message.deleted]
        if said or gone:
            yield replace(
                report,
                text="\n".join(message.text for message in said),
                permalink=next((message.permalink for message in said if message.permalink), None),
            )
