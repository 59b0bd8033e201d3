"""Reports of the same fault in many threads: precision and recall of the links, and how soon analysts are told.

    python -m scripts.benchmarks.clusters [--half held_out] [--seed 1] [--reports 40] [--others 2000]

A storm is played through the whole engine on a simulated clock: five faults, each reported in 40 threads within an hour and a
half, in words from tests/scenes/progress_storm.jsonl with greetings and details around them, among 2,000 other messages of two
communities (docker on Gitter in English, inference engines in Chinese), in one channel and six hours. Two reports are linked
if both threads are in one cluster; every pair of threads counts. The rules were set on the faults of "set" and "more"; the
five of "held_out" chose no value. "Told again" counts notices of a fault beyond its first, of clusters too that have gone into
another one since. `--others 60` is a quiet channel. A message that is not a report and is linked with another one counts as
wrong, though some of them do speak of the same problem.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from pathlib import Path

from vigil_bot.app import simulated
from vigil_bot.assembly import engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies
from vigil_bot.settings import Settings
from vigil_bot.simulation import EveryPlatform, SilentClient, Simulation

ROOT = Path(__file__).parents[2]
STORM = ROOT / "tests" / "scenes" / "progress_storm.jsonl"
START = 1_700_000_000.0
SPAN_S, FAULT_S = 6 * 3600.0, 1.5 * 3600.0
CHANNEL = ConversationRef(platform="storm", workspace_id="w", channel_id="oncall")
DESK = "desk"
_BEFORE = {
    "en": ("", "", "hi team, ", "Hello! ", "hey, ", "anyone around? ", "urgent: "),
    "zh": ("", "", "大家好，", "请问，", "紧急："),
}
_AFTER = {
    "en": (
        "",
        "",
        "",
        " Any idea?",
        " Started around 10 minutes ago.",
        " Please help!",
        " Customer: Acme.",
        " (tenant 4711)",
    ),
    "zh": ("", "", "", " 麻烦看下", " 客户比较急", " 租户 4711"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message of the storm; fault names what it reports, "" for nothing."""

    at: float
    text: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Pairs of threads that are linked, of those that should be; delays from a fault's first report to the notice."""

    linked: int
    right: int
    true: int
    delays_s: tuple[float, ...]
    before_notice: tuple[int, ...]
    faults: int
    notices_again: int
    other_notices: int

    @property
    def precision(self) -> float:
        """The share of links that are right."""
        return self.right / self.linked if self.linked else 0.0

    @property
    def recall(self) -> float:
        """The share of pairs that are linked."""
        return self.right / self.true if self.true else 0.0


