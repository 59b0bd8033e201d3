"""Faults: people talk on three platforms while processes die, disks fill, clocks jump, and calls break; then promises are counted."""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.flow.storm import storm
from tests.flow.storm_script import Plan

PHASE = 1500  # messages between two times at which hours pass


def main(argv: Sequence[str] | None = None) -> int:
    """Run the storm; exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="bench faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="what a run printed, to have the same again; 0: a new one")
    parser.add_argument("--keep", type=Path, help="a folder for what the program wrote, its log too")
    options = parser.parse_args(argv)
    plan = Plan(
        messages=options.messages,
        conversations=options.conversations,
        kills=options.kills,
        seed=options.seed or random.SystemRandom().randrange(1, 10**6),
        phases=max(2, options.messages // PHASE),
    )
    print(f"seed {plan.seed}", flush=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(storm(_made(options.keep) or Path(folder), plan))
    print(
        "| messages | conversations | kills | suggestions | answered | promises broken | s |\n|---|---|---|---|---|---|---|\n"
        f"| {outcome.messages:,} | {outcome.conversations} | {plan.kills} | {outcome.suggestions}"
        f" | {outcome.helped} of {outcome.expected} | {len(outcome.faults)} | {time.perf_counter() - began:.0f} |"
    )
    print("not answered, because: " + _counts(outcome.silent))
    print("what happened: " + _counts(outcome.troubles))
    for fault in outcome.faults:
        print(fault)
    return 1 if outcome.faults else 0


def _counts(of: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {count:,}" for what, count in sorted(of.items())) or "-"


def _made(folder: Path | None) -> Path | None:
    if folder is not None:
        folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
