"""Entries: versions, words, sources, vectors."""

from dataclasses import dataclass, replace

import pytest

from adapters.store.store import Store
from tests.contract.samples import NOW, THREAD, posted, turn_of
from vigil_bot.model.knowledge import (
    Audience,
    ChangeKind,
    Confidence,
    EntryUse,
    EvidenceClass,
    KnowledgeEntry,
    Source,
    Viewer,
)
from vigil_bot.model.work import Outcome


@dataclass(frozen=True)
class Words:
    title: str = ""
    issue: str = ""
    resolution: str = ""


def bigrams(text: str) -> str:
    """Chinese as the analyser hands it over."""
    return " ".join(text[i : i + 2] for i in range(len(text) - 1))


def entry(entry_id: str, **more: object) -> KnowledgeEntry:
    plain = KnowledgeEntry(id=entry_id, issue="the disk is full", resolution="delete the logs", created_at=NOW)
    return replace(plain, **more)  # type: ignore[arg-type]


async def put(
    store: Store,
    new: KnowledgeEntry,
    words: Words | None = None,
    *,
    kind: ChangeKind = ChangeKind.ADD,
    at: float = NOW,
) -> KnowledgeEntry:
    return await store.entries.put(new, kind=kind, by="ann", why="because", at=at, words=words or Words())


async def found(store: Store, *terms: str, before: float | None = None, limit: int = 10) -> list[str]:
    return [hit[0] for hit in await store.entries.search_words(terms, limit=limit, before=before)]


async def test_an_entry_comes_back_as_it_was_stored(store: Store) -> None:
    new = entry(
        "e1",
        title="磁盘",
        cause="a log that is not rotated",
        confidence=Confidence.VALIDATED,
        audience=Audience(workspace="T1", channels=("C1",)),
        sources=(Source(thread_id=THREAD.key, message_ids=("m1",), evidence=EvidenceClass.ANALYST_SAID),),
        content_hash="abc",
    )
    stored = await put(store, new)

    assert stored == replace(new, version=1, updated_at=NOW)
    assert await store.entries.get("e1") == stored
    assert await store.entries.get("e2") is None
    assert await store.entries.count() == 1


async def test_each_change_is_a_version_and_the_earlier_ones_stay(store: Store) -> None:
    first = await put(store, entry("e1"))
    second = await put(store, replace(first, resolution="add a disk"), kind=ChangeKind.EDIT, at=NOW + 5)

    assert (second.version, second.created_at, second.updated_at) == (2, NOW, NOW + 5)
    history = await store.entries.history("e1")
    assert [(v.entry, v.kind, v.by, v.at, v.why) for v in history] == [
        (first, ChangeKind.ADD, "ann", NOW, "because"),
        (second, ChangeKind.EDIT, "ann", NOW + 5, "because"),
    ]
    assert await store.entries.history("e2") == []


async def test_the_time_of_a_new_entry_is_that_of_the_change_unless_it_has_one(store: Store) -> None:
    stored = await put(store, entry("e1", created_at=0.0), at=NOW + 3)
    assert stored.created_at == NOW + 3


async def test_counts_grow_without_a_version_and_never_go_back(store: Store) -> None:
    await put(store, entry("e1"))
    read = await store.entries.get("e1")
    assert read is not None
    await store.queue.append([posted("m1")], now=NOW)
    uses = (EntryUse(entry_id="e1", reused=1, helpful=2), EntryUse(entry_id="e1", helpful=-1, unhelpful=1))
    await turn_of(store.queue, Outcome(uses=(*uses, EntryUse(entry_id="gone", helpful=1))))

    counted = await store.entries.get("e1")
    assert counted is not None
    assert (counted.reuse_count, counted.helpful, counted.unhelpful, counted.version) == (1, 1, 1, 1)
    edited = await put(store, replace(read, title="new"), kind=ChangeKind.EDIT)
    assert (edited.reuse_count, edited.helpful, edited.unhelpful) == (1, 1, 1)


