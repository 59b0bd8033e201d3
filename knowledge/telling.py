"""Whether what a question and an entry have in common tells anything where it is asked; pure.

In a channel about containers everybody says "container": that both do is no sign that one is about the other. What they share
weighs as much as it is rare in what people say there, in bits; how often a message would share as much by chance follows.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from knowledge.analyze import analyze
from knowledge.features import head_text
from vigil_bot.model.knowledge import Hit, KnowledgeEntry

PRIOR = 5.0  # messages' worth of what is known of a word in general
ASSUMED = 32  # matches that are tried where nothing is known of the channel
COMPARED = 30  # entries that each message would be compared with, see find.py
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
    common = Counter(unit for text in around for unit in _units(text))
    sure_from = math.inf if embedder == BUILTIN else SURE_COSINE
    return [
        hit if hit.features.cosine >= sure_from else _less(hit, by_chance(question, hit.entry, common, len(around)))
        for hit in hits
    ]


def by_chance(question: str, entry: KnowledgeEntry, common: Counter[str], around: int) -> float:
    """Return how often a message around would by chance share as much with one of the entries that it is compared with, at most 1.

    Args:
        common: How many of the messages around have a unit.
        around: How many there are.
    """
    asked, known = _units(question), _units(head_text(entry))
    bits = math.fsum(
        -math.log2((common[unit] + PRIOR * ONE_IN ** -min(asked[unit], known[unit])) / (around + PRIOR))
        for unit in asked.keys() & known.keys()
    )
    return float(min(1.0, (ASSUMED + COMPARED * around) * 2.0**-bits))


def _less(hit: Hit, chance: float) -> Hit:
    return replace(hit, score=hit.score * (1.0 - chance), score_anywhere=hit.score)


@lru_cache(maxsize=REMEMBERED)
def _units(text: str) -> dict[str, float]:
    return analyze(text).units
