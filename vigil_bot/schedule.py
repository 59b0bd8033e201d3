"""Cron times: APScheduler ticks, the store remembers, so that a restart neither skips nor repeats a run."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from vigil_bot.errors import SettingsError, VigilError
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.work import WorkQueue

log = structlog.get_logger()

_LOOK_BACK = tuple(timedelta(days=days) for days in (0.1, 2, 35, 400))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do at cron times (UTC); run gets the time for which it was due."""

    name: str
    cron: str
    run: Callable[[float], Awaitable[None]]


def last_due(cron: str, *, now: float) -> float | None:
    """Return the newest time at or before now that a cron expression (five fields, UTC) names; None in 400 days.

    Raises:
        SettingsError: If the expression cannot be read.
    """
    trigger = _trigger(cron)
    end = datetime.fromtimestamp(now, UTC)
    for back in _LOOK_BACK:
        newest, at = None, trigger.get_next_fire_time(None, end - back)
        while at is not None and at <= end:
            newest, at = at, trigger.get_next_fire_time(at, at)
        if newest is not None:
            return float(newest.timestamp())
    return None


def next_due(cron: str, *, now: float) -> float:
    """Return the first time after now that a cron expression names, or infinity.

    Raises:
        SettingsError: If the expression cannot be read.
    """
    at = _trigger(cron).get_next_fire_time(None, datetime.fromtimestamp(now, UTC) + timedelta(seconds=1))
    return float("inf") if at is None else float(at.timestamp())


class Schedule:
    """Runs jobs at their cron times, one at a time, each due time once."""

    def __init__(self, queue: WorkQueue, jobs: list[Job], *, clock: Clock) -> None:
        self._queue = queue
        self._jobs = {job.name: job for job in jobs}
        self._clock = clock

    async def run(self) -> None:
        """Finish what a crash interrupted, catch up on the newest due time that was missed, then follow the clock."""
        due: asyncio.Queue[Job] = asyncio.Queue()
        scheduler = AsyncIOScheduler(timezone=UTC)
        for job in self._jobs.values():
            scheduler.add_job(
                due.put_nowait, _trigger(job.cron), args=[job], id=job.name, misfire_grace_time=None, coalesce=True
            )
            due.put_nowait(job)
        scheduler.start()
        try:
            await self.resume()
            while True:
                await self.run_due(await due.get())
        finally:
            scheduler.shutdown(wait=False)

    async def resume(self) -> None:
        """Run again what was begun and not finished."""
        for key in await self._queue.open_ticks():
            job = self._jobs.get(key.partition("/")[0])
            if job is not None:
                await self._run(job, key)

    async def run_due(self, job: Job) -> bool:
        """Run a job for its newest due time, unless that was done; return whether it ran."""
        at = last_due(job.cron, now=self._clock.now())
        if at is None:
            return False
        key = f"{job.name}/{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%MZ}"
        if not await self._queue.tick(key, now=self._clock.now()):
            return False
        await self._run(job, key)
        return True

    async def _run(self, job: Job, key: str) -> None:
        try:
            await job.run(self._clock.now())
            log.info("job.finished", job=key)
        except VigilError as error:
            log.error("job.failed", job=key, error=str(error))  # noqa: TRY400 -- the message says it all
        await self._queue.tick_done(key, now=self._clock.now())


@functools.lru_cache(maxsize=64)
def _trigger(cron: str) -> CronTrigger:
    try:
        return CronTrigger.from_crontab(cron, timezone=UTC)
    except ValueError as error:
        raise SettingsError(
            f"Not a cron expression: {cron!r} ({error}).", hint="Five fields, e.g. `17 * * * *`."
        ) from error
