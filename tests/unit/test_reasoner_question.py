"""The question that stands alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reasoner.question import MAX_CHARS, standalone
from tests.fakes.scenes_knowledge import START, said, thread_of


def asked(*lines: tuple[str, str], ids: tuple[str, ...]) -> str:
    return standalone(said(*lines), ids).text


def test_greetings_mentions_and_thanks_go() -> None:
    text = asked(("r-ann", "Hi team, @bob how do I rotate the billing token? Thanks in advance!"), ids=("m1",))
    assert text == "how do I rotate the billing token?"


@pytest.mark.parametrize(
    ("said_text", "left"),
    [
        ("大家好，请问消费者组 lag 一直在涨，怎么处理？谢谢", "消费者组 lag 一直在涨，怎么处理？"),
        ("各位老师，数据库连不上了，报 ORA-12541，麻烦了", "数据库连不上了，报 ORA-12541"),
        ("问题：网关 502", "问题：网关 502"),
    ],
)
def test_chinese_greetings_and_thanks_go(said_text: str, left: str) -> None:
    assert asked(("r-li", said_text), ids=("m1",)) == left


def test_what_the_asker_said_just_before_belongs_to_it() -> None:
    text = asked(
        ("r-ann", "we run Kafka 3.4.0"),
        ("r-ann", "org.apache.kafka.common.errors.TimeoutException: KFK-77"),
        ("r-ann", "how can I get the consumers back?"),
        ids=("m3",),
    )
    assert text.splitlines() == [
        "we run Kafka 3.4.0",
        "org.apache.kafka.common.errors.TimeoutException: KFK-77",
        "how can I get the consumers back?",
    ]


@pytest.mark.parametrize("call", ["any idea?", "有人知道吗？", "can anyone help me with this please?", "怎么办"])
def test_a_bare_call_for_help_means_what_went_before(call: str) -> None:
    text = asked(("r-ann", "checkout returns PAY-42 for every card"), ("r-ann", call), ids=("m2",))
    assert text == "checkout returns PAY-42 for every card"


@pytest.mark.parametrize("call", ["same here, any news?", "+1", "我也是", "同样的问题"])
def test_joining_a_problem_means_the_problem_of_who_opened_the_thread(call: str) -> None:
    text = asked(("r-ann", "checkout returns PAY-42 for every card"), ("r-eve", call), ids=("m2",))
    assert text == "checkout returns PAY-42 for every card"


def test_code_is_reduced_to_the_lines_that_say_what_failed() -> None:
    log = "INFO starting\nINFO loaded 14 plugins\nERROR connect ECONNREFUSED 10.0.0.4:5432\n    at f (x.js:1)"
    text = asked(("r-ann", f"the pod restarts:\n```\n{log}\n```\nwhat is wrong?"), ids=("m1",))
    assert "ECONNREFUSED" in text
    assert "INFO" not in text
    assert "x.js" not in text


def test_an_old_message_does_not_belong_to_a_new_question() -> None:
    thread: list[dict[str, Any]] = [
        {"author": "r-ann", "text": "the printer on floor 3 jams", "at": START},
        {"author": "r-ann", "text": "how do I reset the password of the billing portal?", "at": START + 86_400},
    ]
    assert "printer" not in standalone(thread_of(thread), ("m2",)).text


def test_the_title_of_the_thread_counts_when_it_says_more() -> None:
    thread = thread_of([{"author": "u1", "text": "how do I fix this on Debian?"}], title="grub rescue after update")
    assert "grub rescue" in standalone(thread, ("m1",)).text


def test_the_language_is_that_of_the_question() -> None:
    assert standalone(said(("r-li", "Kafka 消费组重启后 lag 还是不断上涨，有什么办法吗？")), ("m1",)).language == "zh"
    assert standalone(said(("r-ann", "the consumer lag keeps growing")), ("m1",)).language == "en"


def test_unknown_messages_give_an_empty_question() -> None:
    assert standalone(said(("r-ann", "hello")), ("m9",)).text == ""


@given(st.lists(st.text(max_size=900), min_size=1, max_size=6))
def test_a_question_is_never_too_long(texts: list[str]) -> None:
    thread = said(*(("r-ann", text) for text in texts))
    question = standalone(thread, [m.id for m in thread.messages])
    assert len(question.text) <= MAX_CHARS
    assert set(question.message_ids) == {m.id for m in thread.messages}
