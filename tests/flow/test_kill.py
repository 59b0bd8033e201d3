"""`kill -9` at random moments of the running program, on every platform: nothing lost, nothing posted twice."""

import asyncio
import json
import os
import random
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from tests.flow.places import PLACES, REQUESTERS, Place, Said
from tests.flow.program import Program

KILLS = {"local": 8, "slack": 5, "lark": 5}  # `scripts/bench faults` kills far more often
QUESTIONS = 40  # fewer than a channel's limit for a day


def entries(path: Path) -> Path:
    lines = [
        {
            "id": f"e{n}",
            "issue": f"service svc{n} fails with error SVC-{1000 + n} after the upgrade",
            "resolution": f"Set `svc{n}.pool.size` to {n + 50} and restart svc{n}.",
        }
        for n in range(QUESTIONS)
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


async def ask_all(place: Place, dice: random.Random, asked: dict[int, Said]) -> None:
    """Ask every question once, as a client does that tries again until it has an answer."""
    while len(asked) < QUESTIONS:
        number = len(asked)
        text = f"since the upgrade svc{number} throws SVC-{1000 + number}, how do I fix it?"
        try:
            asked[number] = await place.say(REQUESTERS[number % len(REQUESTERS)], text, client_id=f"q{number}")
        except (aiohttp.ClientError, OSError, AssertionError, TimeoutError):
            await asyncio.sleep(0.1)
        else:
            await asyncio.sleep(dice.uniform(0, 0.25))


async def kill_now_and_then(program: Program, dice: random.Random, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(dice.uniform(0.05, 1.2))
        await program.kill()
        await program.start()


@pytest.mark.parametrize("name", list(PLACES))
async def test_nothing_is_lost_or_posted_twice_under_kill_9(name: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("VIGIL_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    async with PLACES[name](tmp_path / "home") as place:
        code, _, err = await place.program.vigil("kb", "import", str(entries(tmp_path / "entries.jsonl")))
        assert code == 0, err
        asked: dict[int, Said] = {}
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_all(place, dice, asked))
            await kill_now_and_then(place.program, dice, KILLS[name])

        async def all_answered() -> bool:
            return len({shown.thread for shown in await place.suggestions()}) >= QUESTIONS

        await place.program.eventually(f"an answer to every question (seed {seed})", all_answered, within_s=60)
        await asyncio.sleep(1.0)
        shown = await place.suggestions()
        assert Counter(one.thread for one in shown) == Counter(said.thread for said in asked.values()), f"seed {seed}"
        texts = {one.thread: one.text for one in shown}
        for number, said in asked.items():
            assert f"svc{number}.pool.size" in texts[said.thread], f"seed {seed}"
        assert await place.program.stop() == 0
