"""The store in the two ways in which it is used."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.store.store import Store
from vigil_bot.ports.work import WorkQueue


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made once."""
    path = tmp_path_factory.mktemp("new") / "vigil.db"

    async def make() -> None:
        await (await Store.open(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture(params=["file", "memory"])
async def store(request: pytest.FixtureRequest, new_file: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A durable file behind its thread, and a database in memory in the caller's thread."""
    if request.param == "file":
        path = shutil.copy(new_file, tmp_path / "vigil.db")
        opened = await Store.open(f"sqlite:///{path}")
    else:
        opened = await Store.open("sqlite://", inline=True, durable=False)
    yield opened
    await opened.close()


@pytest.fixture
def queue(store: Store) -> WorkQueue:
    return store.queue
