"""Whether a long case stays cheap: work per message around message 500 against that around message 50, in one run.

    python -m scripts.benchmarks.long_thread [--threads 5]

Threads of 520 messages in which a requester and two analysts go on with one case, a minute apart, are played through the
whole engine: intake, transcript, case, timers, receipts, cards, rules and links, on a simulated clock. What is counted is CPU
time from the arrival of a message until nothing is left to do; of each place the median over all threads.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence

from vigil_bot.app import simulated
from vigil_bot.assembly import Engine, engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies
from vigil_bot.settings import Settings
from vigil_bot.simulation import EveryPlatform, SilentClient

START = 1_700_000_000.0
EARLY, LATE, AROUND = 50, 500, 20
LENGTH = LATE + AROUND
FIRST = "the payments API returns 502 for every charge since the upgrade"
SAID = (
    ("rita", Role.REQUESTER, "it still fails with the same error, request id r-{n}"),
    ("anna", Role.ANALYST, "I'll check the gateway logs of node {n} and get back to you in 30 min"),
    ("rita", Role.REQUESTER, "ok, the customer {n} asks for an update"),
    ("bo", Role.ANALYST, "Restart the worker {n} and try it again. Did that help?"),
    ("rita", Role.REQUESTER, "no, worker {n} still answers 502"),
    ("anna", Role.ANALYST, "which region is tenant {n} in?"),
    ("rita", Role.REQUESTER, "tenant {n} is in eu-west-1"),
)


async def thread(engine: Engine, clock: SimulatedClock, name: str, seed: int) -> list[float]:
    """Return the CPU seconds that each message of a thread took."""
    chance = random.Random(seed)  # noqa: S311 -- a simulation
    ref = ConversationRef(platform="bench", workspace_id="w", channel_id="oncall", thread_id=f"{name}-0")
    took = []
    for number in range(LENGTH):
        clock.advance(60.0)
        who, role, text = SAID[number % len(SAID)] if number else ("rita", Role.REQUESTER, FIRST)
        message = Message(
            id=f"{name}-{number}",
            conversation=ref,
            author=Author(id=who, role=role, name=who.title()),
            text=text.format(n=chance.randrange(10**6)),
            sent_at=clock.now(),
        )
        began = time.process_time()
        await engine.intake.store_now(MessagePosted(message=message))
        while await engine.worker.drain():
            pass
        took.append(time.process_time() - began)
    return took


async def measure(threads: int) -> list[list[float]]:
    """Play the threads one after the other."""
    clock = SimulatedClock(START)
    policies = Policies(settle_s=10.0, default_mode=Mode.ON)
    settings = Settings.model_validate({"embedder": "builtin"})
    async with simulated(settings, clock=clock, policies=policies) as parts:
        engine = engine_of(parts, EveryPlatform(SilentClient()))
        return [await thread(engine, clock, f"t{number}", number) for number in range(threads)]


def around(took: Sequence[Sequence[float]], place: int) -> float:
    """Return the median of what the messages around a place took."""
    return statistics.median(value for one in took for value in one[place - AROUND : place + AROUND])


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=5)
    options = parser.parse_args(argv)
    took = asyncio.run(measure(options.threads))
    early, late = around(took, EARLY), around(took, LATE)
    print("| around message | CPU a message |\n|---|---|")
    for place in (EARLY, 100, 200, 300, 400, LATE):
        print(f"| {place} | {around(took, place) * 1e3:.2f} ms |")
    print(f"\nratio of {LATE} to {EARLY}: {late / early:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
