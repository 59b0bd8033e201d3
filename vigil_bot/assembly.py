"""Put together what works on events, and what an operator can do, from opened parts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue

from vigil_bot.app import Parts
from vigil_bot.backup import write as write_backup
from vigil_bot.commands.handoff import CRON as HANDOFF_CRON
from vigil_bot.commands.handoff import Shifts
from vigil_bot.commands.kb_report import KnowledgeReport
from vigil_bot.commands.nearly import CRON as NEARLY_CRON
from vigil_bot.commands.nearly import Drafts, Weekly
from vigil_bot.commands.run import Commands
from vigil_bot.commands.services import ReadBack, Services
from vigil_bot.errors import InputError
from vigil_bot.handler import ConversationHandler
from vigil_bot.intake import Intake
from vigil_bot.labelling import CRON as LABEL_CRON
from vigil_bot.labelling import Calibrations, Labeller
from vigil_bot.learning import LearningHandler
from vigil_bot.libraries import keeping_jobs, upkeep_desk
from vigil_bot.linking import LinkingHandler
from vigil_bot.measuring import CountedHandler, TimedFinder
from vigil_bot.metrics import Metrics
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode
from vigil_bot.models import counted_for
from vigil_bot.operations import Backstage, Operations
from vigil_bot.operations_review import ReviewDesk
from vigil_bot.policies import ChannelRules
from vigil_bot.ports.chat import ChatClient, History
from vigil_bot.ports.reasoner import Paid, Replaceable
from vigil_bot.ports.work import Handler
from vigil_bot.proactive.engine import ProactiveEngine
from vigil_bot.progress.linker import Linker
from vigil_bot.schedule import Job, Schedule
from vigil_bot.sending import Sender
from vigil_bot.tending import Tending
from vigil_bot.texts.text import Text
from vigil_bot.watch.watcher import Watcher
from vigil_bot.worker import Worker

LEARN_CRON = "29 * * * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What works on events."""

    intake: Intake
    worker: Worker
    schedule: Schedule
    jobs: tuple[Job, ...]
    commands: Commands
    handler: Handler
    metrics: Metrics


def engine_of(
    parts: Parts,
    clients: Mapping[str, ChatClient],
    *,
    histories: Mapping[str, History] = {},
    around: Callable[[Handler], Handler] = lambda handler: handler,
) -> Engine:
    """Put together what works on events; around may wrap what handles turns."""
    metrics = _metrics(parts)
    store, clock, settings = parts.store, parts.clock, parts.settings
    calibrations = Calibrations(store.labels)
    learning = LearningHandler(
        _handler(parts, metrics, calibrations),
        forgetter=parts.forgetter,
        learner=parts.learner,
        recall=parts.recall,
        clock=clock,
    )
    handler = around(CountedHandler(_linking(parts, learning), counted_for))
    sender = Sender(store.queue, clients, clock=clock, metrics=metrics, policy_of=parts.policies.policy_of)
    worker = Worker(
        store.queue,
        handler,
        sender,
        clock=clock,
        metrics=metrics,
        slots=settings.worker_slots,
        lease_s=settings.lease_s,
    )
    intake = Intake(store.queue, policy_of=parts.policies.policy_of, clock=clock, metrics=metrics, wake=worker.wake)
    jobs = _jobs(parts, worker.wake)
    return Engine(
        intake=intake,
        worker=worker,
        schedule=Schedule(store.queue, list(jobs), clock=clock),
        jobs=jobs,
        commands=_commands(parts, intake, histories, calibrations, wake=worker.wake),
        handler=handler,
        metrics=metrics,
    )


def _metrics(parts: Parts) -> Metrics:
    metrics = Metrics()
    if isinstance(parts.reasoner, Replaceable):
        metrics.replaced(parts.reasoner.replaced)
    if isinstance(parts.reasoner, Paid):
        metrics.spent(parts.reasoner.spent)
    return metrics


def _handler(parts: Parts, metrics: Metrics, calibrations: Calibrations) -> ConversationHandler:
    transcript, ledger, policy_of = parts.store.transcript, parts.store.ledger, parts.policies.policy_of
    engine = ProactiveEngine(
        finder=TimedFinder(parts.base, metrics),
        reasoner=parts.reasoner,
        ledger=ledger,
        transcript=transcript,
        calibrations=calibrations,
        telling=parts.base,
    )
    clusters, contrast = parts.store.clusters, parts.contrast
    return ConversationHandler(
        threads=parts.store.threads,
        ledger=ledger,
        engine=engine,
        watcher=_watcher(parts),
        linker=Linker(clusters=clusters, contrast=contrast, transcript=transcript, ledger=ledger, policy_of=policy_of),
        tending=Tending(finder=parts.base, transcript=transcript, ledger=ledger, policy_of=policy_of),
        policy_of=policy_of,
        clock=parts.clock,
    )


def _linking(parts: Parts, handler: Handler) -> LinkingHandler:
    return LinkingHandler(handler, parts.store.documents, policy_of=parts.policies.policy_of, clock=parts.clock)


