"""How well the intent of a message is told: precision, recall and F1, beside a plain "?"-rule.

    python -m scripts.benchmarks.intent [--data ../shared/data]

* irc: a message of the stream asks, if it starts a thread, or starts one that another person answered. The stream does
  not tell which message starts a thread, so every message is taken as a reply by somebody unknown.
* zh_scope: a message asks, if it is related to the knowledge base. That is not the same thing: a question on another
  subject counts as an error here, so the precision is a lower bound.
* molweni: a message asks, if it is labelled as a question; helpers' questions back are labelled so, too, and these labels
  nearly mean "contains ?", so the "?"-rule is ahead by construction.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigil_bot.model.conversation import Role
from vigil_bot.proactive.intent import classify

Rule = Callable[[str, bool], bool]  # text, starts a thread -> asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One message with the truth about it."""

    text: str
    asks: bool
    starts_thread: bool = False


def asks_by_mark(text: str, _starts_thread: bool) -> bool:  # noqa: FBT001 -- a rule
    """Whether there is a question mark."""
    return "?" in text or "？" in text


def asks_by_intent(text: str, starts_thread: bool) -> bool:  # noqa: FBT001 -- a rule
    """Whether the classifier takes it for a question or a problem report."""
    return classify(text, role=Role.UNKNOWN, starts_thread=starts_thread).intent.asks


def scores(rule: Rule, messages: Sequence[Labelled]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a rule."""
    told = [(rule(m.text, m.starts_thread), m.asks) for m in messages]
    right = sum(said and true for said, true in told)
    precision = right / max(1, sum(said for said, _ in told))
    recall = right / max(1, sum(true for _, true in told))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def read(data: Path) -> Iterator[tuple[str, list[Labelled]]]:
    """Go through the sets that are there."""
    irc = _lines(data / "intent/irc_dev_stream.jsonl")
    if irc:
        starts = [Labelled(text=x["text"], asks=x["starts_thread"]) for x in irc]
        answered = [Labelled(text=x["text"], asks=x["starts_thread"] and x["thread_speakers"] > 1) for x in irc]
        yield "irc: thread start", starts
        yield "irc: answered start", answered
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
