"""Transcript, ledger, cases and threads give back what was stored."""

from dataclasses import replace

import pytest

from adapters.store.store import Store
from adapters.store.transcript import PAGE
from tests.contract.samples import (
    ANN,
    BOT,
    CHANNEL,
    NOW,
    OTHER,
    THREAD,
    case,
    message,
    posted,
    receipt,
    suggestion,
    turn_of,
)
from vigil_bot.errors import StaleCase
from vigil_bot.model.case import Case, CaseState, Promise, ResolvedBy
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.model.thread import Decided
from vigil_bot.model.work import Outcome
from vigil_bot.ports.chat import Heard
from vigil_bot.ports.knowledge import EntryStore
from vigil_bot.ports.records import Cases, Ledger, Threads, Transcript
from vigil_bot.ports.work import WorkQueue

NOWHERE = ConversationRef(platform="lark", workspace_id="T9", channel_id="C9", thread_id="t9")


async def commit(store: Store, outcome: Outcome) -> None:
    """Write an outcome as a turn of the thread would."""
    await store.queue.append([posted("m1")], now=NOW)
    await turn_of(store.queue, outcome)


def ports(store: Store) -> tuple[WorkQueue, Transcript, Threads, Ledger, Cases, EntryStore]:
    """The store fits its ports: mypy checks it."""
    return store.queue, store.transcript, store.threads, store.ledger, store.cases, store.entries


async def test_of_an_unknown_thread_nothing_is_stored(store: Store) -> None:
    transcript = ports(store)[1]
    conversation = await transcript.conversation(NOWHERE)
    assert (conversation.ref, conversation.messages, conversation.version) == (NOWHERE, (), 0)
    assert await transcript.version(NOWHERE) == 0
    assert await transcript.last_message_at(NOWHERE) is None
    assert await transcript.find_message("m1") is None
    state = await store.threads.load(NOWHERE, now=NOW)
    assert (state.conversation, state.case, dict(state.decided), state.suggestions) == (conversation, None, {}, ())


async def test_a_message_is_found_by_its_link_and_by_its_id(store: Store) -> None:
    await store.queue.append([posted("m1"), posted("m2")], now=NOW)
    elsewhere = replace(THREAD, channel_id="C2")
    await store.queue.append([posted("m1", "newer", at=NOW + 1, ref=elsewhere)], now=NOW)

    assert await store.transcript.find_message("https://chat.test/m2") == message("m2")
    assert await store.transcript.find_message("m1") == message("m1", "newer", at=NOW + 1, ref=elsewhere)


async def test_the_newest_message_of_a_channel_is_known(store: Store) -> None:
    await store.queue.append([posted("m1", at=NOW + 5), posted("m2", at=NOW + 1, ref=OTHER)], now=NOW)
    await store.queue.append([posted("m3", at=NOW + 99, ref=NOWHERE)], now=NOW)

    assert await store.transcript.last_message_at(CHANNEL) == NOW + 5
    assert await store.transcript.last_message_at(THREAD) == NOW + 5


async def test_what_was_heard_of_a_platform_is_known(store: Store) -> None:
    heard: Heard = store.transcript
    await store.queue.append([posted("m1", at=NOW + 5), posted("m2", at=NOW + 1, ref=OTHER)], now=NOW)
    await store.queue.append([posted("m3", at=NOW + 99, ref=NOWHERE)], now=NOW)

    assert await heard.channels(CHANNEL.platform) == {CHANNEL: NOW + 5}
    assert await heard.channels("lark") == {NOWHERE.channel: NOW + 99}
    assert await heard.threads(CHANNEL, since=NOW + 5) == {THREAD.thread_id: NOW + 5}
    assert await heard.threads(CHANNEL, since=0.0) == {THREAD.thread_id: NOW + 5, OTHER.thread_id: NOW + 1}


