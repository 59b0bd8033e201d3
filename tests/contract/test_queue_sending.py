"""The outbox: a post is sent once, while it makes sense, and its suggestion keeps step with it."""

from dataclasses import replace

import pytest

from adapters.store.store import Store
from tests.contract.samples import (
    ANN,
    CHANNEL,
    NOW,
    THREAD,
    TTL_S,
    claim_one,
    deleted,
    edited,
    post,
    posted,
    pressed,
    reacted,
    receipt,
    suggestion,
)
from tests.contract.test_entries import entry, put
from vigil_bot.errors import LeaseLost
from vigil_bot.model.conversation import Author, AuthorKind
from vigil_bot.model.event import Event
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.model.work import Outcome, Post, PostOp, PostState, Timer, TimerKind, Turn

GUARDED = replace(post(of="s1"), guard=1, expires_at=NOW + 900)


async def intend(store: Store, *posts: Post, now: float = NOW) -> tuple[Turn, tuple[Post, ...]]:
    """Ask, decide to answer, and hold the lease."""
    await store.queue.append([posted("m1")], now=now)
    turn = await claim_one(store.queue, now=now)
    outcome = Outcome(suggestions=(suggestion(at=now),), decisions=(receipt(suggestion_id="s1"),), posts=posts)
    return turn, await store.queue.commit(turn, outcome, now=now)


async def states(store: Store) -> tuple[PostState, SuggestionState]:
    stored, made = await store.queue.post_by_key("s1"), await store.ledger.suggestion("s1")
    assert stored is not None
    assert made is not None
    return stored.state, made.state


@pytest.mark.parametrize("gesture", [reacted("m1", "mute", at=NOW + 1), pressed("p0", at=NOW + 1)])
async def test_a_gesture_that_waits_is_worked_on_before_a_post_goes_out(store: Store, gesture: Event) -> None:
    _, [intended] = await intend(store, GUARDED)
    await store.queue.append([gesture], now=NOW + 1)

    assert not await store.queue.start_send(intended, owner="a", now=NOW + 2)
    assert await states(store) == (PostState.DROPPED, SuggestionState.DROPPED)


async def test_an_emoji_of_our_own_holds_nothing_up(store: Store) -> None:
    _, [intended] = await intend(store, GUARDED)
    ours = replace(reacted("m1", "eyes", at=NOW + 1), author=Author(id="us", kind=AuthorKind.SELF))
    await store.queue.append([ours], now=NOW + 1)

    assert await store.queue.start_send(intended, owner="a", now=NOW + 2)


async def test_a_post_goes_out_and_its_suggestion_with_it(store: Store) -> None:
    await put(store, entry("e1"))
    _, [intended] = await intend(store, GUARDED)
    assert intended == GUARDED
    assert await states(store) == (PostState.NEW, SuggestionState.DRAFTED)
    assert await store.ledger.posted_since(CHANNEL, since=0) == []

    assert await store.queue.start_send(intended, owner="a", now=NOW + 5)
    assert await states(store) == (PostState.SENDING, SuggestionState.POSTING)
    assert await store.ledger.posted_since(THREAD, since=NOW) == [NOW + 5]

    for _ in range(2):
        await store.queue.finish_send(intended, message_id="p1", now=NOW + 6)
    assert await states(store) == (PostState.SENT, SuggestionState.POSTED)
    made = await store.ledger.suggestion_posted_as(THREAD.key, "p1")
    assert made is not None
    assert made.posted_id == "p1"
    cited = await store.entries.get("e1")
    assert cited is not None
    assert cited.reuse_count == 1
    sent = await store.queue.post_by_key("s1")
    assert sent is not None
    assert sent.message_id == "p1"


async def test_a_post_that_is_sent_is_not_sent_again(store: Store) -> None:
    turn, [intended] = await intend(store, GUARDED)
    await store.queue.start_send(intended, owner="a", now=NOW)
    await store.queue.finish_send(intended, message_id="p1", now=NOW)

    assert not await store.queue.start_send(intended, owner="a", now=NOW)
    assert await states(store) == (PostState.SENT, SuggestionState.POSTED)
    await store.queue.release(turn, now=NOW)
    assert await store.queue.next_wake(now=NOW) is None


