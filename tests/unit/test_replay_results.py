import json
from dataclasses import replace
from pathlib import Path

import pytest

from vigil_bot.errors import InputError, StoreError
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Author, ConversationRef
from vigil_bot.model.decision import Abstain, Considered, Decision, DecisionRecord, Intent, Reason, Signals, Suggest
from vigil_bot.model.knowledge import KnowledgeEntry, Source
from vigil_bot.replay.curves import Share, cumulative, periods, risk_coverage, thresholds
from vigil_bot.replay.files import FILES, prepare, write
from vigil_bot.replay.outcomes import Outcome
from vigil_bot.replay.run import JudgedDecision, Learned, ReplayRun, best, judged, worst
from vigil_bot.replay.summary import summarize
from vigil_bot.replay.thread import Assembler, ReplayThread, Said, Skipped
from vigil_bot.simulation import CaseChange

DAY = 86_400.0
START = 1_700_000_000.0


def ref(thread_id: str) -> ConversationRef:
    return ConversationRef(platform="slack", workspace_id="replay", channel_id="ops", thread_id=thread_id)


def record(
    thread_id: str = "t", message_id: str = "m1", *, decision: Decision | None = None, text: str = "", score: float = 0.0,
    intent: Intent = Intent.QUESTION, at: float = START, citations: tuple[str, ...] = (),
) -> DecisionRecord:  # fmt: skip
    return DecisionRecord(
        id=f"{thread_id}:{message_id}#1",
        conversation=ref(thread_id).key,
        message_id=message_id,
        at=at,
        decision=decision or Suggest(score=score),
        signals=Signals(intent=intent, relevance=score),
        text=text,
        citations=citations,
        considered=tuple(Considered(entry_id=c, version=1, title=f"Title of {c}", score=score) for c in citations),
        min_relevance=0.5,
    )


def judgement(
    outcome: Outcome | None, score: float, *, at: float = START, text: str = "x", **more: object
) -> JudgedDecision:
    decision = more.get("decision")
    assert decision is None or isinstance(decision, Suggest | Abstain)
    name = f"{outcome}{score}{at}"
    one = record(name, decision=decision, text=text and f"{text} {name}", score=score, at=at)
    return JudgedDecision(record=one, thread_id=name, outcome=outcome, first_human_answer_at=at + 600)


def run_of(*records: JudgedDecision, **more: object) -> ReplayRun:
    run = ReplayRun(
        threads=9, messages=40, events=44, records=records, wall_s=2.0, peak_mib=99.04, versions={"b": "2", "a": "1"}
    )
    return replace(run, **more)  # type: ignore[arg-type]


def talk(thread_id: str, *said: tuple[str, float, str]) -> ReplayThread:
    messages = (
        Said(id=f"m{i}", author=Author(id=who), at=at, text=text) for i, (who, at, text) in enumerate(said, start=1)
    )
    return Assembler().thread(ref(thread_id), messages, title="Disk")


SUGGESTED = [judgement(Outcome.AGREED, 0.9), judgement(Outcome.AGREED, 0.8), judgement(Outcome.CONTRADICTED, 0.7)]
UNJUDGED = judgement(Outcome.UNKNOWN, 0.6)
SILENT = judgement(None, 0.4, text="", decision=Abstain(reason=Reason.BELOW_THRESHOLD))
CHATTER = JudgedDecision(
    record=record("c", decision=Abstain(reason=Reason.NOT_A_REQUEST), intent=Intent.CHATTER), thread_id="c"
)


def test_the_summary_counts_what_happened() -> None:
    skipped = (Skipped(line=1, why="x"), Skipped(line=2, why="twice", lost=False))
    summary = summarize(run_of(*SUGGESTED, UNJUDGED, SILENT, CHATTER, skipped=skipped))
    assert summary["threads"] == 9
    assert (summary["evaluated"], summary["requests"], summary["suggested"], summary["skipped_lines"]) == (6, 5, 4, 1)
    assert summary["abstained"] == {"below_threshold": 1, "not_a_request": 1}
    assert summary["outcomes"] == {"agreed": 2, "contradicted": 1, "added_nothing": 0, "unknown": 1}
    assert (summary["precision"], summary["coverage"], summary["median_minutes_ahead"]) == (0.6667, 0.8, 10.0)
    assert (summary["messages_per_s"], summary["peak_memory_mib"]) == (20.0, 99.0)


