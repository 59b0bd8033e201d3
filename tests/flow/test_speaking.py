"""When it speaks, and when it does not: the engine over an in-memory store, with a clock moved by hand."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fakes.world import ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.errors import AccessDenied
from vigil_bot.model.card import CardKind
from vigil_bot.model.conversation import Attachment, AuthorKind, Role
from vigil_bot.model.decision import Reason
from vigil_bot.model.policy import Mode
from vigil_bot.model.suggestion import SuggestionState


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.know(ENTRY)
        yield made


async def test_a_question_with_an_entry_is_answered_once_after_the_quiet_time(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S - 1)
    assert here.cards(asked.id) == {}

    await here.wait(2)
    (card,) = here.cards(asked.id).values()
    assert "rollout restart" in card.text
    assert (await here.receipt(asked)).reason is Reason.USEFUL
    await here.wait(3600)
    assert len(here.cards(asked.id)) == 1


async def test_a_burst_is_read_as_one(here: World) -> None:
    first = await here.say("hi all, the payments pods are broken")
    await here.wait(SETTLE_S - 2)
    second = await here.say("since the certificate rotation", thread=first.id)
    await here.wait(SETTLE_S - 2)
    third = await here.say("PAY-1203 in the log, how do I fix this?", thread=first.id)
    assert here.cards(first.id) == {}

    await here.wait(SETTLE_S + 1)
    assert len(here.cards(first.id)) == 1
    reasons = {(await here.receipt(m)).reason for m in (first, second)}
    assert reasons <= {Reason.MERGED, Reason.NOT_A_REQUEST}
    assert (await here.receipt(third)).reason is Reason.USEFUL


@pytest.mark.parametrize(
    "text",
    [
        "good morning everyone, lunch at 12?",
        "thanks a lot, have a nice weekend",
        "谢谢大家，辛苦了",
        "the payments deploy went well",
    ],
)
async def test_chatter_gets_no_post_and_a_receipt(here: World, text: str) -> None:
    said = await here.say(text)
    await here.wait(60)

    assert here.chat.cards == {}
    assert (await here.receipt(said)).decision.kind == "abstain"


@pytest.mark.parametrize("scope", ["channel", "workspace"])
async def test_a_place_that_refuses_everything_is_left_alone_for_a_while(here: World, scope: str) -> None:
    refusal = AccessDenied("archived")
    refusal.scope = scope
    here.chat.refuse_with = refusal
    first = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    tried = here.chat.calls
    second = await here.say(QUESTION, by="ravi")
    await here.wait(SETTLE_S + 1)

    assert tried > 0
    assert here.chat.calls == tried
    assert "archived" in (await here.receipt(first)).note
    assert "dropped" in (await here.receipt(second)).note
    here.chat.refuse_with = None
    await here.wait(600)
    third = await here.say(QUESTION, by="rosa")
    await here.wait(SETTLE_S + 1)
    assert len(here.cards(third.id)) == 1


async def test_what_could_not_be_read_is_said(here: World) -> None:
    asked = await here.say(QUESTION, attachments=(Attachment(id="f1", name="log.png", media_type="image/png"),))
    await here.wait(SETTLE_S + 1)

    (card,) = here.cards(asked.id).values()
    assert "could not read the attachment" in card.footer
    assert "attachments not read: 1" in (await here.receipt(asked)).note


async def test_an_edited_question_changes_its_answer_in_place(here: World) -> None:
    other = replace(
        ENTRY,
        id="e2",
        title="orders API answers 502 with ORD-77",
        issue="the orders API answers 502 with error ORD-77 after the upgrade",
        resolution="Set `max_pool_size` back to 200 and restart the orders service.",
    )
    await here.know(other)
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    (posted_id,) = here.cards(asked.id)

    here.clock.advance(5.0)
    await here.edit(asked, "sorry, I meant: since the upgrade the orders API answers 502 with ORD-77, how do I fix it?")
    await here.wait(SETTLE_S + 1)
    ((same_id, card),) = here.cards(asked.id).items()
    assert same_id == posted_id
    assert "max_pool_size" in card.text
    await here.press(posted_id, "helpful", "", thread=asked.id)
    kept = await here.parts.base.get("e2")
    assert kept is not None
    assert kept.helpful == 1


async def test_a_question_that_was_edited_away_loses_its_answer(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    assert len(here.cards(asked.id)) == 1

    here.clock.advance(5.0)
    await here.edit(asked, "never mind, wrong channel")
    await here.wait(SETTLE_S + 1)
    assert here.cards(asked.id) == {}


async def test_an_edit_that_changes_nothing_leaves_the_answer(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    before = here.cards(asked.id)

    here.clock.advance(5.0)
    await here.edit(asked, QUESTION + " (prod)")
    await here.wait(SETTLE_S + 1)
    assert here.cards(asked.id) == before
    assert (await here.receipt(asked)).reason is Reason.ALREADY_SAID


async def test_a_question_without_an_entry_gets_no_post(here: World) -> None:
    asked = await here.say("how do I reset my VPN password?")
    await here.wait(60)

    assert here.chat.cards == {}
    assert (await here.receipt(asked)).reason in (Reason.NOTHING_FOUND, Reason.BELOW_THRESHOLD)


async def test_a_person_who_answers_in_time_keeps_it_silent(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.say(
        "Restart the payments deployment, that loads the new certificate.",
        by="anna",
        role=Role.ANALYST,
        thread=asked.id,
    )
    await here.wait(60)

    assert here.cards(asked.id) == {}
    assert (await here.receipt(asked)).reason is Reason.ANSWERED_BY_PERSON


async def test_an_answer_stored_between_decision_and_post_drops_the_post(here: World) -> None:
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1  # the platform is away at the moment of the post
    await here.wait(SETTLE_S + 0.5)
    assert here.cards(asked.id) == {}

    await here.say("Just restart the payments deployment please.", by="anna", role=Role.ANALYST, thread=asked.id)
    await here.wait(120)

    assert here.cards(asked.id) == {}
    (suggestion,) = (await here.parts.store.threads.load(asked.conversation, now=here.clock.now())).suggestions
    assert suggestion.state is SuggestionState.DROPPED


async def test_more_words_of_the_asker_between_decision_and_post_are_taken_into_account(here: World) -> None:
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1
    await here.wait(SETTLE_S + 0.5)
    await here.say("it is on the staging cluster", thread=asked.id)
    await here.wait(120)

    assert len(here.cards(asked.id)) == 1


async def test_a_post_whose_answer_was_lost_is_not_posted_again(here: World) -> None:
    asked = await here.say(QUESTION)
    here.chat.lose_answers = 1
    await here.wait(300)

    assert len(here.cards(asked.id)) == 1
    (suggestion,) = (await here.parts.store.threads.load(asked.conversation, now=here.clock.now())).suggestions
    assert suggestion.state is SuggestionState.POSTED


async def test_a_deleted_question_gets_no_answer_and_takes_a_posted_one_with_it(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.delete(asked)
    await here.wait(60)
    assert here.chat.cards == {}

    again = await here.say(QUESTION)
    await here.wait(60)
    assert len(here.cards(again.id)) == 1
    await here.delete(again)
    assert here.cards(again.id) == {}


async def test_an_edit_before_the_evaluation_counts(here: World) -> None:
    asked = await here.say("good morning")
    await here.edit(asked, QUESTION)
    await here.wait(60)

    assert len(here.cards(asked.id)) == 1


@pytest.mark.parametrize("how", ["words", "command", "emoji"])
async def test_a_mute_holds_at_once(here: World, how: str) -> None:
    asked = await here.say("hello, question about payments")
    match how:
        case "words":
            await here.say("vigil be quiet", thread=asked.id)
        case "command":
            await here.command("/vigil mute", thread=asked.id)
        case _:
            await here.react(asked.id, "🔇", thread=asked.id)
    late = await here.say(QUESTION, thread=asked.id)
    await here.wait(60)

    assert here.cards(asked.id) == {}
    assert (await here.receipt(late)).reason is Reason.MUTED


async def test_a_mute_between_decision_and_post_drops_the_post(here: World) -> None:
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1
    await here.wait(SETTLE_S + 0.5)
    await here.command("/vigil mute channel")
    await here.wait(300)

    assert here.cards(asked.id) == {}


async def test_unmuting_lets_it_speak_again(here: World) -> None:
    await here.command("/vigil mute channel")
    await here.command("/vigil unmute channel")
    asked = await here.say(QUESTION)
    await here.wait(60)

    assert len(here.cards(asked.id)) == 1


async def test_the_same_entry_is_not_said_twice_in_a_thread(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(60)
    again = await here.say(
        "and how do I fix the PAY-1203 crash of the payments pods after the rotation?", thread=asked.id
    )
    await here.wait(60)

    assert len(here.cards(asked.id)) == 1
    assert (await here.receipt(again)).reason is Reason.ALREADY_SAID


async def test_bots_get_no_answer(here: World) -> None:
    alert = await here.say(QUESTION, by="grafana", kind=AuthorKind.BOT)
    await here.wait(60)

    assert here.chat.cards == {}
    assert (await here.receipt(alert)).reason is Reason.BOT_MESSAGE


async def test_a_redelivered_message_changes_nothing(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(60)
    from vigil_bot.model.event import MessagePosted  # noqa: PLC0415

    assert not await here.happens(MessagePosted(message=replace(asked)))
    await here.wait(60)
    assert len(here.cards(asked.id)) == 1


async def test_shadow_mode_records_and_does_not_post() -> None:
    async with world(Mode.SHADOW) as here:
        await here.know(ENTRY)
        asked = await here.say(QUESTION)
        await here.wait(60)

        record = await here.receipt(asked)
        assert here.chat.cards == {}
        assert record.decision.kind == "suggest"
        assert "rollout restart" in record.text


async def test_private_mode_whispers_to_analysts_and_sends_on_request() -> None:
    async with world(Mode.PRIVATE) as here:
        await here.know(ENTRY)
        await here.say("I am on call today", by="anna", role=Role.ANALYST)
        asked = await here.say(QUESTION)
        await here.wait(60)

        assert here.cards(asked.id) == {}
        ((reader, card),) = here.chat.whispers
        assert reader == "anna"
        send = next(b for b in card.buttons if b.action == "send")
        await here.press("", "send", send.value, thread=asked.id, by="anna")
        assert len(here.cards(asked.id)) == 1


async def test_off_evaluates_nothing() -> None:
    async with world(Mode.OFF) as here:
        await here.know(ENTRY)
        asked = await here.say(QUESTION)
        await here.wait(60)

        assert here.chat.cards == {}
        assert (await here.receipt(asked)).reason is Reason.MODE_OFF


async def test_feedback_by_emoji_button_and_words_moves_the_trust(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(60)
    ((message_id, card),) = here.cards(asked.id).items()
    value = card.buttons[0].value

    await here.react(message_id, "👍", thread=asked.id, by="anna")
    await here.press(message_id, "not_helpful", value, thread=asked.id, by="bob")
    await here.say("that fixed it, thanks!", thread=asked.id)

    entry = await here.parts.base.get("e1")
    assert entry is not None
    assert (entry.reuse_count, entry.helpful, entry.unhelpful) == (1, 2, 1)
    feedback = await here.parts.store.ledger.feedback_on(value)
    assert {(f.author_id, f.verdict.value, f.source.value) for f in feedback} == {
        ("anna", "helpful", "reaction"),
        ("bob", "not_helpful", "button"),
        ("rita", "resolved", "reply"),
    }


async def test_a_solved_case_is_learned_and_answers_the_next_person() -> None:
    async with world() as here:
        asked = await here.say(QUESTION)
        await here.say(
            "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay`.",
            by="anna",
            role=Role.ANALYST,
            thread=asked.id,
        )
        await here.wait(30)
        await here.say("That fixed it, thank you!", thread=asked.id)
        await here.wait(30)
        report = await here.parts.distill()
        assert report.added == 1
        assert (await here.parts.distill()).added == 0

        later = await here.say(
            "our payment pods keep crashing with PAY-1203 after rotating the cert, any idea?", by="ravi"
        )
        await here.wait(30)
        (card,) = here.cards(later.id).values()
        assert "rollout restart" in card.text
        assert "https://chat.test/" in card.text


async def test_the_status_card_is_one_and_edited_in_place(here: World) -> None:
    asked = await here.say("the VPN gateway rejects my token since this morning, how can I get in?")
    await here.say(
        "I'll check the gateway logs and get back in 30 minutes", by="anna", role=Role.ANALYST, thread=asked.id
    )
    await here.say(
        "Your token had expired, I issued a new one. Please log in again.",
        by="anna",
        role=Role.ANALYST,
        thread=asked.id,
    )
    await here.say("it works now, thank you!", thread=asked.id)

    (card,) = here.cards(asked.id, CardKind.STATUS).values()
    assert "resolved" in card.text.lower()
    assert here.chat.edits


async def test_a_stalled_case_gets_one_quiet_nudge(here: World) -> None:
    asked = await here.say("the VPN gateway rejects my token since this morning, how can I get in?")
    await here.say("I'll check the gateway logs and get back to you", by="anna", role=Role.ANALYST, thread=asked.id)
    await here.wait(24 * 3600)

    assert len([reader for reader, _ in here.chat.whispers if reader == "anna"]) == 1
