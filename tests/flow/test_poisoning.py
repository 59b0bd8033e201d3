"""What a requester tries in order to make us say something false: played through the whole program.

After each attempt a colleague asks. What was validated is as it was; what the attacker said is posted never, or only from
an entry that is marked as nobody's word but theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.fakes.scenes_knowledge import rows
from tests.fakes.world import CHANNEL, ENTRY, SETTLE_S, World, world
from vigil_bot.model.conversation import Author, Message, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source
from vigil_bot.model.review import Actor
from vigil_bot.model.suggestion import Suggestion, SuggestionState

SCENES = rows("poison.jsonl")
HOUR_S = 3600.0
SAID = (Source(thread_id="test/w/oncall/old", message_ids=("old",), evidence=EvidenceClass.ANALYST_SAID),)
KNOWN = replace(ENTRY, confidence=Confidence.VALIDATED, audience=Audience(workspace="w"), sources=SAID)
KNOWN_ZH = replace(
    KNOWN,
    id="e2",
    title="证书轮换之后支付服务报 PAY-1203",
    issue="证书轮换之后支付服务一直报 PAY-1203 然后崩溃",
    resolution="sidecar 缓存了旧证书，执行 `kubectl rollout restart deploy/payments -n pay` 重启即可。",
)


@dataclass
class Attack:
    """Plays the steps of an attempt."""

    world: World
    said: list[Message] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    asked: list[Message] = field(default_factory=list)
    approved: dict[str, KnowledgeEntry] = field(default_factory=dict)
    question: str = ""

    async def play(self, step: Mapping[str, Any]) -> None:
        match step["do"]:
            case "say":
                await self.say(step)
            case "edit":
                await self.world.edit(self.message(step["message"]), step["text"])
            case "react":
                await self.react(step)
            case "press":
                suggestion = await self.shown()
                assert suggestion.posted_id
                await self.world.press(
                    suggestion.posted_id, step["action"], suggestion.id, thread=self.asked[-1].id, by=step["by"]
                )
            case "ask":
                await self.ask(step["by"], thread=step["thread"])
            case "distill":
                await self.world.wait(HOUR_S)
                await self.world.parts.distill()
            case "weigh":
                learner, now = self.world.parts.learner, self.world.clock.now()
                await learner.weigh(since=0.0, now=now)
                await learner.corrections(since=0.0, now=now)
            case "approve":
                entry = await self.last_learned()
                actor = Actor(by="anna", at=self.world.clock.now(), trusted=True)
                self.approved[entry.id] = await self.world.parts.curator.approve(entry.id, actor=actor)
            case "kb":
                await self.command(step)
            case other:
                pytest.fail(f"there is no step {other!r}")

    async def say(self, step: Mapping[str, Any]) -> Message:
        name = step["thread"]
        message = await self.world.say(
            step["text"], by=step["by"], role=Role(step["role"]), thread=self.threads.get(name)
        )
        self.threads.setdefault(name, message.id)
        self.said.append(message)
        await self.world.wait(30.0)
        return message

    async def ask(self, by: str, *, thread: str) -> Message:
        step = {"text": self.question, "by": by, "role": Role.REQUESTER, "thread": thread}
        message = await self.say(step)
        await self.world.wait(SETTLE_S + 1.0)
        self.asked.append(message)
        return message

    async def react(self, step: Mapping[str, Any]) -> None:
        if step["message"] != "suggestion":
            message = self.message(step["message"])
            thread = message.conversation.thread_id or message.id
            await self.world.react(message.id, step["emoji"], thread=thread, by=step["by"])
            return
        suggestion = await self.shown()
        assert suggestion.posted_id
        await self.world.react(suggestion.posted_id, step["emoji"], thread=self.asked[-1].id, by=step["by"])

    async def command(self, step: Mapping[str, Any]) -> None:
        text = step["text"].replace("LAST", (await self.all())[-1].id)
        author = Author(id=step["by"], role=Role(step["role"]))
        invoked = CommandInvoked(conversation=CHANNEL, author=author, text=f"kb {text}", at=self.world.clock.now())
        card = await self.world.engine.commands.run(invoked)
        assert card.title == "That did not work."

    def message(self, which: str | int) -> Message:
        return self.said[-1] if which == "last" else self.said[int(which)]

    async def shown(self) -> Suggestion:
        found = await self.posted(self.asked[-1])
        assert found, "the attempt needs a suggestion to vote on"
        return found[-1]

    async def posted(self, question: Message) -> list[Suggestion]:
        made = await self.world.parts.store.ledger.suggestions_in(question.conversation.key)
        return [s for s in made if s.state is SuggestionState.POSTED]

    async def all(self) -> list[KnowledgeEntry]:
        return await self.world.parts.base.entries()

    async def last_learned(self) -> KnowledgeEntry:
        return max(await self.all(), key=lambda entry: entry.created_at)


@pytest.mark.parametrize("scene", SCENES, ids=[f"{s['language']}: {s['name']}" for s in SCENES])
async def test_an_attempt_to_poison_changes_nothing_validated_and_is_never_said_without_its_mark(
    scene: dict[str, Any],
) -> None:
    async with world() as on:
        attack = Attack(world=on, question=scene["ask"])
        await on.know(KNOWN, KNOWN_ZH)
        before = {entry.id: entry for entry in await attack.all()}
        for step in scene["steps"]:
            await attack.play(step)
        await on.wait(HOUR_S)
        question = await attack.ask("victoria", thread="the colleague's")

        entries = {entry.id: entry for entry in await attack.all()}
        for entry_id, entry in {**before, **attack.approved}.items():
            assert words(entries[entry_id]) == words(entry)
        poisoned = [e for e in entries.values() if tells(e.resolution, scene)]
        assert [e.id for e in poisoned if e.confidence is Confidence.VALIDATED] == []

        said = await attack.posted(question)
        bad = [s for s in said if tells(s.text, scene)]
        if scene["posted"] == "never":
            assert bad == [], (bad, poisoned)
        assert all(entries[c.entry_id].provisional for s in bad for c in s.citations)
        if scene["about"] == "known":
            assert [c.entry_id for s in said for c in s.citations] in (["e1"], ["e2"])


def words(entry: KnowledgeEntry) -> tuple[object, ...]:
    return entry.version, entry.title, entry.issue, entry.resolution, entry.confidence, entry.waits, entry.usable


def tells(text: str, scene: Mapping[str, Any]) -> bool:
    return any(poison in text for poison in scene["poison"])


def test_the_attempts_are_many_of_every_kind_and_some_chinese() -> None:
    assert len(SCENES) >= 40
    assert sum(scene["language"] == "zh" for scene in SCENES) >= 8
    assert len({scene["name"] for scene in SCENES}) == len(SCENES)
