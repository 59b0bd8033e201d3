"""What the store does for reviewing, correcting and forgetting."""

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from adapters.store.store import Store
from tests.contract.samples import (
    CHANNEL,
    NOW,
    OTHER,
    RITA,
    THREAD,
    claim_one,
    edited,
    message,
    post,
    posted,
    suggestion,
    turn_of,
)
from tests.contract.test_entries import Words, entry, found, put
from vigil_bot.model.card import Card, CardKind
from vigil_bot.model.conversation import Attachment, Author
from vigil_bot.model.knowledge import ChangeKind, Confidence, KnowledgeEntry, Source
from vigil_bot.model.suggestion import Citation, SuggestionState
from vigil_bot.model.work import Outcome, PostOp
from vigil_bot.ports.curation import Forgetting, Posted, Reviewed

EDIT = replace(post("s1/recall/1", op=PostOp.EDIT), target_key="s1", card=Card(kind=CardKind.NOTICE, title="Corrected"))


def ports(store: Store) -> tuple[Reviewed, Posted, Forgetting]:
    """The store fits its ports: mypy checks it."""
    return store.reviewed, store.reviewed, store.forgetting


def ids(entries: list[KnowledgeEntry]) -> list[str]:
    return [one.id for one in entries]


async def test_what_waits_fails_and_is_new_is_found_and_what_is_out_of_use_is_not(store: Store) -> None:
    gone = {"confidence": Confidence.ARCHIVED}
    for made in (
        entry("waits", contradicts=("e9",), confidence=Confidence.VALIDATED, created_at=NOW + 1),
        entry("waits-newer", contradicts=("e9",), confidence=Confidence.VALIDATED, created_at=NOW + 2),
        entry("fails", unhelpful=2, helpful=1, confidence=Confidence.VALIDATED),
        entry("fails-more", unhelpful=5, confidence=Confidence.VALIDATED),
        entry("even", unhelpful=1, helpful=1, confidence=Confidence.VALIDATED),
        entry("new", created_at=NOW + 3),
        entry("used", reuse_count=4),
        entry("replaced", superseded_by="used", contradicts=("e9",)),
        entry("archived", contradicts=("e9",), unhelpful=9, **gone),
        entry("says", issue='it prints "contradicts":["x"]', confidence=Confidence.VALIDATED),
    ):
        await put(store, made)

    look = ports(store)[0]
    assert ids(await look.waiting(limit=9)) == ["waits-newer", "waits"]
    assert ids(await look.failing(limit=9)) == ["fails-more", "fails"]
    assert ids(await look.unvalidated(limit=9)) == ["used", "new"]
    assert ids(await look.waiting(limit=1)) == ["waits-newer"]


async def test_what_an_entry_replaced_is_found_whatever_signs_its_id_has(store: Store) -> None:
    for entry_id in ("a%b", "a_b", 'a"b', "a\\b", "甲"):
        await put(store, entry(f"old-{entry_id}", superseded_by=entry_id))
    await put(store, entry("other", superseded_by="axb"))

    for entry_id in ("a%b", "a_b", 'a"b', "a\\b", "甲"):
        assert ids(await store.reviewed.replaced_by(entry_id)) == [f"old-{entry_id}"]
    assert await store.reviewed.replaced_by("nothing") == []


async def shown(store: Store, suggestion_id: str = "s1", *, at: float = NOW) -> None:
    """Post a suggestion."""
    made, sent = suggestion(suggestion_id, at=at), post(suggestion_id, of=suggestion_id)
    await store.queue.append([posted(f"m-{suggestion_id}", at=at)], now=at)
    turn = await claim_one(store.queue, now=at)
    for intended in await store.queue.commit(turn, Outcome(suggestions=(made,), posts=(sent,)), now=at):
        assert await store.queue.start_send(intended, owner="a", now=at)
        await store.queue.finish_send(intended, message_id=f"p-{suggestion_id}", now=at)
    await store.queue.release(turn, now=at)


async def test_a_suggestion_that_people_see_is_corrected_with_its_posts_in_one_go(store: Store) -> None:
    await shown(store)
    [seen] = await store.reviewed.posted_suggestions(since=NOW)
    assert await store.reviewed.posted_suggestions(since=NOW + 1) == []

    right = Citation(entry_id="e2", version=1, title="t", quote="Do that.")
    corrected = replace(seen, state=SuggestionState.CORRECTED, instead=right)
    for _ in range(2):  # also when it is done again
        assert await store.reviewed.correct(corrected, [EDIT], now=NOW + 5)
    assert await store.reviewed.posted_suggestions(since=NOW) == [corrected]
    assert await store.ledger.suggestion("s1") == corrected
    turn = await claim_one(store.queue, now=NOW + 5)
    assert [(p.key, p.op, p.target_key) for p in turn.posts] == [(EDIT.key, PostOp.EDIT, "s1")]


