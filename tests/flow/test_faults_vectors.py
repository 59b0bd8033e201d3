"""What storms found about entries and their vectors, each in a test of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.check import check_vectors
from knowledge.chroma import ChromaIndex
from knowledge.vectors import MemoryShelf
from tests.fakes.world import ENTRY, QUESTION
from vigil_bot.errors import VectorIndexError
from vigil_bot.model.knowledge import ChangeKind
from vigil_bot.ports.knowledge import VectorCheck


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await Store.open("sqlite://", inline=True, durable=False)
    yield opened
    await opened.close()


class Server(MemoryShelf):
    """Vectors on a server that can be away."""

    away = False

    def open(self) -> None:
        if self.away:
            raise VectorIndexError("The server is away.")


async def test_vectors_are_used_again_once_their_server_is_back(store: Store) -> None:
    server = Server()
    server.away = True
    base = KnowledgeBase(store.entries, ChromaIndex(server, inline=True), BuiltinEmbedder(), again_s=0.0)
    await base.open()
    await base.put(ENTRY, kind=ChangeKind.ADD, by="test", why="", at=1.0)
    assert base.trouble is not None
    assert [hit.entry.id for hit in await base.find(QUESTION, viewer=None)] == [ENTRY.id]

    server.away = False
    assert [hit.entry.id for hit in await base.find(QUESTION, viewer=None)] == [ENTRY.id]
    assert base.trouble is None
    assert server.count() == 1


async def test_checking_makes_replaces_and_removes_vectors(store: Store) -> None:
    shelf = Server()
    base = KnowledgeBase(store.entries, ChromaIndex(shelf, inline=True), BuiltinEmbedder())
    await base.open()
    for number in range(3):
        entry = replace(ENTRY, id=f"e{number}", issue=f"{ENTRY.issue} {number}")
        await base.put(entry, kind=ChangeKind.ADD, by="test", why="", at=1.0)
    assert await base.check() == VectorCheck(entries=3)

    shelf.delete(["e0"])
    shelf.upsert(["e1", "stray"], [shelf.get(["e2"])["e2"]] * 2)
    (other,) = await BuiltinEmbedder().embed(["something else altogether"])
    shelf.upsert(["e2"], [other])
    assert await base.check() == VectorCheck(entries=3, made=1, replaced=2, removed=1)
    assert await base.check() == VectorCheck(entries=3)
    assert shelf.ids() == {"e0", "e1", "e2"}


class Meanwhile(BuiltinEmbedder):
    """An embedder that takes its time: once, something else happens while it works."""

    def __init__(self, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._happens: list[Callable[[], Awaitable[object]]] = [happens]

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        made = await super().embed(texts)
        while self._happens:
            await self._happens.pop()()
        return made


@pytest.mark.parametrize("archived", [False, True])
async def test_what_changes_while_it_is_checked_has_its_own_vector_afterwards(store: Store, *, archived: bool) -> None:
    shelf = Server()
    index = ChromaIndex(shelf, inline=True)
    base = KnowledgeBase(store.entries, index, BuiltinEmbedder())
    await base.open()
    stored = await base.put(ENTRY, kind=ChangeKind.ADD, by="test", why="", at=1.0)
    shelf.delete([ENTRY.id])

    async def change() -> None:
        if archived:
            await base.archive(ENTRY.id, by="test", why="", at=2.0)
        else:
            other = replace(stored, issue="something else altogether")
            await base.put(other, kind=ChangeKind.UPDATE, by="test", why="", at=2.0)

    await check_vectors(store.entries, index, Meanwhile(change))
    assert await base.check() == VectorCheck(entries=0 if archived else 1)
