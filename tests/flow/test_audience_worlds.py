"""In 500 random worlds nothing is shown wider than the narrowest of its sources, whatever people do with entries.

Every word of a world carries a mark. Whoever may read a mark is worked out here from where it was said; then everything that
the program shows anywhere is searched for marks.
"""

import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from knowledge.importing import read_path
from tests.fakes.world import CHANNEL, ENTRY, QUESTION, World, world
from vigil_bot.app import export_line
from vigil_bot.assembly import operations_of
from vigil_bot.errors import InputError
from vigil_bot.model.case import CaseState
from vigil_bot.model.conversation import Author, ConversationRef, Message, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked, MessagePosted
from vigil_bot.model.knowledge import Audience, KnowledgeEntry
from vigil_bot.model.policy import LearnedAudience, Reach
from vigil_bot.model.review import Actor

GROUPS, WORLDS = 10, 50
STEPS, LOOKS = 5, 6
TRIES = 5
THINKS_BETTER = 0.3
NEAR = 0.8  # how often somebody acts on an entry from where it is known
MARK = re.compile(r"zq\d+x")
SHOWN_ENTRY = re.compile(r"\b([epcs]-[0-9a-f]+(?:-\d+)*) v\d")
REFUSED = "That did not work."
SYMPTOMS = ("payment pods crash", "login page shows an error", "nightly backup fails", "search index is stale")
FIXES = ("Restart the sidecar with", "Clear the cache of", "Rotate the certificate of", "Rebuild the volume of")


@dataclass(frozen=True)
class Room:
    """A channel as it is now."""

    ref: ConversationRef
    reach: Reach
    audience: LearnedAudience

    def heard_in(self, other: "Room") -> bool:
        """Whether what is said here now may be shown there."""
        if self.ref == other.ref:
            return True
        if self.reach is not Reach.OPEN or self.audience is LearnedAudience.CHANNEL:
            return False
        if self.audience is LearnedAudience.EVERYONE:
            return True
        return self.ref.workspace_id == other.ref.workspace_id and other.reach is not Reach.SHARED


