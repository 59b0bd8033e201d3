"""The whole engine over an in-memory store, with a clock that is moved by hand."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fakes.chat import MemoryChat
from vigil_bot.app import Parts, simulated
from vigil_bot.assembly import Engine, engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.model.card import Card, CardKind
from vigil_bot.model.conversation import Attachment, Author, AuthorKind, ConversationRef, Message, Role
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.event import (
    ActionInvoked,
    CommandInvoked,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies
from vigil_bot.settings import Settings

START = 1_700_000_000.0
CHANNEL = ConversationRef(platform="test", workspace_id="w", channel_id="oncall")
SETTLE_S = 10.0

ENTRY = KnowledgeEntry(
    id="e1",
    title="payments pods crash with PAY-1203 after the certificate rotation",
    issue="payments pods crash with error PAY-1203 since the certificate rotation",
    resolution="The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay`.",
)
QUESTION = "since the certificate rotation our payments pods crash with PAY-1203, how do I fix it?"


@dataclass
class World:
    """Says things, lets time pass, and shows what came out."""

    clock: SimulatedClock
    parts: Parts
    engine: Engine
    chat: MemoryChat
    _count: int = 0

    async def know(self, *entries: KnowledgeEntry) -> None:
        for entry in entries:
            stamped = replace(entry, created_at=START - 1000)
            await self.parts.base.put(stamped, kind=ChangeKind.ADD, by="test", why="", at=START - 1000)

    async def happens(self, event: Event) -> bool:
        new = await self.engine.intake.store_now(event)
        await self.engine.worker.drain()
        return new

    async def say(
        self,
        text: str,
        *,
        by: str = "rita",
        role: Role = Role.REQUESTER,
        thread: str | None = None,
        kind: AuthorKind = AuthorKind.HUMAN,
        ago_s: float = 0.0,
        attachments: tuple[Attachment, ...] = (),
        mentions_us: bool = False,
    ) -> Message:
        self._count += 1
        self.clock.advance(1.0)  # no two messages have the same time
        message_id = f"m{self._count}"
        message = Message(
            id=message_id,
            conversation=replace(CHANNEL, thread_id=thread or message_id),
            author=Author(id=by, role=role, kind=kind),
            text=text,
            sent_at=self.clock.now() - ago_s,
            permalink=f"https://chat.test/{message_id}",
            attachments=attachments,
            mentions_us=mentions_us,
        )
        await self.happens(MessagePosted(message=message))
        return message

    async def edit(self, message: Message, text: str) -> None:
        await self.happens(MessageEdited(message=replace(message, text=text, edited_at=self.clock.now())))

    async def delete(self, message: Message) -> None:
        gone = MessageDeleted(conversation=message.conversation, message_id=message.id, at=self.clock.now())
        await self.happens(gone)

    async def react(self, message_id: str, emoji: str, *, thread: str, by: str = "rita", added: bool = True) -> None:
        author = Author(id=by)
        ref = replace(CHANNEL, thread_id=thread)
        at = self.clock.now()
        await self.happens(
            ReactionChanged(conversation=ref, message_id=message_id, author=author, emoji=emoji, added=added, at=at)
        )

    async def press(
        self, message_id: str, action: str, value: str, *, thread: str, by: str = "rita", comment: str = ""
    ) -> None:
        self._count += 1
        await self.happens(
            ActionInvoked(
                id=f"a{self._count}",
                conversation=replace(CHANNEL, thread_id=thread),
                message_id=message_id,
                author=Author(id=by),
                action=action,
                value=value,
                comment=comment,
                at=self.clock.now(),
            )
        )

    async def command(self, text: str, *, thread: str | None = None, by: str = "anna", language: str = "") -> Card:
        ref = replace(CHANNEL, thread_id=thread)
        return await self.engine.commands.run(
            CommandInvoked(conversation=ref, author=Author(id=by), text=text, at=self.clock.now(), language=language)
        )

    async def wait(self, seconds: float) -> None:
        """Let time pass, stopping at every timer on the way."""
        until = self.clock.now() + seconds
        while True:
            wake = await self.parts.store.queue.next_wake(now=self.clock.now())
            if wake is None or wake > until:
                break
            self.clock.set(max(wake, self.clock.now()))
            if await self.engine.worker.drain() == 0:
                break
        self.clock.set(until)

    def cards(self, thread: str, kind: CardKind = CardKind.SUGGESTION) -> dict[str, Card]:
        """Return the cards that stand in a thread, by message id."""
        return {
            message_id: card
            for message_id, (ref, card) in self.chat.cards.items()
            if ref.thread_id == thread and card.kind is kind
        }

    async def receipt(self, message: Message) -> DecisionRecord:
        record = await self.parts.store.ledger.decision(message.conversation.key, message.id)
        assert record is not None, f"no receipt for {message.text!r}"
        return record


@contextlib.asynccontextmanager
async def world(mode: Mode = Mode.ON, *, policy_file: Path | None = None) -> AsyncIterator[World]:
    """Open a world in which one channel has this mode, and the rules of a policy file."""
    clock = SimulatedClock(START)
    settings = Settings(embedder="builtin", _env_file=None)
    policies = Policies(path=policy_file, settle_s=SETTLE_S, default_mode=mode)
    async with simulated(settings, clock=clock, policies=policies) as parts:
        chat = MemoryChat()
        yield World(clock=clock, parts=parts, engine=engine_of(parts, {"test": chat}), chat=chat)
