"""Upkeep: what is worth a look, what is marked, and who is told when."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from knowledge.authority import Voice
from knowledge.upkeep import MAX_FINDINGS, UNUSED_AFTER_S, failed_in_use, findings_of, with_findings
from tests.fakes.world import CHANNEL, ENTRY, QUESTION, START, World, world
from vigil_bot.commands.kb_report import KnowledgeReport, last_weekly, report_card
from vigil_bot.libraries import keeping_jobs
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Role
from vigil_bot.model.feedback import Verdict
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
    Viewer,
)
from vigil_bot.model.policy import WeeklyTime
from vigil_bot.model.upkeep import Finding, FindingKind
from vigil_bot.settings import Settings, load_settings

POLICY = '[default]\nowners = ["olga"]\nreport_at = "wed 10:00"\nanalysts = ["anna"]\n'
DOUBLE = replace(ENTRY, id="e2")
OTHERWISE = replace(ENTRY, id="e3", resolution="Delete the namespace with `kubectl delete namespace pay`.")
LONELY = KnowledgeEntry(id="e4", issue="the coffee machine leaks water", resolution="Call facilities.", created_at=1.0)


@pytest.fixture
async def its(tmp_path: Path) -> AsyncIterator[World]:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    async with world(policy_file=path) as one:
        yield one


def kinds(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.entry_id, one.other_id) for one in found]


def test_doubles_disagreements_and_what_nobody_uses_are_found() -> None:
    now = ENTRY.created_at + UNUSED_AFTER_S
    assert kinds(findings_of(ENTRY, [DOUBLE, OTHERWISE, LONELY], now=now)) == [
        ("disagreement", "e1", "e3"),
        ("duplicate", "e1", "e2"),
    ]
    assert kinds(findings_of(LONELY, [ENTRY], now=now + 2)) == [("unused", "e4", "")]


def test_what_is_known_or_of_one_document_or_apart_is_no_finding() -> None:
    document = (Source(evidence=EvidenceClass.DOCUMENT, document="runbook.md"),)
    section, other = replace(ENTRY, sources=document), replace(OTHERWISE, sources=document)
    assert findings_of(section, [other], now=1.0) == []
    assert findings_of(replace(ENTRY, contradicts=("e3",)), [OTHERWISE], now=1.0) == []
    here, there = (replace(ENTRY, id=name, audience=Audience(workspace=name)) for name in ("w1", "w2"))
    assert findings_of(here, [there], now=1.0) == []
    assert findings_of(ENTRY, [replace(DOUBLE, superseded_by="e1")], now=1.0) == []


@given(st.integers(0, 3 * MAX_FINDINGS))
def test_findings_are_bounded_and_the_most_urgent_stay(count: int) -> None:
    unused = [Finding(kind=FindingKind.UNUSED, entry_id=f"u{n:04}") for n in range(count)]
    urgent = Finding(kind=FindingKind.DISAGREEMENT, entry_id="z", other_id="zz")
    kept = with_findings(unused, [], [urgent, urgent])
    assert kept[0] == urgent
    assert len(kept) == min(count + 1, MAX_FINDINGS)
    assert with_findings(kept, ["zz"], []) == kept[1:]


def voice(
    author_id: str, verdict: Verdict, *, role: Role = Role.UNKNOWN, at: float = 10.0, asker: bool = False
) -> Voice:
    return Voice(author_id=author_id, role=role, verdict=verdict, at=at, asker=asker)


BAD, GOOD = Verdict.NOT_HELPFUL, Verdict.HELPFUL
ANALYST, ANOTHER = (voice(name, BAD, role=Role.ANALYST) for name in ("anna", "bob"))
ASKERS = [voice("rita", BAD, asker=True), voice("ravi", BAD, asker=True)]
FRIENDS = [voice(f"f{n}", BAD) for n in range(50)]


@pytest.mark.parametrize(
    ("voices", "validated", "other"),
    [
        ([ANALYST], True, True),
        (ASKERS, False, True),
        (ASKERS[:1], False, False),
        (FRIENDS, False, False),
        ([*FRIENDS, *ASKERS[:1]], False, False),
        ([ANALYST, voice("bob", GOOD, role=Role.ANALYST)], False, False),
        ([replace(ANALYST, verdict=Verdict.DISMISSED)], False, False),
        ([ANALYST, replace(ANALYST, verdict=GOOD, at=11.0)], False, False),
        ([replace(ANALYST, at=4.0)], False, False),
    ],
)
def test_an_entry_failed_when_those_whose_word_counts_say_so(voices: list[Voice], validated: bool, other: bool) -> None:  # noqa: FBT001
    versions = [
        EntryVersion(entry=ENTRY, kind=ChangeKind.ADD, by="x", at=1.0),
        EntryVersion(entry=ENTRY, kind=ChangeKind.APPROVE, by="anna", at=5.0),
        EntryVersion(entry=ENTRY, kind=ChangeKind.CONFIRM, by="x", at=99.0),
    ]
    assert failed_in_use(replace(ENTRY, confidence=Confidence.VALIDATED), versions, voices) is validated
    assert failed_in_use(replace(ENTRY, confidence=Confidence.NOT_VALIDATED), versions, voices) is other


async def found(its: World, viewer: Viewer | None = None) -> list[tuple[str, str, str]]:
    return kinds([finding for finding, _ in await its.parts.keeping.warden.findings(viewer=viewer)])


async def test_a_round_goes_on_where_it_stopped_and_finds_doubles_that_lie_far_apart(its: World) -> None:
    noise = [replace(LONELY, id=f"n{n:02}", issue=f"matter number {n}", resolution=f"do {n}") for n in range(20)]
    await its.know(replace(ENTRY, id="a"), *noise, replace(ENTRY, id="z"))
    warden = its.parts.keeping.warden
    first = await warden.run(its.clock.now(), limit=10)
    assert (first.after, first.rounds) == ("n03", 0)
    assert await found(its) == [("duplicate", "a", "z")]
    states = [await warden.run(its.clock.now(), limit=10) for _ in range(3)]
    assert [(state.after, state.rounds) for state in states] == [("n13", 0), ("", 1), ("", 1)]
    assert [state.looked_at for state in states] == [10, 7, 0]
    await its.wait(7 * 86_400)
    state = await warden.run(its.clock.now(), limit=10)
    assert (state.after, state.rounds, state.looked_at) == ("n08", 1, 10)


async def test_what_was_dealt_with_is_no_finding_any_more(its: World) -> None:
    await its.know(ENTRY, DOUBLE)
    await its.parts.keeping.warden.run(its.clock.now())
    assert await found(its) == [("duplicate", "e1", "e2")]
    await its.command("kb merge e1 e2", by="anna")
    assert await found(its) == []


async def test_nobody_is_told_of_entries_that_are_not_for_them(its: World) -> None:
    elsewhere = Audience(workspace=CHANNEL.workspace_id, channels=("other",))
    await its.know(replace(ENTRY, audience=elsewhere), replace(DOUBLE, audience=elsewhere))
    await its.parts.keeping.warden.run(its.clock.now())
    here = Viewer(workspace_id=CHANNEL.workspace_id, channel_id=CHANNEL.channel_id)
    assert (await found(its), await found(its, here)) == ([("duplicate", "e1", "e2")], [])


async def test_an_entry_that_an_analyst_found_wrong_is_marked_until_somebody_approves_it(its: World) -> None:
    await its.know(replace(ENTRY, confidence=Confidence.VALIDATED))
    question = await its.say(QUESTION)
    await its.wait(60)
    [message_id] = its.cards(question.id)
    await its.react(message_id, "👎", thread=question.id, by="anna")
    await its.parts.keeping.warden.run(its.clock.now())
    entry = await its.parts.base.get("e1")
    assert entry is not None
    assert entry.stale == Stale(reason=StaleReason.FAILED_IN_USE, since=its.clock.now())
    review = await its.command("kb review", by="anna")
    assert "It was found wrong in use" in review.text

    again = await its.say(QUESTION, by="ravi")
    await its.wait(60)
    assert its.cards(again.id) == {}
    await its.command("kb approve e1", by="anna")
    await its.parts.keeping.warden.run(its.clock.now())
    entry = await its.parts.base.get("e1")
    assert entry is not None
    assert entry.stale is None, "the verdict was before the approval"


async def test_an_old_entry_that_nobody_contradicts_stays_as_it_is(its: World) -> None:
    await its.parts.base.put(LONELY, kind=ChangeKind.ADD, by="x", why="", at=1.0)
    await its.parts.keeping.warden.run(its.clock.now())
    entry = await its.parts.base.get("e4")
    assert entry is not None
    assert (entry.version, entry.stale, entry.usable) == (1, None, True)
    assert await found(its) == [("unused", "e4", "")]


ZONES = ("UTC", "Europe/Berlin", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu")


@given(st.floats(1e9, 2e9), st.integers(0, 6), st.integers(0, 1439), st.sampled_from(ZONES))
def test_a_time_of_the_week_comes_once_a_week(now: float, weekday: int, minute: int, zone: str) -> None:
    due = last_weekly(WeeklyTime(weekday=weekday, minute=minute), zone, now=now)
    there = datetime.fromtimestamp(due, ZoneInfo(zone))
    assert 0 <= now - due <= 7 * 86_400 + 7200
    assert there.weekday() == weekday
    assert last_weekly(WeeklyTime(weekday=weekday, minute=minute), zone, now=due) == due


def report_of(its: World) -> KnowledgeReport:
    parts = its.parts
    return KnowledgeReport(
        curation=parts.curator,
        caretaker=parts.keeping.warden,
        cases=parts.store.cases,
        posted=parts.store.reviewed,
        policy_of=parts.policies.policy_of,
        wake=lambda: None,
    )


async def told(its: World) -> list[tuple[str, Card]]:
    await report_of(its).run(its.clock.now())
    await its.engine.worker.drain()
    return [(reader_id, card) for reader_id, card in its.chat.whispers if card.title == "What I know, this week"]


async def test_owners_are_told_once_a_week_what_was_asked_in_vain_and_what_waits(its: World) -> None:
    assert datetime.fromtimestamp(START, UTC).strftime("%a %H:%M") == "Tue 22:13"
    await its.know(ENTRY, DOUBLE)
    await its.say("how do I reset the badge printer in the lobby?")
    await its.wait(60)
    await its.parts.keeping.warden.run(its.clock.now())
    assert await told(its) == []
    await its.wait(12 * 3600)
    [(reader_id, card)] = await told(its)
    assert reader_id == "olga"
    assert "badge printer" in card.text
    assert "Nearly the same: e1" in card.text
    assert [button.value for button in card.buttons] == ["kb merge e1 e2"]
    await its.wait(3600)
    assert len(await told(its)) == 1, "once"
    await its.wait(7 * 86_400)
    assert "badge printer" not in (await told(its))[-1][1].text, "that was the week before"


def test_there_is_no_report_of_nothing() -> None:
    assert report_card([], 0, []) is None
    unused = (Finding(kind=FindingKind.UNUSED, entry_id="e4"), (LONELY,))
    assert report_card([], 0, [unused]) is None
    card = report_card([], 2, [unused])
    assert card is not None
    assert "2 entries wait for a person" in card.text
    assert "1 entry has not been used in half a year." in card.text


async def test_folders_that_are_set_are_followed_on_schedule_whatever_is_wrong_with_one(
    its: World, tmp_path: Path
) -> None:
    good, missing = tmp_path / "good", tmp_path / "missing"
    good.mkdir()
    (good / "a.md").write_text("# Badge printer\n\nHold the button for ten seconds.\n")
    settings = Settings(docs=(missing, good), _env_file=None)
    jobs = keeping_jobs(its.parts.keeping, settings, report=report_of(its), clock=its.clock)
    assert [job.name for job in jobs] == ["documents", "upkeep", "knowledge"], "a simulation reads no pages"
    with structlog.testing.capture_logs() as lines:
        await jobs[0].run(its.clock.now())
    assert [(line["event"], line["failed"]) for line in lines] == [("documents.read", 1), ("documents.read", 0)]
    (good / "a.md").write_text("# Badge printer\n\nPull the plug.\n")
    await jobs[0].run(its.clock.now())
    [entry] = await its.parts.base.entries()
    assert (entry.version, entry.resolution) == (2, "Pull the plug.")


def test_folders_are_named_with_commas(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_DOCS", "./runbooks, /srv/handbook")
    assert load_settings().docs == (Path("runbooks"), Path("/srv/handbook"))
    assert load_settings().home == home
