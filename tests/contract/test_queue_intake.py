"""Append stores each event once and keeps the transcript in step with it."""

import pytest

from adapters.store.store import Store
from tests.contract.samples import (
    BOT,
    CHANNEL,
    NOW,
    OTHER,
    THREAD,
    claim_one,
    deleted,
    edited,
    message,
    post,
    posted,
    pressed,
    reacted,
    turn_of,
)
from vigil_bot.errors import StoreError
from vigil_bot.model.conversation import Conversation, ConversationRef, Message
from vigil_bot.model.event import BotJoined, Event
from vigil_bot.model.work import Outcome
from vigil_bot.ports.work import WorkQueue


async def thread(store: Store, ref: ConversationRef = THREAD) -> Conversation:
    return await store.transcript.conversation(ref)


async def the_message(store: Store) -> Message:
    [stored] = (await thread(store)).messages
    return stored


async def test_an_event_is_stored_once_however_often_it_comes(store: Store) -> None:
    assert await store.queue.append([posted("m1")], now=NOW) == [True]
    assert await store.queue.append([posted("m1"), posted("m2")], now=NOW + 1) == [False, True]
    assert await store.queue.append([posted("m3"), posted("m3")], now=NOW + 2) == [True, False]

    assert [m.id for m in (await thread(store)).messages] == ["m1", "m2", "m3"]
    assert await store.queue.pending() == 3
    assert len((await claim_one(store.queue, now=NOW + 3)).events) == 3


async def test_nothing_is_no_event(queue: WorkQueue) -> None:
    assert await queue.append([], now=NOW) == []
    assert await queue.next_wake(now=NOW) is None
    assert await queue.pending() == 0


async def test_messages_stand_in_the_order_of_the_platforms_time(store: Store) -> None:
    await store.queue.append([posted("b", at=NOW + 2), posted("a", at=NOW + 2), posted("c", at=NOW + 1)], now=NOW + 9)

    assert [m.id for m in (await thread(store)).messages] == ["c", "a", "b"]
    assert [e.at for e in (await claim_one(store.queue, now=NOW + 9)).events] == [NOW + 1, NOW + 2, NOW + 2]


async def test_what_was_said_comes_back_as_it_was(store: Store) -> None:
    said = message("m1", "磁盘满了 \N{PILE OF POO} \x00 'quoted'")
    await store.queue.append([posted("m1", said.text)], now=NOW)

    assert await the_message(store) == said
    assert (await thread(store)).ref == THREAD


async def test_others_move_the_thread_on_and_we_do_not(store: Store) -> None:
    versions = []
    for event in (
        posted("m1"),
        posted("m2", at=NOW + 1, author=BOT),
        edited("m1", "help!", at=NOW + 2),
        edited("m2", "we", at=NOW + 3, author=BOT),
        reacted("m1", at=NOW + 4),
        deleted("m2", at=NOW + 5),
        deleted("m1", at=NOW + 6),
        posted("m1"),
    ):
        await store.queue.append([event], now=NOW)
        versions.append(await store.transcript.version(THREAD))

    assert versions == [1, 1, 2, 2, 2, 2, 3, 3]
    assert (await thread(store)).version == 3


async def test_an_edit_changes_the_text_and_keeps_the_rest(store: Store) -> None:
    await store.queue.append([posted("m1"), reacted("m1", at=NOW + 1)], now=NOW)
    await store.queue.append([edited("m1", "help me", at=NOW + 2)], now=NOW + 2)

    now = await the_message(store)
    assert (now.text, now.edited_at, now.sent_at, len(now.reactions)) == ("help me", NOW + 2, NOW, 1)


async def test_an_edit_that_comes_late_does_not_undo_a_newer_one(store: Store) -> None:
    await store.queue.append([posted("m1"), edited("m1", "second", at=NOW + 2)], now=NOW)
    await store.queue.append([edited("m1", "first", at=NOW + 1)], now=NOW + 3)

    assert (await the_message(store)).text == "second"
    assert await store.transcript.version(THREAD) == 2


