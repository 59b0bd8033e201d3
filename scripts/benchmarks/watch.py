"""How well the watch rules by meaning tell what they are for: precision and recall over written scenes, English and Chinese.

    python -m scripts.benchmarks.watch

The rules are those that ship. Patterns and thresholds were chosen on the half "set" of tests/scenes/watch.jsonl; the half "held
out" was written before them, by the same hand as the examples, and did not choose anything. A line counts once for each rule.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.embedder.minilm import MiniLMEmbedder
from adapters.embedder.weights import find_weights
from knowledge.analyze import language_of
from knowledge.likeness import Likeness
from vigil_bot.model.conversation import Author, ConversationRef, Message
from vigil_bot.model.watch import WatchRule
from vigil_bot.ports.knowledge import Embedder
from vigil_bot.watch.defaults import rule_from
from vigil_bot.watch.match import Heard, match

SCENES = Path(__file__).parents[2] / "tests" / "scenes" / "watch.jsonl"
RULES = ("widespread", "business_damage", "angry_customer", "test_environment")
HALVES = {"set": "set", "held_out": "held out"}
LANGUAGES = {"en": "English", "zh": "Chinese", "": "both"}
_REF = ConversationRef(platform="scene", workspace_id="w", channel_id="c", thread_id="t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a rule said of a line, beside the truth."""

    half: str
    rule: str
    language: str
    text: str
    said: bool
    truth: bool


def lines() -> list[dict[str, object]]:
    """Return the scenes."""
    return [json.loads(line) for line in SCENES.read_text("utf-8").splitlines()]


async def tell(embedder: Embedder, rules: Sequence[WatchRule]) -> list[Told]:
    """Ask every rule about every line."""
    meaning, told = Likeness(embedder), []
    for number, line in enumerate(lines()):
        text = str(line["text"])
        message = Message(id=str(number), conversation=_REF, author=Author(id="u"), text=text, sent_at=0.0)
        wanted = line["rules"]
        for rule in rules:
            likeness = await meaning.likeness(text, (*rule.like, *rule.unlike)) if rule.like else []
            said = match(rule, Heard(message=message, likeness=likeness)) is not None
            told.append(
                Told(
                    half=str(line["half"]),
                    rule=rule.name,
                    language=language_of(text),
                    text=text,
                    said=said,
                    truth=isinstance(wanted, list) and rule.name in wanted,
                )
            )
    return told


def scores(told: Sequence[Told]) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    said = sum(one.said for one in told)
    right = sum(one.said and one.truth for one in told)
    true = sum(one.truth for one in told)
    precision, recall = right / said if said else 0.0, right / true if true else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def rows(told: Sequence[Told]) -> Iterator[str]:
    """Return the cells of the table for one way."""
    for half, label in HALVES.items():
        for language, name in LANGUAGES.items():
            mine = [one for one in told if one.half == half and one.language.startswith(language)]
            precision, recall, f1 = scores(mine)
            count = sum(one.truth for one in mine)
            yield f"{label} | {name} | {count} | {precision:.2f} | {recall:.2f} | {f1:.2f} |"


def ways() -> dict[str, list[WatchRule]]:
    """Return the rules that ship, and their two halves alone."""
    whole = [rule_from(name, {}) for name in RULES]
    return {
        "examples alone": [
            replace(rule, pattern="", unless="", at_least=WatchRule(name="").at_least) for rule in whole
        ],
        "patterns alone": [replace(rule, like=(), unlike=()) for rule in whole],
        "as they ship": whole,
    }


async def report(*, wrong: bool) -> None:
    """Print the tables."""
    weights = find_weights()
    embedders: list[Embedder] = [BuiltinEmbedder(), *([MiniLMEmbedder(weights)] if weights else [])]
    print("| vectors | rules | half | language | true | precision | recall | F1 |\n|---|---|---|---|---|---|---|---|")
    for embedder in embedders:
        for way, rules in ways().items():
            began = time.process_time()
            told = await tell(embedder, rules)
            took = (time.process_time() - began) / len(told)
            for row in rows(told):
                print(f"| {embedder.name} | {way} | {row}")
            if way == "as they ship":
                for name in RULES:
                    mine = [one for one in told if one.rule == name and one.half == "held_out"]
                    print(
                        f"| {embedder.name} | {name} | held out | both | {sum(o.truth for o in mine)} | {_cells(mine)}"
                    )
                print(f"\n{took * 1e3:.2f} ms of CPU a rule and message.\n", file=sys.stderr)
            if wrong and way == "as they ship":
                for one in told:
                    if one.said != one.truth and one.half == "set":
                        print(f"  {'false' if one.said else 'missed'} {one.rule}: {one.text}", file=sys.stderr)


def _cells(told: Sequence[Told]) -> str:
    return " | ".join(f"{value:.2f}" for value in scores(told)) + " |"


def main(argv: Sequence[str] | None = None) -> int:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="name the lines of the half `set` that are told wrong")
    options = parser.parse_args(argv)
    asyncio.run(report(wrong=options.wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
