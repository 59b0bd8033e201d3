import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from knowledge.chroma import UPSERT_BATCH, ChromaIndex
from vigil_bot.errors import VectorIndexError

DIMENSIONS = 32


def unit(seed: int) -> list[float]:
    numbers = [random.Random(seed * 1000 + i).gauss(0, 1) for i in range(DIMENSIONS)]
    length = sum(x * x for x in numbers) ** 0.5
    return [x / length for x in numbers]


@pytest.fixture(params=["memory", "embedded"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ChromaIndex]:
    opened = ChromaIndex.in_memory() if request.param == "memory" else ChromaIndex.embedded(tmp_path / "chroma")
    yield opened
    await opened.close()


async def test_an_empty_index_finds_nothing(index: ChromaIndex) -> None:
    assert await index.query(unit(1), limit=5) == []
    assert await index.count() == 0


async def test_the_nearest_come_first_with_their_cosine(index: ChromaIndex) -> None:
    await index.upsert([f"e{i}" for i in range(120)], [unit(i) for i in range(120)])
    found = await index.query(unit(7), limit=3)
    assert found[0][0] == "e7"
    assert found[0][1] == pytest.approx(1.0, abs=1e-4)
    assert found[0][1] >= found[1][1] >= found[2][1]
    expected = sum(a * b for a, b in zip(unit(7), unit(int(found[1][0][1:])), strict=True))
    assert found[1][1] == pytest.approx(expected, abs=1e-4)


async def test_a_vector_of_the_same_id_is_replaced(index: ChromaIndex) -> None:
    await index.upsert(["a", "b"], [unit(1), unit(2)])
    await index.upsert(["a"], [unit(3)])
    assert await index.count() == 2
    assert (await index.query(unit(3), limit=1))[0][0] == "a"


async def test_deleting_takes_out_what_is_there_and_no_more(index: ChromaIndex) -> None:
    await index.upsert(["a", "b", "c"], [unit(1), unit(2), unit(3)])
    await index.delete(["a", "never-stored"])
    await index.delete([])
    assert await index.count() == 2
    assert {entry_id for entry_id, _ in await index.query(unit(1), limit=9)} == {"b", "c"}


async def test_clearing_makes_room_for_vectors_of_another_length(index: ChromaIndex) -> None:
    await index.upsert(["a"], [unit(1)])
    await index.clear()
    assert await index.count() == 0
    await index.upsert(["a"], [[0.6, 0.8]])
    [(entry_id, cosine)] = await index.query([1.0, 0.0], limit=1)
    assert entry_id == "a"
    assert cosine == pytest.approx(0.6, abs=1e-4)


async def test_more_than_a_batch_is_stored_while_others_ask(index: ChromaIndex) -> None:
    size = 3 * UPSERT_BATCH + 1
    async with asyncio.TaskGroup() as group:
        group.create_task(index.upsert([str(i) for i in range(size)], [unit(i) for i in range(size)]))
        asked = group.create_task(index.query(unit(1), limit=1))
    assert len(asked.result()) <= 1
    assert await index.count() == size


async def test_indexes_in_memory_know_nothing_of_each_other() -> None:
    one, other = ChromaIndex.in_memory(), ChromaIndex.in_memory()
    await one.upsert(["a"], [unit(1)])
    assert await other.count() == 0
    await one.close()
    await other.close()


async def test_what_is_stored_in_a_folder_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    for expected in (1, 2):
        index = ChromaIndex.embedded(tmp_path / "chroma")
        await index.upsert([f"e{expected}"], [unit(expected)])
        assert await index.count() == expected
        await index.close()


async def test_a_folder_is_never_opened_twice(tmp_path: Path) -> None:
    first, second = ChromaIndex.embedded(tmp_path / "chroma"), ChromaIndex.embedded(tmp_path / "chroma")
    await first.upsert(["a"], [unit(1)])
    with pytest.raises(VectorIndexError, match="open already"):
        await second.count()
    await second.close()
    await first.close()


@pytest.mark.parametrize("damage", ["not a database", "another version", "cut short"])
async def test_a_damaged_folder_says_how_to_mend_it_and_clearing_mends_it(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "chroma"
    index = ChromaIndex.embedded(folder)
    await index.upsert(["a"], [unit(1)])
    await index.close()
    _damage(folder / "chroma.sqlite3", damage)
    index = ChromaIndex.embedded(folder)
    with pytest.raises(VectorIndexError, match="vigil kb reindex") as caught:
        await index.count()
    assert str(folder) in str(caught.value)
    await index.clear()
    await index.upsert(["b"], [unit(2)])
    assert await index.count() == 1
    await index.close()


def _damage(file: Path, damage: str) -> None:
    if damage == "not a database":
        file.write_bytes(b"hello " * 1000)
    elif damage == "cut short":
        file.write_bytes(file.read_bytes()[:30_000])
    else:
        connection = sqlite3.connect(file)
        connection.execute("UPDATE migrations SET hash = 'of another version'")
        connection.commit()
        connection.close()


async def test_a_server_that_is_not_there_is_one_clear_error(free_port: int) -> None:
    index = ChromaIndex.server(f"http://127.0.0.1:{free_port}")
    with pytest.raises(VectorIndexError, match=f"127.0.0.1:{free_port}"):
        await index.query(unit(1), limit=1)
    await index.close()


async def test_the_nearest_among_some_are_those_and_no_others(index: ChromaIndex) -> None:
    await index.upsert([f"e{i}" for i in range(60)], [unit(i) for i in range(60)])
    some = [f"e{i}" for i in range(0, 60, 7)]
    found = await index.among([*some, "never-stored"], unit(7), limit=3)
    assert found[0][0] == "e7"
    assert found[0][1] == pytest.approx(1.0, abs=1e-4)
    assert len(found) == 3
    assert {entry_id for entry_id, _ in found} <= set(some)
    await index.upsert(["e7"], [unit(99)])
    await index.delete(["e0"])
    assert (await index.among(some, unit(99), limit=1))[0][0] == "e7"
    assert "e0" not in {entry_id for entry_id, _ in await index.among(some, unit(7), limit=99)}
    assert await index.among([], unit(7), limit=3) == []
