"""The learning curve: coverage and agreement by month, with learning, without it, and with BM25 over raw past threads."""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.benchmarks._agreement import (
    Agreement,
    Post,
    Request,
    agreements,
    interval,
    mean,
    paired,
    rarity,
    request_in,
)
from scripts.benchmarks.retrieval import K1, B, plain_words
from vigil_bot.model.decision import Intent, Reason
from vigil_bot.proactive.card import MAX_SUGGESTION_CHARS
from vigil_bot.replay.thread import ReplayThread
from vigil_bot.replay.threads import read

ROOT = Path(__file__).parents[2]
FILES = ("livechat_docker_2016_2017", "zulip_2022h1")
NOT_ASKED = (Reason.MODE_OFF, Reason.OWN_MESSAGE, Reason.BOT_MESSAGE, Reason.DELETED, Reason.MERGED)
OPEN = (
    Reason.NOTHING_FOUND,
    Reason.OTHER_ENVIRONMENT,
    Reason.BELOW_THRESHOLD,
    Reason.NOT_GROUNDED,
    Reason.OTHER_LANGUAGE,
    Reason.ALREADY_SAID,
    Reason.USEFUL,
)  # there was room for an answer: neither people nor a rule stood against one
LEARNED, UNTAUGHT, RAW = "learned entries", "no learning", "BM25, raw threads"
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
EVERYTHING = """
[default]
mode = "shadow"
min_relevance = 0.02
max_per_day = 100000
max_per_thread = 100000
"""  # so that drafts are made, whatever their score


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is posted in each way, and how often it can be compared."""

    name: str
    requests: Sequence[Request]
    idf: Mapping[str, float]
    live: Sequence[Post]
    untaught: Sequence[Post]
    drafts: Sequence[Post]
    originals: Sequence[Post]
    raw: Sequence[Post]


def _ended(thread: ReplayThread) -> float:
    return max(m.sent_at for m in thread.messages)


def raw_posts(threads: Sequence[ReplayThread], requests: Sequence[Request]) -> list[Post]:
    """Answer every open request with what others said in the most similar past thread that has an answer."""
    past, posts = PastThreads([t for t in threads if answer_in(t)]), []
    for request in sorted(requests, key=lambda r: r.at):
        found = past.best(request.text, before=request.at) if request.is_open else None
        if found is not None:
            posts.append(Post(request=request, text=answer_in(found[0]), score=found[1]))
    return posts


def answer_in(thread: ReplayThread) -> str:
    """Return what others than the one who began a thread said in it, as much as fits in a post."""
    said = sorted(thread.messages, key=lambda m: m.sent_at)
    return "\n".join(m.text for m in said if m.author.id != said[0].author.id)[:MAX_SUGGESTION_CHARS]


def originals(drafts: Sequence[Post], sources: Mapping[str, str], by_id: Mapping[str, ReplayThread]) -> list[Post]:
    """Return the same posts with the words of the thread that the entry was learned from, so that only these differ."""
    return [replace(p, text=answer_in(by_id[sources[p.entry_id]])) for p in drafts if p.entry_id in sources]


def sources_in(out: Path) -> dict[str, str]:
    """Return the thread that each entry was first learned from."""
    entries = map(json.loads, (out / "knowledge.jsonl").read_text("utf-8").splitlines())
    return {entry["id"]: entry["sources"][0]["thread_id"] for entry in entries if entry["sources"]}


def month_of(request: Request) -> str:
    """Return the month of a request."""
    return datetime.fromtimestamp(request.at, UTC).strftime("%Y-%m")


def as_many(posts: Sequence[Post], others: Sequence[Post]) -> list[Post]:
    """Return the surest posts, so many of each month as the others are."""
    wanted = Counter(month_of(post.request) for post in others)
    ranked = sorted(posts, key=lambda post: -post.score)
    return [p for month, count in wanted.items() for p in [p for p in ranked if month_of(p.request) == month][:count]]


def replayed(source: Path, out: Path, *, learn: bool = True, policy: str = "") -> list[dict[str, Any]]:
    """Replay a file in a process of its own unless that was done before, and return its decisions."""
    if not (out / "decisions.jsonl").exists():
        env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")} | {"VIGIL_EMBEDDER": "builtin"}
        out.parent.mkdir(parents=True, exist_ok=True)
        rules = out.with_suffix(".toml")
        rules.write_text(policy, "utf-8")
        command = [sys.executable, "-m", "vigil_bot", "replay", str(source), "--out", str(out), "--policy", str(rules)]
        command += ["--learn" if learn else "--no-learn"]
        subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (out / "decisions.jsonl").read_text("utf-8").splitlines()]


def measured(source: Path, replays: Path) -> Measured:
    """Replay a file in each way and return what was posted."""
    threads = list(read(source, report=lambda _: None))
    by_id = {t.ref.thread_id or "": t for t in threads}
    decisions = replayed(source, replays / f"{source.stem}_all", policy=EVERYTHING)
    requests = [
        request_in(by_id[d["thread_id"]], d["message_id"], at=d["at"], is_open=Reason(d["reason"]) in OPEN)
        for d in decisions
        if Intent(d["intent"]).asks and Reason(d["reason"]) not in NOT_ASKED
    ]
    by_key = {request.key: request for request in requests}

    def posts(of: Sequence[Mapping[str, Any]]) -> list[Post]:
        found = ((by_key.get((d["thread_id"], d["message_id"])), d) for d in of if d["text"])
        return [
            Post(request=r, text=d["text"], score=d["score"], entry_id=next(iter(d["citations"]), ""))
            for r, d in found
            if r is not None and r.is_open
        ]

    def suggested(of: Sequence[Mapping[str, Any]]) -> list[Post]:
        return posts([d for d in of if d["decision"] == "suggest"])

    drafts = posts(decisions)
    return Measured(
        name=source.stem,
        requests=requests,
        idf=rarity(threads),
        live=suggested(replayed(source, replays / f"{source.stem}_learned")),
        untaught=suggested(replayed(source, replays / f"{source.stem}_untaught", learn=False)),
        drafts=drafts,
        originals=originals(drafts, sources_in(replays / f"{source.stem}_all"), by_id),
        raw=raw_posts(threads, requests),
    )


def by_month(found: Measured) -> Iterator[str]:
    """Return the curve under the policy in force, month by month and for the whole time."""
    yield "| threads | month | posted by | requests | posts | coverage | compared | agreement | chance | precision | recall |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    ways = {LEARNED: found.live, UNTAUGHT: found.untaught, RAW: as_many(found.raw, found.live)}
    judged = {way: agreements(posts, found.idf) for way, posts in ways.items()}
    asked = Counter(map(month_of, found.requests))
    for month in (*sorted(asked), "all"):
        total = len(found.requests) if month == "all" else asked[month]
        for way, posts in ways.items():
            count = sum(month in ("all", month_of(post.request)) for post in posts)
            chosen = [one for one in judged[way] if month in ("all", month_of(one.request))]
            cells = (found.name, month, way, f"{total:,}", str(count), f"{count / max(1, total):.3f}", *_cells(chosen))
            yield f"| {' | '.join(cells)} |"


def by_threshold(found: Measured) -> Iterator[str]:
    """Return agreement against the number of posts, and on the requests that both answer."""
    yield "\n| threads | score at least | posts | compared | learned | chance | raw, as many | chance | learned less raw |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for least in THRESHOLDS:
        ours = [post for post in found.drafts if post.score >= least]
        theirs = as_many(found.raw, ours)
        mine, others = agreements(ours, found.idf), agreements(theirs, found.idf)
        difference = mean([a.f1 for a in mine]) - mean([a.f1 for a in others])
        cells = (
            f"{least:.2f}",
            str(len(ours)),
            f"{len(mine)} and {len(others)}",
            *_cells(mine)[1:3],
            *_cells(others)[1:3],
        )
        yield f"| {found.name} | {' | '.join(cells)} | {difference:+.3f} |"


def by_request(found: Measured) -> Iterator[str]:
    """Return by how much learned entries agree better than raw threads on the requests that both answer."""
    yield "\n| threads | requests | both answer | learned less raw, each request | learned better, worse, alike |"
    yield "|---|---|---|---|---|"
    drafts, raw = agreements(found.drafts, found.idf), agreements(found.raw, found.idf)
    surest = {post.request.key for post in as_many(found.raw, found.live)}
    yield _pair(found.name, "that learned entries answer", paired(agreements(found.live, found.idf), raw))
    yield _pair(found.name, "that raw threads are surest of", paired(_on(drafts, surest), raw))
    yield _pair(found.name, "that have any draft", paired(drafts, raw))
    own = agreements(found.originals, found.idf)
    yield _pair(found.name, "any draft, beside the thread its entry was learned from", paired(drafts, own))
    yield "\n| threads | drafts for all requests | compared | above chance | above, below, alike |\n|---|---|---|---|---|"
    for way, chosen in ((LEARNED, drafts), (RAW, raw)):
        yield _pair(found.name, way, [(one.request.thread_id, one.f1 - one.chance) for one in chosen])


def _on(chosen: Sequence[Agreement], keys: set[tuple[str, str]]) -> list[Agreement]:
    return [one for one in chosen if one.request.key in keys]


def _cells(of: Sequence[Agreement]) -> tuple[str, ...]:
    if not of:
        return "0", "", "", "", ""
    low, high = interval([(one.request.thread_id, one.f1) for one in of])
    means = (mean([one.chance for one in of]), mean([one.precision for one in of]), mean([one.recall for one in of]))
    agreement = f"{mean([one.f1 for one in of]):.3f} ({low:.3f} to {high:.3f})"
    return str(len(of)), agreement, *(f"{value:.3f}" for value in means)


def _pair(name: str, which: str, differences: Sequence[tuple[str, float]]) -> str:
    low, high = interval(differences)
    better, worse = sum(d > 0 for _, d in differences), sum(d < 0 for _, d in differences)
    gain = f"{mean([d for _, d in differences]):+.3f} ({low:+.3f} to {high:+.3f})"
    alike = len(differences) - better - worse
    return f"| {name} | {which} | {len(differences)} | {gain} | {better}, {worse}, {alike} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(prog="bench learning", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--files", nargs="*", default=FILES, help="names of files there")
    parser.add_argument("--first", type=int, help="only so many threads of each")
    parser.add_argument("--keep", type=Path, help="folder to keep replays in; those that are there are not run again")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        for name in options.files:
            lines = (options.data / "threads" / f"{name}.jsonl").read_text("utf-8").splitlines()
            source = Path(folder) / f"{name}.jsonl"
            source.write_text("\n".join(lines[: options.first]), "utf-8")
            found = measured(source, options.keep or Path(folder))
            for row in (*by_month(found), *by_threshold(found), *by_request(found)):
                print(row, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