@dataclass
class Company:
    """One random world: two workspaces with their rooms, and what was said in them."""

    on: World
    random: Random
    number: int
    rooms: dict[str, Room] = field(default_factory=dict)
    said: dict[str, set[Room]] = field(default_factory=dict)  # mark -> where it comes from
    rests_on: dict[str, set[Room]] = field(default_factory=dict)  # entry -> where its sources are
    threads: dict[str, Room] = field(default_factory=dict)  # as they were when they began
    asked: list[Message] = field(default_factory=list)
    code: str = ""
    began: float = 0.0
    _marks: int = 0

    async def build(self) -> None:
        self.on.clock.advance(40 * 86_400.0)
        self.code, self.began = f"ERR-{1000 + self.number}", self.on.clock.now()
        for place in range(self.random.randint(4, 6)):
            ref = ConversationRef(
                platform="test", workspace_id=f"w{self.number}-{place % 2}", channel_id=f"c{self.number}-{place}"
            )
            await self._set(ref, self.random.choice(list(Reach)), self.random.choice(list(LearnedAudience)))

    async def _set(self, ref: ConversationRef, reach: Reach, audience: LearnedAudience) -> None:
        await self.on.parts.saw(ref, reach)
        if audience is not LearnedAudience.WORKSPACE:
            await self.on.parts.policies.set(ref, "audience", audience.value, self.on.parts.store.ledger)
        self.rooms[ref.channel_id] = Room(ref, reach, audience)

    def room(self) -> Room:
        return self.random.choice(list(self.rooms.values()))

    def room_of(self, entry: KnowledgeEntry) -> Room:
        """Return a room, mostly one in which the entry is known."""
        policy_of = self.on.parts.policies.policy_of
        near = [room for room in self.rooms.values() if entry.audience.allows(policy_of(room.ref).viewer(room.ref))]
        return self.random.choice(near) if near and self.random.random() < NEAR else self.room()

    def mark(self, *sources: Room) -> str:
        self._marks += 1
        mark = f"zq{self.number}000{self._marks}x"
        self.said[mark] = set(sources)
        return mark

    def problem(self, room: Room) -> str:
        return f"{self.random.choice(SYMPTOMS)} with {self.code} on {self.mark(room)}"

    def fix(self, room: Room) -> str:
        return f"{self.random.choice(FIXES)} {self.mark(room)}."

    async def entries(self) -> list[KnowledgeEntry]:
        """Return the entries of this world, and note where their sources are."""
        mine = await self.on.parts.store.entries.created_since(self.began)
        for entry in mine:
            threads = [s.thread_id for s in entry.sources if s.thread_id is not None]
            self.rests_on.setdefault(entry.id, set()).update(self.threads[thread] for thread in threads)
        return mine

    async def command(self, ref: ConversationRef, text: str, *, by: str = "anna", home: tuple[str, ...] = ()) -> str:
        role = Role.ANALYST if by == "anna" else Role.UNKNOWN
        card = await self.on.engine.commands.run(
            CommandInvoked(
                conversation=ref,
                author=Author(id=by, role=role),
                text=text,
                at=self.on.clock.now(),
                channel_ids=home,
                language="en",
            )
        )
        return card.text

    async def say(self, ref: ConversationRef, text: str, *, by: str, role: Role) -> Message:
        self.on.clock.advance(1.0)
        message_id = f"m{self.number}-{self.on.clock.now():.0f}"
        message = Message(
            id=message_id,
            conversation=ref if ref.thread_id else replace(ref, thread_id=message_id),
            author=Author(id=by, role=role),
            text=text,
            sent_at=self.on.clock.now(),
        )
        self.threads.setdefault(message.conversation.key, self.rooms[ref.channel_id])
        await self.on.happens(MessagePosted(message=message))
        return message

    # What happens in it.

    async def step(self) -> None:
        self.on.clock.advance(1.0)
        acts = [self.teach, self.teach, self.change, self.merge, self.merge, self.operate, self.solve]
        acts += [self.ask, self.ask, self.turn, self.turn]
        await self.random.choice(acts)()

    async def teach(self) -> None:
        room = self.room()
        known = {entry.id for entry in await self.entries()}
        await self.command(room.ref, f"kb add {self.problem(room)} => {self.fix(room)} {self.fix(room)}")
        for entry in await self.entries():
            if entry.id not in known:
                self.rests_on[entry.id].add(room)

    async def change(self) -> None:
        """Edit, split, approve, reject, archive or undo an entry, from a room that may know nothing of it."""
        if not (entries := await self.entries()):
            return
        entry = self.random.choice(entries)
        room, name = self.room_of(entry), self.random.choice(("issue", "resolution"))
        mark = self.mark(*self.rests_on[entry.id])  # what somebody types into an entry is meant for all its readers
        words = self.random.choice(
            (
                f"edit {entry.id} {name}: {self.code} {entry.issue if name == 'issue' else entry.resolution} {mark}",
                f"split {entry.id} {self.random.randint(1, 2)}",
                f"approve {entry.id} {self.random.choice(('', 'both'))}",
                f"reject {entry.id} because of {mark}",
                f"undo {entry.id}",
            )
        )
        known = {one.id for one in entries}
        await self.command(room.ref, f"kb {words}")
        for one in await self.entries():
            if one.id not in known:
                self.rests_on[one.id] |= self.rests_on[entry.id]

    async def merge(self) -> None:
        """Merge two entries, in a room or as an operator, and perhaps think better of it."""
        for _ in range(TRIES):
            if len(entries := await self.entries()) > 1:
                one, other = self.random.sample(entries, 2)
                if await self._merged(one, other):
                    self.rests_on[one.id] |= self.rests_on[other.id]
                    if self.random.random() < THINKS_BETTER:
                        await self._revert(one.id, 1)
                    return

    async def _merged(self, one: KnowledgeEntry, other: KnowledgeEntry) -> bool:
        if self.random.random() < THINKS_BETTER:
            return REFUSED not in await self.command(self.room_of(one).ref, f"kb merge {one.id} {other.id}")
        try:
            actor = Actor(by="operator", at=self.on.clock.now(), trusted=True)
            await self.on.parts.curator.merge(one.id, other.id, actor=actor)
        except InputError:
            return False
        return True

    async def operate(self) -> None:
        """Revert an entry to any version, as an operator."""
        if entries := await self.entries():
            entry = self.random.choice(entries)
            await self._revert(entry.id, self.random.randint(1, entry.version))

    async def _revert(self, entry_id: str, version: int) -> None:
        with contextlib.suppress(InputError):
            await self.on.parts.base.revert(entry_id, version, by="operator", at=self.on.clock.now())

    async def solve(self) -> None:
        """Work a case out in a room, and learn from it."""
        room = self.room()
        first = await self.say(room.ref, f"{self.problem(room)}, how do I fix it?", by="rita", role=Role.REQUESTER)
        await self.say(first.conversation, self.fix(room), by="anna", role=Role.ANALYST)
        await self.say(first.conversation, "that works now, thanks!", by="rita", role=Role.REQUESTER)
        press = ActionInvoked(
            id=f"done-{first.id}",
            conversation=first.conversation,
            message_id="",
            author=Author(id="anna", role=Role.ANALYST),
            action="resolve",
            value="",
            at=self.on.clock.now(),
        )
        await self.on.happens(press)
        await self.on.parts.distill()
        self.asked.append(first)

    async def ask(self) -> None:
        """Ask in a room, and have an analyst put right what is suggested there."""
        if not (entries := await self.entries()):
            return
        entry = self.random.choice(entries)
        room, about = self.room_of(entry), entry.issue.partition(" on ")[0]
        question = await self.say(room.ref, f"{about}, how do I fix it?", by="rita", role=Role.REQUESTER)
        await self.on.wait(15.0)
        self.asked.append(question)
        if any(ref == question.conversation for ref, _ in self.on.chat.cards.values()):
            known = {entry.id: entry for entry in await self.entries()}
            right = f"No, that is wrong. It is: {self.fix(room)}"
            await self.say(question.conversation, right, by="anna", role=Role.ANALYST)
            for entry in await self.entries():
                if entry.id not in known:
                    for corrected in entry.contradicts:
                        self.rests_on[entry.id] |= self.rests_on[corrected]

    async def turn(self) -> None:
        """Have a room opened, closed or shared with another company."""
        asked_in = [self.rooms[m.conversation.channel_id] for m in self.asked]
        room = self.random.choice(asked_in or list(self.rooms.values()))
        await self._set(room.ref, self.random.choice(list(Reach)), room.audience)

    # What is seen of it.

    async def look(self) -> None:
        """Look at everything from everywhere, and see that nothing is there which is not for those who look."""
        await self.on.parts.learner.run(self.on.clock.now())
        await self.on.engine.worker.drain()
        entries = await self.entries()
        for room in self.random.sample(list(self.rooms.values()), 2):
            asked = [m for m in self.asked if m.conversation.channel == room.ref]
            looks = [
                (room.ref, f"kb search {self.code} pods crash login backup index"),
                (room.ref, f"ask {self.code} pods crash"),
                *((room.ref, words) for words in ("kb review", "kb gaps", "handoff", "catchup", "stats")),
                *((room.ref, f"kb {verb} {entry.id}") for entry in entries for verb in ("show", "history")),
                *((m.conversation, words) for m in asked for words in ("why", "summary", "status")),
            ]
            looks = self.random.sample(looks, min(LOOKS, len(looks)))
            for ref, words in (*looks, *((m.conversation, "why") for m in asked)):
                self.check(await self.command(ref, words, by="bob"), [room], words)
        reads = self.random.sample(list(self.rooms.values()), 2)
        home = tuple(room.ref.channel_id for room in reads if room.ref.workspace_id == reads[0].ref.workspace_id)
        seen = [room for room in reads if room.ref.channel_id in home]
        self.check(await self.command(seen[0].ref, "home", home=home), seen, "home")
        for ref, card in self.on.chat.cards.values():
            if ref.channel_id in self.rooms:
                self.check(card.text, [self.rooms[ref.channel_id]], "a post")

    def check(self, text: str, rooms: list[Room], where: str) -> None:
        for mark in MARK.findall(text):
            if mark in self.said:
                self._check(mark, self.said[mark], rooms, where, text)
        for entry_id in SHOWN_ENTRY.findall(text):
            if entry_id in self.rests_on:
                self._check(entry_id, self.rests_on[entry_id], rooms, where, text)

    def _check(self, what: str, sources: set[Room], rooms: list[Room], where: str, text: str) -> None:
        leaked = not any(all(source.heard_in(room) for source in sources) for room in rooms)
        assert not leaked, f"world {self.number}: {what} of {sources} in {where!r} for {rooms}:\n{text}"


