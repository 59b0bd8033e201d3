"""Pages that analysts link to, as entries: read when they are due, and again now and then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import PurePath
from typing import Protocol
from urllib.parse import urlsplit

from knowledge.importing_documents import document_entries
from knowledge.importing_library import Library
from knowledge.instructions import steers
from knowledge.merge import Add, Contradict, merge, same_issue, same_resolution
from vigil_bot.errors import InputError, NotFoundError, PlatformUnavailable
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.document import Document, Taken
from vigil_bot.model.knowledge import Hit, KnowledgeEntry, Source, StaleReason, Viewer
from vigil_bot.model.link import Page, is_allowed, links_in
from vigil_bot.model.policy import Policy
from vigil_bot.ports.documents import Documents
from vigil_bot.ports.links import Pages
from vigil_bot.ports.records import Transcript

PER_RUN = 30  # pages
AGAIN_S = 7 * 86_400.0
RETRY_S = 3600.0  # doubled with each failure
DEAD_AFTER = 6  # failures in a row, two and a half days
MAX_SECTIONS = 60  # of one page
NEIGHBOURS = 5


class Finder(Protocol):
    """Finds entries."""

    async def find(self, text: str, *, viewer: Viewer | None, limit: int = 5) -> list[Hit]:
        """Return entries about the text that may be shown to the viewer, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksReport:
    """What a run did: pages read, not to be read now, not to be read at all, gone, and hostile."""

    read: int = 0
    postponed: int = 0
    refused: int = 0
    died: int = 0
    hostile: int = 0
    taken: Taken = field(default_factory=Taken)

    def plus(self, other: "LinksReport") -> "LinksReport":
        """Return both together."""
        return LinksReport(
            read=self.read + other.read,
            postponed=self.postponed + other.postponed,
            refused=self.refused + other.refused,
            died=self.died + other.died,
            hostile=self.hostile + other.hostile,
            taken=self.taken.plus(other.taken),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is needed here."""

    pages: Pages
    documents: Documents
    library: Library
    finder: Finder
    transcript: Transcript
    policy_of: Callable[[ConversationRef], Policy]


class LinkReader:
    """Reads the pages that are due, one after the other; a run that is interrupted goes on where it stopped."""

    def __init__(self, on: Reading) -> None:
        self._on = on

    async def run(self, now: float, *, limit: int = PER_RUN) -> LinksReport:
        """Read what is due."""
        report = LinksReport()
        for document in await self._on.documents.due_documents(now=now, limit=limit):
            report = report.plus(await self._read(document, now=now))
        return report

    async def _read(self, document: Document, *, now: float) -> LinksReport:
        sources, hosts = await self._still_linked(document)
        if not sources:
            under = document.path
            taken = await self._on.library.gone(
                document.root, under=under, present=await self._others(document), now=now
            )
            return LinksReport(taken=taken)
        if not is_allowed(document.path, hosts):
            await self._on.documents.put_document(replace(document, due_at=now + AGAIN_S))
            return LinksReport(refused=1)
        linked = replace(document, sources=sources)
        try:
            page = await self._on.pages.fetch(document.path, hosts=hosts)
        except NotFoundError:
            return await self._died(linked, now=now)
        except InputError:
            await self._on.documents.put_document(replace(linked, due_at=now + AGAIN_S, failures=0))
            return LinksReport(refused=1)
        except PlatformUnavailable:
            return await self._postponed(linked, now=now)
        return await self._take_in(linked, page, now=now)

    async def _take_in(self, document: Document, page: Page, *, now: float) -> LinksReport:
        digest = sha256(page.data).hexdigest()
        read = replace(document, digest=digest, due_at=now + AGAIN_S, failures=0)
        sections = sections_of(page, document)
        hostile = any(steers(f"{entry.issue}\n{entry.resolution}") for entry in sections)
        entries = [] if hostile else await self._worth_keeping(read, sections)
        taken = await self._on.library.take_in(read, entries, now=now)
        return LinksReport(read=1, hostile=int(hostile), taken=taken)

    async def _worth_keeping(self, document: Document, sections: Sequence[KnowledgeEntry]) -> list[KnowledgeEntry]:
        """Return the sections that say something new; what says otherwise than an entry waits for a person."""
        given, kept = dict(document.sections), []
        own = {*given, *(entry.id for entry in sections)}
        heard_by = document.audience
        channel = heard_by.channels[0] if heard_by.channels else ""
        viewer = Viewer(workspace_id=heard_by.workspace, channel_id=channel, guests=heard_by.guests)
        for entry in sections:
            if entry.id in given:
                kept.append(entry)
                continue
            draft = replace(entry, audience=heard_by, sources=document.sources)
            hits = await self._on.finder.find(f"{entry.title}\n{entry.issue}", viewer=viewer, limit=NEIGHBOURS)
            others = [hit for hit in hits if hit.entry.id not in own]
            change = merge(draft, others)
            if isinstance(change, Add | Contradict) and not _is_known(draft, others):
                kept.append(change.entry)
        return kept

    async def _died(self, document: Document, *, now: float) -> LinksReport:
        taken = await self._on.library.mark(document, StaleReason.LINK_DIED, now=now)
        failures = document.failures + 1
        await self._on.documents.put_document(replace(document, due_at=now + AGAIN_S, failures=failures))
        return LinksReport(died=1, taken=taken)

    async def _postponed(self, document: Document, *, now: float) -> LinksReport:
        failures = document.failures + 1
        if failures >= DEAD_AFTER:
            return await self._died(document, now=now)
        due_at = now + RETRY_S * 2.0**document.failures
        await self._on.documents.put_document(replace(document, due_at=due_at, failures=failures))
        return LinksReport(postponed=1)

    async def _still_linked(self, document: Document) -> tuple[tuple[Source, ...], list[str]]:
        """Return the messages that still link to a page, where we may learn, and the hosts that may be read there."""
        sources: list[Source] = []
        hosts: dict[str, None] = {}
        for source in document.sources:
            ref = ConversationRef.from_key(source.thread_id or "")
            policy = self._on.policy_of(ref)
            conversation = await self._on.transcript.conversation(ref)
            said = (conversation.message(message_id) for message_id in source.message_ids)
            if policy.learn and any(m and not m.deleted and document.path in links_in(m.text) for m in said):
                sources.append(source)
                hosts.update(dict.fromkeys(policy.links))
        return tuple(sources), list(hosts)

    async def _others(self, document: Document) -> set[str]:
        """Return the addresses that begin like this one, and are not this one."""
        alike = await self._on.documents.documents(document.root, under=document.path)
        return {one.path for one in alike} - {document.path}


def _is_known(draft: KnowledgeEntry, hits: Sequence[Hit]) -> bool:
    """Whether an entry that more people may see says the same already."""
    return any(same_issue(draft, hit) and same_resolution(draft.resolution, hit.entry.resolution) for hit in hits)


def sections_of(page: Page, document: Document) -> list[KnowledgeEntry]:
    """Return the sections of a page; none where it has no text that can be read."""
    address = urlsplit(page.url)
    name = (PurePath(address.path).stem or address.hostname or "page") + page.kind
    try:
        entries = document_entries(name, page.data, within=f"{document.root}\n{document.path}")
    except InputError:
        return []
    return [replace(entry, environment="") for entry in entries[:MAX_SECTIONS]]
