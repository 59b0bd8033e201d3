"""The chance that an entry is about a question: a logistic model of their features, fitted by `scripts/fit_score.py`; pure."""

import math
from collections.abc import Mapping
from typing import Literal

from knowledge.features import NOT_NAMED
from vigil_bot.model.knowledge import Features

Weights = Mapping[str, float]
Kind = Literal["minilm", "builtin", "words"]

DEFAULT_THRESHOLD = 0.5

# One model for each kind of cosine, and one without; measured on tests/scenes/relevance.jsonl.
MODELS: Mapping[Kind, Weights] = {
    "minilm": {"bias": -10.5, "cosine": 15.7, "coverage": 1.84, "named": 0.96, "symptoms": 0.13, "misnamed": -6.0},
    "builtin": {
        "bias": -7.07,
        "cosine": 0.78,
        "coverage": 4.58,
        "evidence": 1.99,
        "ngrams": 2.75,
        "named": 1.91,
        "symptoms": 1.47,
        "misnamed": -6.0,
    },
    "words": {
        "bias": -10.81,
        "both": 9.43,
        "evidence": 3.73,
        "ngrams": 2.54,
        "named": 2.24,
        "symptoms": 3.05,
        "misnamed": -6.0,
    },
}


def kind_of(embedder: str, spoken: frozenset[str], *languages: str) -> Kind:
    """Return which model fits texts in these languages: "words" where the embedder's cosine says little about one of them."""
    if not spoken.issuperset(languages) or (embedder == "builtin" and set(languages) != {"en"}):
        return "words"
    return "builtin" if embedder == "builtin" else "minilm"


def score(features: Features, weights: Weights) -> float:
    """Return the chance that the entry is about the question, in [0, 1]; at 0.5 it is as likely as not."""
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in inputs(features).items())
    return 1.0 / (1.0 + math.exp(-total))


def inputs(features: Features) -> dict[str, float]:
    """Return what the model weighs."""
    return {
        "cosine": features.cosine,
        "both": math.sqrt(features.title_coverage * features.covered),
        "coverage": features.coverage,
        "evidence": features.evidence,
        "ngrams": features.ngrams,
        "named": features.identifiers if features.identifiers > NOT_NAMED else 0.0,
        "symptoms": features.symptoms,
        "misnamed": 1.0 if features.identifiers == 0.0 else 0.0,
    }