async def test_the_same_key_is_stored_once(store: Store) -> None:
    await intend(store, GUARDED)
    await store.queue.append([posted("m2", at=NOW + 1)], now=NOW + 1)
    turn = await claim_one(store.queue, now=NOW + TTL_S)
    posts = await store.queue.commit(turn, Outcome(posts=(replace(GUARDED, guard=7), post("next"))), now=NOW + TTL_S)

    assert [(p.key, p.guard) for p in posts] == [("s1", 1), ("next", None)]


@pytest.mark.parametrize(
    "event",
    [posted("m2", at=NOW + 1, author=ANN), edited("m1", "never mind", at=NOW + 1), deleted("m1", at=NOW + 1)],
)
async def test_a_post_is_dropped_when_the_thread_moved_on(store: Store, event: Event) -> None:
    _, [intended] = await intend(store, GUARDED)
    await store.queue.append([event], now=NOW + 1)

    assert not await store.queue.start_send(intended, owner="a", now=NOW + 2)
    assert await states(store) == (PostState.DROPPED, SuggestionState.DROPPED)
    noted = await store.ledger.decision(THREAD.key, "m1")
    assert noted is not None
    assert "moved on" in noted.note
    assert await store.ledger.posted_since(CHANNEL, since=0) == []


async def test_a_thread_that_moved_on_is_evaluated_again(store: Store) -> None:
    turn, [intended] = await intend(store, GUARDED)
    await store.queue.append([edited("m1", "never mind", at=NOW + 1)], now=NOW + 1)
    assert not await store.queue.start_send(intended, owner="a", now=NOW + 2)
    await store.queue.release(turn, now=NOW + 2)

    again = await claim_one(store.queue, now=NOW + 2)
    assert again.timers == (Timer(kind=TimerKind.EVALUATE, due_at=NOW + 2),)


async def test_a_post_without_a_guard_is_sent_whatever_happened(store: Store) -> None:
    _, [intended] = await intend(store, post("card"))
    await store.queue.append([posted("m2", at=NOW + 1)], now=NOW + 1)
    await store.ledger.mute(Mute(scope=MuteScope.CHANNEL, target=CHANNEL.key, by="ann", at=NOW))

    assert await store.queue.start_send(intended, owner="a", now=NOW + 2)


async def test_a_post_is_dropped_when_it_is_too_late(store: Store) -> None:
    _, [intended] = await intend(store, replace(GUARDED, expires_at=NOW + 10))

    assert not await store.queue.start_send(intended, owner="a", now=NOW + 10.1)
    assert await states(store) == (PostState.DROPPED, SuggestionState.DROPPED)


@pytest.mark.parametrize("op", [PostOp.POST, PostOp.EPHEMERAL, PostOp.REACT])
@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (MuteScope.THREAD, THREAD.key),
        (MuteScope.CHANNEL, CHANNEL.key),
        (MuteScope.USER, f"{CHANNEL.key}#rita"),
    ],
)
async def test_a_mute_drops_a_suggestion_on_its_way_out(
    store: Store, op: PostOp, scope: MuteScope, target: str
) -> None:
    _, [intended] = await intend(store, replace(GUARDED, op=op))
    await store.ledger.mute(Mute(scope=scope, target=target, by="ann", at=NOW))

    assert not await store.queue.start_send(intended, owner="a", now=NOW + 2)
    assert await states(store) == (PostState.DROPPED, SuggestionState.DROPPED)


@pytest.mark.parametrize(
    "mute",
    [
        Mute(scope=MuteScope.USER, target=f"{CHANNEL.key}#ann", by="ann", at=NOW),
        Mute(scope=MuteScope.THREAD, target=f"{CHANNEL.key}/t2", by="ann", at=NOW),
        Mute(scope=MuteScope.CHANNEL, target="slack/T1/C2", by="ann", at=NOW),
        Mute(scope=MuteScope.CHANNEL, target=CHANNEL.key, by="ann", at=NOW - 60, until=NOW),
    ],
)
async def test_a_mute_of_something_else_or_one_that_is_over_drops_nothing(store: Store, mute: Mute) -> None:
    _, [intended] = await intend(store, GUARDED)
    await store.ledger.mute(mute)

    assert await store.queue.start_send(intended, owner="a", now=NOW + 2)