@pytest.fixture
async def on() -> AsyncIterator[World]:
    async with world() as opened:
        yield opened


@pytest.mark.parametrize("group", range(GROUPS))
async def test_nothing_is_shown_wider_than_the_narrowest_of_its_sources(group: int, on: World, tmp_path: Path) -> None:
    learned = 0
    for number in range(group * WORLDS, (group + 1) * WORLDS):
        company = Company(on, Random(number), number)
        await company.build()
        await company.teach()
        for _ in range(STEPS):
            await company.step()
        await company.look()
        learned += len(await company.entries())
    assert learned > WORLDS
    assert await on.parts.store.cases.cases(states=[CaseState.RESOLVED, CaseState.CLOSED]) != []
    await the_export_keeps_audiences(on, tmp_path)


async def the_export_keeps_audiences(on: World, folder: Path) -> None:
    stored = await on.parts.base.entries(limit=100_000)
    listed = await operations_of(on.parts).call("kb.list", {"limit": 1000})
    assert isinstance(listed, list)
    assert json.dumps([one["id"] for one in listed if isinstance(one, dict)]) == json.dumps(
        [e.id for e in stored[:1000]]
    )
    path = folder / "export.jsonl"
    path.write_text("".join(f"{export_line(entry)}\n" for entry in stored), "utf-8")
    again, skipped = read_path(path)
    assert skipped == []
    assert {e.id: e.audience for e in again} == {e.id: e.audience for e in stored}


