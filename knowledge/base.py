"""The knowledge base: entries in SQL with their words, vectors beside them, and finding across both."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from knowledge.analyze import Words, entry_words
from knowledge.audience import narrower
from knowledge.features import head_text
from knowledge.find import Finder
from knowledge.forgetting import Gone, edited_sentences, rests_on, without
from vigil_bot.errors import InputError, ModelError, NotFoundError, SettingsError, VectorIndexError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import ChangeKind, Confidence, EntryVersion, Hit, KnowledgeEntry, Viewer
from vigil_bot.ports.curation import Forgetting
from vigil_bot.ports.knowledge import Embedder, EntryStore, VectorIndex
from vigil_bot.ports.records import Transcript

SYNC_BATCH = 128
AUTO_REINDEX = 1_000  # entries; more takes long enough for a person to decide

Progress = Callable[[int], None]
_log = structlog.get_logger(__name__)


def _silent(_done: int) -> None:
    pass


class KnowledgeBase:
    """Finds entries, and keeps SQL, words and vectors in step; SQL is the truth.

    While something is wrong with the vectors, entries are found by their words.
    """

    def __init__(self, entries: EntryStore, vectors: VectorIndex, embedder: Embedder) -> None:
        self._entries = entries
        self._vectors = vectors
        self._embedder = embedder
        self._finder = Finder(entries, vectors, embedder)
        self._trouble: str | None = None

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
        return await self._finder.find(text, viewer=viewer, limit=limit, before=before, candidates=candidates)

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        """Return the current version of an entry."""
        return await self._entries.get(entry_id)

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
        stored = await self._entries.put(entry, kind=kind, by=by, why=why, at=at, words=_words(entry))
        await self._try_index([stored])
        return stored

    async def put_many(
        self, entries: Sequence[KnowledgeEntry], *, kind: ChangeKind, by: str, why: str, at: float
    ) -> int:
        """Store many, skipping those whose content is stored already; return how many changed."""
        worded = [(entry, _words(entry)) for entry in entries]
        changed = await self._entries.put_many(worded, kind=kind, by=by, why=why, at=at)
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
        await self._vectors.clear(dimensions=self._embedder.dimensions)
        await self._entries.reset_vectors(self._embedder.name)
        done = await self.sync(progress)
        self._trouble = None
        self._finder.by_vectors = True
        return done

    async def _open_vectors(self) -> None:
        made_by = await self._entries.vector_embedder()
        entries, vectors = await self._entries.count(), await self._vectors.count()
        lost = entries > 0 and vectors == 0
        if made_by == self._embedder.name and not lost:
            await self.sync()
        elif entries <= AUTO_REINDEX:
            await self.reindex()
            if entries:
                _log.info("vectors.remade", embedder=self._embedder.name, before=made_by, entries=entries)
        else:
            what = "are missing" if lost else f"were made by {made_by}, and {self._embedder.name} is in use now"
            self._report(f"The vectors of {entries} entries {what}. Run `vigil kb reindex`.")

    def _report(self, trouble: str) -> None:
        if self._trouble is None:
            _log.error("vectors.unusable", why=trouble)
        self._trouble = trouble
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was forgotten: entries removed, entries that lost words or sources, messages emptied."""

    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    messages: int = 0


class Forgetter:
    """Forgets messages and people, with all that rests on them alone, earlier versions too."""

    def __init__(self, base: KnowledgeBase, forgetting: Forgetting, transcript: Transcript) -> None:
        self._base = base
        self._forgetting = forgetting
        self._transcript = transcript

    async def person(self, author_id: str, *, workspace_id: str, by: str, at: float) -> Forgotten:
        """Forget everything that somebody wrote; doing so again changes nothing."""
        wrote = await self._forgetting.mentioning(author_id, workspace_id=workspace_id)
        done = await self.messages([(m.conversation, m.id) for m in wrote], by=by, at=at)
        return replace(done, messages=await self._forgetting.blank(wrote))

    async def messages(self, said: Iterable[tuple[ConversationRef, str]], *, by: str, at: float) -> Forgotten:
        """Forget what entries took from messages, which may be deleted already."""
        gone: dict[str, frozenset[str]] = {}
        for ref, message_id in said:
            gone[ref.key] = gone.get(ref.key, frozenset()) | {message_id}
        removed, changed = [], []
        for key in gone:
            for entry in await self._base.from_thread(key):
                if not rests_on(entry, gone):
                    await self._clean(entry, gone)
                elif await self._reduce(entry, gone, by=by, at=at):
                    changed.append(entry.id)
                else:
                    removed.append(entry.id)
        return Forgotten(removed=tuple(removed), changed=tuple(changed))

    async def _reduce(self, entry: KnowledgeEntry, gone: Gone, *, by: str, at: float) -> bool:
        """Take out of an entry what is forgotten; False if the entry went with it."""
        threads = [ConversationRef.from_key(s.thread_id) for s in entry.sources if s.thread_id is not None]
        said = [m for ref in threads for m in (await self._transcript.conversation(ref)).messages]
        kept = [m for m in said if m.id not in gone.get(m.conversation.key, ())]
        left = without(entry, gone, kept, edited_sentences(await self._base.history(entry.id)))
        if left is None:
            await self._base.erase(entry.id, self._forgetting)
            return False
        stored = await self._base.put(left, kind=ChangeKind.FORGET, by=by, why="what it rested on was deleted", at=at)
        await self._forgetting.erase_versions(entry.id, before=stored.version)
        return True

    async def _clean(self, entry: KnowledgeEntry, gone: Gone) -> None:
        """Remove the earlier versions of an entry that only today's version no longer rests on."""
        if any(rests_on(version.entry, gone) for version in await self._base.history(entry.id)):
            await self._forgetting.erase_versions(entry.id, before=entry.version)


def _words(entry: KnowledgeEntry) -> Words:
    return entry_words(
        title=entry.title,
        issue=f"{entry.issue}\n{entry.environment}",
        resolution=f"{entry.resolution}\n{entry.cause or ''}",
    )
