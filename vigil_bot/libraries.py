"""Put together what keeps the knowledge in order: documents, links, upkeep; a part of the composition root."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import JsonValue, TypeAdapter

from adapters.store.store import Store
from knowledge.authority import Voice
from knowledge.base import KnowledgeBase
from knowledge.exporting import export_fields, parse_exported
from knowledge.importing import ENTRY_SUFFIXES, files_in, read_exported
from knowledge.importing_folders import Folders
from knowledge.importing_library import Library
from knowledge.learn import Learner
from knowledge.links import LinkReader, LinksReport, Reading
from knowledge.upkeep_run import Warden
from vigil_bot.commands.kb_report import CRON as REPORT_CRON
from vigil_bot.commands.kb_report import KnowledgeReport
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Policy
from vigil_bot.operations_upkeep import UpkeepDesk
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.links import Pages
from vigil_bot.schedule import Job
from vigil_bot.settings import Settings, redact_of

LINKS_CRON = "*/5 * * * *"
UPKEEP_CRON = "43 3 * * *"

log = structlog.get_logger()
_ENTRY = TypeAdapter(KnowledgeEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What keeps the knowledge in order; links is None where no page may be read, as in a replay."""

    folders: Folders
    warden: Warden
    links: LinkReader | None


def keeping_of(
    settings: Settings,
    store: Store,
    base: KnowledgeBase,
    learner: Learner,
    *,
    policy_of: Callable[[ConversationRef], Policy],
    pages: Pages | None,
) -> Keeping:
    """Put it together."""

    async def voices(since: float) -> Mapping[str, list[Voice]]:
        return await learner.voices(since=since)

    library = Library(base, store.documents, redact_of(settings))
    reader = None
    if pages is not None:
        reading = Reading(
            pages=pages,
            documents=store.documents,
            library=library,
            finder=base,
            transcript=store.transcript,
            policy_of=policy_of,
        )
        reader = LinkReader(reading)
    warden = Warden(base, store.entries, store.documents, voices)
    return Keeping(folders=Folders(library), warden=warden, links=reader)


def keeping_jobs(keeping: Keeping, settings: Settings, *, report: KnowledgeReport, clock: Clock) -> tuple[Job, ...]:
    """Return what is done at its times: documents, links, upkeep, and the report of the week."""
    links = keeping.links

    async def read_documents(_due: float) -> None:
        for folder in settings.docs:
            report = await keeping.folders.follow(folder, now=clock.now())
            log.info("documents.read", folder=str(folder), stored=report.taken.stored, failed=len(report.failed))

    async def read_links(_due: float) -> None:
        done = await links.run(clock.now()) if links is not None else LinksReport()
        if done != LinksReport():
            log.info("links.read", read=done.read, refused=done.refused, died=done.died, hostile=done.hostile)

    async def keep_up(due: float) -> None:
        state = await keeping.warden.run(due)
        log.info("knowledge.kept_up", looked_at=state.looked_at, findings=len(state.findings))

    return (
        *((Job(name="documents", cron=settings.docs_cron, run=read_documents),) if settings.docs else ()),
        *((Job(name="links", cron=LINKS_CRON, run=read_links),) if links is not None else ()),
        Job(name="upkeep", cron=UPKEEP_CRON, run=keep_up),
        Job(name="knowledge", cron=REPORT_CRON, run=report.run),
    )


def upkeep_desk(
    keeping: Keeping, base: KnowledgeBase, *, recall: Callable[[], Awaitable[int]], clock: Clock
) -> UpkeepDesk:
    """Put together what an operator's commands need."""
    return UpkeepDesk(
        folders=keeping.folders,
        archive=base,
        caretaker=keeping.warden,
        recall=recall,
        export=export_fields,
        parse=parse_exported,
        clock=clock,
    )


def read_entries(file: Path) -> tuple[list[JsonValue], list[JsonValue], list[str]]:
    """Read a file of entries: those with their versions, those without, and a line for each that cannot be read.

    Raises:
        InputError: If nothing of it can be read at all.
    """
    found, skipped = read_exported(file)
    whole: list[JsonValue] = [export_fields(entry, versions) for entry, versions in found if versions]
    return whole, [_ENTRY.dump_python(entry, mode="json") for entry, versions in found if not versions], skipped


def files_of(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a path that hold entries, and those that are documents, as far as their kind is known."""
    files = list(files_in(path))
    entries = [file for file in files if file.suffix.lower() in ENTRY_SUFFIXES]
    return entries, [file for file in files if file not in entries]
