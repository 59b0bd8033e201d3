"""What people delete, or want forgotten, goes with all that rests on it alone."""

import contextlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.assembly import operations_of
from vigil_bot.model.card import CardKind
from vigil_bot.model.conversation import Author, Message, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry

ANSWER = "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/zebra -n pay`."
HOUR_S = 3600.0


async def learned(on: World) -> tuple[Message, Message, KnowledgeEntry]:
    """Let people solve a case, and learn from it."""
    question = await on.say(QUESTION)
    answer = await on.say(ANSWER, by="anna", role=Role.ANALYST, thread=question.id)
    await on.say("that fixed it, thank you!", thread=question.id)
    await on.wait(HOUR_S)
    await on.parts.distill()
    [entry] = await on.parts.base.entries()
    return question, answer, entry


async def dump(on: World, path: Path) -> str:
    await on.parts.store.backup(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump())


async def test_a_deleted_answer_takes_its_entry_everywhere_and_what_was_said_from_it(tmp_path: Path) -> None:
    async with world() as on:
        _, answer, entry = await learned(on)
        asked = await on.say(QUESTION, by="ravi")
        await on.wait(SETTLE_S + 1)
        [suggestion] = await on.parts.store.ledger.suggestions_in(asked.conversation.key)
        assert "zebra" in suggestion.text
        await on.command(f"kb edit {entry.id} title: zebra is stuck")
        assert await on.parts.vectors.count() == 1

        on.clock.advance(1.0)
        await on.delete(answer)
        await on.wait(1.0)  # another thread's turn
        assert await on.parts.base.get(entry.id) is None
        assert await on.parts.base.history(entry.id) == []
        assert await on.parts.base.entries() == []  # what an export writes
        assert await on.parts.vectors.count() == 0
        assert await on.parts.base.find("zebra", viewer=None) == []
        assert suggestion.posted_id
        _, card = on.chat.cards[suggestion.posted_id]
        assert card.title == "Corrected: please do not follow what I suggested here"
        assert "zebra" not in card.text
        assert len(on.cards(asked.id, CardKind.NOTICE)) == 2  # edited, and told
        database = await dump(on, tmp_path / "vigil.db")
        words = [line for line in database.splitlines() if "zebra" in line and "entry" in line.split("VALUES")[0]]
        assert words == []


async def test_an_entry_with_another_source_stays_without_the_words_that_were_deleted() -> None:
    async with world() as on:
        _, first, entry = await learned(on)
        question = await on.say(QUESTION, by="ravi")
        await on.say(ANSWER, by="bob", role=Role.ANALYST, thread=question.id)
        await on.say("that fixed it, thank you!", by="ravi", thread=question.id)
        await on.wait(HOUR_S)
        await on.parts.distill()
        confirmed = await on.parts.base.get(entry.id)
        assert confirmed is not None
        assert len(confirmed.sources) == 2

        on.clock.advance(1.0)
        await on.delete(first)
        left = await on.parts.base.get(entry.id)
        assert left is not None
        assert "zebra" in left.resolution  # bob said it as well
        assert first.id not in {m for source in left.sources for m in source.message_ids}
        assert [v.kind for v in await on.parts.base.history(entry.id)] == ["forget"]  # no version rests on it
        anna = Author(id="anna", role=Role.ANALYST)
        undo = CommandInvoked(conversation=CHANNEL, author=anna, text=f"kb undo {entry.id}", at=on.clock.now())
        card = await on.engine.commands.run(undo)
        assert "stays forgotten" in card.text
        assert (await on.parts.base.get(entry.id)) == left


async def test_deleting_what_no_entry_rests_on_changes_nothing() -> None:
    async with world() as on:
        _, _, entry = await learned(on)
        chatter = await on.say("lunch?", by="bob")
        on.clock.advance(1.0)
        await on.delete(chatter)
        assert await on.parts.base.get(entry.id) == entry


async def test_a_person_is_forgotten_with_what_rests_on_their_words_alone() -> None:
    async with world() as on:
        _, _, entry = await learned(on)
        await on.know(ENTRY)
        asked = await on.say("my VPN drops, where is the guide?", by="rita")
        operations = operations_of(on.parts)
        done = [await operations.call("forget", {"person": "anna", "workspace": "w"}) for _ in range(2)]
        assert done[0] == {"removed": (entry.id,), "changed": (), "messages": 1}
        assert isinstance(done[1], dict)
        assert not done[1]["removed"]
        assert not done[1]["changed"]
        assert await on.parts.base.get(entry.id) is None
        assert await on.parts.base.get("e1") is not None
        said = await on.parts.store.transcript.conversation(asked.conversation)
        assert said.messages[0].text  # others' words stay
        assert await on.parts.store.forgetting.mentioning("anna", workspace_id="elsewhere") == []


async def test_an_analysts_correction_that_is_deleted_lets_the_entry_go_that_it_disputed() -> None:
    async with world() as on:
        await on.know(replace(ENTRY, confidence=Confidence.VALIDATED))
        asked = await on.say(QUESTION, by="ravi")
        await on.wait(SETTLE_S + 1)
        said = await on.say("No, that is wrong: run `pay zebra`.", by="anna", role=Role.ANALYST, thread=asked.id)
        assert len(await on.parts.base.entries()) == 2
        await operations_of(on.parts).call("forget", {"person": "anna", "workspace": "w"})
        [entry] = await on.parts.base.entries()
        assert (entry.id, entry.waits) == ("e1", False)
        assert said.text not in json.dumps([v.why for v in await on.parts.base.history("e1")])


async def test_what_somebody_taught_by_command_goes_with_them() -> None:
    async with world() as on:
        anna = Author(id="anna", role=Role.ANALYST)
        text = "kb add the zebra is stuck => run `zebra free`"
        await on.engine.commands.run(CommandInvoked(conversation=CHANNEL, author=anna, text=text, at=on.clock.now()))
        assert len(await on.parts.base.entries()) == 1
        await operations_of(on.parts).call("forget", {"person": "anna", "workspace": "w"})
        assert await on.parts.base.entries() == []
