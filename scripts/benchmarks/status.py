"""Incident timelines: the state after each update against its label, and the summary against the human closing message.

    python -m scripts.benchmarks.status [--data ../shared/data]

* state: whether an incident is over after each update, told from the words of that update alone; truth is the label
  Resolved. Beside a rule that looks for the word "resolved". The labels in the data are Investigating, Update and Resolved
  only; the steps between them are counted, not judged.
* summary: ROUGE-1 and ROUGE-L (F1 of words, case and signs ignored) against the closing message, for incidents with at
  least two updates and a closing message of twenty words or more, which is itself not shown to the summarizer.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from adapters.reasoner.summarize import summary
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.progress.phase import Phase, phase_of

MIN_CLOSING_WORDS, MIN_UPDATES = 20, 2
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The updates of an incident, oldest first, each with its label."""

    conversation: Conversation
    labels: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [message.text for message in self.conversation.messages]


def read(path: Path) -> Iterator[Incident]:
    """Go through the incidents of a file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield _incident(json.loads(line))


def _incident(thread: dict[str, Any]) -> Incident:
    ref = ConversationRef(platform="status", workspace_id="w", channel_id="c", thread_id=thread["thread_id"])
    said = tuple(
        Message(
            id=m["id"],
            conversation=ref,
            author=Author(id=m["author"], role=Role.ANALYST),
            text=m["text"],
            sent_at=m["ts"],
        )
        for m in thread["messages"]
    )
    conversation = Conversation(ref=ref, messages=said, title=thread.get("title"))
    return Incident(conversation=conversation, labels=tuple(m["status"] for m in thread["messages"]))


def rouge_1(said: str, reference: str) -> float:
    """Return the F1 of the words that two texts share."""
    ours, theirs = _words(said), _words(reference)
    return _f1((Counter(ours) & Counter(theirs)).total(), len(ours), len(theirs))


def rouge_l(said: str, reference: str) -> float:
    """Return the F1 of the longest common subsequence of words."""
    ours, theirs = _words(said), _words(reference)
    row = [0] * (len(theirs) + 1)
    for word in ours:
        before = row
        row = [0]
        for at, other in enumerate(theirs):
            row.append(before[at] + 1 if word == other else max(before[at + 1], row[at]))
    return _f1(row[-1], len(ours), len(theirs))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if ours + theirs else 0.0


def first_and_last(incident: Incident) -> str:
    """Return the first and the last update before the closing message."""
    return "\n".join((incident.texts[0], incident.texts[-2]))


def built_in(incident: Incident) -> str:
    """Return our summary of what stood there before the closing message."""
    before = Conversation(ref=incident.conversation.ref, messages=incident.conversation.messages[:-1])
    return "\n".join(summary(before, None))


def first_and_last_as_long(incident: Incident) -> str:
    """Return the first update and as many of the last as make it as long as our summary."""
    words, chosen = len(_words(built_in(incident))) - len(_words(incident.texts[0])), list[str]()
    for text in reversed(incident.texts[1:-1]):
        if words <= 0:
            break
        chosen.insert(0, text)
        words -= len(_words(text))
    return "\n".join((incident.texts[0], *chosen))


def print_states(incidents: Sequence[Incident]) -> None:
    """Print how well it is told that an incident is over."""
    updates = [(t, label) for incident in incidents for t, label in zip(incident.texts, incident.labels, strict=True)]
    rules: dict[str, Callable[[str], bool]] = {
        '"resolved"': lambda text: "resolved" in text.lower(),
        "phase": lambda text: phase_of(text) is Phase.RESOLVED,
    }
    print("| rule | updates | over | P | R | accuracy |\n|---|---|---|---|---|---|")
    for name, rule in rules.items():
        told = [(rule(text), label == "Resolved") for text, label in updates]
        right, said, true = (sum(values) for values in zip(*((a and b, a, b) for a, b in told), strict=True))
        accuracy = sum(a == b for a, b in told) / len(told)
        print(f"| {name} | {len(told)} | {true} | {right / max(1, said):.3f} | {right / true:.3f} | {accuracy:.3f} |")
    counted = Counter((label, str(phase_of(text) or "none")) for text, label in updates)
    print("\n| label | " + " | ".join((*Phase, "none")) + " |\n|---|" + "---|" * (len(Phase) + 1))
    for label in ("Investigating", "Update", "Resolved"):
        print(f"| {label} | " + " | ".join(str(counted[label, phase]) for phase in (*Phase, "none")) + " |")


def print_summaries(incidents: Sequence[Incident]) -> None:
    """Print how near the summaries are to what people wrote at the end."""
    told = [
        incident
        for incident in incidents
        if len(incident.texts) > MIN_UPDATES and len(_words(incident.texts[-1])) >= MIN_CLOSING_WORDS
    ]
    print("\n| summary | incidents | ROUGE-1 | ROUGE-L | words |\n|---|---|---|---|---|")
    for name, tell in (
        ("first and last update", first_and_last),
        ("first and last updates, as long as ours", first_and_last_as_long),
        ("built-in", built_in),
    ):
        pairs = [(tell(incident), incident.texts[-1]) for incident in told]
        words = mean(len(_words(said)) for said, _ in pairs)
        one, longest = (mean(score(said, true) for said, true in pairs) for score in (rouge_1, rouge_l))
        print(f"| {name} | {len(pairs)} | {one:.3f} | {longest:.3f} | {words:.0f} |")


def main(argv: Sequence[str] | None = None) -> int:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(argv)
    path = options.data / "threads/github_status_to_2025h1.jsonl"
    if not path.exists():
        print(f"skipped: {path} is not there", file=sys.stderr)
        return 0
    incidents = list(read(path))
    print_states(incidents)
    print_summaries(incidents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
