"""What a person should look at among entries: doubles, disagreements, what failed, what nobody uses; pure."""

from collections.abc import Iterable, Sequence

from knowledge.audience import narrower
from knowledge.authority import ANALYST_WEIGHT, ASKER_WEIGHT, Voice, newest
from knowledge.curation import duplicates
from knowledge.merge import same_issue, same_resolution
from knowledge.sentences import overlap, terms
from vigil_bot.model.conversation import Role
from vigil_bot.model.feedback import Verdict
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, Hit, KnowledgeEntry
from vigil_bot.model.upkeep import Finding, FindingKind

UNUSED_AFTER_S = 180 * 86_400.0
MAX_FINDINGS = 200
ALIKE = 0.7  # cosine of the terms of two issues that are asked to be one: stricter than where somebody looks at each
_WORDS_STAY = (ChangeKind.CONFIRM, ChangeKind.MARK, ChangeKind.DISPUTE)


def findings_of(entry: KnowledgeEntry, others: Sequence[KnowledgeEntry], *, now: float) -> list[Finding]:
    """Return what there is to say about an entry, given those that share words with it."""
    if not entry.usable:
        return []
    near = [one for one in others if one.id != entry.id and one.usable and not _of_one_document(entry, one)]
    doubles = duplicates([entry, *near]).get(entry.id, ())
    against = [one.id for one in near if one.id not in doubles and _disagree(entry, one)]
    return [
        *(_pair(FindingKind.DISAGREEMENT, entry.id, other) for other in against),
        *([Finding(kind=FindingKind.STALE, entry_id=entry.id)] if entry.stale is not None else []),
        *(_pair(FindingKind.DUPLICATE, entry.id, other) for other in doubles),
        *([Finding(kind=FindingKind.UNUSED, entry_id=entry.id)] if _unused(entry, now=now) else []),
    ]


def with_findings(before: Sequence[Finding], looked_at: Iterable[str], found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings brought up to date after entries were looked at anew; the most urgent are kept."""
    again = set(looked_at)
    kept = [finding for finding in before if finding.entry_id not in again and finding.other_id not in again]
    order = list(FindingKind)
    return tuple(sorted(dict.fromkeys((*kept, *found)), key=lambda f: (order.index(f.kind), f.entry_id, f.other_id)))[
        :MAX_FINDINGS
    ]


def still_holds(finding: Finding, entries: Sequence[KnowledgeEntry]) -> bool:
    """Whether nobody has dealt with a finding since; entries are those that it is about."""
    if len(entries) != len(_ids(finding)) or not all(entry.usable for entry in entries):
        return False
    match finding.kind:
        case FindingKind.STALE:
            return entries[0].stale is not None
        case FindingKind.UNUSED:
            return entries[0].reuse_count == 0
        case FindingKind.DISAGREEMENT:
            return not any(other.id in one.contradicts for one in entries for other in entries)
        case FindingKind.DUPLICATE:
            return True


def failed_in_use(entry: KnowledgeEntry, versions: Sequence[EntryVersion], voices: Sequence[Voice]) -> bool:
    """Whether people found an entry wrong since its words were last changed or approved.

    Analysts and askers say so, nobody else, however many they are; of a validated entry analysts alone. To be dismissed is no
    verdict on its words.
    """
    if not entry.usable or entry.stale is not None:
        return False
    since = max((version.at for version in versions if version.kind not in _WORDS_STAY), default=0.0)
    heard = [voice for voice in newest(voices) if voice.at > since and voice.verdict is not Verdict.DISMISSED]
    wrong = sum(_weight(voice) for voice in heard if not voice.verdict.good)
    by_analyst = any(voice.role is Role.ANALYST and not voice.verdict.good for voice in heard)
    enough = by_analyst if entry.confidence is Confidence.VALIDATED else wrong >= ANALYST_WEIGHT
    return enough and wrong > sum(_weight(voice) for voice in heard if voice.verdict.good)


def _weight(voice: Voice) -> float:
    if voice.role is Role.ANALYST:
        return ANALYST_WEIGHT
    return ASKER_WEIGHT if voice.asker else 0.0


def _disagree(entry: KnowledgeEntry, other: KnowledgeEntry) -> bool:
    known = other.id in entry.contradicts or entry.id in other.contradicts
    if known or narrower(entry.audience, other.audience) is None:
        return False
    alike = overlap(terms(f"{entry.title}\n{entry.issue}"), terms(f"{other.title}\n{other.issue}")) >= ALIKE
    return (
        alike
        and same_issue(entry, Hit(entry=other, score=0.0))
        and not same_resolution(entry.resolution, other.resolution)
    )


def _of_one_document(one: KnowledgeEntry, other: KnowledgeEntry) -> bool:
    """Whether two entries are sections of one document, which are alike in their headings."""
    ours, theirs = ({source.document for source in entry.sources if source.document} for entry in (one, other))
    return bool(ours & theirs)


def _unused(entry: KnowledgeEntry, *, now: float) -> bool:
    return entry.reuse_count == 0 and now - entry.created_at > UNUSED_AFTER_S


def _pair(kind: FindingKind, one: str, other: str) -> Finding:
    first, second = sorted((one, other))
    return Finding(kind=kind, entry_id=first, other_id=second)


def _ids(finding: Finding) -> tuple[str, ...]:
    return (finding.entry_id, finding.other_id) if finding.other_id else (finding.entry_id,)