async def test_a_deleted_message_keeps_its_place_and_loses_its_text(store: Store) -> None:
    await store.queue.append([posted("m1"), posted("m2", at=NOW + 1), deleted("m1", at=NOW + 2)], now=NOW)
    await store.queue.append([edited("m1", "back again", at=NOW + 3)], now=NOW + 3)

    first, second = (await thread(store)).messages
    assert (first.deleted, first.text, second.text) == (True, "", "help")


async def test_reactions_come_and_go(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    for event, expected in (
        (reacted("m1", "+1", at=NOW + 1), {"+1"}),
        (reacted("m1", "eyes", at=NOW + 2), {"+1", "eyes"}),
        (reacted("m1", "+1", at=NOW + 3), {"+1", "eyes"}),
        (reacted("m1", "+1", at=NOW + 4, added=False), {"eyes"}),
        (reacted("m1", "eyes", at=NOW + 1, added=False), {"eyes"}),
    ):
        await store.queue.append([event], now=NOW)
        assert {r.emoji for r in (await the_message(store)).reactions} == expected


@pytest.mark.parametrize(
    "event", [edited("m1", "new", at=NOW + 1), deleted("m1", at=NOW + 1), reacted("m1", at=NOW + 1)]
)
async def test_a_change_of_an_unknown_message_is_kept_and_applied_when_the_message_comes(
    store: Store, event: Event
) -> None:
    assert await store.queue.append([event], now=NOW + 1) == [True]
    assert (await thread(store)).messages == ()
    assert await store.transcript.version(THREAD) == 0
    await turn_of(store.queue, Outcome(), now=NOW + 1)

    await store.queue.append([posted("m1", "old")], now=NOW + 300)

    now = await the_message(store)
    assert now.text != "old" or now.reactions
    assert await store.transcript.version(THREAD) == 1


async def test_what_concerns_a_message_belongs_to_the_thread_of_the_message(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    events: list[Event] = [
        reacted("m1", at=NOW + 1, ref=CHANNEL),
        pressed("m1", at=NOW + 2, ref=OTHER),
        deleted("m1", at=NOW + 3, ref=CHANNEL),
    ]
    await store.queue.append(events, now=NOW + 3)

    turn = await claim_one(store.queue, now=NOW + 3)
    assert turn.conversation == THREAD
    assert [event.conversation for event in turn.events] == [THREAD] * 4
    assert (await the_message(store)).deleted


async def test_a_press_on_our_card_belongs_to_the_thread_that_we_posted_it_in(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    [ours] = await turn_of(store.queue, Outcome(posts=(post("card"),)))
    turn = await claim_one(store.queue)
    assert await store.queue.start_send(ours, owner="a", now=NOW)
    await store.queue.finish_send(ours, message_id="p1", now=NOW)
    await store.queue.release(turn, now=NOW)

    await store.queue.append([pressed("p1", at=NOW + 2, ref=CHANNEL)], now=NOW + 2)

    assert (await claim_one(store.queue, now=NOW + 2)).conversation == THREAD


async def test_an_event_of_a_channel_is_work_but_no_thread(store: Store) -> None:
    await store.queue.append([BotJoined(conversation=CHANNEL, at=NOW)], now=NOW)

    assert (await claim_one(store.queue)).conversation == CHANNEL
    assert [c async for c in await store.transcript.conversations()] == []


async def test_one_message_that_cannot_be_stored_refuses_its_batch(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.queue.append([posted("m1"), posted("m2", "half a pair: \ud83d")], now=NOW)

    assert (await thread(store)).messages == ()
    assert await store.queue.append([posted("m1")], now=NOW) == [True]


async def test_of_a_handled_event_no_text_is_kept_but_the_transcripts(store: Store) -> None:
    await store.queue.append([posted("m1", "my password is 1234"), deleted("m1", at=NOW + 1)], now=NOW)
    await turn_of(store.queue, Outcome())

    assert (await the_message(store)).text == ""
    assert await store.queue.append([posted("m1", "my password is 1234")], now=NOW + 9) == [False]
    assert (await the_message(store)).text == ""
