"""A short reply quoted from the entries found; pure. It says nothing that does not stand in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.reasoner.cues import says_something, strip_social
from adapters.reasoner.text import Unit, has_code, terms, units
from vigil_bot.model.knowledge import Hit, KnowledgeEntry
from vigil_bot.model.suggestion import Citation, Draft, Question

NEAR = 0.05  # a second entry may score this much less than the first
MIN_NOVELTY = 0.4  # share of its terms that the first did not say
MIN_SAME_ISSUE = 0.3  # share of the terms of its issue that the first or the question has
_MIN_USEFUL_CHARS = 60
_MIN_FITNESS = 0.3
_LEANING = re.compile(
    r"\W*(?:it|this|that|these|those|they|he|she|so|but|and|or|also|as|then|otherwise|however|if\s+(?:so|not|it|that|this))\b|这|那|所以|但|因此|然后|否则|另外|同时|其次|它",
    re.IGNORECASE,
)
_TITLE_CHARS = 90
_LEAST_WEIGHT = 2  # an entry is kept on purpose: "restart dockerd" is an answer there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quote:
    """Units of an entry's resolution that are quoted, in order, and how they read together."""

    entry: KnowledgeEntry
    text: str


def compose(question: Question, hits: Sequence[Hit], *, max_chars: int) -> Draft:
    """Return a quotation of the best entry that has an answer, and of a second one if it clearly belongs; else nothing."""
    quotes: list[_Quote] = []
    left = max_chars
    for hit in hits:
        if len(quotes) == 2 or (quotes and not _belongs(hit, hits[0], quotes[0], question)):  # noqa: PLR2004
            break
        number = len(quotes) + 1
        text = quotation(hit.entry.resolution, question.text, max_chars=left - len(_mark("", number)) - 2)
        if text and (not quotes or len(text) >= _MIN_USEFUL_CHARS or has_code(text)):
            quotes.append(_Quote(entry=hit.entry, text=text))
            left -= len(_mark(text, number)) + 2
    reply = "\n\n".join(_mark(quote.text, number) for number, quote in enumerate(quotes, 1))
    return Draft(text=reply, citations=tuple(_citation(quote) for quote in quotes))


def quotation(resolution: str, question: str, *, max_chars: int) -> str:
    """Return the part of a resolution that answers, verbatim: whole sentences, lines and fences, in their order.

    Empty when the resolution only asks, promises or thanks, or when no whole sentence of it fits.
    """
    parts = [u for u in units(resolution) if _answers(u) or _leads_in(u)]
    if not any(_answers(u) for u in parts):
        return ""
    chosen = _choose(parts, set(terms(question)), resolution, max_chars=max_chars)
    return _joined(resolution, [u for i, u in enumerate(parts) if i in chosen])


def _answers(unit: Unit) -> bool:
    if unit.fence and not unit.text.endswith("```", len("```")):
        return False  # its end is missing
    bare = unit.text if unit.fence else strip_social(unit.text)
    return says_something(bare, least=_LEAST_WEIGHT)


def _leads_in(unit: Unit) -> bool:
    return unit.text.endswith((":", "：")) and not unit.fence


def _choose(parts: Sequence[Unit], wanted: set[str], resolution: str, *, max_chars: int) -> set[int]:
    """Return which units to quote: all if they fit; else, one after the other, those that fit the question and join well."""
    if len(_joined(resolution, parts)) <= max_chars and not _leads_in(parts[-1]):
        return set(range(len(parts)))
    groups = _groups(parts)
    worth = {at: _fitness([parts[i] for i in group], wanted) for at, group in enumerate(groups)}
    taken: set[int] = set()
    while left := {at: w + _joins(at, taken, parts[groups[at][0]]) for at, w in worth.items() if at not in taken}:
        best = max(left, key=lambda at: (left[at], -at))
        if taken and left[best] < _MIN_FITNESS:
            break
        chosen = [u for at, group in enumerate(groups) if at in taken | {best} for u in (parts[i] for i in group)]
        if len(_joined(resolution, chosen)) <= max_chars:
            taken.add(best)
        else:
            del worth[best]
    return {i for at in taken for i in groups[at]}


def _joins(at: int, taken: set[int], first: Unit) -> float:
    """Return how well a group reads with what is quoted already: next to it, or leaning on a sentence that is missing."""
    near = 0.5 if taken & {at - 1, at + 1} else 0.0
    leans = at > 0 and at - 1 not in taken and _LEANING.match(first.text)
    return near - (1.0 if leans else 0.0)


def _groups(parts: Sequence[Unit]) -> list[list[int]]:
    """Return the units that only make sense together: a line that ends in a colon, and the next; a lead-in to nothing goes."""
    groups: list[list[int]] = []
    waiting: list[int] = []
    for at, unit in enumerate(parts):
        waiting.append(at)
        if not _leads_in(unit):
            groups.append(waiting)
            waiting = []
    return groups


def _fitness(group: Sequence[Unit], wanted: set[str]) -> float:
    """Return how well units fit the question: shared terms, and what can be done; the first sentences win ties."""
    text = "\n".join(u.text for u in group)
    found = set(terms(text))
    overlap = len(found & wanted) / (len(found) ** 0.5 or 1.0)
    return overlap + (1.0 if has_code(text) else 0.0) + 0.5 * (group[0].start == 0)


def _joined(resolution: str, chosen: Sequence[Unit]) -> str:
    """Return units as they stand in the resolution; a line break where something between them was left out."""
    text = ""
    for at, unit in enumerate(chosen):
        if at:
            between = resolution[chosen[at - 1].end : unit.start]
            text += between if not between.strip() else "\n"
        text += unit.text
    return text


def _belongs(hit: Hit, best: Hit, first: _Quote, question: Question) -> bool:
    """Whether a second entry is about the same and says something that the first does not."""
    said = set(terms(first.text))
    new = set(terms(hit.entry.resolution))
    issue = set(terms(f"{hit.entry.title} {hit.entry.issue}"))
    about = set(terms(f"{question.text} {first.entry.title} {first.entry.issue}"))
    return (
        hit.score >= best.score - NEAR
        and bool(new and issue)
        and len(new - said) / len(new) >= MIN_NOVELTY
        and len(issue & about) / len(issue) >= MIN_SAME_ISSUE
    )


def _mark(text: str, number: int) -> str:
    return f"{text}\n[{number}]" if text.endswith("```") else f"{text} [{number}]"


def _citation(quote: _Quote) -> Citation:
    entry = quote.entry
    link = next((s.permalink for s in entry.sources if s.permalink), None)
    title = entry.title or entry.issue.strip().split("\n")[0][:_TITLE_CHARS]
    return Citation(
        entry_id=entry.id,
        version=entry.version,
        title=title,
        quote=quote.text,
        permalink=link,
        right_at=entry.last_right_at,
    )
