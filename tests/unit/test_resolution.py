"""Which cases are resolved, and by whose word."""

from dataclasses import replace

import pytest

from knowledge.resolution import ready
from tests.fakes.scenes_knowledge import START, resolved, said, thread_of
from vigil_bot.model.case import Case, CaseState, ResolvedBy
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import EvidenceClass

THREAD = said(("r-ann", "disk full"), ("a-bob", "prune the images"), ("r-ann", "works"))
CASE = resolved(THREAD)
LATER = START + 1000


@pytest.mark.parametrize(
    ("by", "strength"),
    [
        (ResolvedBy.REQUESTER, EvidenceClass.REQUESTER_CONFIRMED),
        (ResolvedBy.ANALYST, EvidenceClass.ANALYST_SAID),
        (ResolvedBy.SILENCE, EvidenceClass.SOMEBODY_SAID),
        (None, EvidenceClass.SOMEBODY_SAID),
    ],
)
def test_the_evidence_is_the_word_of_who_resolved_it(by: ResolvedBy | None, strength: EvidenceClass) -> None:
    evidence = ready(replace(CASE, resolved_by=by), THREAD, now=LATER, settle_s=0)
    assert evidence is not None
    assert evidence.strength is strength


def test_silence_after_an_analysts_answer_is_the_analysts_word() -> None:
    case = replace(CASE, resolved_by=ResolvedBy.SILENCE, answer_ids=("m2",))
    evidence = ready(case, THREAD, now=LATER, settle_s=0)
    assert evidence is not None
    assert evidence.strength is EvidenceClass.ANALYST_SAID


@pytest.mark.parametrize(
    ("who", "strength"), [("r-ann", EvidenceClass.REQUESTER_CONFIRMED), ("a-bob", EvidenceClass.ANALYST_SAID)]
)
def test_a_check_mark_on_the_answer_counts_as_its_authors_word(who: str, strength: EvidenceClass) -> None:
    thread = thread_of(
        [
            {"author": "r-ann", "text": "disk full", "role": "requester"},
            {"author": "a-bob", "text": "hello", "role": "analyst"},
            {"author": "u3", "text": "prune", "reactions": [{"emoji": "✅", "author": who}]},
        ]
    )
    evidence = ready(replace(CASE, resolved_by=ResolvedBy.SILENCE), thread, now=LATER, settle_s=0)
    assert evidence is not None
    assert evidence.strength is strength
    assert evidence.message_ids == ("m3",)


def test_a_check_mark_on_the_problem_itself_says_nothing() -> None:
    thread = thread_of(
        [{"author": "r-ann", "text": "disk full", "reactions": [{"emoji": "✅", "author": "r-ann"}]}],
    )
    case = replace(CASE, resolved_by=None, problem_ids=("m1",))
    evidence = ready(case, thread, now=LATER, settle_s=0)
    assert evidence is not None
    assert evidence.strength is EvidenceClass.SOMEBODY_SAID


def test_a_closed_case_counts_as_well() -> None:
    assert ready(replace(CASE, state=CaseState.CLOSED), THREAD, now=LATER, settle_s=0) is not None


@pytest.mark.parametrize(
    ("case", "thread"),
    [
        (replace(CASE, state=CaseState.OPEN), THREAD),
        (replace(CASE, state=CaseState.WAITING_ON_REQUESTER), THREAD),
        (replace(CASE, changed_at=LATER - 10), THREAD),
        (replace(CASE, distilled_at=CASE.changed_at), THREAD),
        (CASE, Conversation(ref=THREAD.ref)),
    ],
)
def test_open_unsettled_distilled_and_empty_cases_are_not_ready(case: Case, thread: Conversation) -> None:
    assert ready(case, thread, now=LATER, settle_s=60) is None


def test_a_case_that_changed_since_it_was_distilled_is_ready_again() -> None:
    assert ready(replace(CASE, distilled_at=CASE.changed_at - 1), THREAD, now=LATER, settle_s=60) is not None
