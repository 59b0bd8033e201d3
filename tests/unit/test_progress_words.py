"""What words say about progress: how sure a solution is, when a promise is due, which phase a fault is in, which facts are there."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.benchmarks.status import rouge_1, rouge_l
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry
from vigil_bot.progress.closure import LIKELY, SURE, confidence, leaves_open, sounds_solved
from vigil_bot.progress.due import named_time
from vigil_bot.progress.missing import Fact, Kind, facts_in, kind_of, named, needed, question
from vigil_bot.progress.phase import Phase, phase_of
from vigil_bot.progress.promises import due_at, promises

EAST = timezone(timedelta(hours=8))
WEDNESDAY = datetime(2026, 3, 4, 10, tzinfo=EAST).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "that works, thanks a lot!",
        "Works like magic!! Thank you",
        "perfect, that was exactly it, thanks",
        "you have resolved my issue, and I am grateful :)",
        "可以了，谢谢！",
        "问题解决了，非常感谢",
    ],
)
def test_words_that_leave_no_doubt(text: str) -> None:
    assert sounds_solved(text, answered=True) >= SURE
    assert not leaves_open(text)


@pytest.mark.parametrize("text", ["thanks", "Thanks Mario", "thank you all very much for your help", "谢谢", "多谢！"])
def test_thanks_after_an_answer_make_it_likely_and_no_more(text: str) -> None:
    assert LIKELY <= sounds_solved(text, answered=True) < SURE
    assert sounds_solved(text, answered=False) < SURE


@pytest.mark.parametrize("text", ["done", "sorted them, here is the list", "完成了"])
def test_what_answers_a_question_back_solves_nothing(text: str) -> None:
    assert sounds_solved(text, answered=True, asked=True) < LIKELY


@pytest.mark.parametrize("text", ["that works, thanks a lot!", "thanks", "可以了，谢谢！"])
def test_thanks_and_success_count_after_a_question_back_too(text: str) -> None:
    assert sounds_solved(text, answered=True, asked=True) == sounds_solved(text, answered=True) >= LIKELY


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but it still fails",
        "Thanks! And how do I undo it?",
        "thanks, I'll try that",
        "thanks in advance",
        "it does not work",
        "谢谢，我试试",
        "谢谢，不过还是报错",
        "现在好了吗？",
        "怎么解决",
    ],
)
def test_words_that_leave_it_open(text: str) -> None:
    assert sounds_solved(text, answered=True) < LIKELY


def test_a_confidence_falls_when_the_requester_asks_on_and_rises_with_a_welcome() -> None:
    thanked = confidence(0.1, "Thanks!", by_requester=True, answered=True)
    assert confidence(thanked, "And how do I undo it?", by_requester=True, answered=True) < 0.5
    assert confidence(thanked, "you're welcome!", by_requester=False, answered=True) > thanked
    assert confidence(thanked, "By the way, there is a shorter form.", by_requester=False, answered=True) == thanked


@pytest.mark.parametrize(
    "text", ["By the way, is there a shorter form?", "btw, who maintains it?", "顺便问一下，谁在维护？"]
)
def test_a_question_by_the_way_leaves_what_is_solved(text: str) -> None:
    assert confidence(0.9, text, by_requester=True, answered=True) == 0.9


@pytest.mark.parametrize("text", ["OK, I'll look into that.", "我先试试"])
def test_who_has_yet_to_try_it_is_not_done(text: str) -> None:
    assert confidence(0.9, text, by_requester=True, answered=True) < LIKELY


@pytest.mark.parametrize("text", ["Thanks for the update", "Thanks for looking into it", "谢谢回复", "收到，谢谢"])
def test_thanks_for_a_reply_are_no_thanks_for_a_solution(text: str) -> None:
    assert sounds_solved(text, answered=True) < LIKELY


@pytest.mark.parametrize("text", ["Thank you all :)", "thanks again", "谢谢大家", "感谢您的帮助"])
def test_a_farewell_says_more_than_thanks(text: str) -> None:
    assert SURE > sounds_solved(text, answered=True) > sounds_solved("thanks", answered=True) >= LIKELY


@given(st.floats(0.0, 1.0), st.text(max_size=400), st.booleans(), st.booleans())
def test_a_confidence_is_a_probability(before: float, text: str, by_requester: bool, answered: bool) -> None:  # noqa: FBT001
    assert 0.0 <= confidence(before, text, by_requester=by_requester, answered=answered) <= 1.0


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("tomorrow morning", "05 12:00"),
        ("by 5pm", "04 17:00"),
        ("at 9am", "05 09:00"),
        ("by noon tomorrow", "05 12:00"),
        ("end of day tomorrow", "05 18:00"),
        ("Thursday 3pm", "05 15:00"),
        ("by end of week", "06 18:00"),
        ("this evening", "04 21:00"),
        ("in 2 hours, so before 5pm", "04 12:00"),
        ("tomorrow, it takes 2 hours", "05 18:00"),
        ("明天下午2点半", "05 14:30"),
        ("下周一", "09 18:00"),
        ("后天上午10点", "06 10:00"),
        ("2点给你", "04 14:00"),
        ("月底", "31 18:00"),
        ("今天内", "04 18:00"),
        ("十点半", "04 10:30"),
        ("since Monday it breaks", None),
        ("一点问题都没有", None),
        ("the sun is up and mondays are fine", None),
        ("下个版本修", None),
        ("noon", None),
    ],
)
def test_times_by_the_clock_and_the_calendar(text: str, due: str | None) -> None:
    at = due_at(text, said_at=WEDNESDAY, zone=EAST)
    assert (None if at is None else datetime.fromtimestamp(at, EAST).strftime("%d %H:%M")) == due


def test_what_is_said_late_is_due_by_the_end_of_that_day_or_on_the_next() -> None:
    late = datetime(2026, 3, 4, 20, tzinfo=UTC).timestamp()
    for text, due in (
        ("today", "04 23:59"),
        ("by 5pm", "05 17:00"),
        ("Wednesday", "11 18:00"),
        ("今天下午", "04 23:59"),
    ):
        at = due_at(text, said_at=late, zone=UTC)
        assert at is not None
        assert datetime.fromtimestamp(at, UTC).strftime("%d %H:%M") == due


@given(st.text(alphabet=st.sampled_from("今明后天下周一三五上午点半 0123456789:tomrwbyapnextidu"), max_size=40))
def test_a_named_time_is_always_to_come(text: str) -> None:
    named = named_time(text, said_at=WEDNESDAY, zone=EAST)
    assert named is None or named.at > WEDNESDAY


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("still on it, another 2 hours", True),
        ("We will roll it back in 10 minutes", True),
        ("我今晚回滚", True),
        ("我们会在下个版本修复", True),
        ("Restart the pod and wait 5 minutes.", False),
        ("It is fixed in the next release", False),
        ("重启之后等 5 分钟", False),
    ],
)
def test_a_promise_is_told_from_advice(text: str, so: bool) -> None:  # noqa: FBT001
    assert promises(text, said_at=WEDNESDAY, zone=EAST) is so


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("We are investigating reports of degraded performance for Actions.", Phase.INVESTIGATING),
        ("We have identified the root cause and are working on a fix", Phase.IDENTIFIED),
        ("The change has been reverted, we are monitoring", Phase.MONITORING),
        ("Actions is operating normally.", Phase.MONITORING),
        ("This incident has been resolved.", Phase.RESOLVED),
        ("On May 3, 2024, between 02:00 and 03:10 UTC, Actions was degraded.", Phase.RESOLVED),
        ("正在排查网关报错", Phase.INVESTIGATING),
        ("原因已找到，是证书过期", Phase.IDENTIFIED),
        ("已回滚，观察中", Phase.MONITORING),
        ("故障已恢复", Phase.RESOLVED),
        ("lunch?", None),
    ],
)
def test_the_phase_of_an_update(text: str, phase: Phase | None) -> None:
    assert phase_of(text) is phase


def entry(
    number: int, issue: str, environment: str = "", confidence: Confidence = Confidence.VALIDATED
) -> KnowledgeEntry:
    return KnowledgeEntry(id=f"e{number}", issue=issue, resolution="x", environment=environment, confidence=confidence)


def test_what_is_needed_is_learned_from_past_entries() -> None:
    past = [entry(n, "the pods crash at once", "region: eu-central-1, production") for n in range(5)]
    assert needed(Kind.CRASH, past[:4]) == (Fact.ERROR_TEXT, Fact.VERSION, Fact.ENVIRONMENT)
    assert needed(Kind.CRASH, past) == (Fact.ENVIRONMENT, Fact.REGION)
    archived = [entry(n, "the pods crash at once", "eu-central-1", Confidence.ARCHIVED) for n in range(9)]
    assert needed(Kind.CRASH, archived) == (Fact.ERROR_TEXT, Fact.VERSION, Fact.ENVIRONMENT)
    other = [entry(n, "the order 12345 was refunded twice", "eu-central-1") for n in range(9)]
    assert needed(Kind.CRASH, other) == (Fact.ERROR_TEXT, Fact.VERSION, Fact.ENVIRONMENT)


@given(st.text(max_size=300))
def test_any_text_has_a_kind_or_none_and_some_facts(text: str) -> None:
    assert kind_of(text) in (None, *Kind)
    assert facts_in((text,)) <= set(Fact)


def test_every_fact_can_be_asked_for() -> None:
    assert all(question((fact,)) for fact in Fact)
    assert question(("version", "region", "time")).startswith(
        "To look into this, it helps to know the version, the region and since when."
    )
    assert named(("a fact of a later version",)) == []
    assert question(()) == ""


def test_rouge_counts_shared_words_and_their_order() -> None:
    assert rouge_1("The cat sat.", "the cat sat") == rouge_l("The cat sat.", "the cat sat") == 1.0
    assert rouge_1("sat cat the", "the cat sat") == 1.0
    assert rouge_l("sat cat the", "the cat sat") == pytest.approx(1 / 3)
    assert rouge_1("", "the cat") == rouge_l("dog", "the cat") == 0.0