async def test_the_newest_messages_of_a_channel_before_a_time(store: Store) -> None:
    said = [
        posted("m1", at=NOW - 9),
        posted("m2", at=NOW - 5, ref=OTHER),
        posted("m3", at=NOW),
        posted("m4", at=NOW + 9),
    ]
    await store.queue.append([*said, posted("m5", at=NOW - 1, ref=NOWHERE)], now=NOW)

    found = await store.transcript.messages_in(THREAD, before=NOW + 9, limit=2)
    assert [message.id for message in found] == ["m3", "m2"]
    assert [m.id for m in await store.transcript.messages_in(CHANNEL, before=NOW, limit=9)] == ["m2", "m1"]
    assert await store.transcript.messages_in(CHANNEL, before=NOW - 9, limit=9) == []


async def test_analysts_are_known_by_channel_and_time(store: Store) -> None:
    bob = replace(ANN, id="bob")
    await store.queue.append([posted("m1"), posted("m2", author=ANN), posted("m3", author=BOT)], now=NOW)
    await store.queue.append([posted("m4", at=NOW + 9, author=bob), posted("m5", at=NOW - 9, author=bob)], now=NOW)

    assert await store.transcript.analysts_seen(CHANNEL, since=NOW) == ["ann", "bob"]
    assert await store.transcript.analysts_seen(THREAD, since=NOW + 9) == ["bob"]
    assert await store.transcript.analysts_seen(NOWHERE, since=0) == []