def test_a_replay_of_nothing_has_a_summary_and_a_report(tmp_path: Path) -> None:
    run = ReplayRun(threads=0, messages=0, events=0, records=(), wall_s=0.0, peak_mib=1.0, versions={})
    write(run, tmp_path)
    assert summarize(run)["precision"] is None
    assert "It would not have spoken once in 0 threads." in (tmp_path / "report.html").read_text()


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert Share(part=8, whole=10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share(part=0, whole=5).interval == pytest.approx((0.0, 0.4345), abs=1e-4)
    assert Share(part=0, whole=0).interval is None


def test_risk_falls_where_the_sure_drafts_are_right() -> None:
    held_back = judgement(Outcome.CONTRADICTED, 0.65, decision=Abstain(reason=Reason.ALREADY_SAID))
    curve = risk_coverage([*SUGGESTED, held_back, SILENT])
    assert [coverage for coverage, _ in curve] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert [risk for _, risk in curve] == pytest.approx([0.0, 0.0, 1 / 3, 0.5])


def test_thresholds_say_what_can_be_known_only() -> None:
    rows = {row.threshold: row for row in thresholds([*SUGGESTED, UNJUDGED, SILENT])}
    assert rows[0.5].in_force
    assert rows[0.5].posts == 4
    assert rows[0.5].precision == Share(part=2, whole=3)
    assert (rows[0.8].posts, rows[0.8].precision) == (2, Share(part=2, whole=2))
    assert (rows[0.4].posts, rows[0.4].precision) == (5, None)
    assert 0.95 not in rows


@pytest.mark.parametrize(("days", "labels"), [(20, 3), (400, 14), (2000, 22)])
def test_time_is_cut_into_weeks_months_or_quarters_without_gaps(days: int, labels: int) -> None:
    found = periods([judgement(Outcome.AGREED, 0.9, at=START), judgement(Outcome.AGREED, 0.9, at=START + days * DAY)])
    assert abs(len(found) - labels) <= 1
    assert (found[0].suggested, found[-1].suggested, found[1].requests) == (1, 1, 0)
    starts = [period.starts_at for period in found]
    assert starts == sorted(set(starts))


def test_growth_counts_up() -> None:
    assert cumulative([3.0, 1.0]) == [(1.0, 1), (3.0, 2)]


def test_drafts_are_judged_by_what_came_before_and_after_the_decision() -> None:
    threads = [
        talk(
            "a", ("ann", START, "disk full?"), ("bo", START + 99, "run `logrotate -f`"), ("ann", START + 120, "thanks")
        ),
        talk("b", ("ann", START, "disk full?"), ("bo", START + 9, "run `logrotate -f`")),
    ]
    records = [record(t, text="Run `logrotate -f`.", score=0.9, at=START + 30, citations=("e1",)) for t in "ab"]
    first, second = judged(records, threads)
    assert (first.outcome, first.ahead_s) == (Outcome.AGREED, 69.0)
    assert (second.outcome, second.ahead_s) == (Outcome.ADDED_NOTHING, -21.0)
    assert first.excerpt is not None
    assert first.excerpt.sources == ("Title of e1",)
    assert [line.author for line in first.excerpt.said] == ["bo", "ann"]


def test_a_thread_given_in_parts_is_judged_as_one() -> None:
    whole = talk("a", ("ann", START, "disk full?"), ("bo", START + 99, "run `logrotate -f`"))
    parts = [replace(whole, events=whole.events[:1]), replace(whole, events=whole.events[1:])]
    [one] = judged([record("a", text="Run `logrotate -f`.", score=0.9, at=START + 30)], parts)
    assert one.outcome is Outcome.AGREED


def test_only_the_newest_receipt_of_a_message_counts() -> None:
    old = record(decision=Abstain(reason=Reason.COOLDOWN))
    [one] = judged([old, replace(old, id="t:m1#2", at=START + 5, decision=Suggest(score=0.9))], [])
    assert one.suggested


def test_excerpts_are_redacted_and_cut() -> None:
    told = "password=Sup3rSecret!99 " + "word " * 400
    thread = talk("a", ("ann", START, told), ("bo", START + 99, "run `logrotate -f`"))
    [one] = judged([record("a", text="Run `logrotate -f`.", score=0.9, at=START + 30)], [thread])
    assert one.excerpt is not None
    assert "Sup3rSecret" not in one.excerpt.question.text
    assert len(one.excerpt.question.text) <= 700


def test_the_best_are_the_surest_that_people_agreed_with_and_the_worst_those_contradicted() -> None:
    nothing_new = judgement(Outcome.ADDED_NOTHING, 0.95)
    records = [nothing_new, UNJUDGED, *SUGGESTED, SUGGESTED[0]]
    assert best(records) == SUGGESTED[:2]
    assert worst(records) == [SUGGESTED[2], nothing_new]


def changes() -> dict[str, object]:
    key = ref("t1").key
    case = Case(
        conversation=key,
        state=CaseState.RESOLVED,
        opened_at=START,
        changed_at=START,
        next_mover=Side.NOBODY,
        evidence=("m2",),
    )
    entry = KnowledgeEntry(
        id="e1", issue="磁盘满", resolution="清理", sources=(Source(thread_id=key, message_ids=("m2",)),)
    )
    return {
        "case_changes": (CaseChange(case=case, at=START + 5),),
        "learned": (Learned(entry=entry, learned_at=START + 9.0000001),),
    }


def test_the_files_are_as_documented(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    write(run_of(*SUGGESTED, SILENT, **changes()), out)
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    decisions = [json.loads(line) for line in (out / "decisions.jsonl").read_text().splitlines()]
    assert decisions[0].keys() >= {
        "thread_id", "message_id", "at", "intent", "decision", "reason", "score", "text", "citations", "signals",
        "model_calls", "tokens", "outcome",
    }  # fmt: skip
    assert [d["decision"] for d in decisions] == ["suggest", "suggest", "suggest", "abstain"]
    assert decisions[3]["outcome"] is None
    assert json.loads((out / "cases.jsonl").read_text()) == {
        "thread_id": "t1",
        "channel": "ops",
        "at": START + 5,
        "state": "resolved",
        "next_mover": "nobody",
        "evidence": ["m2"],
    }
    entry = json.loads((out / "knowledge.jsonl").read_text())
    assert entry["sources"] == [{"permalink": None, "thread_id": "t1", "message_ids": ["m2"]}]
    assert (entry["issue"], entry["learned_at"]) == ("磁盘满", START + 9)
    assert json.loads((out / "summary.json").read_text())["suggested"] == 3


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    run = run_of(*SUGGESTED, SILENT, **changes())
    for name in "ab":
        write(run, tmp_path / name)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_folder_of_an_earlier_replay_is_written_anew_and_another_is_refused(tmp_path: Path) -> None:
    write(run_of(*SUGGESTED), tmp_path)
    write(run_of(SILENT), tmp_path)
    assert len((tmp_path / "decisions.jsonl").read_text().splitlines()) == 1
    (tmp_path / "thesis.txt").write_text("do not lose me")
    with pytest.raises(InputError, match=r"thesis\.txt.*new or empty folder"):
        prepare(tmp_path)
    with pytest.raises(InputError, match="is a file"):
        prepare(tmp_path / "thesis.txt")


def test_a_disk_that_fails_leaves_the_earlier_files(tmp_path: Path) -> None:
    write(run_of(*SUGGESTED), tmp_path)
    (tmp_path / ".summary.json.part").mkdir()
    before = (tmp_path / "decisions.jsonl").read_bytes()
    with pytest.raises(StoreError, match="cannot be written"):
        write(run_of(SILENT), tmp_path)
    assert (tmp_path / "decisions.jsonl").read_bytes() == before
