"""Cutting a channel's timeline into conversations, beside no cutting and one conversation for all, on labelled IRC logs."""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.lark.timeline import REMEMBERED, Said, choose

ROOT = Path(__file__).parents[2]
Line = Mapping[str, Any]
Cut = Callable[[Sequence[Line]], list[str]]


def cut(lines: Sequence[Line]) -> list[str]:
    """Return the conversation of each line, as the adapter chooses it."""
    recent: list[Said] = []
    for line in lines:
        chosen = choose(recent[-REMEMBERED:], author_id=line["author"], text=line["text"], at=line["ts"])
        thread_id = chosen or str(line["idx"])
        recent.append(Said(author_id=line["author"], name=line["author"], thread_id=thread_id, at=line["ts"]))
    return [said.thread_id for said in recent]


def one_to_one(found: Sequence[str], true: Sequence[str]) -> int:
    """Return how many lines agree when each conversation found is matched with one true one, the largest overlap first."""
    overlaps = Counter(zip(found, true, strict=True))
    used: set[str] = set()
    agreed = 0
    for (mine, theirs), count in overlaps.most_common():
        if f"f{mine}" not in used and f"t{theirs}" not in used:
            used |= {f"f{mine}", f"t{theirs}"}
            agreed += count
    return agreed


def starts(found: Sequence[str]) -> Iterator[bool]:
    """Go through whether each line begins a conversation."""
    seen: set[str] = set()
    for thread_id in found:
        yield thread_id not in seen
        seen.add(thread_id)


def measure(name: str, logs: Mapping[str, Sequence[Line]], how: Cut) -> None:
    """Print a row."""
    agreed = lines = right = said = true = 0
    for log in logs.values():
        found, labels = how(log), [line["thread"] for line in log]
        agreed += one_to_one(found, labels)
        lines += len(log)
        for mine, theirs in zip(starts(found), starts(labels), strict=True):
            right, said, true = right + (mine and theirs), said + mine, true + theirs
    precision, recall = right / max(1, said), right / max(1, true)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"| {name} | {agreed / lines:.3f} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="bench timeline", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with intent/")
    options = parser.parse_args(argv)
    path = options.data / "intent" / "irc_dev_stream.jsonl"
    if not path.exists():
        print(f"There is no file {path}.", file=sys.stderr)
        return 1
    logs: dict[str, list[Line]] = defaultdict(list)
    for text in path.read_text("utf-8").splitlines():
        line = json.loads(text)
        logs[line["log"]].append(line)
    print("| cut by | one-to-one overlap | starts: P | R | F1 |\n|---|---|---|---|---|")
    measure("nothing: each message its own", logs, lambda log: [str(line["idx"]) for line in log])
    measure("nothing: one conversation", logs, lambda log: ["all"] * len(log))
    measure("timeline", logs, cut)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
