"""Whether a sentence says only what its source says, checked outside the model; pure."""

import re

from adapters.llm.text import (
    added_han,
    addresses,
    clauses,
    clean,
    conditional,
    denials,
    every_name,
    flat,
    names,
    nearest,
    options,
    shared,
    spelled_numbers,
    stands_in,
    terms,
    turning,
    verbatim,
)

MIN_SHARED = 0.75  # share of a sentence's terms that its source must have
MAX_ADDED = 3  # terms of a sentence that its source has not
LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、])\s+")
MIN_SHARED_CLAUSE = 0.6  # the same for each clause: nothing is added at the end of a long sentence
_WHOLE = 3  # terms of a clause that says something of its own
_NEAR = 0.4  # share of its terms: a clause of the source with fewer is about something else


def why_unsupported(sentence: str, source: str, context: str = "") -> str:
    """Return what a sentence says that its source does not, or "" when the source supports it.

    Commands, quotations, links, denials and what turns a meaning round must stand in the source, numbers and names in it or
    its context; a condition in the source may not be left out; of the other words most must be shared.

    Args:
        context: What the source is about; it lends its words and names, and nothing that one can do.
    """
    body = LIST_MARK.sub("", clean(sentence))
    whole = flat(source)
    if not flat(body):
        return "nothing"
    everything = f"{context}\n{source}"
    missing = _missing(body, source, whole, everything)
    if missing:
        return missing
    why = _otherwise(body, everything)
    if why:
        return why
    if not (stands_in(flat(body).rstrip(".。!！"), whole) or body.startswith("```")):
        wanted, known = terms(body), terms(everything)
        if shared(wanted, known) < MIN_SHARED or _added(wanted, known) > MAX_ADDED or added_han(body, everything):
            return "other words"
    return "" if _keeps_condition(body, source) else "a condition"


def _missing(body: str, source: str, whole: str, everything: str) -> str:
    """Return the first kind of thing that must stand there word for word and does not."""
    if not addresses(body) <= addresses(source):
        return "a link"
    if not names(body) <= every_name(everything) or not spelled_numbers(body) <= spelled_numbers(everything):
        return "a number or a name"
    if any(not stands_in(words, whole) for words in verbatim(body)) or any(o not in whole for o in options(body)):
        return "a command or a quotation"
    return "" if turning(body) <= turning(source) else "another action"


def _added(wanted: frozenset[str], known: frozenset[str]) -> int:
    """Return how many words are new; Chinese is judged by its stretches instead."""
    return sum(1 for term in wanted - known if term.isascii())


def _otherwise(body: str, source: str) -> str:
    """Return what a clause says that the words of the source which are nearest to it do not say."""
    known, acts = terms(source), turning(nearest(body, source))
    for clause in clauses(body):
        wanted = terms(clause)
        if len(wanted) >= _WHOLE and shared(wanted, known) < MIN_SHARED_CLAUSE:
            return "other words"
        if not turning(clause) <= acts | turning(nearest(clause, source)):
            return "another action"
        if not _agrees(clause, wanted, source):
            return "a denial"
    return ""


def _agrees(clause: str, wanted: frozenset[str], source: str) -> bool:
    """Whether a clause denies as much as one of the clauses that are nearest to it; more or less often, when it is a part."""
    if not wanted:
        return True
    near = [(shared(wanted, terms(other)), denials(other)) for other in clauses(source)]
    best = max((share for share, _ in near), default=0.0)
    mine = denials(clause)
    if best < _NEAR:
        return not mine
    whole = best == 1.0
    return any(mine == theirs if whole else bool(mine) == bool(theirs) for share, theirs in near if share == best)


def _keeps_condition(body: str, source: str) -> bool:
    return conditional(body) or not conditional(nearest(body, source))
