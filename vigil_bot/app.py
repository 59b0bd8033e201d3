"""The composition root: the only place that knows every adapter."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp.web import RouteTableDef

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.embedder.minilm import MiniLMEmbedder
from adapters.embedder.weights import find_weights
from adapters.lark.links import chat_link
from adapters.links.fetcher import LinkFetcher
from adapters.local.api import routes
from adapters.local.chat import LocalChat
from adapters.local.client import LocalClient
from adapters.local.source import LocalSource
from adapters.store.lock import FolderLock
from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.chroma import ChromaIndex
from knowledge.contrast import Contrasts
from knowledge.curator import Curator, Desk
from knowledge.distill import Distiller, DistillReport
from knowledge.forgetter import Forgetter
from knowledge.importing import entry_line, read_path
from knowledge.learn import RECALL_S, Learner
from knowledge.likeness import Likeness
from vigil_bot.backup import copy_database
from vigil_bot.clock import SystemClock
from vigil_bot.errors import SettingsError
from vigil_bot.libraries import Keeping, keeping_of
from vigil_bot.model.conversation import Conversation, ConversationRef, Message
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Reach
from vigil_bot.models import counted_for, reasoner_of
from vigil_bot.policies import Policies
from vigil_bot.ports.chat import Clock, Files
from vigil_bot.ports.clusters import Contrast
from vigil_bot.ports.knowledge import Embedder
from vigil_bot.ports.links import Pages
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.ports.watching import Meaning
from vigil_bot.settings import Settings, redact_of
from vigil_bot.spending import BudgetAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What holds data: opened once, closed at the end."""

    settings: Settings
    clock: Clock
    store: Store
    vectors: ChromaIndex
    base: KnowledgeBase
    meaning: Meaning
    contrast: Contrast
    policies: Policies
    distiller: Distiller
    curator: Curator
    learner: Learner
    forgetter: Forgetter
    keeping: Keeping
    reasoner: Reasoner
    files: dict[str, Files]  # by platform; whoever opens a platform adds its own

    async def distill(self, since: float | None = None) -> DistillReport:
        """Distill resolved cases, now."""
        return await self.distiller.run(now=self.clock.now(), since=since)

    async def saw(self, channel: ConversationRef, reach: Reach) -> None:
        """Keep who reads in a channel, as its platform says."""
        await self.policies.saw(channel, reach, self.store.ledger)

    async def recall(self) -> int:
        """Have posts put right whose entries have turned out wrong, now; return how many."""
        now = self.clock.now()
        return await self.learner.recall(since=now - RECALL_S, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The local platform."""

    chat: LocalChat
    source: LocalSource
    client: LocalClient
    routes: RouteTableDef


@contextlib.asynccontextmanager
async def local_platform(settings: Settings, clock: Clock) -> AsyncIterator[Local]:
    """Open the local chat."""
    chat = await LocalChat.open(settings.home / "local.db", clock)
    try:
        source = LocalSource(chat)
        yield Local(chat=chat, source=source, client=LocalClient(chat), routes=routes(source, chat, clock))
    finally:
        await chat.close()


def folder_lock(home: Path) -> FolderLock:
    """Return the lock that makes a data folder this process's alone; use it as a context manager."""
    return FolderLock(home)


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Open the data folder and everything in it, for this process alone.

    Raises:
        StoreLocked: If another process has it. StoreError, VectorIndexError, SettingsError: If something cannot be used.
    """
    clock = clock or SystemClock()
    policies = policies_of(settings)
    with FolderLock(settings.home):
        async with contextlib.AsyncExitStack() as stack:
            store = await Store.open(settings.sqlalchemy_url)
            stack.push_async_callback(store.close)
            vectors = (
                ChromaIndex.embedded(settings.home / "chroma")
                if not settings.chroma_url
                else ChromaIndex.server(settings.chroma_url)
            )
            stack.push_async_callback(vectors.close)
            files: dict[str, Files] = {}
            reasoner = await stack.enter_async_context(
                reasoner_of(
                    settings, clock=clock, spending=store.spending, files=files, alarm=_alarm(store, policies, clock)
                )
            )
            parts = _parts(
                settings, clock, store, vectors, policies=policies, reasoner=reasoner, files=files, pages=LinkFetcher()
            )
            if settings.database_url is None:  # ours alone, by the lock: a lease that is left is a dead process's
                await store.queue.end_leases()
                await store.queue.clock_went_back(now=clock.now())
            await policies.load(store.ledger)
            await parts.base.open()
            yield parts


@contextlib.asynccontextmanager
async def simulated(settings: Settings, *, clock: Clock, policies: Policies) -> AsyncIterator[Parts]:
    """Open the same parts in memory, for a simulation; nothing is written to disk."""
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open("sqlite://", inline=True, durable=False)
        stack.push_async_callback(store.close)
        vectors = ChromaIndex.in_memory()
        stack.push_async_callback(vectors.close)
        reasoner = await stack.enter_async_context(
            reasoner_of(settings, clock=clock, spending=store.spending, files={}, alarm=_alarm(store, policies, clock))
        )
        parts = _parts(settings, clock, store, vectors, policies=policies, reasoner=reasoner, files={})
        await parts.base.open()
        yield parts


async def stored_conversations(settings: Settings) -> list[Conversation]:
    """Return the transcript, from a copy, so that the program may run meanwhile.

    Raises:
        StoreError: If there is none, or it cannot be read.
    """
    if settings.database_url is not None:
        return await _conversations(settings.sqlalchemy_url)
    with tempfile.TemporaryDirectory() as folder:
        copy = await asyncio.to_thread(copy_database, settings.home / "vigil.db", Path(folder) / "vigil.db")
        return await _conversations(f"sqlite:///{copy}")


async def _conversations(url: str) -> list[Conversation]:
    store = await Store.open(url)
    try:
        return [conversation async for conversation in await store.transcript.conversations()]
    finally:
        await store.close()


def entries_of(path: Path) -> tuple[list[KnowledgeEntry], list[str]]:
    """Read entries or documents from a file or folder; return them with a line for each thing that cannot be read.

    Raises:
        InputError: If nothing of it can be read at all.
    """
    return read_path(path)


def export_line(entry: KnowledgeEntry) -> str:
    """Return an entry as a line of an export."""
    return entry_line(entry)


def policies_of(settings: Settings) -> Policies:
    """Read the policies of the channels."""
    return Policies(path=settings.policy_file, settle_s=settings.settle_s, default_mode=settings.default_mode)


def embedder_of(settings: Settings) -> Embedder:
    """Choose what makes vectors: the one that is set, or the best that is there.

    Raises:
        SettingsError: If the one that is set cannot be had.
    """
    if settings.embedder == "openai" or (settings.embedder == "auto" and settings.embedding_model):
        from adapters.llm.embed import OpenAIEmbedder  # noqa: PLC0415 -- openai takes more than a second to import

        return OpenAIEmbedder(
            base_url=settings.model_base_url or "",
            api_key=settings.model_api_key.get_secret_value() if settings.model_api_key else "",
            model=settings.embedding_model or "",
        )
    weights = find_weights(settings.minilm_path) if settings.embedder in ("auto", "minilm") else None
    if weights is not None:
        return MiniLMEmbedder(weights)
    if settings.embedder == "minilm":
        hint = (
            "`scripts/run` fetches it, or VIGIL_EMBEDDER_PATH names a folder with model.safetensors and tokenizer.json."
        )
        raise SettingsError("The sentence model all-MiniLM-L6-v2 is not there.", hint=hint)
    return BuiltinEmbedder()


def _parts(
    settings: Settings,
    clock: Clock,
    store: Store,
    vectors: ChromaIndex,
    *,
    policies: Policies,
    reasoner: Reasoner,
    files: dict[str, Files],
    pages: Pages | None = None,
) -> Parts:
    embedder = embedder_of(settings)
    base = KnowledgeBase(store.entries, vectors, embedder)
    desk = _desk(settings, store, base, policies)
    learner = Learner(desk)
    return Parts(
        settings=settings,
        clock=clock,
        store=store,
        vectors=vectors,
        base=base,
        meaning=Likeness(embedder),
        contrast=Contrasts(embedder),
        policies=policies,
        distiller=_distiller(settings, store, base, policies, reasoner),
        curator=Curator(desk),
        learner=learner,
        forgetter=Forgetter(base, store.forgetting, store.transcript),
        keeping=keeping_of(settings, store, base, learner, policy_of=policies.policy_of, pages=pages),
        reasoner=reasoner,
        files=files,
    )


def _distiller(
    settings: Settings, store: Store, base: KnowledgeBase, policies: Policies, reasoner: Reasoner
) -> Distiller:
    return Distiller(
        transcript=store.transcript,
        cases=store.cases,
        base=base,
        reasoner=reasoner,
        redact=redact_of(settings),
        policy_of=policies.policy_of,
        permalink=partial(_permalink, settings),
        counted_for=counted_for,
    )


def _alarm(store: Store, policies: Policies, clock: Clock) -> BudgetAlarm:
    return BudgetAlarm(store.reviewed, store.transcript, policy_of=policies.policy_of, clock=clock)


def _desk(settings: Settings, store: Store, base: KnowledgeBase, policies: Policies) -> Desk:
    return Desk(
        base=base,
        reviewed=store.reviewed,
        posted=store.reviewed,
        transcript=store.transcript,
        ledger=store.ledger,
        cases=store.cases,
        threads=store.threads,
        policy_of=policies.policy_of,
        redact=redact_of(settings),
    )


def _permalink(settings: Settings, message: Message) -> str | None:
    if message.permalink is None and message.conversation.platform == "lark":
        return chat_link(settings.lark_domain, message.conversation.channel_id)
    return message.permalink
