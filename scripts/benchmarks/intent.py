"""How well the intent of a message is told: precision, recall and F1, beside a plain "?"-rule.

    python -m scripts.benchmarks.intent [--data ../shared/data]

* irc: a message of the stream asks, if it starts a thread, or starts one that another person answered. The stream does
  not tell which message starts a thread: by its words alone, every message is taken as a reply by somebody unknown; in a
  timeline, as the program takes it in a busy group, the timeline is cut into conversations first, and a request is what
  begins one and asks.
* zh_scope: a message asks, if it is related to the knowledge base. That is not the same thing: a question on another
  subject counts as an error of the intent, so its precision is a lower bound. What a channel is for is learned from
  examples: the last row judges every fifth of the messages by what the other four fifths teach, the mean of five shuffles.
* molweni: a message asks, if it is labelled as a question; helpers' questions back are labelled so, too, and these labels
  nearly mean "contains ?", so the "?"-rule is ahead by construction.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any

from scripts.benchmarks.timeline import cut, starts
from vigil_bot.model.conversation import Role
from vigil_bot.proactive.intent import classify
from vigil_bot.proactive.scope import learn, within

Rule = Callable[["Labelled"], bool]  # -> asks
_SHUFFLES = 5
_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One message with the truth about it."""

    text: str
    asks: bool
    starts_thread: bool = False
    role: Role = Role.UNKNOWN
    begins: bool = True  # as far as the program knows


def asks_by_mark(message: Labelled) -> bool:
    """Whether there is a question mark."""
    return "?" in message.text or "？" in message.text


def asks_by_intent(message: Labelled) -> bool:
    """Whether the classifier takes it for a question or a problem report."""
    return message.begins and classify(message.text, role=message.role, starts_thread=message.starts_thread).intent.asks


def scores(rule: Rule, messages: Sequence[Labelled]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a rule."""
    return agreement([(rule(m), m.asks) for m in messages])


def agreement(told: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of what was said beside what is true."""
    right = sum(said and true for said, true in told)
    precision = right / max(1, sum(said for said, _ in told))
    recall = right / max(1, sum(true for _, true in told))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def read(data: Path) -> Iterator[tuple[str, list[Labelled]]]:
    """Go through the sets that are there."""
    irc = _lines(data / "intent/irc_dev_stream.jsonl")
    if irc:
        starts = [Labelled(text=x["text"], asks=x["starts_thread"]) for x in irc]
        answered = [Labelled(text=x["text"], asks=_answered(x)) for x in irc]
        yield "irc: thread start", starts
        yield "irc: answered start", answered
        yield "irc, in a timeline: thread start", list(_in_timeline(irc, lambda line: bool(line["starts_thread"])))
        yield "irc, in a timeline: answered start", list(_in_timeline(irc, _answered))
    chinese = _lines(data / "intent/zh_scope_dev.jsonl")
    if chinese:
        yield "zh_scope: in scope", [Labelled(text=x["text"], asks=x["label"] == "in_scope") for x in chinese]
    threads = _lines(data / "intent/molweni_dev.jsonl")
    if threads:
        yield (
            "molweni: question",
            [
                Labelled(text=m["text"], asks=m["question"] != "no", starts_thread=place == 0)
                for thread in threads
                for place, m in enumerate(thread["messages"])
            ],
        )


def _answered(line: Mapping[str, Any]) -> bool:
    return bool(line["starts_thread"]) and line["thread_speakers"] > 1


def _in_timeline(lines: Sequence[Mapping[str, Any]], true: Callable[[Mapping[str, Any]], bool]) -> Iterator[Labelled]:
    """Go through the messages of each log with whether they begin a conversation where the program cuts the timeline."""
    for _, log in groupby(lines, key=itemgetter("log")):
        of_log = list(log)
        for line, begins in zip(of_log, starts(cut(of_log)), strict=True):
            role = Role.REQUESTER if begins else Role.UNKNOWN
            yield Labelled(text=line["text"], asks=true(line), starts_thread=begins, role=role, begins=begins)


def by_examples(messages: Sequence[Labelled]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a channel's scope, judged five-fold: the mean of some shuffles."""
    found = []
    for seed in range(_SHUFFLES):
        shuffled = random.Random(seed).sample(messages, len(messages))  # noqa: S311 -- a repeatable shuffle
        told = []
        for fold in range(_FOLDS):
            scope = learn([(m.text, m.asks) for at, m in enumerate(shuffled) if at % _FOLDS != fold])
            told += [(within(scope, m.text), m.asks) for m in shuffled[fold::_FOLDS]]
        found.append(agreement(told))
    precision, recall, f1 = (fmean(values) for values in zip(*found, strict=True))
    return precision, recall, f1


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        print(f"skipped: {path} is not there", file=sys.stderr)
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(argv)
    print("| set | messages | ?-rule P | R | F1 | intent P | R | F1 | CPU µs a message |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, messages in read(options.data):
        plain = scores(asks_by_mark, messages)
        began = time.process_time()
        ours = scores(asks_by_intent, messages)
        took_us = (time.process_time() - began) / len(messages) * 1e6
        cells = " | ".join(f"{value:.3f}" for value in (*plain, *ours))
        print(f"| {name} | {len(messages)} | {cells} | {took_us:.0f} |")
        if name.startswith("zh_scope"):
            cells = " | ".join(f"{value:.3f}" for value in (*plain, *by_examples(messages)))
            print(f"| {name}, learned from examples, five-fold | {len(messages)} | {cells} | |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
