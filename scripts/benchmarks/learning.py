"""The learning curve: suggestions and agreement by month, with learning, without it, and beside BM25 over raw past threads."""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.benchmarks.retrieval import K1, B, plain_words
from vigil_bot.model.decision import Intent, Reason
from vigil_bot.proactive.card import MAX_SUGGESTION_CHARS
from vigil_bot.replay.curves import JUDGED, Share
from vigil_bot.replay.outcomes import Outcome, judge
from vigil_bot.replay.thread import ReplayThread, plain_id
from vigil_bot.replay.threads import read

ROOT = Path(__file__).parents[2]
FILES = ("livechat_docker_2016_2017", "zulip_2022h1")
NOT_ASKED = (Reason.MODE_OFF, Reason.OWN_MESSAGE, Reason.BOT_MESSAGE, Reason.DELETED, Reason.MERGED)
LEARNED, UNTAUGHT, RAW = "learned entries", "no learning", "BM25, raw threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What would have been said to a request, and how that compares with what people said."""

    at: float
    outcome: Outcome
    score: float = 0.0

    @property
    def month(self) -> str:
        """The month of the request."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A message that asks for help."""

    thread_id: str
    message_id: str
    at: float


class PastThreads:
    """BM25 over threads as they were said, each known from its last message on."""

    def __init__(self, threads: Sequence[ReplayThread]) -> None:
        self._threads = sorted((t for t in threads if t.messages), key=_ended)
        self._known = 0
        self._postings: dict[str, dict[int, int]] = defaultdict(dict)
        self._lengths: list[int] = []

    def best(self, text: str, *, before: float) -> tuple[ReplayThread, float] | None:
        """Return the thread that is most like a text among those that had ended, with its score for each word asked."""
        while self._known < len(self._threads) and _ended(self._threads[self._known]) < before:
            self._learn(self._threads[self._known])
        asked = set(plain_words(text))
        scores: dict[int, float] = defaultdict(float)
        average = sum(self._lengths) / max(1, len(self._lengths))
        for word in asked:
            having = self._postings.get(word, {})
            rarity = math.log(1 + (self._known - len(having) + 0.5) / (len(having) + 0.5))
            for number, count in having.items():
                norm = K1 * (1 - B + B * self._lengths[number] / average)
                scores[number] += rarity * count * (K1 + 1) / (count + norm)
        if not scores:
            return None
        number = max(scores, key=lambda n: (scores[n], -n))
        return self._threads[number], scores[number] / len(asked)

    def _learn(self, thread: ReplayThread) -> None:
        words = Counter(word for m in thread.messages for word in plain_words(m.text))
        for word, count in words.items():
            self._postings[word][self._known] = count
        self._lengths.append(words.total())
        self._known += 1


def _ended(thread: ReplayThread) -> float:
    return max(m.sent_at for m in thread.messages)


def raw_posts(threads: Sequence[ReplayThread], requests: Sequence[Request]) -> list[Post]:
    """Answer every request with what others said in the most similar past thread."""
    past, by_id = PastThreads(threads), {t.ref.thread_id or "": t for t in threads}
    posts: list[Post] = []
    for request in sorted(requests, key=lambda r: r.at):
        said = sorted(by_id[request.thread_id].messages, key=lambda m: m.sent_at)
        question = next(m for m in said if plain_id(m.id) == request.message_id)
        found = past.best(question.text, before=request.at)
        if found is None:
            continue
        outcome = judge(
            answer_in(found[0]),
            [m for m in said if m.sent_at > request.at],
            asker_id=question.author.id,
            earlier=[m for m in said if m.sent_at <= request.at],
        )
        posts.append(Post(at=request.at, outcome=outcome, score=found[1]))
    return posts


def answer_in(thread: ReplayThread) -> str:
    """Return what others than the one who began a thread said in it, as much as fits in a post."""
    said = sorted(thread.messages, key=lambda m: m.sent_at)
    return "\n".join(m.text for m in said if m.author.id != said[0].author.id)[:MAX_SUGGESTION_CHARS]


def as_many(posts: Sequence[Post], wanted: Mapping[str, int]) -> list[Post]:
    """Return so many posts of each month, the surest ones."""
    ranked = sorted(posts, key=lambda post: -post.score)
    return [post for month, count in wanted.items() for post in [p for p in ranked if p.month == month][:count]]


def replayed(source: Path, *, learn: bool) -> list[dict[str, Any]]:
    """Replay a file in a process of its own, and return its decisions."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")} | {"VIGIL_EMBEDDER": "builtin"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "vigil_bot", "replay", str(source), "--out", f"{folder}/r"]
        command += ["--learn" if learn else "--no-learn"]
        subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in Path(f"{folder}/r/decisions.jsonl").read_text("utf-8").splitlines()]


def rows(name: str, requests: Sequence[Request], ways: Mapping[str, Sequence[Post]]) -> Iterator[str]:
    """Return the curve as rows of a table, month by month, and for the whole time."""
    asked = Counter(Post(at=r.at, outcome=Outcome.UNKNOWN).month for r in requests)
    for month in (*sorted(asked), "all"):
        total = len(requests) if month == "all" else asked[month]
        for way, posts in ways.items():
            chosen = [p for p in posts if month in ("all", p.month)]
            judged = [p for p in chosen if p.outcome in JUDGED]
            agreed = sum(p.outcome is Outcome.AGREED for p in judged)
            share = Share(part=agreed, whole=len(judged))
            low, high = share.interval or (0.0, 1.0)
            agreement = "" if share.value is None else f"{share.value:.2f} ({low:.2f} to {high:.2f})"
            cells = (name, month, way, str(total), str(len(chosen)), f"{len(chosen) / max(1, total):.3f}")
            yield f"| {' | '.join((*cells, f'{agreed} of {len(judged)}', agreement))} |"


def measure(source: Path) -> Iterator[str]:
    """Replay a file in each way and return its rows."""
    threads = list(read(source, report=lambda _: None))
    decisions = replayed(source, learn=True)
    requests = [
        Request(thread_id=d["thread_id"], message_id=d["message_id"], at=d["at"])
        for d in decisions
        if Intent(d["intent"]).asks and Reason(d["reason"]) not in NOT_ASKED
    ]
    learned = [_post(d) for d in decisions if d["decision"] == "suggest"]
    untaught = [_post(d) for d in replayed(source, learn=False) if d["decision"] == "suggest"]
    raw = as_many(raw_posts(threads, requests), Counter(post.month for post in learned))
    yield from rows(source.stem, requests, {LEARNED: learned, UNTAUGHT: untaught, RAW: raw})


def _post(decision: Mapping[str, Any]) -> Post:
    return Post(at=decision["at"], outcome=Outcome(decision["outcome"] or "unknown"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(prog="bench learning", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--files", nargs="*", default=FILES, help="names of files there")
    parser.add_argument("--first", type=int, help="only so many threads of each")
    options = parser.parse_args(argv)
    print(
        "| threads | month | ranked by | requests | posts | coverage | agreed, of those that can be judged | agreement |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.files:
            lines = (options.data / "threads" / f"{name}.jsonl").read_text("utf-8").splitlines()
            source = Path(folder) / f"{name}.jsonl"
            source.write_text("\n".join(lines[: options.first]), "utf-8")
            for row in measure(source):
                print(row, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
