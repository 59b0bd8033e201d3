"""Faults: people talk on Slack and the local page while processes die, connections break and posts hang; then the promises are counted."""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.flow.storm import Plan, storm


def main(argv: Sequence[str] | None = None) -> int:
    """Run the storm; exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="bench faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one, which is printed")
    options = parser.parse_args(argv)
    seed = options.seed or random.SystemRandom().randrange(1, 10**6)
    plan = Plan(messages=options.messages, conversations=options.conversations, kills=options.kills, seed=seed)
    print(f"seed {seed}", flush=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(storm(Path(folder), plan))
    print(
        f"| messages | kills | suggestions | answered | promises broken | s |\n|---|---|---|---|---|---|\n"
        f"| {outcome.messages:,} | {outcome.kills} | {outcome.suggestions} | {outcome.helped} of {outcome.expected}"
        f" | {len(outcome.faults)} | {time.perf_counter() - began:.0f} |"
    )
    for fault in outcome.faults:
        print(fault)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