def _watcher(parts: Parts) -> Watcher:
    return Watcher(
        watches=parts.store.watches,
        meaning=parts.meaning,
        transcript=parts.store.transcript,
        ledger=parts.store.ledger,
        policy_of=parts.policies.policy_of,
    )


def operations_of(parts: Parts, *, wake: Callable[[], None] = lambda: None) -> Operations:
    """Put together what an operator can do; wake has what is to be posted looked at."""

    async def distill(since: float | None) -> JsonValue:
        report = await parts.distill(since)
        return asdict(report)

    async def backup(path: Path) -> int:
        return await asyncio.to_thread(write_backup, parts.settings.home, path)

    return Operations(
        Backstage(
            keeper=parts.base,
            review=review_desk(parts, wake=wake),
            upkeep=upkeep_desk(parts.keeping, parts.base, recall=_recall(parts, wake), clock=parts.clock),
            transcript=parts.store.transcript,
            ledger=parts.store.ledger,
            queue=parts.store.queue,
            distill=distill,
            backup=backup,
            clock=parts.clock,
        )
    )


def review_desk(parts: Parts, *, wake: Callable[[], None] = lambda: None) -> ReviewDesk:
    """Put together what an operator needs to decide about entries."""
    return ReviewDesk(
        curation=parts.curator,
        forgetter=parts.forgetter,
        transcript=parts.store.transcript,
        recall=_recall(parts, wake),
        clock=parts.clock,
    )


def _jobs(parts: Parts, wake: Callable[[], None]) -> tuple[Job, ...]:
    async def distill(_due: float) -> None:
        await parts.distill()

    async def learn(due: float) -> None:
        await parts.learner.run(due)

    store = parts.store
    labeller = Labeller(labels=store.labels, ledger=store.ledger, transcript=store.transcript)
    return (
        Job(name="distill", cron=parts.settings.distill_cron, run=distill),
        Job(name="learn", cron=LEARN_CRON, run=learn),
        Job(name="label", cron=LABEL_CRON, run=labeller.run),
        Job(name="handoff", cron=HANDOFF_CRON, run=_shifts(parts, wake).run),
        Job(name="nearly", cron=NEARLY_CRON, run=Weekly(_drafts(parts), store.reviewed, wake=wake).run),
        *keeping_jobs(parts.keeping, parts.settings, report=_report(parts, wake), clock=parts.clock),
    )


def _report(parts: Parts, wake: Callable[[], None]) -> KnowledgeReport:
    return KnowledgeReport(
        curation=parts.curator,
        caretaker=parts.keeping.warden,
        cases=parts.store.cases,
        posted=parts.store.reviewed,
        policy_of=parts.policies.policy_of,
        wake=wake,
    )


def _shifts(parts: Parts, wake: Callable[[], None]) -> Shifts:
    store = parts.store
    return Shifts(
        cases=store.cases,
        transcript=store.transcript,
        ledger=store.ledger,
        entries=store.entries,
        posted=store.reviewed,
        policy_of=parts.policies.policy_of,
        wake=wake,
        clock=parts.clock,
    )


def _drafts(parts: Parts) -> Drafts:
    store = parts.store
    return Drafts(
        ledger=store.ledger,
        transcript=store.transcript,
        entries=store.entries,
        policy_of=parts.policies.policy_of,
        clock=parts.clock,
    )


def _commands(
    parts: Parts,
    intake: Intake,
    histories: Mapping[str, History],
    calibrations: Calibrations,
    *,
    wake: Callable[[], None],
) -> Commands:
    async def set_mode(channel: ConversationRef, mode: Mode) -> None:
        await parts.policies.set(channel, "mode", mode.value, parts.store.ledger)

    return Commands(
        Services(
            threads=parts.store.threads,
            transcript=parts.store.transcript,
            ledger=parts.store.ledger,
            cases=parts.store.cases,
            finder=parts.base,
            entries=parts.store.entries,
            curation=parts.curator,
            watches=parts.store.watches,
            watcher=_watcher(parts),
            recall=_recall(parts, wake),
            reasoner=parts.reasoner,
            policy_of=parts.policies.policy_of,
            rules=ChannelRules(policies=parts.policies, ledger=parts.store.ledger),
            set_mode=set_mode,
            read_back=_read_back(histories),
            counted_for=counted_for,
            calibration_of=calibrations.calibration_of,
            accept=intake.accept,
            posted=parts.store.reviewed,
            wake=wake,
            clock=parts.clock,
        )
    )


def _recall(parts: Parts, wake: Callable[[], None]) -> Callable[[], Awaitable[int]]:
    async def recall() -> int:
        recalled = await parts.recall()
        wake()
        return recalled

    return recall


def _read_back(histories: Mapping[str, History]) -> ReadBack:
    def read_back(channel: ConversationRef, *, since: float) -> None:
        history = histories.get(channel.platform)
        if history is None:
            raise InputError(Text("There is no history here that I have not read."))
        history.read_back(channel, since=since)

    return read_back
