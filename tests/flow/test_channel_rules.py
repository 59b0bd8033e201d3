"""Rules of a channel changed in chat, what was nearly said, and reactions: on the whole engine, with a clock moved by hand."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.assembly import engine_of
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Author, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.knowledge import Audience, ChangeKind
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies

AGREES = "The sidecar caches the old certificate, run `kubectl rollout restart deploy/payments -n pay` please."


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.know(ENTRY)
        yield made


async def said_by(here: World, text: str, role: Role) -> Card:
    return await here.engine.commands.run(
        CommandInvoked(conversation=CHANNEL, author=Author(id="x", role=role), text=text, at=here.clock.now())
    )


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("precision 85%", "target_precision", 0.85),
        ("max_per_day 3", "max_per_day", 3),
        ("cooldown 10m", "cooldown_s", 600.0),
        ("settle 45s", "settle_s", 45.0),
        ("languages en, zh", "languages", ("en", "zh")),
        ("topics salary，工资", "avoid", ("salary", "工资")),
        ("bots none", "read_bots", ()),
        ("analysts <@U1|ann>, @ben", "analysts", ("U1", "ben")),
        ("audience Everyone", "audience", "everyone"),
        ("react on", "react", True),
        ("quiet none", "quiet_hours", None),
        ("zone Asia/Shanghai", "zone", "Asia/Shanghai"),
    ],
)
async def test_a_rule_is_set_as_people_write_it_and_kept(here: World, words: str, name: str, value: object) -> None:
    card = await here.command(f"/vigil set {words}")

    assert name in card.title
    assert getattr(here.parts.policies.policy_of(CHANNEL), name) == value
    anew = Policies()
    await anew.load(here.parts.store.ledger)
    assert getattr(anew.policy_of(CHANNEL), name) == value


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("precision 120%", "target_precision"),
        ("quiet 25:00-07:00", "22:00-07:00"),
        ("quiet 22:00-07:00 Mars/Base", "no time zone"),
        ("max_per_day many", "max_per_day"),
        ("languages fr", "languages"),
        ("colour red", "no setting `colour`"),
        ("react", "Set it to what?"),
    ],
)
async def test_a_bad_value_is_refused_with_its_reason_and_the_old_one_stays(here: World, words: str, why: str) -> None:
    before = here.parts.policies.policy_of(CHANNEL)
    card = await here.command(f"/vigil set {words}")

    assert why in card.text
    assert here.parts.policies.policy_of(CHANNEL) == before
    assert await here.parts.store.ledger.channel_settings() == {}


async def test_requesters_change_nothing(here: World) -> None:
    for command in ("set react on", "unset react", "nearly"):
        card = await said_by(here, f"/vigil {command}", Role.REQUESTER)
        assert "Only analysts" in card.text
    assert await here.parts.store.ledger.channel_settings() == {}


async def test_the_list_says_where_each_value_comes_from_and_unset_takes_it_back(here: World) -> None:
    await here.command("/vigil set max_per_day 3")
    listed = (await here.command("/vigil set")).text
    assert "max_per_day: 3 · set here in chat" in listed
    assert "mode: on · from the settings of the program" in listed
    assert "react: off · the default" in listed

    await here.command("/vigil unset max_per_day")
    assert here.parts.policies.policy_of(CHANNEL).max_per_day == 50
    assert "not set in chat" in (await here.command("/vigil unset max_per_day")).text


async def test_a_setting_in_chat_holds_for_the_next_message(here: World) -> None:
    await here.command("/vigil set topics payments pods")
    asked = await here.say(QUESTION)
    await here.wait(60)

    assert here.cards(asked.id) == {}


async def test_what_was_nearly_said_is_shown_with_what_people_then_said() -> None:
    async with world(Mode.SHADOW) as here:
        await here.know(ENTRY)
        asked = await here.say(QUESTION)
        await here.wait(60)
        await here.say(AGREES, by="anna", role=Role.ANALYST, thread=asked.id)
        text = (await here.command("/vigil nearly")).text

        assert "1 draft not posted: 1 would have been right" in text
        assert QUESTION[:40] in text
        assert AGREES[:40] in text


async def test_what_was_posted_was_not_nearly_said(here: World) -> None:
    await here.say(QUESTION)
    await here.wait(60)

    assert "Nothing" in (await here.command("/vigil nearly")).text


async def test_a_draft_of_an_entry_that_the_channel_may_not_see_any_more_is_not_shown() -> None:
    async with world(Mode.SHADOW) as here:
        await here.know(ENTRY)
        await here.say(QUESTION)
        await here.wait(60)
        entry = await here.parts.base.get("e1")
        assert entry is not None
        hidden = replace(entry, audience=Audience(workspace="w", channels=("other",)))
        await here.parts.base.put(hidden, kind=ChangeKind.EDIT, by="anna", why="", at=here.clock.now())

        text = (await here.command("/vigil nearly")).text
        assert "rollout" not in text
        assert "Nothing" in text


async def test_once_a_week_analysts_see_it_by_themselves() -> None:
    async with world(Mode.SHADOW) as here:
        await here.know(ENTRY)
        await here.say("I am on call today", by="anna", role=Role.ANALYST)
        await here.say(QUESTION)
        await here.wait(60)
        weekly = next(job for job in here.engine.jobs if job.name == "nearly")
        for _ in range(2):  # the same due time twice, as after a crash
            await weekly.run(here.clock.now())
            await here.engine.worker.drain()

        ((reader, card),) = here.chat.whispers
        assert reader == "anna"
        assert "rollout restart" in card.text


async def test_nothing_is_shown_of_a_channel_without_drafts(here: World) -> None:
    await here.say("I am on call today", by="anna", role=Role.ANALYST)
    await here.wait(60)
    weekly = next(job for job in here.engine.jobs if job.name == "nearly")
    await weekly.run(here.clock.now())
    await here.engine.worker.drain()

    assert here.chat.whispers == []


async def test_eyes_are_put_once_and_gone_within_the_stated_time_whatever_happens(here: World) -> None:
    await here.command("/vigil set react on")
    asked = await here.say(QUESTION)
    assert here.chat.reactions == {asked.id: ["👀"]}

    await here.command("/vigil mute channel")
    await here.wait(119)
    assert here.chat.reactions == {asked.id: []}
    assert here.chat.reacted == [(asked.id, "👀")]


async def test_a_reaction_that_comes_after_a_mute_is_not_put(here: World) -> None:
    await here.command("/vigil set react on")
    here.chat.fail_next = 1
    asked = await here.say(QUESTION)
    await here.command("/vigil mute channel")
    await here.wait(300)

    assert here.chat.reacted == []
    assert here.cards(asked.id) == {}


async def test_agreement_is_a_tick_on_the_answer_and_says_so_in_the_receipt(here: World) -> None:
    await here.command("/vigil set react on")
    asked = await here.say(QUESTION)
    answer = await here.say(AGREES, by="anna", role=Role.ANALYST, thread=asked.id)
    await here.wait(SETTLE_S + 1)

    assert here.chat.reactions[answer.id] == ["✅"]
    assert here.cards(asked.id) == {}
    record = await here.receipt(asked)
    assert (record.decision.kind, record.model_calls) == ("react", 0)


async def test_a_crash_between_decision_and_call_leaves_no_eyes_behind(here: World) -> None:
    await here.command("/vigil set react on")
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1  # the answer and what takes 👀 off are stored, and not sent
    await here.wait(SETTLE_S + 0.5)
    assert here.chat.reactions == {asked.id: ["👀"]}

    here.engine = engine_of(here.parts, {"test": here.chat})  # the next process
    await here.wait(300)
    assert here.chat.reactions == {asked.id: []}
    assert len(here.cards(asked.id)) == 1


@pytest.mark.parametrize("how", ["words", "emoji", "command"])
async def test_a_mute_is_shown_to_the_one_who_asked_and_ended_by_its_button(here: World, how: str) -> None:
    said = await here.say("let us talk about payments")
    match how:
        case "words":
            await here.say("vigil be quiet", thread=said.id)
        case "emoji":
            await here.react(said.id, "🔇", thread=said.id)
        case _:
            here.chat.whispers.append(("rita", await here.command("/vigil mute", thread=said.id, by="rita")))

    ((reader, card),) = here.chat.whispers
    (button,) = card.buttons
    assert (reader, button.action) == ("rita", "command")
    shown = await here.command("/vigil settings", thread=said.id)
    assert "Muted in this thread" in shown.text
    assert button in shown.buttons

    await here.command(f"/vigil {button.value}", thread=said.id)
    asked = await here.say(QUESTION, thread=said.id)
    await here.wait(60)
    assert len(here.cards(said.id)) == 1
    assert (await here.receipt(asked)).decision.kind == "suggest"
