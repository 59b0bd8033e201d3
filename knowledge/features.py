"""How a question and an entry match, measured so that it does not depend on what else the base holds; pure."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from knowledge.analyze import Analysis, Words, analyze, entry_words
from knowledge.identifiers import clash
from knowledge.lexicon import LEXICON
from vigil_bot.model.knowledge import Confidence, EvidenceClass, Features, KnowledgeEntry, Source

BODY_SHARE = 0.6  # what a word in the resolution counts beside one in the issue
CHARACTERS_SHARE = 0.5  # what a pair of characters counts whose two characters stand apart in the entry
EVIDENCE_SCALE = 1.5
OTHER_SYMPTOMS = 0.5
PRIOR_VERDICTS = 4.0
NOT_NAMED = 0.05  # for identifiers when the entry has none of them, and no other code in their place
_PAIR = 2
_TRUST = {
    Confidence.VALIDATED: 0.7,
    Confidence.NOT_VALIDATED: 0.5,
    Confidence.WORK_IN_PROGRESS: 0.4,
    Confidence.ARCHIVED: 0.0,
}
_WORD = {
    EvidenceClass.REQUESTER_CONFIRMED: 0.1,
    EvidenceClass.ANALYST_SAID: 0.05,
    EvidenceClass.SOMEBODY_SAID: 0.0,
    EvidenceClass.IMPORTED: 0.0,
    EvidenceClass.DOCUMENT: -0.05,
    EvidenceClass.LINK: -0.1,
}  # what an entry's word adds to its trust, until somebody has validated it
_UNDER_REVISION = 0.025  # a document in Git: others have seen its changes
_CEILING = {
    Confidence.VALIDATED: 1.0,
    Confidence.NOT_VALIDATED: 0.65,
    Confidence.WORK_IN_PROGRESS: 0.45,
    Confidence.ARCHIVED: 0.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzedEntry:
    """An entry's two halves: head is title, issue and environment; body is resolution and cause. Terms are counted."""

    head: Analysis
    body: Analysis
    head_terms: Counter[str]
    terms: Counter[str]


def analyze_entry(entry: KnowledgeEntry) -> AnalyzedEntry:
    """Return what an entry is about."""
    head, body = analyze(head_text(entry)), analyze(f"{entry.resolution}\n{entry.cause or ''}")
    head_terms = Counter(head.terms)
    return AnalyzedEntry(head=head, body=body, head_terms=head_terms, terms=head_terms + Counter(body.terms))


def words_of(entry: KnowledgeEntry) -> Words:
    """Return the terms of an entry for the words index."""
    return entry_words(
        title=entry.title,
        issue=f"{entry.issue}\n{entry.environment}",
        resolution=f"{entry.resolution}\n{entry.cause or ''}",
    )


def head_text(entry: KnowledgeEntry) -> str:
    """Return title, issue and environment; a title that the issue begins with stands once."""
    title = "" if entry.issue.startswith(entry.title.rstrip(".…")) else entry.title
    return "\n".join(part for part in (title, entry.issue, entry.environment) if part)


def features(
    question: Analysis, entry: AnalyzedEntry, *, grams: frozenset[str], cosine: float, trust: float
) -> Features:
    """Measure a question against an entry.

    Args:
        grams: The question's n-grams.
        cosine: Of their vectors; 0 where these do not know the question's language.
    """
    total = sum(question.units.values())
    in_head, in_body = _found(question, entry.head), _found(question, entry.body)
    head = _weight(question, in_head)
    anywhere = {unit: BODY_SHARE * share for unit, share in in_body.items()}
    whole = _weight(question, {**anywhere, **{u: max(share, anywhere.get(u, 0.0)) for u, share in in_head.items()}})
    theirs = sum(entry.head.units.values())
    back = _weight(entry.head, _found(entry.head, question))
    return Features(
        cosine=min(1.0, max(0.0, cosine)),
        coverage=whole / total if total else 0.0,
        title_coverage=head / total if total else 0.0,
        covered=back / theirs if theirs else 0.0,
        evidence=1.0 - math.exp(-head / EVIDENCE_SCALE),
        symptoms=_symptoms(question, entry.head),
        ngrams=overlap(grams, entry.head.ngrams),
        identifiers=_identifiers(question, entry),
        trust=trust,
    )


def trust_of(entry: KnowledgeEntry) -> float:
    """Return how far an entry has proved itself, in [0, 1]: its confidence and whose word it is, moved by verdicts.

    Verdicts alone never lift it to what a validated entry begins with: many friends press a button easily.
    """
    is_checked = entry.confidence in (Confidence.VALIDATED, Confidence.ARCHIVED)
    start = _TRUST[entry.confidence] + (0.0 if is_checked else _word(entry.sources))
    verdicts = entry.helpful + entry.unhelpful
    return min(_CEILING[entry.confidence], (start * PRIOR_VERDICTS + entry.helpful) / (PRIOR_VERDICTS + verdicts))


def _word(sources: Sequence[Source]) -> float:
    """Return what the strongest of an entry's sources adds to its trust."""
    return max((_WORD[s.evidence] + (_UNDER_REVISION if s.revision else 0.0) for s in sources), default=0.0)


def overlap(one: frozenset[str], other: Collection[str]) -> float:
    """Return the cosine of two sets of n-grams, in [0, 1]; each stands once."""
    if not one or not other:
        return 0.0
    return len(one.intersection(other)) / math.sqrt(len(one) * len(other))


def _found(of: Analysis, text: Analysis) -> dict[str, float]:
    """Return those units of one text that the other has, each with how far it has it, in (0, 1]."""
    found = {unit: 1.0 for unit in of.units if unit in text.units}
    if text.characters:
        for unit in of.units:
            if len(unit) == _PAIR and unit[0] in text.characters and unit[1] in text.characters:
                found.setdefault(unit, CHARACTERS_SHARE)
    return found


def _weight(of: Analysis, found: Mapping[str, float]) -> float:
    return sum([of.units[unit] * share for unit, share in found.items()])


def _symptoms(question: Analysis, head: Analysis) -> float:
    theirs = LEXICON.symptoms & head.units.keys()
    ours = LEXICON.symptoms & question.units.keys()
    if not theirs or ours & theirs:
        return 1.0
    return OTHER_SYMPTOMS if ours or question.denies else 0.0


def _identifiers(question: Analysis, entry: AnalyzedEntry) -> float:
    names = question.identifiers
    if not names:
        return -1.0
    if clash(names, entry.head.identifiers):
        return 0.0
    return max(NOT_NAMED, len(names & (entry.head.identifiers | entry.body.identifiers)) / len(names))