async def test_what_was_withdrawn_meanwhile_is_not_corrected_and_nothing_is_posted(store: Store) -> None:
    await shown(store)
    [seen] = await store.reviewed.posted_suggestions(since=NOW)
    await store.ledger.set_suggestion_state("s1", SuggestionState.WITHDRAWN)

    corrected = replace(seen, state=SuggestionState.CORRECTED)
    assert not await store.reviewed.correct(corrected, [EDIT], now=NOW + 5)
    assert await store.reviewed.posted_suggestions(since=NOW) == []
    assert await store.queue.claim(owner="a", now=NOW + 5, ttl_s=9.0, limit=9) == []


async def test_drafts_that_nobody_saw_are_not_corrected(store: Store) -> None:
    await store.queue.append([posted("m1")], now=NOW)
    await turn_of(store.queue, Outcome(suggestions=(suggestion(),)))
    assert await store.reviewed.posted_suggestions(since=0) == []


async def test_a_post_outside_of_a_turn_is_stored_once_and_wakes_its_thread(store: Store) -> None:
    for _ in range(2):
        await store.reviewed.intend([post("hello", ref=CHANNEL)], now=NOW)
    turn = await claim_one(store.queue)
    assert (turn.conversation, [p.key for p in turn.posts]) == (CHANNEL, ["hello"])


async def test_an_erased_entry_leaves_no_version_word_or_source(store: Store) -> None:
    first = await put(store, entry("e1", sources=(Source(thread_id="a"),)), Words(issue="disk full"))
    await put(store, replace(first, resolution="more"), Words(issue="disk full"), kind=ChangeKind.EDIT)
    await put(store, entry("e2"), Words(issue="disk full"))
    for _ in range(2):
        await store.forgetting.erase("e1")

    assert await store.entries.get("e1") is None
    assert await store.entries.history("e1") == []
    assert await store.entries.from_thread("a") == []
    assert await found(store, "disk") == ["e2"]
    assert (await put(store, entry("e1"))).version == 1


async def test_old_versions_can_be_erased_and_the_numbers_go_on(store: Store) -> None:
    made = await put(store, entry("e1"))
    for text in ("two", "three"):
        made = await put(store, replace(made, resolution=text), kind=ChangeKind.EDIT)
    assert await store.forgetting.erase_versions("e1", before=3) == 2
    assert [v.entry.version for v in await store.entries.history("e1")] == [3]
    assert (await put(store, made)).version == 4


async def test_what_a_person_wrote_in_a_workspace_is_found_and_emptied_and_nothing_else(store: Store) -> None:
    file = Attachment(id="f1", name="passport.png")
    ravi = Author(id="ravi")
    elsewhere = replace(THREAD, workspace_id="T2")
    mine = replace(message("m1", "my name is Rita"), attachments=(file,))
    events = [
        replace(posted("m1"), message=mine),
        posted("m2", "hello Rita", author=ravi),
        posted("m3", "in another thread", ref=OTHER, at=NOW + 1),
    ]
    await store.queue.append(events, now=NOW)
    await store.queue.append([posted("m4", "elsewhere", ref=elsewhere)], now=NOW)
    before = await store.transcript.version(THREAD)

    wrote = await store.forgetting.mentioning(RITA.id, workspace_id="T1")
    assert [m.id for m in wrote] == ["m1", "m3"]
    assert await store.forgetting.blank(wrote) == 2
    [first, second] = (await store.transcript.conversation(THREAD)).messages
    assert (first.text, first.attachments, first.deleted, first.sent_at) == ("", (), True, NOW)
    assert second.text == "hello Rita"
    assert [m.text for m in (await store.transcript.conversation(elsewhere)).messages] == ["elsewhere"]
    assert await store.transcript.version(THREAD) > before  # a draft that rests on it is not posted


async def test_the_words_of_a_forgotten_message_are_in_no_table(store: Store, tmp_path: Path) -> None:
    """Not in the events that brought them either, handled or given up."""
    await store.queue.append([posted("m1", "Rita Hayworth lives here")], now=NOW)
    await turn_of(store.queue, Outcome())
    await store.queue.append([edited("m1", "Rita Hayworth lived here", at=NOW + 1)], now=NOW + 1)
    turn = await claim_one(store.queue, now=NOW + 1)
    await store.queue.fail(turn, error="Bug", now=NOW + 1, retry_at=None)
    assert "Hayworth" in await dump(store, tmp_path / "before.db")
    await store.forgetting.blank(await store.forgetting.mentioning(RITA.id, workspace_id="T1"))

    assert "Hayworth" not in await dump(store, tmp_path / "after.db")


async def dump(store: Store, path: Path) -> str:
    await store.backup(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump())


async def test_what_a_person_told_us_in_no_message_is_found(store: Store) -> None:
    told = Source(author_ids=("rita",))
    await put(store, entry("told", sources=(told,)))
    await put(store, entry("also-said", sources=(told, Source(thread_id="t", message_ids=("m1",)))))
    await put(store, entry("with-bob", sources=(replace(told, author_ids=("rita", "bob")),)))
    await put(store, entry("from-a-thread", sources=(replace(told, message_ids=("m1",)),)))
    assert ids(await store.forgetting.taught("rita")) == ["told"]
    assert await store.forgetting.taught("r%") == []
