"""Whether what a question and an entry have in common tells anything where it is asked; pure.

In a channel about containers everybody says "container": that both do is no sign that one is about the other. What they share
weighs as much as it is rare in what people say there, in bits; how often a message would share as much by chance follows.
What is asked often is common too: where question and entry say the same and nothing else, words weigh as in general.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from knowledge.analyze import analyze
from knowledge.features import head_text
from vigil_bot.model.knowledge import Hit, KnowledgeEntry

PRIOR = 5.0  # messages' worth of what is known of a word in general
ASSUMED = 32  # matches that are tried where nothing is known of the channel
COMPARED = 30  # entries that each message would be compared with, see find.py
SAME = 0.75  # of the bits of both
ONE_IN = 500.0  # messages that have a word of weight 1, see background.txt
SURE_COSINE = 0.8
BUILTIN = "builtin"  # its vectors are made of the same words
REMEMBERED = 8_192  # texts


def told_apart(question: str, hits: Sequence[Hit], around: Sequence[str], *, embedder: str) -> list[Hit]:
    """Return hits with the scores that they have left when chance is taken away; their order stays.

    Args:
        around: What people said in the channel of late, without the thread itself.
        embedder: The name of the one that made the cosines. A model of sentences knows what is meant in other words: from
            SURE_COSINE on, nothing is taken away.
    """
    room = Room(around)
    sure_from = math.inf if embedder == BUILTIN else SURE_COSINE
    return [hit if hit.features.cosine >= sure_from else _less(hit, room.chance(question, hit.entry)) for hit in hits]


class Room:
    """What is common where a question is asked."""

    def __init__(self, around: Sequence[str]) -> None:
        self._common = Counter(unit for text in around for unit in _units(text))
        self._size = len(around)

    def chance(self, question: str, entry: KnowledgeEntry) -> float:
        """Return how often a message there would by chance share as much with one of the entries it is compared with, at most 1."""
        asked = _units(question)
        if self._size and any(self._same(asked, _units(text)) for text in (entry.title, entry.issue)):
            return Room(()).chance(question, entry)
        known = _units(head_text(entry))
        both = {unit: min(weight, known[unit]) for unit, weight in asked.items() if unit in known}
        return float(min(1.0, (ASSUMED + COMPARED * self._size) * 2.0 ** -self._bits(both)))

    def _same(self, one: Mapping[str, float], other: Mapping[str, float]) -> bool:
        """Whether two texts say the same and nothing else, as far as it tells anything here."""
        both = self._bits({unit: weight for unit, weight in one.items() if unit in other})
        return both > 0.0 and both >= SAME * max(self._bits(one), self._bits(other))

    def _bits(self, units: Mapping[str, float]) -> float:
        """Return how much it tells here that a text has these units, each taken as independent of the others."""
        return math.fsum(
            math.log2((self._size + PRIOR) / (self._common[unit] + PRIOR * ONE_IN**-weight))
            for unit, weight in units.items()
        )


def _less(hit: Hit, chance: float) -> Hit:
    return replace(hit, score=hit.score * (1.0 - chance), score_anywhere=hit.score)


@lru_cache(maxsize=REMEMBERED)
def _units(text: str) -> dict[str, float]:
    return analyze(text).units