async def test_an_entry_says_when_it_was_last_right(store: Store) -> None:
    made = await put(store, entry("e1"), at=NOW)
    await store.queue.append([posted("m1")], now=NOW)
    uses = (
        EntryUse(entry_id="e1", helpful=1, right_at=NOW + 50),
        EntryUse(entry_id="e1", helpful=1, right_at=NOW + 20),
        EntryUse(entry_id="e1", unhelpful=1),
    )
    await turn_of(store.queue, Outcome(uses=uses))
    used = await store.entries.get("e1")
    assert used is not None
    assert (made.last_right_at, used.last_right_at) == (made.created_at, NOW + 50)

    edited = await put(store, replace(made, title="new"), kind=ChangeKind.EDIT, at=NOW + 60)
    confirmed = await put(store, edited, kind=ChangeKind.CONFIRM, at=NOW + 70)
    approved = await put(store, confirmed, kind=ChangeKind.APPROVE, at=NOW + 80)
    archived = await put(store, approved, kind=ChangeKind.ARCHIVE, at=NOW + 90)
    found = [one.last_right_at for one in (edited, confirmed, approved, archived)]
    assert found == [NOW + 50, NOW + 70, NOW + 80, NOW + 80]
    (loaded,) = await store.entries.load(["e1"])
    assert loaded == archived


async def test_many_are_stored_at_once_and_what_is_known_is_skipped(store: Store) -> None:
    await put(store, entry("e1", content_hash="one"))
    batch = [
        (entry("e1", content_hash="one"), Words()),
        (entry("e2", content_hash="two"), Words()),
        (entry("e3", content_hash="two"), Words()),
        (entry("e1", content_hash="new", title="changed"), Words()),
        (entry("e4"), Words()),
        (entry("e5"), Words()),
    ]
    many = store.entries.put_many
    assert await many(batch, kind=ChangeKind.IMPORT, by="import", why="", at=NOW) == 4
    assert await many(batch[:3], kind=ChangeKind.IMPORT, by="import", why="", at=NOW) == 1

    assert [(e.id, e.version) for e in await store.entries.entries()] == [
        ("e1", 3),
        ("e2", 1),
        ("e4", 1),
        ("e5", 1),
    ]


async def test_entries_are_listed_page_by_page(store: Store) -> None:
    for number in range(5):
        confidence = Confidence.VALIDATED if number % 2 else Confidence.NOT_VALIDATED
        await put(store, entry(f"e{number}", confidence=confidence))

    assert [e.id for e in await store.entries.entries(limit=2)] == ["e0", "e1"]
    assert [e.id for e in await store.entries.entries(after_id="e1", limit=2)] == ["e2", "e3"]
    assert [e.id for e in await store.entries.entries(confidence=Confidence.VALIDATED)] == ["e1", "e3"]
    assert sorted(e.id for e in await store.entries.load(["e4", "gone", "e0", "e4"])) == ["e0", "e4"]
    assert await store.entries.load([]) == []


async def test_entries_are_found_by_the_thread_that_they_come_from(store: Store) -> None:
    sources = (Source(thread_id="a"), Source(thread_id="a"), Source(thread_id="b"), Source(permalink="x"))
    stored = await put(store, entry("e1", sources=sources))
    assert await store.entries.from_thread("a") == [stored] == await store.entries.from_thread("b")

    moved = await put(store, replace(stored, sources=(Source(thread_id="c"),)), kind=ChangeKind.EDIT)
    assert await store.entries.from_thread("a") == []
    assert await store.entries.from_thread("c") == [moved]


async def test_words_find_entries_best_first(store: Store) -> None:
    await put(store, entry("title"), Words(title="disk full", issue="pod", resolution="restart"))
    await put(store, entry("issue"), Words(title="pod", issue="disk full", resolution="restart"))
    await put(store, entry("resolution"), Words(title="pod", issue="restart", resolution="disk full"))
    await put(store, entry("other"), Words(title="login", issue="password", resolution="reset"))

    hits = await store.entries.search_words(["disk", "full", "unknown"], limit=10)
    assert [hit[0] for hit in hits] == ["title", "issue", "resolution"]
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
    assert await found(store, "disk", limit=1) == ["title"]
    assert await found(store) == await found(store, "") == await found(store, "nothing") == []


async def test_chinese_is_found_by_bigrams(store: Store) -> None:
    await put(store, entry("e1"), Words(issue=bigrams("支付网关超时")))
    await put(store, entry("e2"), Words(issue=bigrams("登录失败")))

    assert await found(store, *bigrams("网关超时").split()) == ["e1"]
    assert await found(store, "登录") == ["e2"]


@pytest.mark.parametrize("term", ['"', "a AND", "NOT", "title:disk", "c++", "*", "a*", "(", "^", "\x00", "-disk", "''"])
async def test_no_term_is_taken_for_an_operator(store: Store, term: str) -> None:
    await put(store, entry("e1"), Words(issue="disk"))

    assert await found(store, term, "disk") == ["e1"]
    await store.entries.document_frequencies([term])


