"""The knowledge base: entries in SQL with their words, vectors beside them, and finding across both."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from knowledge.audience import narrower
from knowledge.check import check_vectors
from knowledge.features import head_text, words_of
from knowledge.find import Finder
from knowledge.telling import told_apart
from vigil_bot.errors import InputError, ModelError, NotFoundError, SettingsError, VectorIndexError
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, Hit, KnowledgeEntry, Viewer
from vigil_bot.ports.curation import Forgetting
from vigil_bot.ports.knowledge import Embedder, EntryStore, VectorCheck, VectorIndex

SYNC_BATCH = 128
AGAIN_S = 60.0  # seconds until vectors that could not be used are tried again
AUTO_REINDEX = 1_000  # entries; more takes long enough for a person to decide

Progress = Callable[[int], None]
_log = structlog.get_logger(__name__)


def _silent(_done: int) -> None:
    pass


class KnowledgeBase:
    """Finds entries, and keeps SQL, words and vectors in step; SQL is the truth.

    While something is wrong with the vectors, entries are found by their words.
    """

    def __init__(
        self, entries: EntryStore, vectors: VectorIndex, embedder: Embedder, *, again_s: float = AGAIN_S
    ) -> None:
        self._entries = entries
        self._vectors = vectors
        self._embedder = embedder
        self._finder = Finder(entries, vectors, embedder)
        self._trouble: str | None = None
        self._again_s = again_s
        self._again_at = 0.0  # by the loop's clock

    @property
    def trouble(self) -> str | None:
        """What is wrong with the vectors, in one line with the mend; None while all is well."""
        return self._trouble

    @property
    def embedder(self) -> str:
        """The name of what makes the vectors."""
        return self._embedder.name

    async def open(self) -> None:
        """See that the vectors are there and the embedder's own, and make what a crash left out."""
        try:
            await self._open_vectors()
        except (VectorIndexError, ModelError, SettingsError) as error:
            self._report(str(error))

    async def find(
        self,
        text: str,
        *,
        viewer: Viewer | None,
        limit: int = 5,
        before: float | None = None,
        candidates: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return entries about the text, best first; with candidates, exactly those of them that may be seen."""
        await self._open_again()
        return await self._finder.find(text, viewer=viewer, limit=limit, before=before, candidates=candidates)

    def told_apart(self, question: str, hits: Sequence[Hit], around: Sequence[str]) -> list[Hit]:
        """Return hits with the scores that they have left when chance is taken away; their order stays."""
        return told_apart(question, hits, around, embedder=self.embedder)

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        return await self._entries.get(entry_id)

    async def load(self, entry_ids: Sequence[str]) -> list[KnowledgeEntry]:
        """Return those of the entries that there are."""
        return await self._entries.load(entry_ids)

    async def entries(
        self, *, after_id: str = "", limit: int = 500, confidence: Confidence | None = None
    ) -> list[KnowledgeEntry]:
        """Return entries in the order of their ids, after this id."""
        return await self._entries.entries(after_id=after_id, limit=limit, confidence=confidence)

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        """Return the entries that have this thread as a source."""
        return await self._entries.from_thread(conversation)

    async def history(self, entry_id: str) -> list[EntryVersion]:
        """Return all versions, oldest first."""
        return await self._entries.history(entry_id)

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        """Store an entry as a new version, in SQL first, then in the vectors; what fails there is made up for later."""
        stored = await self._entries.put(entry, kind=kind, by=by, why=why, at=at, words=words_of(entry))
        await self._try_index([stored])
        return stored

    async def put_many(
        self, entries: Sequence[KnowledgeEntry], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many, skipping those whose content is stored already; return how many changed."""
        worded = [(entry, words_of(entry)) for entry in entries]
        return await self._many(await self._entries.put_many(worded, kind=kind, by=by, why=why, at=at))

    async def restore(
        self, entries: Sequence[tuple[KnowledgeEntry, Sequence[EntryVersion]]], *, by: str, why: str, at: float
    ) -> int:
        """Store entries with those of their versions that are missing; return how many changed."""
        worded = [(entry, versions, words_of(entry)) for entry, versions in entries]
        return await self._many(await self._entries.restore(worded, by=by, why=why, at=at))

    async def _many(self, changed: int) -> int:
        """Make the vectors of what was stored in one go."""
        self._finder.forget_frequencies()
        if changed and self._trouble is None:
            try:
                await self.sync()
            except (VectorIndexError, ModelError, SettingsError) as error:
                self._report(str(error))
        return changed

    async def archive(self, entry_id: str, *, by: str, why: str, at: float) -> KnowledgeEntry:
        """Take an entry out of use, as a new version. Raises NotFoundError."""
        entry = replace(await self._existing(entry_id), confidence=Confidence.ARCHIVED, updated_at=at)
        return await self.put(entry, kind=ChangeKind.ARCHIVE, by=by, why=why, at=at)

    async def revert(self, entry_id: str, to_version: int, *, by: str, at: float) -> KnowledgeEntry:
        """Make an earlier version the newest, as a new version, for nobody who may not see the present one.

        Raises:
            NotFoundError: If there is no such version. InputError: If nobody may see both.
        """
        current = await self._existing(entry_id)
        for version in await self._entries.history(entry_id):
            if version.entry.version == to_version:
                audience = narrower(current.audience, version.entry.audience)
                if audience is None:
                    raise InputError("Nobody may see both that version and the present one.")
                entry = replace(version.entry, version=current.version, audience=audience, updated_at=at)
                return await self.put(entry, kind=ChangeKind.REVERT, by=by, why=f"back to version {to_version}", at=at)
        raise NotFoundError(f"Entry {entry_id!r} has no version {to_version}.", hint="`vigil kb history` shows them.")

    async def erase(self, entry_id: str, forgetting: Forgetting) -> None:
        """Remove an entry for good; a vector that a crash leaves behind leads nowhere."""
        await forgetting.erase(entry_id)
        try:
            await self._vectors.delete([entry_id])
        except VectorIndexError as error:
            _log.warning("vectors.postponed", entries=1, why=str(error))

    async def sync(self, progress: Progress = _silent) -> int:
        """Make the vectors that are missing; return how many. Raises VectorIndexError, ModelError."""
        done = 0
        while pending := await self._entries.pending_vectors(limit=SYNC_BATCH):
            await self._index(pending)
            done += len(pending)
            progress(done)
        return done

    async def reindex(self, progress: Progress = _silent) -> int:
        """Make all vectors anew, whatever was there; return how many. Raises VectorIndexError, ModelError."""
        await self._vectors.clear()
        await self._entries.reset_vectors(self._embedder.name)
        done = await self.sync(progress)
        self._mended()
        return done

    async def check(self) -> VectorCheck:
        """Compare all entries with their vectors, and put right what differs. Raises VectorIndexError, ModelError."""
        if self._trouble is not None:
            await self.open()
        if self._trouble is not None:
            made = await self.reindex()
            return VectorCheck(entries=made, made=made)
        checked = await check_vectors(self._entries, self._vectors, self._embedder)
        await self.sync()
        return checked

    async def _open_again(self) -> None:
        """Now and then, see whether what was wrong with the vectors has passed."""
        now = asyncio.get_running_loop().time()
        if self._trouble is not None and now >= self._again_at:
            self._again_at = now + self._again_s
            await self.open()

    async def _open_vectors(self) -> None:
        made_by = await self._entries.vector_embedder()
        entries, vectors = await self._entries.count(), await self._vectors.count()
        lost = entries > 0 and vectors == 0
        if made_by == self._embedder.name and not lost:
            await self.sync()
            self._mended()
        elif entries <= AUTO_REINDEX:
            await self.reindex()
            if entries:
                _log.info("vectors.remade", embedder=self._embedder.name, before=made_by, entries=entries)
        else:
            what = "are missing" if lost else f"were made by {made_by}, and {self._embedder.name} is in use now"
            self._report(f"The vectors of {entries} entries {what}. Run `vigil kb reindex`.")

    def _mended(self) -> None:
        if self._trouble is not None:
            _log.info("vectors.usable")
        self._trouble = None
        self._finder.by_vectors = True

    def _report(self, trouble: str) -> None:
        if self._trouble is None:
            _log.error("vectors.unusable", why=trouble)
        self._trouble = trouble
        self._again_at = asyncio.get_running_loop().time() + self._again_s
        self._finder.by_vectors = False

    async def _existing(self, entry_id: str) -> KnowledgeEntry:
        entry = await self._entries.get(entry_id)
        if entry is None:
            raise NotFoundError(f"There is no entry {entry_id!r}.", hint="`vigil kb list` shows them.")
        return entry

    async def _try_index(self, entries: Sequence[KnowledgeEntry]) -> None:
        if self._trouble is not None:
            return
        try:
            await self._index(entries)
        except (VectorIndexError, ModelError, SettingsError) as error:
            _log.warning("vectors.postponed", entries=len(entries), why=str(error))

    async def _index(self, entries: Sequence[KnowledgeEntry]) -> None:
        usable = [entry for entry in entries if entry.usable]
        vectors = await self._embedder.embed([head_text(entry) for entry in usable])
        await self._vectors.upsert([entry.id for entry in usable], vectors)
        await self._vectors.delete([entry.id for entry in entries if not entry.usable])
        await self._entries.vectors_stored(entries)