async def test_all_threads_can_be_gone_through_in_order(store: Store) -> None:
    number = 2 * PAGE + 3
    refs = [replace(CHANNEL, thread_id=f"t{n:04}", platform="lark" if n % 2 else "slack") for n in range(number)]
    events = [posted(f"m{n}", at=NOW - n // 2, ref=ref) for n, ref in enumerate(refs)]
    await store.queue.append(events, now=NOW)
    await store.queue.append([posted("first", at=NOW - number, ref=refs[0])], now=NOW)

    threads = [c async for c in await store.transcript.conversations()]
    assert [c.ref for c in threads[:1]] == [refs[0]]
    assert [m.id for m in threads[0].messages] == ["first", "m0"]
    assert sorted(c.ref.key for c in threads) == sorted(ref.key for ref in refs)
    begun = [c.messages[0].sent_at for c in threads]
    assert begun == sorted(begun)
    of_lark = [c async for c in await store.transcript.conversations(platform="lark")]
    assert len(of_lark) == number // 2


async def test_the_newest_receipt_of_a_message_counts_and_the_earlier_stay(store: Store) -> None:
    first = receipt(number=1, at=NOW)
    second = replace(receipt(number=2, at=NOW + 5, suggestion_id="s1"), edited_at=NOW + 3)
    await commit(store, Outcome(decisions=(first, second, replace(first, note="again"))))

    assert await store.ledger.decision(THREAD.key, "m1") == second
    assert await store.ledger.decision(THREAD.key, "m2") is None
    assert await store.ledger.decisions(since=NOW) == [first, second]
    assert await store.ledger.decisions(since=NOW + 1) == [second]
    assert await store.ledger.decisions(since=NOW, until=NOW + 5) == [first]
    state = await store.threads.load(THREAD, now=NOW)
    assert state.decided == {"m1": Decided(edited_at=NOW + 3, suggestion_id="s1")}
    assert not state.undecided("m1", NOW + 3)
    assert state.undecided("m1", NOW + 4)
    assert state.undecided("m2", None)


async def test_of_two_receipts_the_one_that_was_written_last_counts_whatever_the_clock_showed(store: Store) -> None:
    ahead, right = receipt(number=1, at=NOW + 7200), receipt(number=2, at=NOW, suggestion_id="s1")
    await commit(store, Outcome(decisions=(ahead, right)))

    assert await store.ledger.decision(THREAD.key, "m1") == right
    assert (await store.threads.load(THREAD, now=NOW)).decided["m1"].suggestion_id == "s1"


async def test_suggestions_are_listed_oldest_first_and_change_their_state(store: Store) -> None:
    old, new = suggestion("s2", at=NOW), suggestion("s1", at=NOW + 1)
    await commit(store, Outcome(suggestions=(new, old, replace(old, text="again"))))

    assert await store.ledger.suggestions_in(THREAD.key) == [old, new]
    assert await store.ledger.suggestion("s2") == old
    assert await store.ledger.suggestion("gone") is None
    await store.ledger.set_suggestion_state("s2", SuggestionState.CORRECTED)
    await store.queue.append([posted("m2")], now=NOW)
    await turn_of(store.queue, Outcome(suggestion_states=(("s1", SuggestionState.WITHDRAWN),)))
    assert [s.state for s in (await store.threads.load(THREAD, now=NOW)).suggestions] == [
        SuggestionState.CORRECTED,
        SuggestionState.WITHDRAWN,
    ]


def verdict(author: str, what: Verdict, at: float) -> Feedback:
    return Feedback(suggestion_id="s1", author_id=author, verdict=what, source=FeedbackSource.BUTTON, at=at)


async def test_a_persons_newer_verdict_replaces_the_older(store: Store) -> None:
    first = verdict("rita", Verdict.HELPFUL, NOW)
    newer = verdict("rita", Verdict.NOT_HELPFUL, NOW + 2)
    late = verdict("rita", Verdict.HELPFUL, NOW + 1)
    other = verdict("ann", Verdict.NOT_HELPFUL, NOW + 3)
    await commit(store, Outcome(feedback=(first, newer, late, other)))

    assert await store.ledger.feedback_on("s1") == [newer, other]
    assert await store.ledger.feedback_counts(since=NOW) == {"not_helpful": 2}
    assert await store.ledger.feedback_counts(since=NOW + 3) == {"not_helpful": 1}
    assert await store.ledger.feedback_on("gone") == []


async def test_a_mute_holds_until_it_ends_or_is_undone(store: Store) -> None:
    thread = Mute(scope=MuteScope.THREAD, target=THREAD.key, by="ann", at=NOW, until=NOW + 60)
    person = Mute(scope=MuteScope.USER, target=f"{CHANNEL.key}#ri#ta", by="ann", at=NOW)
    elsewhere = Mute(scope=MuteScope.THREAD, target=OTHER.key, by="ann", at=NOW)
    for mute in (thread, person, elsewhere):
        await store.ledger.mute(mute)

    assert await store.ledger.mutes([THREAD.key, person.target], now=NOW) == [person, thread]
    assert await store.ledger.mutes([THREAD.key], now=NOW + 60) == []
    assert await store.ledger.mutes([], now=NOW) == []
    assert (await store.threads.load(THREAD, now=NOW)).mutes == (person, thread)
    assert (await store.threads.load(NOWHERE, now=NOW)).mutes == ()

    longer = replace(thread, until=None, by="rita")
    await store.ledger.mute(longer)
    assert await store.ledger.mutes([THREAD.key], now=NOW + 60) == [longer]
    assert await store.ledger.unmute(MuteScope.THREAD, THREAD.key)
    assert not await store.ledger.unmute(MuteScope.THREAD, THREAD.key)
    assert await store.ledger.mutes([THREAD.key], now=NOW) == []


async def test_settings_of_a_channel_are_kept(store: Store) -> None:
    assert await store.ledger.channel_settings() == {}
    for channel, value in (("a", "on"), ("a", "off"), ("b", "shadow")):
        await store.ledger.set_channel_setting(channel, "mode", value)
    await store.ledger.set_channel_setting("a", "by", "ann")

    assert await store.ledger.channel_settings() == {"a": {"mode": "off", "by": "ann"}, "b": {"mode": "shadow"}}


async def test_a_case_comes_back_as_it_was_stored(store: Store) -> None:
    full = replace(
        case(),
        promises=(Promise(message_id="m1", author_id="ann", said_at=NOW),),
        resolved_by=ResolvedBy.REQUESTER,
        evidence=("m1", "m2"),
    )
    assert await store.cases.save(full) == replace(full, version=1)
    assert await store.cases.case(THREAD.key) == replace(full, version=1)
    assert await store.cases.case(OTHER.key) is None


@pytest.mark.parametrize("version", [0, 2])
async def test_a_case_is_not_stored_over_another_version(store: Store, version: int) -> None:
    stored = await store.cases.save(case())
    with pytest.raises(StaleCase):
        await store.cases.save(case(version=version, state=CaseState.RESOLVED))

    assert await store.cases.case(THREAD.key) == stored


def case_of(thread: str, state: CaseState, *, at: float, channel: str = "C1") -> Case:
    ref = replace(CHANNEL, channel_id=channel, thread_id=thread)
    over_at = at if state.over else None
    return replace(case(state=state, changed_at=at), conversation=ref.key, resolved_at=over_at)


async def test_cases_are_listed_newest_change_first(store: Store) -> None:
    opened = await store.cases.save(case_of("t1", CaseState.OPEN, at=NOW))
    solved = await store.cases.save(case_of("t2", CaseState.RESOLVED, at=NOW + 2))
    other = await store.cases.save(case_of("t3", CaseState.OPEN, at=NOW + 1, channel="C2"))

    assert await store.cases.cases() == [solved, other, opened]
    assert await store.cases.cases(limit=1) == [solved]
    assert await store.cases.cases(states=[CaseState.OPEN]) == [other, opened]
    assert await store.cases.cases(channel=CHANNEL.key) == [solved, opened]
    assert await store.cases.cases(states=[CaseState.OPEN], channel=CHANNEL.key) == [opened]


async def test_a_case_is_distilled_once_after_each_change(store: Store) -> None:
    await store.cases.save(case_of("t1", CaseState.OPEN, at=NOW))
    newer = await store.cases.save(case_of("t2", CaseState.CLOSED, at=NOW + 2))
    older = await store.cases.save(case_of("t3", CaseState.RESOLVED, at=NOW + 1))

    assert await store.cases.undistilled(resolved_before=NOW + 2) == [older, newer]
    assert await store.cases.undistilled(resolved_before=NOW + 2, limit=1) == [older]
    assert await store.cases.undistilled(resolved_before=NOW + 1.5) == [older]

    done = await store.cases.save(replace(older, distilled_at=NOW + 5))
    assert await store.cases.undistilled(resolved_before=NOW + 9) == [newer]
    again = await store.cases.save(replace(done, changed_at=NOW + 6))
    assert await store.cases.undistilled(resolved_before=NOW + 9) == [again, newer]
    await store.cases.save(replace(again, state=CaseState.OPEN, changed_at=NOW + 7, resolved_at=None))
    assert await store.cases.undistilled(resolved_before=NOW + 9) == [newer]


async def test_a_thread_is_read_in_one_go(store: Store) -> None:
    mute = Mute(scope=MuteScope.CHANNEL, target=CHANNEL.key, by="ann", at=NOW)
    outcome = Outcome(case=case(), suggestions=(suggestion(),), decisions=(receipt(),), mutes=(mute,))
    await commit(store, outcome)

    state = await store.threads.load(THREAD, now=NOW)
    assert [m.id for m in state.conversation.messages] == ["m1"]
    assert state.case == case(version=1)
    assert set(state.decided) == {"m1"}
    assert state.suggestions == (suggestion(),)
    assert state.mutes == (mute,)


async def test_a_setting_of_a_channel_can_be_taken_back(store: Store) -> None:
    await store.ledger.set_channel_setting("a", "mode", "on")

    assert await store.ledger.unset_channel_setting("a", "mode")
    assert not await store.ledger.unset_channel_setting("a", "mode")
    assert await store.ledger.channel_settings() == {}
