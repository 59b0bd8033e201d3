"""`vigil replay`: the same engine over recorded threads, in simulated time, with a store of its own; nothing is posted."""

import gc
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from vigil_bot import __version__, log
from vigil_bot.app import Parts, entries_of, simulated, stored_conversations
from vigil_bot.assembly import engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.errors import InputError
from vigil_bot.model.event import Event, MessagePosted
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies
from vigil_bot.replay.files import prepare, write
from vigil_bot.replay.run import Learned, ReplayRun, judged
from vigil_bot.replay.thread import ReplayThread, Skipped, of_conversation, plain_id, timeline
from vigil_bot.replay.threads import read
from vigil_bot.replay.waiting import times_by_topic
from vigil_bot.settings import Settings, load_settings
from vigil_bot.simulation import CaseChange, EveryPlatform, RecordingHandler, SilentClient, Simulation

STORE = "store"
PAGE = 500
GARBAGE_FROM = 100_000  # objects; a replay makes many that live and few that refer to each other
_MIB = 1024.0  # getrusage counts KiB on Linux
_MAX_SHOWN = 20  # skipped lines named on the terminal
_stderr = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What to replay; learn says whether closed cases are distilled in simulated time."""

    source: str
    out: Path
    knowledge: Path | None = None
    learn: bool = True
    policy: Path | None = None
    until_message: str | None = None


async def rehearse(asked: Rehearsal) -> str:
    """Replay a source, write the results, and return what to say.

    Raises:
        InputError: If the source, the entries or the folder cannot be used. SettingsError: If the policy is wrong.
    """
    settings = load_settings()
    log.setup(level="error", fmt=settings.log_format, stream=sys.stderr)
    gc.set_threshold(GARBAGE_FROM)
    prepare(asked.out)
    run = await _run(asked, settings)
    write(run, asked.out)
    _tell_skipped(run.skipped)
    spoken = sum(one.suggested for one in run.records)
    return (
        f"{run.threads} threads, {run.messages} messages in {run.wall_s:.0f} s: {spoken} suggestions,"
        f" {len(run.learned)} entries learned, {sum(one.lost for one in run.skipped)} lines skipped."
        f" Open {asked.out / 'report.html'}"
    )


async def _run(asked: Rehearsal, settings: Settings) -> ReplayRun:
    began = time.perf_counter()
    policies = Policies(
        path=asked.policy or settings.policy_file,
        settle_s=settings.settle_s,
        default_mode=settings.default_mode or Mode.ON,
    )
    skipped: list[Skipped] = []
    threads = await _threads(asked.source, settings, skipped.append)
    events = _until(timeline(threads), asked.until_message)
    clock = SimulatedClock(events[0].at if events else 0.0)
    async with simulated(settings, clock=clock, policies=policies) as parts:
        if asked.knowledge is not None:
            skipped += await _know(parts, asked.knowledge)
        known = {entry.id async for entry in _entries(parts)}
        changes = await _play(parts, clock, events, learn=asked.learn)
        return ReplayRun(
            threads=len({thread.ref.key for thread in threads}),
            messages=sum(isinstance(event, MessagePosted) for event in events),
            events=len(events),
            records=judged(await parts.store.ledger.decisions(since=0.0), threads),
            skipped=skipped,
            case_changes=changes,
            by_topic=times_by_topic(changes, threads),
            learned=await _learned(parts, known),
            wall_s=time.perf_counter() - began,
            peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB,
            versions={"vigil-bot": __version__, "chromadb": version("chromadb"), "embedder": parts.base.embedder},
        )


async def _play(parts: Parts, clock: SimulatedClock, events: Sequence[Event], *, learn: bool) -> list[CaseChange]:
    recorder: list[RecordingHandler] = []

    def recording(handler: RecordingHandler) -> RecordingHandler:
        recorder.append(handler)
        return handler

    engine = engine_of(
        parts, EveryPlatform(SilentClient()), around=lambda handler: recording(RecordingHandler(handler, clock))
    )
    with _progress(len(events)) as progress:
        simulation = Simulation(
            clock=clock,
            queue=parts.store.queue,
            intake=engine.intake,
            worker=engine.worker,
            jobs=engine.jobs if learn else (),
            progress=progress,
        )
        await simulation.run(events)
    return recorder[0].changes


async def _threads(source: str, settings: Settings, report: Callable[[Skipped], None]) -> list[ReplayThread]:
    if source == STORE:
        return [of_conversation(conversation) for conversation in await stored_conversations(settings)]
    return list(read(Path(source), report=report))


def _until(events: list[Event], message_id: str | None) -> list[Event]:
    if message_id is None:
        return events
    for place, event in enumerate(events):
        if isinstance(event, MessagePosted) and plain_id(event.message.id) == message_id:
            return events[: place + 1]
    raise InputError(f"There is no message {message_id!r} in the source.")


async def _know(parts: Parts, path: Path) -> list[Skipped]:
    entries, skipped = entries_of(path)
    await parts.base.put_many(entries, kind=ChangeKind.IMPORT, by="replay", why=path.name, at=0.0)
    return [Skipped(line=0, why=line, file=path.name) for line in skipped]


async def _learned(parts: Parts, known: set[str]) -> list[Learned]:
    learned = [Learned(entry=e, learned_at=e.created_at) async for e in _entries(parts) if e.id not in known]
    return sorted(learned, key=lambda one: (one.learned_at, one.entry.id))


async def _entries(parts: Parts) -> AsyncIterator[KnowledgeEntry]:
    after = ""
    while page := await parts.base.entries(after_id=after, limit=PAGE):
        for entry in page:
            yield entry
        after = page[-1].id


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    if not _stderr.is_terminal:
        yield lambda _: None
        return
    with Progress(console=_stderr, transient=True) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda done: bar.update(task, completed=done)


def _tell_skipped(skipped: Sequence[Skipped]) -> None:
    for one in skipped[:_MAX_SHOWN]:
        print(f"skipped {one}", file=sys.stderr)  # noqa: T201 -- said to the person at the command line
    if len(skipped) > _MAX_SHOWN:
        print(f"skipped {len(skipped) - _MAX_SHOWN} more", file=sys.stderr)  # noqa: T201
