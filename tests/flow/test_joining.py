"""A new channel: the introduction, its history, the page of a person, and what analysts do with a suggestion."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, START, World, world
from vigil_bot.model.card import CardKind
from vigil_bot.model.case import CaseState
from vigil_bot.model.conversation import Role
from vigil_bot.model.decision import Reason
from vigil_bot.model.event import BotJoined, BotRemoved
from vigil_bot.model.feedback import Verdict
from vigil_bot.model.knowledge import Audience
from vigil_bot.model.policy import Mode

DAY_S = 86_400.0


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.know(ENTRY)
        yield made


@pytest.mark.parametrize("mode", list(Mode))
async def test_an_invited_bot_introduces_itself_once_in_three_lines(mode: Mode) -> None:
    async with world(mode) as here:
        joined = BotJoined(conversation=CHANNEL, at=START)
        await here.happens(joined)
        await here.happens(joined)

        ((ref, card),) = here.chat.cards.values()
        assert ref == CHANNEL
        assert [len(block.markdown.splitlines()) for block in card.blocks] == [1, 1, 1]  # type: ignore[union-attr]
        assert f"**{mode.value}**" in card.text
        assert {button.action for button in card.buttons} == {"command"}


async def test_leaving_is_no_error(here: World) -> None:
    await here.happens(BotRemoved(conversation=CHANNEL, at=START))
    assert here.chat.cards == {}


async def test_history_is_learned_from_and_never_answered(here: World) -> None:
    asked = await here.say(QUESTION, ago_s=9 * DAY_S)
    await here.say("Restart the payments deployment.", by="anna", role=Role.ANALYST, thread=asked.id, ago_s=8 * DAY_S)
    await here.say("that fixed it, thanks!", thread=asked.id, ago_s=8 * DAY_S - 60)
    open_one = await here.say("how do I rotate PAY-1203 certificates? it fails", ago_s=5 * DAY_S)
    await here.wait(DAY_S)

    assert here.chat.cards == {}
    assert here.chat.whispers == []
    assert (await here.receipt(asked)).reason is Reason.TOO_LATE
    assert (await here.receipt(open_one)).reason is Reason.TOO_LATE
    case = await here.parts.store.cases.case(asked.conversation.key)
    assert case is not None
    assert case.state is CaseState.RESOLVED


async def test_an_analyst_has_a_message_learned_as_the_answer(here: World) -> None:
    asked = await here.say("how do I get VPN access?")
    answer = await here.say("Open a ticket of type ACCESS.", by="anna", role=Role.ANALYST, thread=asked.id)
    await here.press(answer.id, "learn", "", thread=asked.id, by="rob")
    case = await here.parts.store.cases.case(asked.conversation.key)
    assert case is not None
    assert case.state is not CaseState.RESOLVED  # rob is no analyst

    here.clock.advance(1.0)
    await here.press(answer.id, "learn", "", thread=asked.id, by="anna")
    case = await here.parts.store.cases.case(asked.conversation.key)
    assert case is not None
    assert (case.state, case.evidence) == (CaseState.RESOLVED, (answer.id,))


async def test_words_about_a_suggestion_are_kept_beside_the_verdict(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    (posted_id,) = here.cards(asked.id)
    await here.press(posted_id, "not_helpful", "", thread=asked.id)
    here.clock.advance(1.0)
    await here.press(posted_id, "comment", "", thread=asked.id, comment=" we run no sidecar ")

    (suggestion,) = await here.parts.store.ledger.suggestions_in(asked.conversation.key)
    feedback = (await here.parts.store.ledger.feedback_on(suggestion.id))[-1]
    assert (feedback.verdict, feedback.comment) == (Verdict.NOT_HELPFUL, "we run no sidecar")
    entry = await here.parts.base.get(ENTRY.id)
    assert entry is not None
    assert (entry.helpful, entry.unhelpful) == (0, 1)


async def test_an_analyst_sends_a_private_suggestion_in_other_words() -> None:
    async with world(Mode.PRIVATE) as here:
        await here.know(ENTRY)
        await here.say("on duty today", by="anna", role=Role.ANALYST)
        asked = await here.say(QUESTION)
        await here.wait(SETTLE_S + 1)
        assert here.cards(asked.id) == {}
        (suggestion,) = await here.parts.store.ledger.suggestions_in(asked.conversation.key)
        await here.press("whisper-1", "send", suggestion.id, thread=asked.id, by="anna", comment="Restart `payments`.")

        (card,) = here.cards(asked.id).values()
        assert "Restart `payments`." in card.text
        assert "rollout" not in card.text


async def test_the_home_page_shows_only_what_the_person_may_see(here: World) -> None:
    secret = replace(ENTRY, id="e2", title="SECRET", audience=Audience(workspace="w", channels=("hidden",)))
    for entry in (replace(ENTRY, id="e3", title="LEARNED"), secret):
        await here.know(entry)
    asked = await here.say("how do I get VPN access? it is broken", by="rita")
    await here.say("can you send me the request id?", by="anna", role=Role.ANALYST, thread=asked.id)

    mine = (await here.command("home", by="rita")).text
    theirs = (await here.command("home", by="bob")).text
    assert "Waits for you** (1)" in mine
    assert "Waits for you** (0)" in theirs
    assert "Open cases in your channels** (1)" in theirs
    assert "LEARNED" in mine
    assert "SECRET" not in mine + theirs


async def test_history_is_read_only_where_there_is_one(here: World) -> None:
    card = await here.command("learn 30d")
    assert "no history" in card.text


async def test_a_requester_who_waits_long_is_told_once_where_it_stands(here: World) -> None:
    asked = await here.say("how do I get VPN access? it is broken for me")
    await here.say("I will check with the network team.", by="anna", role=Role.ANALYST, thread=asked.id)
    await here.wait(7 * 3600)
    told = [card for card in here.cards(asked.id, CardKind.STATUS).values() if "Still being worked on" in card.title]
    told += [card for card in here.cards(asked.id, CardKind.NOTICE).values() if "Still being worked on" in card.title]

    assert len(told) == 1
    assert "network team" in told[0].text
    await here.wait(24 * 3600)
    again = [c for _, c in here.chat.cards.values() if "Still being worked on" in c.title]
    assert len(again) == 1


async def test_who_comes_back_catches_up_and_who_leaves_hands_over(here: World) -> None:
    await here.say("good morning", by="anna", role=Role.ANALYST)
    asked = await here.say("how do I get VPN access? it is broken for me")
    await here.say("can you send me the request id?", by="rob", role=Role.ANALYST, thread=asked.id)
    await here.wait(60)

    missed = (await here.command("catchup", by="anna")).text
    shift = (await here.command("handoff", by="anna")).text
    assert "https://chat.test/" in missed
    assert "https://chat.test/" in shift
    assert "Waited for requesters" in (await here.command("stats", by="anna")).text


async def test_what_is_missing_is_asked_for_once_where_the_policy_allows_it(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("[default]\nmode = 'on'\nsettle_s = 10.0\nask_missing = true\n")
    async with world(policy_file=tmp_path / "policy.toml") as here:
        asked = await here.say("the deploy fails with an error in prod, how do I fix it?")
        await here.wait(SETTLE_S + 1)
        asking = [card for ref, card in here.chat.cards.values() if ref.thread_id == asked.id and "?" in card.title]
        assert len(asking) == 1
        await here.say("any idea? it still fails with an error", thread=asked.id)
        await here.wait(60)
        assert len([c for ref, c in here.chat.cards.values() if ref.thread_id == asked.id and "?" in c.title]) == 1
