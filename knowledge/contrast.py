"""How alike reports are in what sets them apart from those around them: fits `vigil_bot.ports.clusters.Contrast`.

In a channel about containers everybody says "container": what many groups of reports say weighs little, and vectors are taken
from their middle. Reports that are known to be of one fault are one group, so that the words of a storm keep their weight.
Circumstances are left out: that two things are urgent, or have hit one customer this morning, makes them no more alike.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import mul
from typing import TYPE_CHECKING

from knowledge.analyze import analyze
from knowledge.remembering import Remembered
from vigil_bot.ports.knowledge import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

REMEMBERED = 4_096  # texts
PRIOR = 10.0  # groups that are assumed to be around, so that a few reports do not make every word common
_MARGIN = 0.5
_CIRCUMSTANCES = re.compile(  # greetings, how urgent it is, since when, and who is hit
    r"\b(?:hi|hello|hey|please|team|urgent(?:ly)?|asap|immediately|anyone|anybody|all|everyone|everybody|customers?|clients?|tenants?"
    r"|started|ago|around|seconds?|minutes?|hours?|today|yesterday|morning|afternoon)\b"
    r"|大家好|大家|你好|请问|麻烦看下|紧急|客户|租户|今天|昨天|早上|下午|刚才|分钟",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is compared of a text; vector is None where the vectors do not know its language."""

    units: Mapping[str, float]
    pieces: Mapping[str, float]
    vector: "Vector | None" = None


class Contrasts:
    """Compares a report with others; remembers what it has worked out."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known = Remembered(self._work_out, most=REMEMBERED)

    async def likeness(self, text: str, others: Sequence[str], groups: Sequence[str]) -> list[float]:
        """Return how much each of the others says the same as the text, in [0, 1]."""
        if not others:
            return []
        known = await self._known.of([text, *others])
        return compared(known[text], [known[other] for other in others], groups)

    async def alike(
        self, texts: Sequence[str], groups: Sequence[str], *, one: str, among: Collection[str]
    ) -> Mapping[str, float]:
        """Return how much each of some groups says the same, on the whole, as one of them, in [0, 1]."""
        if not among:
            return {}
        known = await self._known.of(texts)
        return groups_compared([known[text] for text in texts], groups, one=one, among=among)

    async def _work_out(self, texts: Sequence[str]) -> dict[str, Known]:
        import numpy as np  # noqa: PLC0415 -- heavy

        bare = {text: _CIRCUMSTANCES.sub(" ", text) for text in texts}
        analyses = {text: analyze(bare[text]) for text in texts}
        spoken = [text for text in texts if analyses[text].language in self._embedder.languages]
        embedded = await self._embedder.embed([bare[text] for text in spoken]) if spoken else []
        vectors = dict(zip(spoken, embedded, strict=True))
        return {
            text: Known(
                units=analysis.units,
                pieces=dict.fromkeys(analysis.ngrams, 1.0),
                vector=np.asarray(vectors[text], np.float32) if text in vectors else None,
            )
            for text, analysis in analyses.items()
        }


def compared(one: Known, others: Sequence[Known], groups: Sequence[str]) -> list[float]:
    """Return how alike each of the others is: the mean of what is shared in words, in pieces of words, and by vectors."""
    units = _shares(one.units, [other.units for other in others], groups)
    pieces = _shares(one.pieces, [other.pieces for other in others], groups)
    angles = _angles(one, others, groups)
    parts = zip(units, pieces, angles, strict=True)
    return [
        (unit + piece if angle is None else unit + piece + angle) / (2 if angle is None else 3)
        for unit, piece, angle in parts
    ]


def groups_compared(
    texts: Sequence[Known], groups: Sequence[str], *, one: str, among: Collection[str]
) -> Mapping[str, float]:
    """Return how alike groups are in what their texts say on average: other words for one fault even out in many reports."""
    units = _profiles([text.units for text in texts], groups, {one, *among})
    pieces = _profiles([text.pieces for text in texts], groups, {one, *among})
    return {name: (_cosine(units[one], units[name]) + _cosine(pieces[one], pieces[name])) / 2 for name in among}


def _profiles(
    texts: Sequence[Mapping[str, float]], groups: Sequence[str], names: Collection[str]
) -> Mapping[str, Mapping[str, float]]:
    """Return for each of some groups what its texts say on average, weighed by how rare it is among all groups."""
    weight = _weights({}, texts, groups)
    sizes = Counter(groups)
    said: dict[str, dict[str, float]] = {name: {} for name in names}
    for text, group in zip(texts, groups, strict=True):
        if group in said:
            profile = said[group]
            for unit, value in text.items():
                profile[unit] = profile.get(unit, 0.0) + value * weight[unit] / sizes[group]
    return said


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = math.fsum(one[unit] * other[unit] for unit in one.keys() & other.keys())
    return both / (math.hypot(*one.values()) * math.hypot(*other.values())) if both else 0.0


def _shares(one: Mapping[str, float], others: Sequence[Mapping[str, float]], groups: Sequence[str]) -> list[float]:
    """Return what a text shares with each of the others, as the mean of its shares in both."""
    weight = _weights(one, others, groups)
    whole = _weighed(one, weight)
    shares = []
    for other in others:
        both = one.keys() & other.keys()
        total = _weighed(other, weight) if both and whole else 0.0
        mine, theirs = (_weighed({unit: text[unit] for unit in both}, weight) for text in (one, other))
        shares.append(math.sqrt(mine / whole * theirs / total) if total else 0.0)
    return shares


def _weights(
    one: Mapping[str, float], others: Sequence[Mapping[str, float]], groups: Sequence[str]
) -> Mapping[str, float]:
    """Return for each unit how rare it is among the groups, in [0, 1]."""
    of_group: dict[str, set[str]] = {}
    for other, group in zip(others, groups, strict=True):
        of_group.setdefault(group, set()).update(other)
    said = Counter(chain.from_iterable(of_group.values()))
    around = len(of_group) + PRIOR
    rarity = [math.log(around / (count + _MARGIN)) / math.log(around / _MARGIN) for count in range(len(of_group) + 1)]
    return {unit: rarity[said[unit]] for unit in {*one, *said}}


def _weighed(text: Mapping[str, float], weight: Mapping[str, float]) -> float:
    return math.fsum(map(mul, text.values(), map(weight.__getitem__, text)))


def _angles(one: Known, others: Sequence[Known], groups: Sequence[str]) -> list[float | None]:
    """Return the cosine with each of the others as seen from their middle, where each group counts once."""
    import numpy as np  # noqa: PLC0415 -- heavy

    at = [place for place, other in enumerate(others) if other.vector is not None]
    if one.vector is None or not at:
        return [None] * len(others)
    vectors = np.stack([vector for other in others if (vector := other.vector) is not None])
    sizes: dict[str, int] = {}
    for place in at:
        sizes[groups[place]] = sizes.get(groups[place], 0) + 1
    weights = np.asarray([1.0 / sizes[groups[place]] for place in at], np.float32)
    middle = weights @ vectors / (len(sizes) + PRIOR)
    mine, theirs = one.vector - middle, vectors - middle
    cosines = theirs @ mine / np.maximum(1e-6, np.linalg.norm(mine) * np.linalg.norm(theirs, axis=1))
    found: list[float | None] = [None] * len(others)
    for place, cosine in zip(at, cosines, strict=True):
        found[place] = float(min(1.0, max(0.0, cosine)))
    return found
