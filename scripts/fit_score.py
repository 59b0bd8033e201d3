"""Fit the constants of knowledge/score.py: run by hand, print them, put them there.

Half of the scenes in tests/scenes/relevance.jsonl are fitted on, with the StackFAQ questions where they are at hand; the other half
is reported on. Negatives are the wrong entries of a question's own scene, and the likeliest of the other scenes.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.embedder.minilm import MiniLMEmbedder
from adapters.embedder.weights import find_weights
from knowledge.analyze import Analysis, analyze
from knowledge.features import AnalyzedEntry, analyze_entry, features, head_text
from knowledge.score import DEFAULT_THRESHOLD, MODELS, Kind, Weights, inputs, kind_of, score
from vigil_bot.model.knowledge import Features, KnowledgeEntry
from vigil_bot.ports.knowledge import Embedder

ROOT = Path(__file__).parents[1]
SCENES = ROOT / "tests" / "scenes" / "relevance.jsonl"
STACKFAQ_WEIGHT = 0.25  # of one of its pairs beside one of a scene
ABOUT_WEIGHT = 1.35  # of a pair that belongs together: wrong ones were sought out, right ones not
STRANGERS = 4  # negatives from other scenes, a question
RIDGE = 2e-5
MISNAMED = -6.0  # a rule: another error code is another problem
STEPS, RATE = 8_000, 4.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A question or an entry, analysed, with its vector."""

    analysis: Analysis
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An entry of a scene."""

    id: str
    entry: KnowledgeEntry
    analyzed: AnalyzedEntry
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Entries, and questions with the id of the entry that is about them, or None."""

    id: str
    fitted: bool
    cases: tuple[Case, ...]
    questions: tuple[tuple[str, Text, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question beside an entry, and whether the entry is about it."""

    found: Features
    kind: Kind
    about: bool
    weight: float


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, or with --report only measure the constants that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--report", action="store_true", help="fit nothing; measure the constants in knowledge/score.py"
    )
    parser.add_argument("--faults", action="store_true", help="list the questions that are answered wrongly")
    options = parser.parse_args(argv)
    asyncio.run(_run(options.data, fit_anew=not options.report, faults=options.faults))
    return 0


async def _run(data: Path, *, fit_anew: bool, faults: bool) -> None:
    weights = find_weights()
    embedders: list[Embedder] = [BuiltinEmbedder(), *([MiniLMEmbedder(weights)] if weights else [])]
    for embedder in embedders:
        scenes = await read_scenes(embedder)
        models = dict(MODELS)
        if fit_anew:
            pairs = [*scene_pairs([s for s in scenes if s.fitted], embedder), *await stackfaq_pairs(data, embedder)]
            for kind in sorted({p.kind for p in pairs}):
                models[kind] = fit([p for p in pairs if p.kind == kind])
                print(f'"{kind}": {json.dumps({name: round(value, 2) for name, value in models[kind].items()})},')
        for fitted in (True, False):
            half = [s for s in scenes if s.fitted is fitted]
            for language in ("en", "zh"):
                report(
                    [s for s in half if s.id.startswith(language)], half, embedder, models, faults=faults and not fitted
                )


async def read_scenes(embedder: Embedder) -> list[Scene]:
    """Read the scenes; every second pair of an English and a Chinese one is fitted on."""
    lines = [json.loads(line) for line in SCENES.read_text(encoding="utf-8").splitlines()]
    return [await _scene(line, embedder, fitted=place // 2 % 2 == 0) for place, line in enumerate(lines)]


async def _scene(line: dict[str, list[dict[str, str]]], embedder: Embedder, *, fitted: bool) -> Scene:
    entries = [KnowledgeEntry(id=c["id"], issue=c["issue"], resolution=c["resolution"]) for c in line["cases"]]
    vectors = await embedder.embed([*map(head_text, entries), *(q["text"] for q in line["questions"])])
    rows = [np.array(vector, np.float32) for vector in vectors]
    cases = [Case(id=e.id, entry=e, analyzed=analyze_entry(e), vector=v) for e, v in zip(entries, rows, strict=False)]
    asked = zip(line["questions"], rows[len(cases) :], strict=True)
    questions = [(q["text"], Text(analysis=analyze(q["text"]), vector=v), q["finds"]) for q, v in asked]
    return Scene(id=str(line["id"]), fitted=fitted, cases=tuple(cases), questions=tuple(questions))


def scene_pairs(scenes: Sequence[Scene], embedder: Embedder) -> Iterator[Pair]:
    """Go through the questions of scenes beside their own entries and beside the likeliest of other scenes."""
    for scene in scenes:
        strangers = [c for s in scenes if s.id[:2] == scene.id[:2] and s.id[3:] != scene.id[3:] for c in s.cases]
        for _text, question, finds in scene.questions:
            for case in scene.cases:
                yield _pair(question, case, embedder, about=case.id == finds)
            pairs = [_pair(question, case, embedder, about=False) for case in strangers]
            yield from sorted(pairs, key=lambda p: -p.found.ngrams - p.found.cosine)[:STRANGERS]


async def stackfaq_pairs(data: Path, embedder: Embedder) -> list[Pair]:
    """Return every StackFAQ question beside its entry and beside the three likeliest wrong ones; nothing without the file."""
    folder = data / "retrieval"
    if not (folder / "stackfaq_entries.jsonl").exists():
        return []
    lines = [json.loads(line) for line in (folder / "stackfaq_entries.jsonl").open(encoding="utf-8")]
    entries = [KnowledgeEntry(id=e["id"], issue=e["issue"], resolution=e["resolution"]) for e in lines]
    queries = [json.loads(line) for line in (folder / "stackfaq_queries.jsonl").open(encoding="utf-8")][::3]
    vectors = await embedder.embed([head_text(e) for e in entries])
    rows = [np.array(v, np.float32) for v in vectors]
    cases = [Case(id=e.id, entry=e, analyzed=analyze_entry(e), vector=v) for e, v in zip(entries, rows, strict=True)]
    pairs: list[Pair] = []
    for query, vector in zip(queries, await embedder.embed([q["text"] for q in queries]), strict=True):
        text = Text(analysis=analyze(query["text"]), vector=np.array(vector, np.float32))
        both = [
            (
                c.id in query["relevant"],
                _pair(text, c, embedder, about=c.id in query["relevant"], weight=STACKFAQ_WEIGHT),
            )
            for c in cases
        ]
        pairs += [p for about, p in both if about]
        pairs += sorted((p for about, p in both if not about), key=lambda p: -p.found.ngrams - p.found.cosine)[:3]
    return pairs


def fit(pairs: Sequence[Pair]) -> Weights:
    """Return the weights that make the pairs likeliest; none is negative but the bias and the one that is a rule."""
    names = list(inputs(pairs[0].found))
    x = np.array([list(inputs(p.found).values()) for p in pairs])
    y = np.array([float(p.about) for p in pairs])
    share = np.array([p.weight for p in pairs])
    share /= share.sum()
    free = np.array([name != "misnamed" for name in names])
    weights, bias = np.zeros(len(names)), 0.0
    for _ in range(STEPS):
        slack = share * (1.0 / (1.0 + np.exp(-(x @ weights + bias))) - y)
        weights = free * np.maximum(0.0, weights - RATE * (slack @ x + RIDGE * weights))
        bias -= RATE * float(slack.sum())
    return {"bias": float(bias), **dict(zip(names, map(float, weights), strict=True)), "misnamed": MISNAMED}


def report(
    scenes: Sequence[Scene],
    all_scenes: Sequence[Scene],
    embedder: Embedder,
    models: Mapping[Kind, Weights],
    *,
    faults: bool,
) -> None:
    """Print recall and precision of what would be said: in a base of the scene alone, and of all scenes of the half."""
    everything = [(s.id[3:], c) for s in all_scenes for c in s.cases]
    for base in ("own", "all"):
        asked = said = right = 0
        for scene in scenes:
            cases = [(scene.id[3:], c) for c in scene.cases] if base == "own" else everything
            for text, question, finds in scene.questions:
                scored = [
                    (score(p.found, models[p.kind]), place, c)
                    for place, c in cases
                    for p in [_pair(question, c, embedder, about=False)]
                ]
                best, place, case = max(scored, key=lambda one: one[0])
                good = place == scene.id[3:] and case.id == finds
                asked += finds is not None
                said += best >= DEFAULT_THRESHOLD
                right += best >= DEFAULT_THRESHOLD and good
                if faults and base == "own" and (best >= DEFAULT_THRESHOLD) != (finds is not None and good):
                    print(f"    {best:.2f} {scene.id} {finds} {text} | {case.entry.issue}")
        half = "fitted" if scenes[0].fitted else "reported"
        language = scenes[0].id[:2]
        print(
            f"{embedder.name} {language} {half} {base}: recall {right / asked:.3f} precision {right / max(1, said):.3f} ({asked} asked, {said} said)"
        )


def _pair(question: Text, case: Case, embedder: Embedder, *, about: bool, weight: float = 1.0) -> Pair:
    languages = (question.analysis.language, case.analyzed.head.language)
    kind = kind_of(embedder.name, embedder.languages, *languages)
    cosine = 0.0 if kind == "words" else float(question.vector @ case.vector)
    found = features(
        question.analysis, case.analyzed, grams=frozenset(question.analysis.ngrams), cosine=cosine, trust=0.5
    )
    return Pair(found=found, kind=kind, about=about, weight=weight * (ABOUT_WEIGHT if about else 1.0))


if __name__ == "__main__":
    sys.exit(main())