@dataclass(slots=True)
class Desk(SilentClient):
    """Keeps when each notice was posted."""

    clock: SimulatedClock
    told: dict[str, float] = field(default_factory=dict)

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Take a card."""
        self.told.setdefault(key, self.clock.now())
        return await SilentClient.post(self, ref, card, key=key)


def storm(*, half: str, seed: int, reports: int, others: Sequence[str]) -> list[Line]:
    """Return the messages in their order."""
    chance = random.Random(seed)  # noqa: S311 -- a simulation
    told: dict[str, list[str]] = {}
    for line in map(json.loads, STORM.read_text("utf-8").splitlines()):
        if line["half"] == half:
            told.setdefault(line["fault"], []).append(line["text"])
    lines = [Line(at=chance.uniform(0, SPAN_S), text=text) for text in others]
    for fault, texts in sorted(told.items()):
        begins = chance.uniform(0, SPAN_S - FAULT_S)
        for number in range(reports):
            text = texts[number % len(texts)]
            language = "zh" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else "en"
            worded = chance.choice(_BEFORE[language]) + text + chance.choice(_AFTER[language])
            lines.append(Line(at=begins + FAULT_S * chance.random() ** 1.5, text=worded, fault=fault))
    return sorted(lines, key=lambda line: line.at)


def other_messages(data: Path, count: int, seed: int) -> list[str]:
    """Return messages that open threads elsewhere."""
    english = data / "threads" / "livechat_docker_2016_2017.jsonl"
    chinese = data / "intent" / "zh_scope_dev.jsonl"
    said = [str(json.loads(line)["messages"][0]["text"]) for line in english.read_text("utf-8").splitlines()]
    said += [str(json.loads(line)["text"]) for line in chinese.read_text("utf-8").splitlines()]
    random.Random(seed).shuffle(said)  # noqa: S311 -- a simulation
    return said[:count]


async def play(lines: Sequence[Line], *, embedder: str) -> Scores:
    """Play a storm through the engine."""
    clock = SimulatedClock(START)
    policies = Policies(settle_s=10.0, default_mode=Mode.ON)
    settings = Settings.model_validate({"embedder": embedder})
    async with simulated(settings, clock=clock, policies=policies) as parts:
        await policies.set(CHANNEL, "desk", DESK, parts.store.ledger)
        desk = Desk(clock=clock)
        engine = engine_of(parts, EveryPlatform(desk))
        simulation = Simulation(clock=clock, queue=parts.store.queue, intake=engine.intake, worker=engine.worker)
        await simulation.run([_event(number, line) for number, line in enumerate(lines)])
        found = [
            report.cluster if (report := await parts.store.clusters.report(_ref(number).key)) else None
            for number in range(len(lines))
        ]
    told = {key.removeprefix("cluster/"): at for key, at in desk.told.items() if key.startswith("cluster/")}
    return scored(lines, found, told)


def scored(lines: Sequence[Line], found: Sequence[str | None], told: dict[str, float]) -> Scores:
    """Compare what is linked with what should be."""
    clusters: dict[str, list[str]] = {}
    for line, cluster in zip(lines, found, strict=True):
        if cluster is not None:
            clusters.setdefault(cluster, []).append(line.fault)
    counts = {cluster: Counter(faults) for cluster, faults in clusters.items()}
    main = {cluster: begun_by(cluster, lines) for cluster in told}  # of those that have gone into another one since
    main |= {cluster: count.most_common(1)[0][0] for cluster, count in counts.items()}
    delays, before = [], []
    faults = {line.fault for line in lines if line.fault}
    of_faults = sum(main.get(cluster) in faults for cluster in told)
    for fault in sorted(faults):
        times = [START + line.at for line in lines if line.fault == fault]
        notices = [at for cluster, at in told.items() if main.get(cluster) == fault]
        if notices:
            delays.append(min(notices) - times[0])
            before.append(sum(at <= min(notices) for at in times))
    return Scores(
        linked=sum(comb(len(members), 2) for members in clusters.values()),
        right=sum(comb(n, 2) for count in counts.values() for fault, n in count.items() if fault),
        true=_pairs(line.fault for line in lines if line.fault),
        delays_s=tuple(delays),
        before_notice=tuple(before),
        faults=len(faults),
        notices_again=of_faults - len(delays),
        other_notices=sum(not main.get(cluster) for cluster in told),
    )


def begun_by(cluster: str, lines: Sequence[Line]) -> str:
    """Return the fault that the report speaks of that began a cluster, "" for none."""
    number = re.search(r"/m(\d+)@", cluster)
    return lines[int(number[1])].fault if number is not None else ""


def _pairs(names: Iterable[str]) -> int:
    return sum(comb(count, 2) for count in Counter(names).values())


def _ref(number: int) -> ConversationRef:
    return ConversationRef(platform="storm", workspace_id="w", channel_id="oncall", thread_id=f"m{number}")


def _event(number: int, line: Line) -> MessagePosted:
    author = Author(id=f"u{number}", role=Role.UNKNOWN)
    return MessagePosted(
        message=Message(
            id=f"m{number}", conversation=_ref(number), author=author, text=line.text, sent_at=START + line.at
        )
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--half", choices=("set", "more", "held_out"), nargs="*", default=("set", "held_out"))
    parser.add_argument("--seed", type=int, nargs="*", default=(1, 2, 3))
    parser.add_argument("--embedder", choices=("minilm", "builtin"), nargs="*", default=("minilm", "builtin"))
    parser.add_argument("--reports", type=int, default=40, help="of each fault")
    parser.add_argument("--others", type=int, default=2_000)
    options = parser.parse_args(argv)
    if not (options.data / "threads").exists():
        print(f"skipped: {options.data} is not there", file=sys.stderr)
        return 0
    print(
        "| vectors | faults | seed | precision | recall | faults told | delay, median | reports by then | told again | other notices | ms a message |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for embedder in options.embedder:
        for half in options.half:
            for seed in options.seed:
                others = other_messages(options.data, options.others, seed)
                lines = storm(half=half, seed=seed, reports=options.reports, others=others)
                began = time.process_time()
                one = asyncio.run(play(lines, embedder=embedder))
                took_ms = (time.process_time() - began) / len(lines) * 1e3
                delay = f"{statistics.median(one.delays_s) / 60:.1f} min" if one.delays_s else "–"
                by_then = ", ".join(map(str, one.before_notice))
                print(
                    f"| {embedder} | {half} | {seed} | {one.precision:.3f} | {one.recall:.3f}"
                    f" | {len(one.delays_s)} of {one.faults} | {delay} | {by_then} | {one.notices_again} | {one.other_notices} | {took_ms:.1f} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
