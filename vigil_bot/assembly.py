"""Put together what works on events, and what an operator can do, from opened parts."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue

from vigil_bot.app import Parts
from vigil_bot.backup import write as write_backup
from vigil_bot.commands.run import Commands
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.handler import ConversationHandler
from vigil_bot.intake import Intake
from vigil_bot.labelling import CRON as LABEL_CRON
from vigil_bot.labelling import Calibrations, Labeller
from vigil_bot.measuring import CountedHandler, TimedFinder
from vigil_bot.metrics import Metrics
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode
from vigil_bot.models import counted_for
from vigil_bot.operations import Backstage, Operations
from vigil_bot.ports.chat import ChatClient, History
from vigil_bot.ports.work import Handler
from vigil_bot.proactive.engine import ProactiveEngine
from vigil_bot.schedule import Job, Schedule
from vigil_bot.sending import Sender
from vigil_bot.worker import Worker


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
    metrics = Metrics()
    store, clock = parts.store, parts.clock
    calibrations = Calibrations(store.labels)
    handler = around(CountedHandler(_handler(parts, metrics, calibrations), counted_for))
    sender = Sender(store.queue, clients, clock=clock, metrics=metrics)
    settings = parts.settings
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
    jobs = _jobs(parts)
    return Engine(
        intake=intake,
        worker=worker,
        schedule=Schedule(store.queue, list(jobs), clock=clock),
        jobs=jobs,
        commands=_commands(parts, intake, histories, calibrations),
        handler=handler,
        metrics=metrics,
    )


def _handler(parts: Parts, metrics: Metrics, calibrations: Calibrations) -> ConversationHandler:
    store = parts.store
    engine = ProactiveEngine(
        finder=TimedFinder(parts.base, metrics),
        reasoner=parts.reasoner,
        ledger=store.ledger,
        transcript=store.transcript,
        calibrations=calibrations,
    )
    return ConversationHandler(
        threads=store.threads,
        ledger=store.ledger,
        engine=engine,
        policy_of=parts.policies.policy_of,
        clock=parts.clock,
    )


def operations_of(parts: Parts) -> Operations:
    """Put together what an operator can do."""

    async def distill(since: float | None) -> JsonValue:
        report = await parts.distill(since)
        return asdict(report)

    async def backup(path: Path) -> int:
        return await asyncio.to_thread(write_backup, parts.settings.home, path)

    return Operations(
        Backstage(
            keeper=parts.base,
            transcript=parts.store.transcript,
            ledger=parts.store.ledger,
            queue=parts.store.queue,
            distill=distill,
            backup=backup,
            clock=parts.clock,
        )
    )


def _jobs(parts: Parts) -> tuple[Job, ...]:
    async def distill(_due: float) -> None:
        await parts.distill()

    store = parts.store
    labeller = Labeller(labels=store.labels, ledger=store.ledger, transcript=store.transcript)
    return (
        Job(name="distill", cron=parts.settings.distill_cron, run=distill),
        Job(name="label", cron=LABEL_CRON, run=labeller.run),
    )


def _commands(parts: Parts, intake: Intake, histories: Mapping[str, History], calibrations: Calibrations) -> Commands:
    def read_back(channel: ConversationRef, *, since: float) -> None:
        history = histories.get(channel.platform)
        if history is None:
            raise InputError("There is no history here that I have not read.")
        history.read_back(channel, since=since)

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
            reasoner=parts.reasoner,
            policy_of=parts.policies.policy_of,
            set_mode=set_mode,
            read_back=read_back,
            counted_for=counted_for,
            calibration_of=calibrations.calibration_of,
            accept=intake.accept,
            clock=parts.clock,
        )
    )
