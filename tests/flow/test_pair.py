"""Entries and vectors after crashes, power cuts and full disks: `vigil kb check` finds them consistent, or puts them right."""

import asyncio
import json
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.flow.places import CHANNEL
from tests.flow.program import Program

BATCH = 40
SEED = int(os.environ.get("VIGIL_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


def entries(begin: int, *, words: str = "") -> list[dict[str, str]]:
    return [
        {
            "id": f"e{n}",
            "issue": f"service svc{n} fails with error SVC-{1000 + n} {words}",
            "resolution": f"Set `svc{n}.pool.size` to {n}.",
        }
        for n in range(begin, begin + BATCH)
    ]


async def operate(program: Program, name: str, body: dict[str, object]) -> None:
    await program.call("POST", f"/api/operations/{name}", body)


async def case(program: Program, number: int) -> None:
    """A case that teaches something."""
    asked = await program.say(CHANNEL, "rita", "requester", f"the frobnicator FR-{number} crashes since today, help?")
    thread = asked["id"]
    await program.say(CHANNEL, "anna", "analyst", f"Set `fr{number}.size` to {number} and restart it.", thread=thread)
    await program.say(CHANNEL, "rita", "requester", "That fixed it, thank you!", thread=thread)


async def change_much(program: Program, dice: random.Random, begin: int = 0) -> list[str]:
    """Import, edit, archive, distill and reindex, until the program is gone; return what it refused."""
    number, refused = begin, list[str]()
    while True:
        number += BATCH
        try:
            await operate(program, "kb.import", {"entries": entries(number), "why": "test"})
            await operate(program, "kb.import", {"entries": entries(number, words="once more"), "why": "test"})
            await operate(program, "kb.archive", {"id": f"e{number + dice.randrange(BATCH)}"})
            await case(program, number)
            await operate(program, dice.choice(("distill", "kb.reindex")), {})
        except (aiohttp.ClientError, OSError):
            return refused
        except AssertionError as error:
            refused.append(str(error))
            await asyncio.sleep(0.02)


async def checked(program: Program) -> dict[str, int]:
    """Check twice: what the first put right, the second must find right."""
    code, out, err = await program.vigil("kb", "check", "--json")
    assert code == 0, (err, SEED)
    first: dict[str, int] = json.loads(out)
    _, out, _ = await program.vigil("kb", "check", "--json")
    assert json.loads(out) == {"entries": first["entries"], "made": 0, "replaced": 0, "removed": 0}, SEED
    return first


async def test_killed_while_much_is_changed_they_agree_afterwards(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    dice, program = random.Random(SEED), Program(tmp_path / "home")
    async with program.running():
        for kill in range(4):
            await program.channel(CHANNEL)
            await killed_at_work(program, dice, begin=kill * 1000, after_s=dice.uniform(0.1, 1.5))
            await program.start()
        assert (await checked(program))["entries"] > 0


async def killed_at_work(program: Program, dice: random.Random, *, begin: int = 0, after_s: float) -> list[str]:
    """Kill it while much is changed; return what it had refused before."""
    async with asyncio.TaskGroup() as group:
        changing = group.create_task(change_much(program, dice, begin))
        await asyncio.sleep(after_s)
        await program.kill()
    return changing.result()


async def test_after_a_disk_that_takes_no_more_they_agree(tmp_path: Path) -> None:
    dice, program = random.Random(SEED), Program(tmp_path / "home")
    try:
        await program.start(before=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (900_000, 900_000)))
        await program.channel(CHANNEL)
        refused = await killed_at_work(program, dice, after_s=4.0)
        assert "Is it full" in " ".join(refused), refused[:3]
        await program.start()
        assert (await checked(program))["entries"] > 0
    finally:
        await program.close()


@contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Callable[[str], object]]:
    """Make a folder a file system of its own, of which one can change the size; skip where that is not allowed."""
    folder.mkdir()
    mount, unmount = shutil.which("mount") or "mount", shutil.which("umount") or "umount"
    try:
        made = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield lambda size: subprocess.run([mount, "-o", f"remount,size={size}", folder], check=True)
    finally:
        subprocess.run([unmount, folder], check=True)


async def test_after_a_full_file_system_they_agree(tmp_path: Path) -> None:
    dice, program = random.Random(SEED), Program(tmp_path / "home")
    with small_disk(program.home, size="5m") as resize:
        async with program.running():
            await program.channel(CHANNEL)
            refused = await killed_at_work(program, dice, after_s=6.0)
            assert "full" in " ".join(refused), refused[:3]
            resize("200m")
            await program.start()
            assert (await checked(program))["entries"] > 0


async def test_what_chroma_lost_in_a_power_cut_is_made_again(tmp_path: Path) -> None:
    """A power cut takes what the index wrote last and the database keeps: the same as an older folder of vectors."""
    program, folder = Program(tmp_path / "home"), tmp_path / "home" / "chroma"
    await program.start()
    await operate(program, "kb.import", {"entries": entries(0), "why": "test"})
    assert await program.stop() == 0
    shutil.copytree(folder, tmp_path / "older")
    await program.start()
    await operate(program, "kb.import", {"entries": entries(0, words="in another way"), "why": "test"})
    await operate(program, "kb.import", {"entries": entries(BATCH), "why": "test"})
    await operate(program, "kb.archive", {"id": "e1"})
    await program.kill()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)

    await program.start()
    found = await checked(program)
    assert found == {"entries": 2 * BATCH - 1, "made": BATCH, "replaced": BATCH - 1, "removed": 1}
    code, out, _ = await program.vigil("kb", "check")
    assert (code, out.strip()) == (0, f"{2 * BATCH - 1} entries: every vector is right")
    assert await program.stop() == 0


def spoiled(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 500)


def gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("harm", [spoiled, gone])
async def test_vectors_that_were_spoiled_or_removed_are_made_again(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    program, folder = Program(tmp_path / "home"), tmp_path / "home" / "chroma"
    (tmp_path / "entries.jsonl").write_text("\n".join(map(json.dumps, entries(0))))
    code, _, err = await program.vigil("kb", "import", str(tmp_path / "entries.jsonl"))
    assert code == 0, err
    harm(folder)

    assert (await checked(program))["entries"] == BATCH
    _, out, _ = await program.vigil("kb", "search", "SVC-1007", "--json")
    assert json.loads(out)["hits"][0]["entry_id"] == "e7"
