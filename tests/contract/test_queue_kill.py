"""`kill -9` at any moment: what was acknowledged is there."""

import random
import subprocess
import sys
from pathlib import Path

from adapters.store.store import Store
from tests.contract.samples import NOW

ROOT = Path(__file__).parents[2]
KILLS = 5
APPEND = """
import asyncio, sys
from adapters.store.store import Store
from tests.contract.samples import CHANNEL, NOW, posted
from dataclasses import replace

async def main(url, start):
    store = await Store.open(url)
    for n in range(start, start + 100_000, 3):
        events = [posted(f"m{i}", ref=replace(CHANNEL, thread_id=f"t{i % 7}")) for i in range(n, n + 3)]
        await store.queue.append(events, now=NOW)
        for event in events:
            print(event.message.id, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def append_until_killed(url: str, start: int, acknowledged: int) -> list[str]:
    """Store events in another process, kill it after so many acknowledgements, and return all that were given."""
    with subprocess.Popen(
        [sys.executable, "-c", APPEND, url, str(start)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        lines += writer.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def test_every_acknowledged_event_survives_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigil.db'}"
    chance = random.Random(7)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        acknowledged += append_until_killed(url, kill * 100_000, chance.randrange(1, 60))

    store = await Store.open(url)
    turns = await store.queue.claim(owner="a", now=NOW, ttl_s=30, limit=10)
    pending = [event.message.id for turn in turns for event in turn.events]  # type: ignore[union-attr]
    said = [m.id async for c in await store.transcript.conversations() for m in c.messages]
    await store.close()

    assert len(acknowledged) >= KILLS
    assert set(acknowledged) <= set(pending)
    assert sorted(pending) == sorted(said)
    assert len(pending) == len(set(pending))