async def test_a_receipt_and_a_post_hide_what_may_not_be_seen_there_any_more(on: World) -> None:
    await on.know(replace(ENTRY, audience=Audience(workspace=CHANNEL.workspace_id)))
    question = await on.say(QUESTION)
    await on.wait(20.0)
    assert ENTRY.title in (await on.command("why", thread=question.id)).text
    assert "kubectl" in str(on.cards(question.id))
    await on.parts.saw(CHANNEL, Reach.SHARED)
    assert ENTRY.title not in (await on.command("why", thread=question.id)).text
    await on.parts.recall()
    await on.engine.worker.drain()
    assert "kubectl" not in str(on.chat.cards)


@pytest.mark.parametrize(("reach", "elsewhere"), [(Reach.OPEN, True), (Reach.PRIVATE, False), (Reach.SHARED, False)])
async def test_what_is_taught_in_a_closed_channel_stays_there(on: World, reach: Reach, *, elsewhere: bool) -> None:
    await on.parts.saw(CHANNEL, reach)
    await on.command(f"kb add {ENTRY.issue} => {ENTRY.resolution}")
    (taught,) = await on.parts.base.entries()
    policies = on.parts.policies
    other = replace(CHANNEL, channel_id="other")
    assert taught.audience.allows(policies.policy_of(CHANNEL).viewer(CHANNEL))
    assert taught.audience.allows(policies.policy_of(other).viewer(other)) is elsewhere


async def test_what_a_workspace_knows_is_not_shown_where_another_company_reads(on: World) -> None:
    await on.know(replace(ENTRY, audience=Audience(workspace=CHANNEL.workspace_id)))
    assert ENTRY.title in (await on.command(f"kb search {QUESTION}")).text
    await on.parts.saw(CHANNEL, Reach.SHARED)
    assert ENTRY.title not in (await on.command(f"kb search {QUESTION}")).text
    await on.know(replace(ENTRY, id="e2", audience=Audience()))
    assert ENTRY.title in (await on.command(f"kb search {QUESTION}")).text
