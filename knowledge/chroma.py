"""The vector index: Chroma in a folder or as a server, or plain memory; every blocking call in one thread of its own."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from knowledge.vectors import MemoryShelf, Shelf, Vectors
from vigil_bot.errors import VectorIndexError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from filelock import FileLock

T = TypeVar("T")

COLLECTION = "entries"
PAGE_NEAR = 500  # vectors read at once
MAX_NEAR = 20_000  # vectors kept in memory for those who may see few
UPSERT_BATCH = 50  # converting more at once would hold the event loop
SERVER_TIMEOUT_S = 15.0
REINDEX = "Run `vigil kb reindex`: the entries themselves are safe in the database."
_EF_SEARCH = 200


class ChromaIndex:
    """Nearest neighbours by cosine; opened when it is first used.

    Every method raises VectorIndexError when the index cannot be used; its hint says how to mend it.
    """

    def __init__(self, shelf: Shelf, *, timeout_s: float | None = None, inline: bool = False) -> None:
        self._shelf = shelf
        self._timeout_s = timeout_s
        self._thread = None if inline else ThreadPoolExecutor(max_workers=1, thread_name_prefix="vectors")

    @classmethod
    def embedded(cls, folder: Path) -> "ChromaIndex":
        """Keep vectors in a folder that belongs to this process alone."""
        return cls(_ChromaShelf(_Folder(folder)))

    @classmethod
    def server(cls, url: str) -> "ChromaIndex":
        """Keep vectors on a Chroma server."""
        return cls(_ChromaShelf(_Server(url)), timeout_s=SERVER_TIMEOUT_S)

    @classmethod
    def in_memory(cls) -> "ChromaIndex":
        """Keep vectors in memory, each instance its own: exact, and quick up to some ten thousand."""
        return cls(MemoryShelf(), inline=True)

    async def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors, replacing those of the same ids."""
        for start in range(0, len(ids), UPSERT_BATCH):
            end = start + UPSERT_BATCH
            await self._call(partial(self._shelf.upsert, list(ids[start:end]), list(vectors[start:end])))

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; unknown ids are no error."""
        if ids:
            await self._call(partial(self._shelf.delete, list(ids)))

    async def query(self, vector: Sequence[float], *, limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest, best first."""
        return await self._call(partial(self._shelf.query, vector, limit))

    async def among(self, ids: Sequence[str], vector: Sequence[float], *, limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest of these ids, best first; exact."""
        return await self._call(partial(self._shelf.among, ids, vector, limit))

    async def get(self, ids: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """Return the vectors of those ids that there are."""
        return await self._call(partial(self._shelf.get, list(ids)))

    async def ids(self) -> set[str]:
        """Return the ids of all vectors."""
        return await self._call(self._shelf.ids)

    async def clear(self) -> None:
        """Start anew, for vectors of whatever length; mends a folder that cannot be opened."""
        await self._run(self._shelf.clear)

    async def count(self) -> int:
        """Return how many vectors there are."""
        return await self._call(self._shelf.count)

    async def close(self) -> None:
        """Let go of the folder or the server."""
        await self._run(self._shelf.close)
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], T]) -> T:
        def opened() -> T:
            self._shelf.open()
            return work()

        return await self._run(opened)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            return work()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError as error:
            raise VectorIndexError(f"The Chroma server did not answer within {self._timeout_s:.0f} s.") from error


class _Place(Protocol):
    """Where Chroma keeps its data."""

    def connect(self) -> "ClientAPI": ...

    def error(self, cause: Exception) -> VectorIndexError: ...

    def wipe(self) -> None: ...

    def close(self) -> None: ...


class _ChromaShelf:
    def __init__(self, place: _Place) -> None:
        self._place = place
        self._near = MemoryShelf()  # vectors that few people may see, as they were asked for
        self._client: ClientAPI | None = None
        self._entries: Collection | None = None

    def open(self) -> None:
        if self._entries is None:
            self._guarded(self._open)

    def upsert(self, ids: list[str], vectors: list[Sequence[float]]) -> None:
        self._guarded(lambda: self._collection.upsert(ids=ids, embeddings=vectors))
        self._near.delete(ids)

    def delete(self, ids: list[str]) -> None:
        self._guarded(lambda: self._collection.delete(ids=ids))
        self._near.delete(ids)

    def among(self, ids: Sequence[str], vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """Compare with each: Chroma takes longer to filter than to find, the more so the fewer may be seen."""
        if self._near.count() + len(ids) > MAX_NEAR:
            self._near.close()
        unknown = self._near.without(ids)
        for start in range(0, len(unknown), PAGE_NEAR):
            found = self.get(unknown[start : start + PAGE_NEAR])
            self._near.upsert(list(found), list(found.values()))
        return self._near.among(ids, vector, limit)

    def query(self, vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        def ask() -> list[tuple[str, float]]:
            found = self._collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            return [(i, 1.0 - distance) for i, distance in zip(found["ids"][0], distances, strict=True)]

        return self._guarded(ask)

    def get(self, ids: list[str]) -> dict[str, Sequence[float]]:
        def ask() -> dict[str, Sequence[float]]:
            found = self._collection.get(ids=ids, include=["embeddings"])
            return dict(zip(found["ids"], () if (v := found["embeddings"]) is None else v, strict=True))

        return self._guarded(ask)

    def ids(self) -> set[str]:
        return set(self._guarded(lambda: self._collection.get(include=[])["ids"]))

    def clear(self) -> None:
        try:
            self.open()
            self._guarded(self._drop)
        except VectorIndexError:
            self._disconnect()
            self._place.wipe()
        self._entries = None
        self._near.close()
        self.open()

    def count(self) -> int:
        return self._guarded(self._collection.count)

    def close(self) -> None:
        self._disconnect()
        self._place.close()

    @property
    def _collection(self) -> "Collection":
        if self._entries is None:
            raise VectorIndexError("The vector index is closed.")
        return self._entries

    def _open(self) -> None:
        self._client = self._client or self._place.connect()
        self._entries = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": _EF_SEARCH}}
        )

    def _drop(self) -> None:
        if self._client is not None:
            self._client.delete_collection(COLLECTION)

    def _disconnect(self) -> None:
        client, self._client, self._entries = self._client, None, None
        if client is not None:
            from chromadb.api.client import Client  # noqa: PLC0415

            assert isinstance(client, Client)  # noqa: S101 -- for the type checker: the base class does not say how to close
            client.close()

    def _guarded(self, work: Callable[[], T]) -> T:
        """Translate what Chroma and its transport raise, here and nowhere else."""
        from chromadb.errors import ChromaError  # noqa: PLC0415 -- chromadb takes more than a second to import
        from httpx import HTTPError  # noqa: PLC0415

        try:
            return work()
        except (ChromaError, HTTPError, ValueError, OSError, RuntimeError) as error:
            raise self._place.error(error) from error


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: FileLock | None = None

    def connect(self) -> "ClientAPI":
        import chromadb  # noqa: PLC0415
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415
        from chromadb.config import Settings  # noqa: PLC0415

        self._own()
        with contextlib.ExitStack() as failed:
            failed.callback(SharedSystemClient.clear_system_cache)  # Chroma would hand out what did not start
            client = chromadb.PersistentClient(str(self._folder), settings=Settings(anonymized_telemetry=False))
            failed.pop_all()
        return client

    def error(self, cause: Exception) -> VectorIndexError:
        why = type(cause).__name__
        return VectorIndexError(f"The vector index in {self._folder} cannot be used ({why}).", hint=REINDEX)

    def wipe(self) -> None:
        try:
            shutil.rmtree(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise VectorIndexError(f"The folder {self._folder} cannot be emptied ({error.strerror}).") from error

    def close(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _own(self) -> None:
        """Take the folder: two writers would corrupt it without a word."""
        from filelock import FileLock, Timeout  # noqa: PLC0415

        if self._lock is not None:
            return
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder.with_name(self._folder.name + ".lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            hint = "Stop the other one, or run a Chroma server and set VIGIL_CHROMA_URL."
            raise VectorIndexError(f"The vector index in {self._folder} is open already.", hint=hint) from error
        self._lock = lock


class _Server:
    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def connect(self) -> "ClientAPI":
        import chromadb  # noqa: PLC0415
        from chromadb.config import Settings  # noqa: PLC0415

        secure = self._url.scheme == "https"
        port = self._url.port or (443 if secure else 8000)
        host = self._url.hostname or "localhost"
        return chromadb.HttpClient(host=host, port=port, ssl=secure, settings=Settings(anonymized_telemetry=False))

    def error(self, cause: Exception) -> VectorIndexError:
        where = f"{self._url.hostname}:{self._url.port}"
        hint = "See that it runs (VIGIL_CHROMA_URL), then run `vigil kb reindex` if it is another server than before."
        return VectorIndexError(f"The Chroma server at {where} cannot be used ({type(cause).__name__}).", hint=hint)

    def wipe(self) -> None:
        """Do nothing: a server looks after its own data."""

    def close(self) -> None:
        """Do nothing."""
