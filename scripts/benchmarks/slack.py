"""Slack: events a second through Socket Mode into the store, and how soon each is acknowledged, beside a bare Bolt app."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.flow.program import Program
from tests.servers.slack import FakeSlack
from tests.servers.slack_parts.bolt import listening

PEOPLE = ("rita", "ravi", "anna")
TEXTS = (
    "since the upgrade to 2.4.1 the payments pods crash with PAY-1203, how do I fix it?",
    "good morning all",
    "the registry answers 503, is anybody looking at it?",
    "thanks, that worked",
)  # half of them make the worker search for an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of one receiver; rate in events a second, the rest in seconds."""

    rate: float
    p50: float
    p95: float
    worst: float


async def measure(slack: FakeSlack, channel: str, messages: int, burst: int) -> Figures:
    """Say things in bursts, each as soon as the one before is acknowledged."""
    slack.delivery.log.clear()
    began = time.perf_counter()
    for start in range(0, messages, burst):
        for number in range(start, min(start + burst, messages)):
            slack.say(channel, PEOPLE[number % len(PEOPLE)], f"{TEXTS[number % len(TEXTS)]} ({number})")
        await slack.settled(120)
    took_s = time.perf_counter() - began
    waits = sorted(sent.ack_s for sent in slack.delivery.log if sent.acknowledged)
    return Figures(
        rate=messages / took_s, p50=waits[len(waits) // 2], p95=waits[int(len(waits) * 0.95)], worst=waits[-1]
    )


def furnished(slack: FakeSlack) -> str:
    """Return a channel with people in it."""
    return slack.add_channel("support", members=[slack.add_user(name) for name in PEOPLE])


async def bare(messages: int, burst: int) -> Figures:
    """Measure a Bolt app that only acknowledges, in this process."""
    async with FakeSlack() as slack:
        channel = furnished(slack)
        async with listening(slack):
            return await measure(slack, channel, messages, burst)


async def ours(messages: int, burst: int) -> Figures:
    """Measure the program, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeSlack() as slack:
            channel = furnished(slack)
            program = Program(
                Path(folder) / "home",
                VIGIL_SLACK_BOT_TOKEN=slack.bot_token,
                VIGIL_SLACK_APP_TOKEN=slack.app_token,
                VIGIL_SLACK_BASE_URL=slack.url,
            )
            await program.start()
            await slack.connected()
            try:
                return await measure(slack, channel, messages, burst)
            finally:
                await program.stop()


async def run(messages: int, bursts: Sequence[int]) -> None:
    """Measure both and print a table."""
    print("| burst | receiver | events/s | ack p50 ms | p95 ms | worst ms |\n|---|---|---|---|---|---|")
    for burst in bursts:
        for name, measured in (
            ("bare Bolt app", await bare(messages, burst)),
            ("vigil run", await ours(messages, burst)),
        ):
            times = " | ".join(f"{1000 * s:.0f}" for s in (measured.p50, measured.p95, measured.worst))
            print(f"| {burst} | {name} | {measured.rate:.0f} | {times} |", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(prog="bench slack", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--bursts", type=int, nargs="+", default=[1, 20, 200], help="messages said at once")
    options = parser.parse_args(argv)
    asyncio.run(run(options.messages, options.bursts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
