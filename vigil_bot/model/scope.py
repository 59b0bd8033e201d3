"""What a channel is for, as examples teach it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Tells messages that a channel is for from others.

    A message is within if the weights of its features (nats, in favour of "within"), summed up and divided by the root of
    their number, reach the bound. inside and outside count the examples; precision and recall in [0, 1] are those of the
    examples, each judged by the others alone.
    """

    weights: Mapping[str, float]
    bound: float
    inside: int
    outside: int
    precision: float
    recall: float
