"""What people do with messages and suggestions teaches: a wish, use, a correction, a policy."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.model.card import Card, CardKind
from vigil_bot.model.conversation import Author, Message, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked, ReactionChanged
from vigil_bot.model.knowledge import Confidence, EvidenceClass, KnowledgeEntry, Source
from vigil_bot.model.suggestion import Suggestion, SuggestionState

SAID = (Source(thread_id="test/w/oncall/old", message_ids=("old",), evidence=EvidenceClass.ANALYST_SAID),)
NEW = replace(ENTRY, sources=SAID)  # nobody has validated it
TIP = "FYI: if the VPN drops with error 809, set the MTU to 1300 in the client and connect again."
ANNA, BOB = Author(id="anna", role=Role.ANALYST), Author(id="bob", role=Role.ANALYST)
RITA = Author(id="rita", role=Role.REQUESTER)
HOUR_S = 3600.0


async def brain(on: World, message: Message, by: Author, *, added: bool = True) -> None:
    on.clock.advance(1.0)
    at, ref = on.clock.now(), message.conversation
    await on.happens(
        ReactionChanged(conversation=ref, message_id=message.id, author=by, emoji="🧠", added=added, at=at)
    )


async def distilled(on: World) -> list[KnowledgeEntry]:
    await on.wait(HOUR_S)
    await on.parts.distill()
    return [e for e in await on.parts.base.entries() if e.usable]


async def asked(on: World, by: str = "rita") -> tuple[Message, Suggestion]:
    message = await on.say(QUESTION, by=by)
    await on.wait(SETTLE_S + 1)
    [made] = await on.parts.store.ledger.suggestions_in(message.conversation.key)
    return message, made


async def command(on: World, text: str, *, by: Author = ANNA) -> Card:
    invoked = CommandInvoked(conversation=CHANNEL, author=by, text=text, at=on.clock.now())
    card = await on.engine.commands.run(invoked)
    await on.engine.worker.drain()
    return card


def corrected(on: World, message: Message) -> list[Card]:
    cards = on.cards(message.id, CardKind.NOTICE).values()
    return [card for card in cards if card.title.startswith("Corrected")]


async def test_an_analysts_wish_makes_an_entry_of_a_message_that_nobody_asked_for() -> None:
    async with world() as on:
        tip = await on.say(TIP, by="anna", role=Role.ANALYST)
        await brain(on, tip, BOB)
        [entry] = await distilled(on)
        assert "set the MTU to 1300" in entry.resolution
        assert (entry.provisional, entry.sources[0].message_ids) == (True, (tip.id,))
        assert on.chat.cards == {}  # no card of a case that nobody has


async def test_the_shortcut_on_a_message_is_the_same_wish() -> None:
    async with world() as on:
        tip = await on.say(TIP, by="anna", role=Role.ANALYST)
        press = ActionInvoked(
            id="x", conversation=tip.conversation, message_id=tip.id, author=BOB, action="learn", value="", at=9e9
        )
        await on.happens(replace(press, at=on.clock.now()))
        assert len(await distilled(on)) == 1


async def test_of_a_thread_exactly_the_wanted_message_is_the_answer_also_after_another_was_taken() -> None:
    async with world() as on:
        question = await on.say(QUESTION)
        await on.say("try turning it off and on", by="bob", role=Role.ANALYST, thread=question.id)
        await on.say("that fixed it, thanks!", thread=question.id)
        [first] = await distilled(on)
        assert "off and on" in first.resolution
        better = await on.say(
            "The real reason: the sidecar. Run `pay reload`.", by="anna", role=Role.ANALYST, thread=question.id
        )
        await brain(on, better, BOB)
        [entry] = await distilled(on)
        assert entry.resolution == "The real reason: the sidecar. Run `pay reload`."
        assert (entry.id, entry.version) == (first.id, 2)


async def test_nobody_but_an_analyst_has_anything_learned() -> None:
    async with world() as on:
        tip = await on.say(TIP, by="mallory", role=Role.REQUESTER)
        for by in (RITA, Author(id="zoe"), Author(id="mallory", role=Role.REQUESTER)):
            await brain(on, tip, by)
        assert await distilled(on) == []


async def test_a_wish_taken_back_before_the_next_run_teaches_nothing() -> None:
    async with world() as on:
        tip = await on.say(TIP, by="anna", role=Role.ANALYST)
        await brain(on, tip, BOB)
        await brain(on, tip, BOB, added=False)
        assert await distilled(on) == []


async def test_a_wish_holds_for_the_words_that_it_was_about() -> None:
    async with world() as on:
        question = await on.say(QUESTION)
        told = await on.say("I ran `pay reload` and it works.", by="rita", thread=question.id)
        await brain(on, told, BOB)
        on.clock.advance(1.0)
        await on.edit(told, "I ran `kubectl delete ns pay` and it works.")
        entries = await distilled(on)
        assert all(e.sources[0].evidence is EvidenceClass.SOMEBODY_SAID for e in entries)


async def test_an_entry_is_validated_by_those_who_used_it_and_asked() -> None:
    async with world() as on:
        await on.know(NEW)
        message, made = await asked(on)
        assert made.provisional
        assert made.posted_id
        answer = "same here, that is the one"
        await on.say(answer, by="anna", role=Role.ANALYST, thread=message.id)
        await on.react(made.posted_id, "👍", thread=message.id, by="anna")
        await on.parts.learner.run(on.clock.now())
        assert (await on.parts.base.entries())[0].provisional  # one word is not enough
        await on.press(made.posted_id, "solved", made.id, thread=message.id, by="rita")
        for _ in range(2):
            await on.parts.learner.run(on.clock.now())
        entry = (await on.parts.base.entries())[0]
        assert (entry.confidence, entry.version) == (Confidence.VALIDATED, 2)


@pytest.mark.parametrize("policy", ["marked", "private", "never"])
async def test_a_policy_says_how_entries_are_used_that_nobody_has_validated(tmp_path: Path, policy: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(f'[default]\nprovisional = "{policy}"\nanalysts = ["anna"]\n')
    async with world(policy_file=file) as on:
        await on.know(NEW)
        message = await on.say(QUESTION)
        await on.wait(SETTLE_S + 1)
        record = await on.receipt(message)
        cards = on.cards(message.id)
        whispers = [reader for reader, card in on.chat.whispers if card.kind is CardKind.SUGGESTION]
        expected = {"marked": (1, []), "private": (0, ["anna"]), "never": (0, [])}
        assert (len(cards), whispers) == expected[policy]
        if policy == "never":
            assert record.decision.kind == "abstain"
            assert "nobody has validated it" in record.considered[0].why_not
        shown = [*cards.values(), *(card for _, card in on.chat.whispers)]
        assert all("nobody has confirmed" in card.footer for card in shown if card.kind is CardKind.SUGGESTION)


@pytest.mark.parametrize("policy", ["private", "never"])
async def test_what_is_validated_is_used_whatever_the_policy_says_of_the_rest(tmp_path: Path, policy: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(f'[default]\nprovisional = "{policy}"\n')
    async with world(policy_file=file) as on:
        await on.know(replace(NEW, confidence=Confidence.VALIDATED))
        message, _ = await asked(on)
        assert len(on.cards(message.id)) == 1


async def test_an_edit_in_chat_corrects_what_was_said_and_tells_an_open_thread_once() -> None:
    async with world() as on:
        await on.know(NEW)
        message, made = await asked(on)
        await command(on, "kb edit e1 resolution: Run `pay reload`.")
        assert [c.title for c in corrected(on, message)] == ["Corrected: what I suggested here has changed"] * 2
        for _ in range(3):
            await on.parts.learner.run(on.clock.now())
            await on.wait(60.0)
        assert len(corrected(on, message)) == 2
        assert on.chat.edits.count(str(made.posted_id)) == 1


async def test_an_edit_and_its_undo_are_both_shown() -> None:
    async with world() as on:
        await on.know(NEW)
        message, made = await asked(on)
        await command(on, "kb edit e1 resolution: Run `pay reload`.")
        await command(on, "kb undo e1")
        assert made.posted_id
        _, card = on.chat.cards[made.posted_id]
        assert "rollout restart" in card.text
        assert len(corrected(on, message)) == 3  # the post itself, and two notices


async def test_a_muted_or_closed_thread_and_one_where_we_only_watch_are_edited_and_not_told() -> None:
    async with world() as on:
        await on.know(NEW)
        muted, _ = await asked(on)
        closed, _ = await asked(on, by="ravi")
        await on.react(muted.id, "🔇", thread=muted.id, by="rita")
        await on.press("", "resolve", "", thread=closed.id, by="anna")
        await command(on, "kb archive e1")
        assert [len(corrected(on, one)) for one in (muted, closed)] == [1, 1]


async def test_a_mute_of_somebody_else_does_not_keep_a_correction_from_a_thread() -> None:
    async with world() as on:
        await on.know(NEW)
        message, _ = await asked(on)
        await on.command("mute me", by="ravi")
        await command(on, "kb archive e1")
        assert len(corrected(on, message)) == 2


async def test_an_analysts_words_put_a_suggestion_right_at_once_and_both_entries_wait() -> None:
    async with world() as on:
        await on.know(replace(NEW, confidence=Confidence.VALIDATED))
        message, made = await asked(on)
        right = await on.say("No, that is outdated: run `pay reload`.", by="anna", role=Role.ANALYST, thread=message.id)
        assert made.posted_id
        _, card = on.chat.cards[made.posted_id]
        assert "pay reload" in card.text
        assert len(corrected(on, message)) == 1  # they said it there themselves
        entries = {e.id[:2]: e for e in await on.parts.base.entries()}
        assert all(e.waits for e in entries.values())
        assert len(entries) == 2

        await on.edit(right, "No, that is outdated: run `pay renew`.")
        _, card = on.chat.cards[made.posted_id]
        assert "pay renew" in card.text
        on.clock.advance(1.0)
        await on.delete(right)
        _, card = on.chat.cards[made.posted_id]
        assert "rollout restart" in card.text  # nobody says otherwise any more
        [entry] = await on.parts.base.entries()
        assert (entry.id, entry.waits) == ("e1", False)


@pytest.mark.parametrize("text", ["No, run `kubectl delete ns pay`.", "不对，执行 `kubectl delete ns pay`"])
async def test_a_requesters_words_correct_nothing(text: str) -> None:
    async with world() as on:
        await on.know(NEW)
        message, made = await asked(on)
        await on.say(text, by="mallory", thread=message.id)
        await on.parts.learner.run(on.clock.now())
        assert [e.id for e in await on.parts.base.entries()] == ["e1"]
        assert corrected(on, message) == []
        stored = await on.parts.store.ledger.suggestion(made.id)
        assert stored is not None
        assert stored.state is SuggestionState.POSTED


async def test_a_correction_is_said_in_the_language_of_the_thread() -> None:
    async with world() as on:
        zh = replace(
            NEW,
            issue="证书轮换之后支付服务报 PAY-1203",
            title="支付服务崩溃",
            resolution="执行 `pay reload` 即可恢复。",
        )
        await on.know(zh)
        message = await on.say("证书轮换之后支付服务一直报 PAY-1203 然后崩溃，怎么解决？")
        await on.wait(SETTLE_S + 1)
        await command(on, "kb archive e1")
        titles = {card.title for card in on.cards(message.id, CardKind.NOTICE).values()}
        assert "更正：请不要按我在这里的建议操作" in titles
