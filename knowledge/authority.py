"""Whose word counts, and for how much; pure. A role comes from the platform or the policy, never from what somebody wrote."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from knowledge.instructions import leads_away
from knowledge.resolution import Evidence
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Author, Conversation, Role
from vigil_bot.model.feedback import Verdict
from vigil_bot.model.knowledge import Confidence, DraftEntry, EvidenceClass, KnowledgeEntry, Quoted

ANALYST_WEIGHT = 1.0
ASKER_WEIGHT = 0.5
VALIDATES = 1.5  # the weight of those who found an entry right in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One verdict of one person on a suggestion that cites an entry; asker says that it was their question."""

    author_id: str
    role: Role
    verdict: Verdict
    at: float
    asker: bool = False


def outsiders(conversation: Conversation, case: Case, analysts: Collection[str]) -> frozenset[str]:
    """Return the authors of a thread whose words nobody need believe.

    These are the asker, whom the platform calls a requester, and, where the policy names its analysts, everybody whom neither
    calls an analyst.
    """
    opener = conversation.opener
    asker = case.requester_id or (opener.id if opener else None)
    return frozenset(
        author.id
        for author in {m.author.id: m.author for m in conversation.messages}.values()
        if not _analyst(conversation, author, analysts)
        and (author.id == asker or analysts or conversation.role_of(author) is Role.REQUESTER)
    )


def evidence_of(
    draft: DraftEntry, conversation: Conversation, evidence: Evidence, strangers: Collection[str]
) -> EvidenceClass:
    """Return whose word a resolution rests on; one sentence of an outsider makes all of it weak.

    An analyst's mark on the outsider's very message lifts it again.
    """
    marked = evidence.message_ids if evidence.strength is EvidenceClass.ANALYST_SAID else ()
    messages = [conversation.message(q.message_id) for q in draft.resolution]
    backed = all(m is not None and (m.author.id not in strangers or m.id in marked) for m in messages)
    return evidence.strength if backed else EvidenceClass.SOMEBODY_SAID


def without_strange_links(
    draft: DraftEntry, conversation: Conversation, strangers: Collection[str]
) -> DraftEntry | None:
    """Return the draft without the sentences of outsiders that lead to other hosts; None when no resolution is left."""

    def kept(quoted: Quoted) -> bool:
        message = conversation.message(quoted.message_id)
        return message is None or message.author.id not in strangers or not leads_away(quoted.text)

    resolution = tuple(filter(kept, draft.resolution))
    issue = tuple(filter(kept, draft.issue))
    return replace(draft, issue=issue, resolution=resolution) if issue and resolution else None


def newest(voices: Iterable[Voice]) -> list[Voice]:
    """Return one voice of each person: the newest, and as the asker if they ever were."""
    last: dict[str, Voice] = {}
    for voice in sorted(voices, key=lambda v: v.at):
        asked = voice.asker or (voice.author_id in last and last[voice.author_id].asker)
        last[voice.author_id] = replace(voice, asker=asked)
    return list(last.values())


def used_well(entry: KnowledgeEntry, voices: Iterable[Voice]) -> Confidence:
    """Return the confidence that an entry has earned by use.

    Two analysts validate it, or one and an asker whom it helped, while no analyst says otherwise. Nobody else counts, however
    many they are; nor does an asker whose own words the entry rests on.
    """
    if entry.confidence not in (Confidence.WORK_IN_PROGRESS, Confidence.NOT_VALIDATED) or entry.waits:
        return entry.confidence
    writers = {author_id for source in entry.sources for author_id in source.author_ids}
    said = newest(voices)
    analysts = [voice.verdict.good for voice in said if voice.role is Role.ANALYST]
    askers = [v.verdict.good for v in said if v.role is not Role.ANALYST and v.asker and v.author_id not in writers]
    weight = ANALYST_WEIGHT * sum(analysts) + ASKER_WEIGHT * (sum(askers) - askers.count(False))
    return Confidence.VALIDATED if analysts and all(analysts) and weight >= VALIDATES else entry.confidence


def _analyst(conversation: Conversation, author: Author, analysts: Collection[str]) -> bool:
    return author.id in analysts or conversation.role_of(author) is Role.ANALYST
