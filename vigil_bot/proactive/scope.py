"""Is a message what a channel is for? Learned from examples by naive Bayes over characters and words; pure.

A feature speaks for a side by the log ratio of the shares of messages that have it, with half a message added to each
count; features that are absent say nothing. What a message is judged by must have been seen in two others. The sum is
divided by the root of the number of features, because neighbouring characters say the same thing more than once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log, sqrt

from vigil_bot.model.scope import Scope

FEW = 20  # examples of a side; with fewer, what sets it apart is chance
_HEAD_CHARS = 600
_ADDED = 0.5
_SEEN = 2
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[a-z_][a-z0-9_.-]+")

Example = tuple[str, bool]  # a text, and whether the channel is for it


def learn(examples: Sequence[Example]) -> Scope:
    """Return what examples teach; the bound is where precision and recall are best together (F1), each example left out once.

    Raises:
        ValueError: If there are fewer than FEW examples of either side.
    """
    told = [(_features(text), within) for text, within in examples]
    sides = _Sides(told)
    if min(sides.inside, sides.outside) < FEW:
        raise ValueError(
            f"has {sides.inside} examples in scope and {sides.outside} to reject; it needs {FEW} of each at least"
        )
    bound, precision, recall = _best_bound([(sides.without(features, within), within) for features, within in told])
    return Scope(
        weights=sides.weights(),
        bound=bound,
        inside=sides.inside,
        outside=sides.outside,
        precision=precision,
        recall=recall,
    )


def within(scope: Scope, text: str) -> bool:
    """Whether a message is what the channel is for."""
    features = _features(text)
    return sum(scope.weights.get(feature, 0.0) for feature in features) / sqrt(len(features)) >= scope.bound


class _Sides:
    """How many messages of each side have a feature."""

    def __init__(self, told: Iterable[tuple[frozenset[str], bool]]) -> None:
        self.inside = self.outside = 0
        self._in: Counter[str] = Counter()
        self._out: Counter[str] = Counter()
        for features, inside in told:
            (self._in if inside else self._out).update(features)
            self.inside, self.outside = self.inside + inside, self.outside + (not inside)

    def weights(self) -> dict[str, float]:
        """Return what every feature says that was seen often enough."""
        return {
            feature: self._weight(feature, 0, 0) for feature in self._in | self._out if self._seen(feature) >= _SEEN
        }

    def without(self, features: frozenset[str], inside: bool) -> float:  # noqa: FBT001 -- the side of an example
        """Return the score of one of the examples, as if it had not been among them."""
        known = (feature for feature in features if self._seen(feature) > _SEEN)
        return sum(self._weight(feature, inside, not inside) for feature in known) / sqrt(len(features))

    def _seen(self, feature: str) -> int:
        return self._in[feature] + self._out[feature]

    def _weight(self, feature: str, less_in: int, less_out: int) -> float:
        share_in = (self._in[feature] - less_in + _ADDED) / (self.inside - less_in + 2 * _ADDED)
        share_out = (self._out[feature] - less_out + _ADDED) / (self.outside - less_out + 2 * _ADDED)
        return log(share_in / share_out)


def _best_bound(judged: Sequence[tuple[float, bool]]) -> tuple[float, float, float]:
    """Return the bound of the best F1, half-way to the next score below, with its precision and recall."""
    true = sum(inside for _, inside in judged)
    best, right = (0.0, 0.0, 0.0, 0.0), 0
    scores = sorted(judged, reverse=True)
    for said, ((score, inside), (below, _)) in enumerate(pairwise([*scores, scores[-1]]), start=1):
        right += inside
        f1 = 2 * right / (said + true)
        if f1 > best[0] and (below < score or said == len(scores)):
            best = (f1, (score + below) / 2, right / said, right / true)
    return best[1:]


def _features(text: str) -> frozenset[str]:
    """Return single characters, pairs of them, and Latin words."""
    line = _SPACE.sub(" ", _DIGIT.sub("0", text.lower()))[:_HEAD_CHARS].strip()
    framed = f"\n{line}\n"
    return frozenset(
        [*framed, *(framed[at : at + 2] for at in range(len(framed) - 1)), *(f" {w}" for w in _WORD.findall(line))]
    )
