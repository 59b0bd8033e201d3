"""How near short texts are in meaning: words behind concepts, shared pieces, and vectors where they know the language.

Fits `vigil_bot.ports.watching.Meaning`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.analyze import analyze
from knowledge.remembering import Remembered
from vigil_bot.ports.knowledge import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

REMEMBERED = 8_192  # texts
MAX_SENTENCES = 12
_END = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.,，、])(?=[\s\u3400-\u9fff])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is compared of a text; vector is None where the vectors do not know its language."""

    units: Mapping[str, float]
    weight: float
    ngrams: frozenset[str]
    vector: "Vector | None" = None


class Likeness:
    """Compares a text, and each of its sentences, with others; remembers what it has worked out."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known = Remembered(self._work_out, most=REMEMBERED)

    async def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """Return for each of the others how much the text, or a sentence of it, says the same; in [0, 1]."""
        pieces = sentences(text)
        known = await self._known.of([*pieces, *others])
        return [max((_alike(known[piece], known[other]) for piece in pieces), default=0.0) for other in others]

    async def _work_out(self, texts: Sequence[str]) -> dict[str, Known]:
        import numpy as np  # noqa: PLC0415 -- heavy

        analyses = {text: analyze(text) for text in texts}
        known = [text for text in texts if analyses[text].language in self._embedder.languages]
        vectors = dict(zip(known, await self._embedder.embed(known), strict=True)) if known else {}
        return {
            text: Known(
                units=analysis.units,
                weight=math.fsum(analysis.units.values()),
                ngrams=frozenset(analysis.ngrams),
                vector=np.asarray(vectors[text], np.float32) if text in vectors else None,
            )
            for text, analysis in analyses.items()
        }


def sentences(text: str) -> list[str]:
    """Return a text and its sentences and clauses, the first twelve, each once."""
    pieces = (piece.strip() for piece in (text, *_END.split(text)))
    return list(dict.fromkeys(piece for piece in pieces if piece))[:MAX_SENTENCES]


def _alike(one: Known, other: Known) -> float:
    """Return the mean of what is shared in words, in pieces of words, and by vectors where both have one."""
    parts = [_shared_units(one, other), _shared_pieces(one, other)]
    if one.vector is not None and other.vector is not None:
        parts.append(max(0.0, min(1.0, float(one.vector @ other.vector))))
    return sum(parts) / len(parts)


def _shared_units(one: Known, other: Known) -> float:
    """Return what the two are both about, as the mean of its shares in each."""
    both = one.units.keys() & other.units.keys()
    if not both:
        return 0.0
    shares = (math.fsum(text.units[unit] for unit in both) / text.weight for text in (one, other) if text.weight)
    return math.sqrt(math.prod(shares))


def _shared_pieces(one: Known, other: Known) -> float:
    both = len(one.ngrams & other.ngrams)
    return both / math.sqrt(len(one.ngrams) * len(other.ngrams)) if both else 0.0
