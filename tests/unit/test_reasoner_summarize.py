"""A thread in a few lines."""

from dataclasses import replace

from adapters.reasoner.reasoner import BuiltinReasoner
from adapters.reasoner.summarize import summary
from tests.fakes.scenes_knowledge import resolved, said, thread_ref
from vigil_bot.model.case import CaseState, Promise, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.ports.reasoner import Reasoner

THREAD = said(
    ("r-ann", "Hi, checkout fails with PAY-42"),
    ("a-bob", "Clear the session cache on the edge nodes."),
    ("r-ann", "still failing"),
    ("a-cat", "Roll the payment provider back to release 811."),
    ("r-ann", "thanks, works"),
)


def test_a_summary_quotes_the_problem_the_answer_and_the_state() -> None:
    lines = summary(THREAD, resolved(THREAD))
    assert lines == [
        "Problem (r-ann): “checkout fails with PAY-42”",
        "a-cat: “Roll the payment provider back to release 811.”",
        "State: resolved. 3 people, 5 messages.",
    ]


def test_an_open_case_says_who_is_next_and_what_was_promised() -> None:
    thread = said(("r-ann", "checkout fails with PAY-42"), ("a-bob", "I'll check with the bank by noon"))
    case = replace(
        resolved(thread),
        state=CaseState.OPEN,
        next_mover=Side.ANALYST,
        promises=(Promise(message_id="m2", author_id="a-bob", said_at=0.0),),
    )
    assert summary(thread, case) == [
        "Problem (r-ann): “checkout fails with PAY-42”",
        "Nobody has offered an answer yet.",
        "Promised by a-bob: “I'll check with the bank by noon”",
        "State: open, an analyst is next. 2 people, 2 messages.",
    ]


def test_a_chinese_thread_is_summed_up_in_chinese() -> None:
    thread = said(("r-li", "大家好，网关一直 502，怎么处理？"), ("a-wang", "把上游超时调到 60 秒，再重载 nginx。"))
    lines = summary(thread, resolved(thread))
    assert lines[0] == "问题（r-li）：“网关一直 502，怎么处理？”"
    assert lines[-1] == "状态：已解决。2 人参与，2 条消息。"


def test_a_thread_without_a_case_is_open() -> None:
    assert summary(THREAD, None)[-1].startswith("State: open")


async def test_an_empty_thread_has_no_summary() -> None:
    reasoner: Reasoner = BuiltinReasoner()
    assert reasoner.name == "builtin"
    assert await reasoner.summarize(Conversation(ref=thread_ref("t9")), None) == []
