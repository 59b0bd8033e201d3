"""Questions that got no answer from us, those about the same thing together; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.sentences import codes, overlap, terms
from vigil_bot.model.decision import DecisionRecord, Reason
from vigil_bot.model.review import Gap

ALIKE = 0.45  # cosine of the terms of two questions
UNANSWERED = (Reason.NOTHING_FOUND, Reason.BELOW_THRESHOLD, Reason.NOT_GROUNDED)


@dataclass(slots=True)
class _Cluster:
    """Questions about one thing; the first one leads, so that a cluster does not drift."""

    leader: frozenset[str]
    codes: frozenset[str]
    records: list[DecisionRecord] = field(default_factory=list)


def gaps(records: Sequence[DecisionRecord], *, owners: Mapping[str, str] = {}, limit: int = 10) -> list[Gap]:
    """Return what was asked in vain, most threads first, then newest.

    Args:
        records: Receipts, oldest first; a message whose newest receipt is a suggestion was answered.
        owners: Conversation key -> who took the case.
    """
    newest = {(r.conversation, r.message_id): r for r in records}
    asked = [r for r in newest.values() if r.reason in UNANSWERED and r.question.strip()]
    clusters: list[_Cluster] = []
    for record in sorted(asked, key=lambda r: (r.at, r.id)):
        words, named = terms(record.question), codes(record.question)
        near = max(clusters, key=lambda c: _likeness(c, words, named), default=None)
        if near is None or _likeness(near, words, named) < ALIKE:
            near = _Cluster(leader=words, codes=named)
            clusters.append(near)
        near.records.append(record)
    found = [_gap(cluster, owners) for cluster in clusters]
    return sorted(found, key=lambda gap: (-gap.count, -gap.last_at, gap.question))[:limit]


def _likeness(cluster: _Cluster, words: frozenset[str], named: frozenset[str]) -> float:
    if cluster.codes and named and not cluster.codes & named:
        return 0.0
    return overlap(cluster.leader, words)


def _gap(cluster: _Cluster, owners: Mapping[str, str]) -> Gap:
    threads = tuple(dict.fromkeys(r.conversation for r in cluster.records))
    helpers = Counter(owners[thread] for thread in threads if thread in owners)
    return Gap(
        question=min((r.question for r in cluster.records), key=len),
        count=len(threads),
        first_at=cluster.records[0].at,
        last_at=cluster.records[-1].at,
        asked_in=threads,
        helpers=tuple(name for name, _ in helpers.most_common(3)),
    )
