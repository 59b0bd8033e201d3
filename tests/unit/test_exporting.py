"""What is exported comes back without loss."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.chroma import ChromaIndex
from knowledge.exporting import export_line, parse_lines
from vigil_bot.model.knowledge import (
    Audience,
    ChangeKind,
    Confidence,
    EntryVersion,
    EvidenceClass,
    KnowledgeEntry,
    Source,
    Stale,
    StaleReason,
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
times = st.floats(0, 1e11)
names = st.lists(texts.filter(bool), max_size=2, unique=True).map(tuple)
sources = st.builds(
    Source,
    thread_id=st.none() | texts,
    message_ids=names,
    permalink=st.none() | texts,
    evidence=st.sampled_from(EvidenceClass),
    author_ids=names,
    document=texts,
    revision=texts,
)
entries = st.builds(
    KnowledgeEntry,
    id=st.just("e"),
    issue=texts,
    resolution=texts,
    title=texts,
    environment=texts,
    cause=st.none() | texts,
    confidence=st.sampled_from(Confidence),
    audience=st.builds(Audience, workspace=texts, channels=names, guests=st.booleans()),
    sources=st.lists(sources, max_size=2).map(tuple),
    created_at=times,
    updated_at=times,
    superseded_by=st.none() | texts,
    content_hash=texts,
    contradicts=names,
    stale=st.none() | st.builds(Stale, reason=st.sampled_from(StaleReason), since=times),
)
versions = st.builds(EntryVersion, entry=entries, kind=st.sampled_from(ChangeKind), by=texts, at=times, why=texts)
counts = st.integers(0, 1000)


@st.composite
def known(draw: st.DrawFn, entry_id: str = "e") -> tuple[KnowledgeEntry, tuple[EntryVersion, ...]]:
    """An entry with the versions that led to it; counts have gone on since the last."""
    made = draw(st.lists(versions, min_size=1, max_size=4))
    history = tuple(
        replace(one, entry=replace(one.entry, id=entry_id, version=number)) for number, one in enumerate(made, 1)
    )
    newest = history[-1].entry
    return replace(newest, reuse_count=draw(counts), helpful=draw(counts), unhelpful=draw(counts)), history


worlds = st.integers(1, 3).flatmap(lambda count: st.tuples(*(known(f"e{number}") for number in range(count))))


@given(known())
def test_a_line_reads_back_as_it_was(one: tuple[KnowledgeEntry, tuple[EntryVersion, ...]]) -> None:
    line = export_line(*one)
    assert "\n" not in line
    assert parse_lines(line.encode()) == ([one], [])


async def base_of(store: Store) -> KnowledgeBase:
    base = KnowledgeBase(store.entries, ChromaIndex.in_memory(), BuiltinEmbedder())
    await base.open()
    return base


async def exported(base: KnowledgeBase) -> bytes:
    lines = [export_line(entry, await base.history(entry.id)) for entry in await base.entries()]
    return "\n".join(lines).encode()


async def imported(base: KnowledgeBase, data: bytes) -> int:
    found, faults = parse_lines(data)
    assert faults == []
    return await base.restore(found, by="operator", why="import", at=2e11)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(worlds)
async def test_everything_that_is_known_comes_back(
    world: Sequence[tuple[KnowledgeEntry, tuple[EntryVersion, ...]]],
) -> None:
    there = await Store.open("sqlite://", inline=True, durable=False)
    here = await Store.open("sqlite://", inline=True, durable=False)
    first, second = await base_of(there), await base_of(here)
    await first.restore(world, by="test", why="", at=1e11)
    data = await exported(first)
    assert [(e.id, e.reuse_count, e.helpful, e.unhelpful) for e in await first.entries()] == [
        (e.id, e.reuse_count, e.helpful, e.unhelpful) for e, _ in world
    ]
    assert await imported(second, data) == len(world)
    assert await exported(second) == data
    assert await imported(second, data) == 0, "a second time changes nothing"
    assert await here.entries.pending_vectors(limit=10) == []
    await there.close()
    await here.close()


ENTRY = KnowledgeEntry(id="e", issue="the disk of kafka is full", resolution="Lower retention.ms.", created_at=1.0)


@pytest.fixture
async def store() -> Store:
    return await Store.open("sqlite://", inline=True, durable=False)


async def test_what_comes_back_is_found_by_its_words_and_its_thread(store: Store) -> None:
    base = await base_of(store)
    thread = replace(ENTRY, sources=(Source(thread_id="local/w/c/t", message_ids=("m",)),))
    version = EntryVersion(entry=thread, kind=ChangeKind.ADD, by="distill", at=1.0)
    await base.restore([(thread, (version,))], by="operator", why="", at=2.0)
    assert [hit.entry.id for hit in await base.find("kafka disk full", viewer=None)] == ["e"]
    assert [e.id for e in await base.from_thread("local/w/c/t")] == ["e"]


async def test_a_newer_export_adds_its_versions_and_an_older_one_takes_none_away(store: Store) -> None:
    base = await base_of(store)
    await base.put(ENTRY, kind=ChangeKind.ADD, by="a", why="", at=1.0)
    old = await exported(base)
    await base.put(replace(ENTRY, resolution="Raise it."), kind=ChangeKind.EDIT, by="a", why="", at=2.0)
    new = await exported(base)
    other = await base_of(await Store.open("sqlite://", inline=True, durable=False))
    assert [await imported(other, data) for data in (old, new, old)] == [1, 1, 0]
    assert await exported(other) == new


async def test_what_went_on_differently_here_gets_one_more_version(store: Store) -> None:
    base = await base_of(store)
    await base.put(ENTRY, kind=ChangeKind.ADD, by="a", why="", at=1.0)
    data = await exported(base)
    other = await base_of(await Store.open("sqlite://", inline=True, durable=False))
    await other.put(replace(ENTRY, resolution="Buy a disk."), kind=ChangeKind.ADD, by="b", why="", at=1.5)
    assert await imported(other, data) == 1
    assert [(v.by, v.entry.resolution) for v in await other.history("e")] == [
        ("b", "Buy a disk."),
        ("operator", "Lower retention.ms."),
    ]
    assert await imported(other, data) == 0


async def test_counts_that_are_higher_here_stay(store: Store) -> None:
    base = await base_of(store)
    stored = await base.put(replace(ENTRY, helpful=2), kind=ChangeKind.ADD, by="a", why="", at=1.0)
    data = await exported(base)
    await base.put(replace(stored, helpful=5, unhelpful=1), kind=ChangeKind.EDIT, by="a", why="", at=2.0)
    await imported(base, data)
    entry = await base.get("e")
    assert entry is not None
    assert (entry.helpful, entry.unhelpful) == (5, 1)


def test_lines_of_others_have_no_versions_and_a_broken_history_is_named() -> None:
    plain = json.dumps({"issue": "a", "resolution": "b", "versions": None})
    broken = json.dumps({"id": "e", "issue": "a", "resolution": "b", "versions": [{"entry": 7}]})
    found, faults = parse_lines(f'{plain}\n{broken}\n{{"versions": {"[" * 3000}'.encode())
    assert [(entry.issue, history) for entry, history in found] == [("a", ())]
    assert [fault.partition(":")[0] for fault in faults] == ["line 2", "line 3"]


@given(st.binary(max_size=200))
def test_any_bytes_after_the_mark_give_entries_or_faults(data: bytes) -> None:
    found, faults = parse_lines(b'{"versions": ' + data)
    assert len(found) + len(faults) <= data.count(b"\n") + 1