async def test_only_what_existed_before_is_found(store: Store) -> None:
    for number in range(3):
        await put(store, entry(f"e{number}", created_at=NOW + number), Words(issue="disk"))

    assert sorted(await found(store, "disk", before=NOW + 2)) == ["e0", "e1"]
    assert sorted(await found(store, "disk", before=NOW + 9)) == ["e0", "e1", "e2"]
    assert await found(store, "disk", before=NOW) == []


async def test_what_is_out_of_use_is_not_found_until_it_is_back(store: Store) -> None:
    stored = await put(store, entry("e1"), Words(issue="disk"))
    archived = replace(stored, confidence=Confidence.ARCHIVED)
    await put(store, archived, Words(issue="disk"), kind=ChangeKind.ARCHIVE)
    assert await found(store, "disk") == []
    await put(store, replace(stored, superseded_by="e2"), Words(issue="disk"))
    assert await found(store, "disk") == []

    await put(store, stored, Words(issue="disk"), kind=ChangeKind.REVERT)
    assert await found(store, "disk") == ["e1"]


async def test_a_new_version_is_found_by_its_new_words_only(store: Store) -> None:
    await put(store, entry("e1"), Words(issue="disk"))
    await put(store, entry("e1"), Words(issue="memory"))

    assert await found(store, "disk") == []
    assert await found(store, "memory") == ["e1"]


async def test_document_frequencies_count_entries(store: Store) -> None:
    await put(store, entry("e1"), Words(title="disk", issue="disk full"))
    await put(store, entry("e2"), Words(resolution="disk"))
    await put(store, entry("e3"), Words(issue="memory"))

    total, counts = await store.entries.document_frequencies(["disk", "memory", "gone", "disk"])
    assert (total, counts) == (3, {"disk": 2, "memory": 1, "gone": 0})
    assert await store.entries.document_frequencies([]) == (3, {})


async def test_vectors_are_pending_until_they_are_stored(store: Store) -> None:
    first, second = await put(store, entry("e1")), await put(store, entry("e2"))
    assert await store.entries.pending_vectors(limit=9) == [first, second]
    assert await store.entries.pending_vectors(limit=1) == [first]

    newer = await put(store, replace(second, title="new"), kind=ChangeKind.EDIT)
    await store.entries.vectors_stored([first, second])
    assert await store.entries.pending_vectors(limit=9) == [newer]
    await store.entries.vectors_stored([newer])
    assert await store.entries.pending_vectors(limit=9) == []


async def test_another_embedder_makes_all_vectors_anew(store: Store) -> None:
    assert await store.entries.vector_embedder() is None
    await store.entries.reset_vectors("builtin")
    stored = await put(store, entry("e1"))
    await store.entries.vectors_stored([stored])
    assert await store.entries.vector_embedder() == "builtin"

    await store.entries.reset_vectors("minilm")
    assert await store.entries.vector_embedder() == "minilm"
    assert await store.entries.pending_vectors(limit=9) == [stored]


async def test_a_search_for_somebody_goes_through_what_they_may_see(store: Store) -> None:
    here, guest = Viewer(workspace_id="T1", channel_id="C1"), Viewer(workspace_id="T1", channel_id="C1", guests=True)
    audiences = {
        "all": Audience(),
        "inside": Audience(workspace="T1"),
        "here": Audience(workspace="T1", channels=("C1", "C2"), guests=True),
        "there": Audience(workspace="T1", channels=("C2",)),
        "elsewhere": Audience(workspace="T2"),
    }
    for name, audience in audiences.items():
        await put(store, entry(name, audience=audience), Words(title="disk", issue="disk", resolution=name))
    await put(store, entry("gone", confidence=Confidence.ARCHIVED), Words(title="disk"))
    for viewer, seen in ((here, {"all", "inside", "here"}), (guest, {"all", "here"})):
        assert {i for i, _ in await store.entries.search_words(["disk"], limit=10, viewer=viewer)} == seen
        assert set(await store.entries.seen_by(viewer, limit=10)) == seen
        assert await store.entries.count_seen_by(viewer) == len(seen)
        asked = ["gone", "there", "here", "unknown", "all", "inside"]
        assert await store.entries.seen_among(asked, viewer) == [one for one in asked if one in seen]
    assert len(await store.entries.seen_by(here, limit=2)) == 2
    await put(store, entry("there", audience=Audience(workspace="T1", channels=("C1",))), Words(title="disk"))
    assert "there" in await store.entries.seen_by(here, limit=10)
