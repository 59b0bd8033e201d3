"""`kill -9` at random moments of the running program: nothing lost, nothing posted twice."""

import asyncio
import json
import os
import random
from collections import Counter
from pathlib import Path

import aiohttp

from tests.flow.program import Program

KILLS = 8
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


async def ask(program: Program, number: int, posted: dict[int, dict[str, str]]) -> None:
    """Post one question, as a client does that tries again until it has an answer."""
    text = f"since the upgrade svc{number} throws SVC-{1000 + number}, how do I fix it?"
    while number not in posted:
        try:
            posted[number] = await program.say("c", f"user{number}", "requester", text, client_id=f"q{number}")
        except (aiohttp.ClientError, OSError, AssertionError, TimeoutError):
            await asyncio.sleep(0.1)


async def kill_now_and_then(program: Program, dice: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.05, 1.2))
        await program.kill()
        await program.start()


async def nothing_lost_nothing_twice(program: Program, tmp_path: Path, dice: random.Random, seed: int) -> None:
    await program.start()
    await program.channel("c")
    code, _, err = await program.vigil("kb", "import", str(entries(tmp_path / "entries.jsonl")))
    assert code == 0, err

    posted: dict[int, dict[str, str]] = {}

    async def ask_all() -> None:
        for number in range(QUESTIONS):
            await ask(program, number, posted)
            await asyncio.sleep(dice.uniform(0, 0.25))

    async with asyncio.TaskGroup() as group:
        group.create_task(ask_all())
        await kill_now_and_then(program, dice)

    async def all_answered() -> bool:
        messages = await program.messages("c")
        return len({m["thread_id"] for m in messages if m["kind"] == "bot"}) >= QUESTIONS

    await program.eventually(f"an answer to every question (seed {seed})", all_answered, within_s=60)
    messages = await program.messages("c")
    asked = Counter(m["author"] for m in messages if m["kind"] == "human")
    answers = Counter(m["thread_id"] for m in messages if m["kind"] == "bot")
    texts = {m["thread_id"]: m["text"] for m in messages if m["kind"] == "bot"}
    assert set(asked.values()) == {1}, f"seed {seed}"
    assert len(asked) == QUESTIONS
    assert set(answers.values()) == {1}, f"seed {seed}"
    for number, message in posted.items():
        assert f"svc{number}.pool.size" in texts[message["thread_id"]], f"seed {seed}"


async def test_nothing_is_lost_or_posted_twice_under_kill_9(tmp_path: Path) -> None:
    seed = int(os.environ.get("VIGIL_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    dice = random.Random(seed)
    print(f"seed {seed}")
    program = Program(tmp_path / "home", VIGIL_DEFAULT_MODE="on")
    try:
        await nothing_lost_nothing_twice(program, tmp_path, dice, seed)
    finally:
        assert await program.stop() == 0
