"""Measure the store: how many messages a second it makes durable, and what one message costs in a simulation."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from adapters.store.store import Store
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Author, ConversationRef, Message
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.work import Outcome, Timer, TimerKind, Turn

BATCHES = (1, 10, 100)  # as many messages as arrive during one disk sync
THREAD_LENGTH = 10
TEXT = "The worker pod does not start: CrashLoopBackOff, exit code 137, since the update to 2.4.1. What can I do? "


def message(number: int) -> MessagePosted:
    """Return the message of this number; every ten of them make a thread."""
    ref = ConversationRef(
        platform="bench", workspace_id="T1", channel_id=f"C{number % 7}", thread_id=str(number // THREAD_LENGTH)
    )
    author = Author(id=f"u{number % 5}")
    return MessagePosted(
        message=Message(id=str(number), conversation=ref, author=author, text=TEXT * 3, sent_at=1e9 + number)
    )


async def durable_rate(folder: Path, batch: int, messages: int) -> float:
    """Return messages a second, each on disk before the next batch begins."""
    store = await Store.open(f"sqlite:///{folder / f'batch-{batch}.db'}")
    events = [message(number) for number in range(messages)]
    began = time.perf_counter()
    for start in range(0, messages, batch):
        await store.queue.append(events[start : start + batch], now=1e9)
    took_s = time.perf_counter() - began
    await store.close()
    return messages / took_s


async def simulated_costs(messages: int) -> dict[str, float]:
    """Return the processor time of each step of a message's way, in microseconds, in memory and in one thread."""
    store = await Store.open("sqlite://", inline=True, durable=False)
    spent = dict.fromkeys(("append", "claim", "load", "commit", "release"), 0.0)
    for number in range(messages):
        now, mark = 1e9 + number, time.thread_time()

        def step(name: str) -> None:
            nonlocal mark
            spent[name] += time.thread_time() - mark
            mark = time.thread_time()

        await store.queue.append([message(number)], now=now)
        step("append")
        [turn] = await store.queue.claim(owner="bench", now=now, ttl_s=30, limit=8)
        step("claim")
        state = await store.threads.load(turn.conversation, now=now)
        step("load")
        outcome = outcome_of(turn, version=state.case.version if state.case else 0, now=now)
        mark = time.thread_time()
        await store.queue.commit(turn, outcome, now=now)
        step("commit")
        await store.queue.release(turn, now=now)
        step("release")
    await store.close()
    return {name: 1e6 * spent_s / messages for name, spent_s in spent.items()}


def outcome_of(turn: Turn, *, version: int, now: float) -> Outcome:
    """Return what a message of chatter in an open case changes: the case, a timer, a receipt."""
    key, said = turn.conversation.key, turn.events[0]
    receipt = DecisionRecord(
        id=f"{key}#{turn.event_ids[0]}",
        conversation=key,
        message_id=said.message.id if isinstance(said, MessagePosted) else "",
        at=now,
        decision=Abstain(reason=Reason.NOT_A_REQUEST),
        signals=Signals(intent=Intent.CHATTER),
    )
    return Outcome(
        case=Case(conversation=key, state=CaseState.OPEN, opened_at=now, changed_at=now, version=version),
        decisions=(receipt,),
        timers=(Timer(kind=TimerKind.NUDGE, due_at=now + 1e6),),
    )


async def measure(messages: int) -> None:
    """Measure and print."""
    print(f"{'durable append, batches of':<32}{'messages/s':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for batch in BATCHES:
            rate = await durable_rate(Path(folder), batch, messages)
            print(f"{batch:<32}{rate:>12,.0f}")
    costs = await simulated_costs(messages)
    print(f"\n{'in memory, per message':<32}{'µs':>12}")
    for name, cost in costs.items():
        print(f"{name:<32}{cost:>12,.0f}")
    print(f"{'sum':<32}{sum(costs.values()):>12,.0f}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000, help="how many messages each figure is taken over")
    asyncio.run(measure(parser.parse_args(argv).messages))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
