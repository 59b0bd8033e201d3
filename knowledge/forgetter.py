"""Forgets messages and people, with what rests on them alone."""

from collections.abc import Iterable
from dataclasses import replace

from knowledge.base import KnowledgeBase
from knowledge.curation import freed
from knowledge.forgetting import Gone, edited_sentences, rests_on, without
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.review import Forgotten
from vigil_bot.ports.curation import Forgetting
from vigil_bot.ports.records import Transcript


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
        told = [e for e in await self._forgetting.taught(author_id) if e.audience.workspace in (workspace_id, "*")]
        for entry in told:
            await self._free(entry, by=by, at=at)
            await self._base.erase(entry.id, self._forgetting)
        done = replace(done, removed=(*done.removed, *(entry.id for entry in told)))
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
            await self._free(entry, by=by, at=at)
            await self._base.erase(entry.id, self._forgetting)
            return False
        stored = await self._base.put(left, kind=ChangeKind.FORGET, by=by, why="what it rested on was deleted", at=at)
        await self._forgetting.erase_versions(entry.id, before=stored.version)
        return True

    async def _free(self, entry: KnowledgeEntry, *, by: str, at: float) -> None:
        """Let go what waits only because an entry that goes contradicted it."""
        for other_id in entry.contradicts:
            other = await self._base.get(other_id)
            if other is not None and entry.id in other.contradicts:
                why = f"{entry.id} was forgotten"
                await self._base.put(freed(other, entry.id), kind=ChangeKind.APPROVE, by=by, why=why, at=at)

    async def _clean(self, entry: KnowledgeEntry, gone: Gone) -> None:
        """Remove the earlier versions of an entry that only today's version no longer rests on."""
        if any(rests_on(version.entry, gone) for version in await self._base.history(entry.id)):
            await self._forgetting.erase_versions(entry.id, before=entry.version)
