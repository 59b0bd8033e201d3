"""Transcript, cases and knowledge base in memory, for tests of what lies between them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from knowledge.sentences import overlap, terms
from vigil_bot.errors import StaleCase
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Conversation, ConversationRef, Message, Role
from vigil_bot.model.knowledge import ChangeKind, EntryVersion, Hit, KnowledgeEntry, Viewer


class MemoryTranscript:
    """Threads by key."""

    def __init__(self, conversations: Sequence[Conversation] = ()) -> None:
        self.threads = {c.ref.key: c for c in conversations}

    async def conversation(self, ref: ConversationRef) -> Conversation:
        return self.threads.get(ref.key, Conversation(ref=ref))

    async def version(self, ref: ConversationRef) -> int:
        return (await self.conversation(ref)).version

    async def find_message(self, text: str) -> Message | None:
        return next((m for c in self.threads.values() for m in c.messages if text in (m.id, m.permalink)), None)

    async def last_message_at(self, channel: ConversationRef) -> float | None:
        return max((m.sent_at for m in self._in(channel)), default=None)

    async def messages_in(self, channel: ConversationRef, *, before: float, limit: int) -> list[Message]:
        earlier = [m for m in self._in(channel) if m.sent_at < before]
        return sorted(earlier, key=lambda m: -m.sent_at)[:limit]

    async def analysts_seen(self, channel: ConversationRef, *, since: float) -> list[str]:
        return sorted({m.author.id for m in self._in(channel) if m.author.role is Role.ANALYST and m.sent_at >= since})

    async def conversations(self, *, platform: str | None = None) -> AsyncIterator[Conversation]:
        return self._each(platform)

    async def _each(self, platform: str | None) -> AsyncIterator[Conversation]:
        for conversation in self.threads.values():
            if platform in (None, conversation.ref.platform):
                yield conversation

    def _in(self, channel: ConversationRef) -> list[Message]:
        return [m for c in self.threads.values() if c.ref.channel == channel for m in c.messages]


class MemoryCases:
    """Cases by conversation, with optimistic locking; a case named in stale is changed by somebody else before each save."""

    def __init__(self, cases: Sequence[Case] = ()) -> None:
        self.stored = {c.conversation: c for c in cases}
        self.stale: set[str] = set()

    async def case(self, conversation: str) -> Case | None:
        return self.stored.get(conversation)

    async def save(self, case: Case) -> Case:
        known = self.stored.get(case.conversation)
        if case.conversation in self.stale or (known is not None and known.version != case.version):
            raise StaleCase
        saved = replace(case, version=case.version + 1)
        self.stored[case.conversation] = saved
        return saved

    async def cases(
        self, *, states: Sequence[CaseState] = (), channel: str | None = None, limit: int = 1000
    ) -> list[Case]:
        found = [
            c
            for c in self.stored.values()
            if (not states or c.state in states) and (channel is None or c.conversation.startswith(channel))
        ]
        return sorted(found, key=lambda c: -c.changed_at)[:limit]

    async def channels(self) -> list[str]:
        return sorted({ConversationRef.from_key(c.conversation).channel.key for c in self.stored.values()})

    async def undistilled(self, *, resolved_before: float, limit: int = 1000) -> list[Case]:
        found = [
            c
            for c in self.stored.values()
            if c.state.over
            and c.changed_at <= resolved_before
            and (c.distilled_at is None or c.distilled_at < c.changed_at)
        ]
        return sorted(found, key=lambda c: c.changed_at)[:limit]


class MemoryBase:
    """Entries with versions, found by shared words; a score is the cosine of the words of title and issue."""

    def __init__(self, entries: Sequence[KnowledgeEntry] = ()) -> None:
        self.entries = {e.id: e for e in entries}
        self.versions: list[EntryVersion] = []
        self.puts_until_crash: int | None = None

    async def find(self, text: str, *, viewer: Viewer | None, limit: int = 5, before: float | None = None) -> list[Hit]:
        wanted = terms(text)
        hits = [
            Hit(entry=e, score=overlap(wanted, terms(f"{e.title}\n{e.issue}")))
            for e in self.entries.values()
            if e.usable and (viewer is None or e.audience.allows(viewer)) and (before is None or e.created_at < before)
        ]
        return sorted((h for h in hits if h.score > 0), key=lambda h: (-h.score, h.entry.id))[:limit]

    async def get(self, entry_id: str) -> KnowledgeEntry | None:
        return self.entries.get(entry_id)

    async def from_thread(self, conversation: str) -> list[KnowledgeEntry]:
        return [e for e in self.entries.values() if any(s.thread_id == conversation for s in e.sources)]

    async def put(self, entry: KnowledgeEntry, *, kind: ChangeKind, by: str, why: str, at: float) -> KnowledgeEntry:
        if self.puts_until_crash is not None:
            self.puts_until_crash -= 1
            if self.puts_until_crash < 0:
                raise SystemError("crash")
        known: Mapping[str, KnowledgeEntry] = self.entries
        stored = replace(entry, version=known[entry.id].version + 1 if entry.id in known else 1)
        self.entries[entry.id] = stored
        self.versions.append(EntryVersion(entry=stored, kind=kind, by=by, at=at, why=why))
        return stored
