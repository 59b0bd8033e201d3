"""How long things took: what a change of a case ended, and what was usual in the channels of a replay."""

from dataclasses import replace

from vigil_bot.metrics import Metrics
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.progress.times import Step, StepKind, steps_of
from vigil_bot.replay.waiting import as_json, waiting_times
from vigil_bot.simulation import CaseChange

OPEN = Case(conversation="slack/w/ops/t1", state=CaseState.OPEN, opened_at=100.0, changed_at=100.0)
ASKED = replace(
    OPEN,
    state=CaseState.WAITING_ON_REQUESTER,
    next_mover=Side.REQUESTER,
    changed_at=160.0,
    first_answer_at=160.0,
)
SOLVED = replace(ASKED, state=CaseState.RESOLVED, next_mover=Side.NOBODY, changed_at=400.0, resolved_at=400.0)


def in_thread(case: Case, channel: str, thread: str) -> Case:
    ref = ConversationRef(platform="slack", workspace_id="w", channel_id=channel, thread_id=thread)
    return replace(case, conversation=ref.key)


def test_a_case_that_opens_ends_nothing() -> None:
    assert steps_of(None, OPEN) == []
    assert steps_of(None, None) == []
    assert steps_of(OPEN, None) == []


def test_the_first_answer_and_the_wait_for_it_end_together() -> None:
    assert steps_of(OPEN, ASKED) == [
        Step(kind=StepKind.FIRST_ANSWER, took_s=60.0),
        Step(kind=StepKind.WAITED, took_s=60.0, side=Side.ANALYST),
    ]


def test_a_resolution_ends_the_wait_for_the_requester_and_the_case() -> None:
    assert steps_of(ASKED, SOLVED) == [
        Step(kind=StepKind.WAITED, took_s=240.0, side=Side.REQUESTER),
        Step(kind=StepKind.RESOLVED, took_s=300.0),
    ]
    assert steps_of(SOLVED, replace(SOLVED, card_edits=1)) == []


def test_metrics_count_them_by_channel() -> None:
    metrics = Metrics()
    for step in (*steps_of(OPEN, ASKED), *steps_of(ASKED, SOLVED)):
        metrics.case_moved("slack/w/ops", step)
    text = metrics.render().decode()
    assert 'vigil_case_first_answer_seconds_sum{channel="slack/w/ops"} 60.0' in text
    assert 'vigil_case_resolution_seconds_sum{channel="slack/w/ops"} 300.0' in text
    assert 'vigil_case_waiting_seconds_sum{channel="slack/w/ops",side="analyst"} 60.0' in text
    assert 'vigil_case_waiting_seconds_sum{channel="slack/w/ops",side="requester"} 240.0' in text


def test_a_replay_tells_them_over_all_and_by_channel() -> None:
    told = [
        CaseChange(case=in_thread(case, channel, thread), at=case.changed_at)
        for channel, thread, history in (
            ("ops", "t1", (OPEN, ASKED, SOLVED)),
            ("ops", "t2", (OPEN, ASKED)),
            ("db", "t3", (OPEN,)),
        )
        for case in history
    ]
    every, ops, db = waiting_times(told)
    assert [(one.about, one.cases) for one in (every, ops, db)] == [("", 3), ("ops", 2), ("db", 1)]
    assert ops.first_answer is not None
    assert ops.resolution is not None
    assert (ops.first_answer.count, ops.first_answer.median) == (2, 60.0)
    assert (ops.resolution.count, ops.resolution.median) == (1, 300.0)
    assert ops.on_requester is not None
    assert ops.on_requester.median == 240.0  # t2 waits until the end of the replay
    assert db.first_answer is None
    assert waiting_times([]) == []
    first = as_json([ops])
    assert isinstance(first, list)
    assert first[0] == {
        "channel": "ops",
        "cases": 2,
        "first_answer_s": {"count": 2, "median": 60.0, "ninetieth": 60.0},
        "resolution_s": {"count": 1, "median": 300.0, "ninetieth": 300.0},
        "on_analyst_s": {"count": 2, "median": 60.0, "ninetieth": 60.0},
        "on_requester_s": {"count": 2, "median": 240.0, "ninetieth": 240.0},
    }
