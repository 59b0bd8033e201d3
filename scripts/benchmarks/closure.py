"""How well it is told, message by message, that a problem is solved: precision, recall, and the curve over a confidence.

    python -m scripts.benchmarks.closure [--data ../shared/data]

People marked topics as resolved (and as unresolved again); the truth after a message is the last mark before the next one.
Only topics with a mark count, for many more are solved and were never marked, and only those in which something was said
before the first mark. The rules were set on the topics with an even checksum ("set"); the others are held out ("held out").

* asker: after each further message of the one who asked, up to the last mark. It is the moment at which a case is closed.
* all up to the mark: after each message of anybody, up to the last mark; a mark that follows somebody else's words, or
  comes after further remarks, cannot be told from what was said.
* all: after each message, those after the mark too.

The thanks-rule says "resolved" after a message of the asker that thanks, and again "open" after one that does not (asker),
or stays with it (all). Silence plays no part: everything is told right after a message.
"""

import argparse
import json
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.proactive.intent import classify
from vigil_bot.progress import state as life
from vigil_bot.progress.closure import LIKELY, SURE, asks_on, confidence

THANKS = re.compile(r"\b(?:thanks?|thank you|thx|cheers|ty)\b|谢", re.IGNORECASE)
THRESHOLDS = (0.05, 0.2, 0.3, 0.4, 0.5, LIKELY, 0.7, 0.8, SURE, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A thread with its truth: resolved[i] is what people had marked between message i and the next one."""

    messages: tuple[Message, ...]
    resolved: tuple[bool, ...]
    last_mark: int
    reopened: int
    held_out: bool

    @property
    def asker(self) -> str:
        """Who wrote the first message."""
        return self.messages[0].author.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What the rules say after one message, beside the truth; by_asker marks a further message of the asker."""

    confidence: float
    over: bool
    thanks: bool
    thanked: bool
    truth: bool
    by_asker: bool
    after_mark: bool


Told = Callable[[Point], bool]


def read(path: Path) -> Iterator[Topic]:
    """Go through the topics in which something was said before the first mark."""
    for line in path.read_text(encoding="utf-8").splitlines():
        thread = json.loads(line)
        marks = thread["labels"].get("events") or []
        if marks and marks[0]["after_msg"] >= 0:
            yield _topic(thread, marks)


def _topic(thread: dict[str, Any], marks: list[dict[str, Any]]) -> Topic:
    ref = ConversationRef(platform="zulip", workspace_id="w", channel_id="c", thread_id=thread["messages"][0]["id"])
    said = tuple(
        Message(id=m["id"], conversation=ref, author=Author(id=m["author"]), text=m["text"], sent_at=m["ts"])
        for m in thread["messages"]
    )
    last = [[m["event"] for m in marks if m["after_msg"] <= at][-1:] for at in range(len(said))]
    return Topic(
        messages=said,
        resolved=tuple(mark == ["resolved"] for mark in last),
        last_mark=max(mark["after_msg"] for mark in marks),
        reopened=sum(mark["event"] == "unresolved" for mark in marks),
        held_out=zlib.crc32(thread["thread_id"].encode()) % 2 == 1,
    )


def play(topic: Topic) -> Iterator[Point]:
    """Go through a topic as a case, and beside it by words alone."""
    case: Case | None = None
    sure, thanked, others, asked = 0.0, False, False, False
    for at, (message, truth) in enumerate(zip(topic.messages, topic.resolved, strict=True)):
        asker = message.author.id == topic.asker
        intent = _intent(message, at, asker=asker)
        case = life.on_message(case, message, role=_role(asker), intent=intent)
        sure = confidence(sure, message.text, by_requester=asker, answered=others, asked=asked)
        asked = not asker and asks_on(message.text)
        thanks = asker and at > 0 and THANKS.search(message.text) is not None
        thanked |= thanks
        others |= not asker
        yield Point(
            confidence=sure,
            over=case is not None and case.state is CaseState.RESOLVED,
            thanks=thanks,
            thanked=thanked,
            truth=truth,
            by_asker=asker and at > 0,
            after_mark=at > topic.last_mark,
        )


def _role(asker: bool) -> Role:  # noqa: FBT001 -- a property of one message
    return Role.REQUESTER if asker else Role.UNKNOWN


def _intent(message: Message, at: int, *, asker: bool) -> Intent:
    return classify(message.text, role=_role(asker), starts_thread=at == 0).intent


def scores(points: Sequence[Point], told: Told) -> tuple[float, float]:
    """Return precision and recall of a rule."""
    said = [point for point in points if told(point)]
    right = sum(point.truth for point in said)
    return right / max(1, len(said)), right / max(1, sum(point.truth for point in points))


def recall_at(points: Sequence[Point], precision: float) -> float:
    """Return the best recall of any confidence that has at least this precision."""
    curve = [scores(points, _above(bound)) for bound in sorted({point.confidence for point in points})]
    return max((recall for right, recall in curve if right >= precision), default=0.0)


def _above(bound: float) -> Told:
    return lambda point: point.confidence >= bound


def views(points: Sequence[Point]) -> Iterator[tuple[str, list[Point], Told]]:
    """Return the ways to look at it, each with the thanks-rule for it."""
    until_mark = [point for point in points if not point.after_mark]
    yield "asker", [point for point in until_mark if point.by_asker], lambda point: point.thanks
    yield "all up to the mark", until_mark, lambda point: point.thanked
    yield "all", list(points), lambda point: point.thanked


def report(topics: Sequence[Topic]) -> None:
    """Print the tables."""
    print(
        "| half | view | points | solved | thanks-rule P | R | likely P | R | case resolved P | R | best R at P .85 |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    curves = []
    for half, held_out in (("set", False), ("held out", True)):
        points = [point for topic in topics if topic.held_out is held_out for point in play(topic)]
        for view, seen, thanks in views(points):
            rules = (thanks, _above(LIKELY), lambda point: point.over)
            cells = " | ".join(f"{value:.3f}" for rule in rules for value in scores(seen, rule))
            solved = sum(point.truth for point in seen)
            print(f"| {half} | {view} | {len(seen)} | {solved} | {cells} | {recall_at(seen, 0.85):.3f} |")
            curves.append((half, view, [scores(seen, _above(bound)) for bound in THRESHOLDS]))
    print("\n| half | view |" + "".join(f" {bound:g} |" for bound in THRESHOLDS))
    print("|---|---|" + "---|" * len(THRESHOLDS))
    for half, view, curve in curves:
        print(f"| {half} | {view} |" + "".join(f" {right:.2f}/{recall:.2f} |" for right, recall in curve))


def main(argv: Sequence[str] | None = None) -> int:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args(argv)
    path = options.data / "threads/zulip_2022h1.jsonl"
    if not path.exists():
        print(f"skipped: {path} is not there", file=sys.stderr)
        return 0
    topics = list(read(path))
    report(topics)
    began = time.process_time()
    points = [point for topic in topics for point in play(topic)]
    again = [topic for topic in topics if topic.reopened]
    print(
        f"\n{len(topics)} topics, {len(again)} of them marked as open again ({sum(t.reopened for t in again)} times)."
    )
    print(f"{(time.process_time() - began) / len(points) * 1e6:.0f} µs of CPU a message.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