async def test_only_the_holder_of_the_lease_may_send(store: Store) -> None:
    turn, [intended] = await intend(store, GUARDED)
    with pytest.raises(LeaseLost):
        await store.queue.start_send(intended, owner="b", now=NOW)
    with pytest.raises(LeaseLost):
        await store.queue.start_send(intended, owner="a", now=NOW + TTL_S)
    await store.queue.release(turn, now=NOW)
    with pytest.raises(LeaseLost):
        await store.queue.start_send(intended, owner="a", now=NOW)

    assert await states(store) == (PostState.NEW, SuggestionState.DRAFTED)


async def test_what_was_perhaps_sent_comes_back_as_such(store: Store) -> None:
    _, [intended] = await intend(store, GUARDED)
    await store.queue.start_send(intended, owner="a", now=NOW)

    [again] = (await claim_one(store.queue, owner="b", now=NOW + TTL_S)).posts
    assert again.state is PostState.SENDING
    with pytest.raises(LeaseLost):
        await store.queue.start_send(intended, owner="b", now=NOW + TTL_S)
    assert await store.queue.start_send(again, owner="b", now=NOW + TTL_S)


async def test_a_post_is_tried_again_at_its_time_and_none_overtakes_it(store: Store) -> None:
    turn, posts = await intend(store, GUARDED, post("second"))
    assert [p.key for p in posts] == ["s1", "second"]
    await store.queue.start_send(posts[0], owner="a", now=NOW)
    await store.queue.retry_send(posts[0], at=NOW + 60)
    await store.queue.release(turn, now=NOW)

    assert await store.queue.next_wake(now=NOW) == NOW + 60
    assert await store.queue.claim(owner="a", now=NOW + 59, ttl_s=TTL_S, limit=8) == []
    again = (await claim_one(store.queue, now=NOW + 60)).posts
    assert [(p.key, p.state, p.attempts) for p in again] == [
        ("s1", PostState.SENDING, 1),
        ("second", PostState.NEW, 0),
    ]


async def test_a_post_that_is_given_up_takes_its_suggestion_along_and_the_receipt_says_why(store: Store) -> None:
    turn, [intended] = await intend(store, GUARDED)
    await store.queue.start_send(intended, owner="a", now=NOW)
    await store.queue.drop_send(intended, why="TargetGone: the channel is archived", now=NOW)
    await store.queue.release(turn, now=NOW)

    assert await states(store) == (PostState.DROPPED, SuggestionState.DROPPED)
    noted = await store.ledger.decision(THREAD.key, "m1")
    assert noted is not None
    assert "the channel is archived" in noted.note
    assert await store.queue.next_wake(now=NOW) is None
    state = await store.threads.load(THREAD, now=NOW)
    assert state.undecided("m1", None)


async def test_a_withdrawn_suggestion_stays_withdrawn(store: Store) -> None:
    _, [intended] = await intend(store, GUARDED)

    await store.queue.start_send(intended, owner="a", now=NOW)
    await store.ledger.set_suggestion_state("s1", SuggestionState.WITHDRAWN)
    await store.queue.finish_send(intended, message_id="p1", now=NOW)
    assert await states(store) == (PostState.SENT, SuggestionState.WITHDRAWN)


async def test_a_suggestion_that_was_withdrawn_in_time_is_not_posted(store: Store) -> None:
    _, [intended] = await intend(store, GUARDED)
    await store.ledger.set_suggestion_state("s1", SuggestionState.WITHDRAWN)

    assert not await store.queue.start_send(intended, owner="a", now=NOW)
    assert await states(store) == (PostState.DROPPED, SuggestionState.WITHDRAWN)


async def test_a_post_that_edits_leaves_the_suggestion_as_it_is(store: Store) -> None:
    _, [intended, edit] = await intend(store, GUARDED, replace(post("s1/edit", op=PostOp.EDIT, of="s1")))
    for one in (intended, edit):
        await store.queue.start_send(one, owner="a", now=NOW)
        await store.queue.finish_send(one, message_id="p1", now=NOW)
    assert await states(store) == (PostState.SENT, SuggestionState.POSTED)


async def test_there_is_no_post_of_an_unknown_key(store: Store) -> None:
    assert await store.queue.post_by_key("nothing") is None
