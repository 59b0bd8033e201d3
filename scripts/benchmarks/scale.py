"""Search, adding an entry, start, memory and disk at 10,000, 100,000 and 300,000 entries, for people who may see much or little."""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from vigil_bot.app import Parts, opened
from vigil_bot.log import setup
from vigil_bot.model.knowledge import Audience, ChangeKind, Confidence, KnowledgeEntry, Viewer
from vigil_bot.settings import Settings

DATA = Path(__file__).parents[3] / "shared" / "data"
CHANNELS = 200  # every entry belongs to one
AUDIENCES = (1, 5, 60, 150)  # of these channels, that somebody reads
SETS = ("zulip_pre2022", "stackfaq")
BATCH = 500  # entries of one transaction
ADDED = 30
MIN_WORDS = 4  # of a sentence that says something
SEED = 7
WORKSPACE = "w"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured at one size; searches holds (p50, p95) in ms, by audience."""

    entries: int
    searches: dict[str, tuple[float, float]]
    found: dict[str, float]
    add_ms: tuple[float, float]
    open_s: float
    first_s: float
    rss_mb: float
    disk_mb: float


def texts(field: str, kind: str) -> list[str]:
    """Return real texts of the retrieval sets."""
    lines = [line for name in SETS for line in (DATA / "retrieval" / f"{name}_{kind}.jsonl").open()]
    return [value for line in lines if (value := str(json.loads(line).get(field) or "").strip())]


def entries(count: int) -> Iterator[KnowledgeEntry]:
    """Make entries of sentences of real ones: the words are as frequent as in those, the combinations are new.

    Those of a channel n may also be seen in each of the channels "reads-k" with k > n, so that one reads k channels there.
    """
    dice = random.Random(SEED)  # noqa: S311 -- no secret
    issues = [part for text in texts("issue", "entries") for part in _parts(text)]
    solutions = [part for text in texts("resolution", "entries") for part in _parts(text)]
    for number in range(count):
        home = dice.randrange(CHANNELS)
        seen_in = (f"c{home}", *(f"reads-{size}" for size in AUDIENCES if home < size))
        yield KnowledgeEntry(
            id=f"e-{number:07d}",
            issue="\n".join(dice.sample(issues, dice.randint(1, 3))),
            resolution="\n".join(dice.sample(solutions, dice.randint(1, 4))),
            confidence=dice.choice((Confidence.VALIDATED, Confidence.NOT_VALIDATED)),
            audience=Audience(workspace=WORKSPACE, channels=seen_in),
            created_at=float(number + 1),
        )


def _parts(text: str) -> list[str]:
    """Return the sentences and lines of a text that say something."""
    lines = [part.strip() for line in text.splitlines() for part in line.split(". ")]
    return [line[:400] for line in lines if len(line.split()) >= MIN_WORDS]


async def build(home: Path, count: int) -> None:
    """Fill a data folder, in the way of `vigil kb import`."""
    async with opened(_settings(home)) as parts:
        there = await parts.store.entries.count()
        wanted = islice(entries(count), there, None)
        began = time.perf_counter()
        while batch := list(islice(wanted, BATCH)):
            await parts.base.put_many(batch, kind=ChangeKind.IMPORT, by="bench", why="", at=1.0)
            there += len(batch)
            if there % 10_000 == 0:
                print(f"{there:,} entries after {time.perf_counter() - began:,.0f} s", file=sys.stderr, flush=True)
        await parts.base.sync()


async def measure(home: Path, asked: int) -> Figures:
    """Open a data folder in this new process and measure it."""
    began = time.perf_counter()
    async with opened(_settings(home)) as parts:
        open_s = time.perf_counter() - began
        questions = random.Random(SEED).sample(texts("text", "queries"), asked + 1)  # noqa: S311
        began = time.perf_counter()
        await parts.base.find(questions.pop(), viewer=Viewer(workspace_id=WORKSPACE, channel_id="c0"))
        first_s = time.perf_counter() - began
        searches, found = {}, {}
        for size in AUDIENCES:
            took, found[str(size)] = await _search(parts, questions, size)
            searches[str(size)] = _quantiles(took)
        count = await parts.store.entries.count()
        rss_mb = _rss_mb()
        add_ms = _quantiles(await _add(parts, count))
    return Figures(
        entries=count,
        searches=searches,
        found=found,
        add_ms=add_ms,
        open_s=open_s,
        first_s=first_s,
        rss_mb=rss_mb,
        disk_mb=_disk_mb(home),
    )


async def _search(parts: Parts, questions: Sequence[str], size: int) -> tuple[list[float], float]:
    """Return how long searches took, in ms, and how many entries they found on average."""
    viewer = Viewer(workspace_id=WORKSPACE, channel_id=f"reads-{size}")
    took, found = [], 0
    for question in questions:
        began = time.perf_counter()
        found += len(await parts.base.find(question, viewer=viewer))
        took.append((time.perf_counter() - began) * 1000)
    return took, found / len(questions)


async def _add(parts: Parts, count: int) -> list[float]:
    """Return how long it took to add one entry, and again, in ms."""
    took = []
    for entry in islice(entries(count + ADDED), count, None):
        began = time.perf_counter()
        await parts.base.put(entry, kind=ChangeKind.ADD, by="bench", why="", at=float(count))
        took.append((time.perf_counter() - began) * 1000)
        await parts.base.erase(entry.id, parts.store.forgetting)
    return took


def _quantiles(took: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(took)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _disk_mb(home: Path) -> float:
    return sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6


def _settings(home: Path) -> Settings:
    return Settings(home=home, embedder="builtin", _env_file=None)


def table(found: Sequence[Figures]) -> str:
    """Return the growth as a table."""
    lines = [
        "| entries | "
        + " | ".join(f"{size} of {CHANNELS} channels" for size in AUDIENCES)
        + " | adding one | start | first search | memory | disk |",
        "|---|" + "---|" * (len(AUDIENCES) + 5),
    ]
    for one in found:
        searches = (f"{p50:.0f} / {p95:.0f} ms" for p50, p95 in one.searches.values())
        cells = (
            f"{one.entries:,}",
            *searches,
            f"{one.add_ms[0]:.0f} / {one.add_ms[1]:.0f} ms",
            f"{one.open_s:.1f} s",
            f"{one.first_s:.1f} s",
            f"{one.rss_mb:,.0f} MB",
            f"{one.disk_mb:,.0f} MB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Build what is not there yet, measure each size in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(prog="bench scale", description=__doc__)
    parser.add_argument("--entries", type=int, nargs="*", default=[10_000, 100_000, 300_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="build here, or measure what was built here before")
    parser.add_argument("--only", choices=("build", "measure"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    setup(level="error", fmt="json", stream=sys.stderr)
    if options.only is not None:
        (count,) = options.entries
        if options.only == "build":
            asyncio.run(build(options.keep / str(count), count))
        else:
            print(json.dumps(asdict(asyncio.run(measure(options.keep / str(count), options.questions)))))
        return 0
    with tempfile.TemporaryDirectory(prefix="vigil-scale-") as folder:
        keep = options.keep or Path(folder)
        print(table([_in_processes(keep, count, options.questions) for count in options.entries]))
    return 0


def _in_processes(keep: Path, count: int, asked: int) -> Figures:
    """Build and measure one size, each in a new process, so that no memory of one counts for the other."""
    common = ["--keep", str(keep), "--entries", str(count), "--questions", str(asked)]
    for step in ("build", "measure"):
        command = [sys.executable, "-m", "scripts.benchmarks.scale", *common, "--only", step]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Figures(**json.loads(done.stdout))


if __name__ == "__main__":
    raise SystemExit(main())
