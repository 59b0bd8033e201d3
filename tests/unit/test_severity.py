"""How bad a problem is, by what people write."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.card import FactsBlock
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.watch import Level
from vigil_bot.progress import state as life
from vigil_bot.progress.card import status_card
from vigil_bot.progress.severity import Rating, only_rates, rating_in, with_severity

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m1")
CASE = Case(conversation=REF.key, state=CaseState.OPEN, opened_at=1.0, changed_at=1.0, requester_id="rita")


def message(text: str, *, by: str = "rita", number: int = 1) -> Message:
    return Message(id=f"m{number}", conversation=REF, author=Author(id=by), text=text, sent_at=float(number))


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("this is a P1", Level.P1),
        ("SEV-2: checkout is slow", Level.P2),
        ("severity 0, please join", Level.P0),
        ("raising to P0, was P2", Level.P2),
        ("prio 3", Level.P2),
        ("一级故障，请大家上线", Level.P0),
        ("二级故障", Level.P1),
    ],
)
def test_a_level_that_is_named_is_taken_by_its_name(text: str, level: Level) -> None:
    assert rating_in(text) == Rating(level=level, named=True)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("all our customers are getting errors", Level.P0),
        ("nobody can log in since 9:00", Level.P0),
        ("we think there was data loss on node 3", Level.P0),
        ("所有用户都无法登录", Level.P0),
        ("全站打不开了", Level.P0),
        ("production is down after the deploy", Level.P1),
        ("urgent: the job hangs", Level.P1),
        ("we are blocked by this", Level.P1),
        ("线上故障，麻烦看下", Level.P1),
        ("紧急，支付失败", Level.P1),
    ],
)
def test_words_tell_where_no_level_is_named(text: str, level: Level) -> None:
    assert rating_in(text) == Rating(level=level, named=False)


@pytest.mark.parametrize(
    "text",
    [
        "how do I mount a volume?",
        "not urgent, whenever you have time",
        "it isn't urgent",
        "不紧急，有空看看",
        "we use a p3.2xlarge and P2P discovery",
        "the file is in s3://bucket/p1/x and /srv/P0/a",
        "one user sees a blank page",
        "",
    ],
)
def test_what_says_nothing_of_it_or_denies_it_is_no_level(text: str) -> None:
    assert rating_in(text) is None


def test_requesters_only_make_it_worse_and_what_an_analyst_names_holds() -> None:
    case = with_severity(CASE, message("urgent, the job hangs"), Side.REQUESTER)
    assert (case.severity, case.severity_id, case.severity_set) == (Level.P1, "m1", False)
    assert with_severity(case, message("it is only a P2", number=2), Side.REQUESTER) == case
    worse = with_severity(case, message("now all users are affected", number=3), Side.REQUESTER)
    assert (worse.severity, worse.severity_id) == (Level.P0, "m3")
    assert with_severity(worse, message("is it urgent? no outage here", by="anna", number=4), Side.ANALYST) == worse
    named = with_severity(worse, message("one tenant only, this is a P2", by="anna", number=5), Side.ANALYST)
    assert (named.severity, named.severity_id, named.severity_set) == (Level.P2, "m5", True)
    assert with_severity(named, message("P0!!", number=6), Side.REQUESTER) == named
    assert with_severity(named, message("back to P1", by="bo", number=7), Side.ANALYST).severity is Level.P1


@pytest.mark.parametrize(
    "text", ["I am raising this to P1", "this is a P2.", "Let's treat it as sev 1", "定为 P1", "升级到 P0"]
)
def test_naming_a_level_answers_nothing(text: str) -> None:
    assert only_rates(text)
    case = told("the job hangs since the deploy, how do I fix it?")
    by_anna = message(text, by="anna", number=2)
    after = life.on_message(case, by_anna, role=Role.ANALYST, intent=Intent.ANSWER)
    assert after is not None
    assert (after.state, after.next_mover, after.answer_ids) == (case.state, case.next_mover, ())
    assert after.severity is not None


@pytest.mark.parametrize(
    "text", ["P1: restart the gateway", "this is a P1, so roll back to 4.2", "it is fixed in 4.2", "按文档重启网关就好"]
)
def test_a_level_beside_an_answer_is_an_answer(text: str) -> None:
    assert not only_rates(text)


def told(text: str) -> Case:
    case = life.on_message(None, message(text), role=Role.REQUESTER, intent=Intent.PROBLEM_REPORT)
    assert case is not None
    return case


def test_it_goes_with_the_message_that_says_so() -> None:
    case = told("production is down since the deploy")
    assert case.severity is Level.P1
    calm = replace(message("staging is slow since the deploy"), edited_at=2.0)
    edited = life.on_edit(case, calm, role=Role.REQUESTER, intent=Intent.PROBLEM_REPORT)
    assert edited is not None
    assert edited.severity is None
    still = life.on_edit(
        case,
        replace(message("P0: production is down"), edited_at=2.0),
        role=Role.REQUESTER,
        intent=Intent.PROBLEM_REPORT,
    )
    assert still is not None
    assert (still.severity, still.severity_id) == (Level.P0, "m1")
    assert life.on_delete(case, "m1", at=3.0).severity is None


def test_the_card_shows_it_first() -> None:
    case = told("production is down since the deploy")
    card = status_card(case, Conversation(ref=REF, messages=(message("production is down"),)), now=9.0)
    (facts,) = (block.facts for block in card.blocks if isinstance(block, FactsBlock))
    assert facts[0] == ("Severity", "P1")
    plain = status_card(told("staging is slow"), Conversation(ref=REF), now=9.0)
    assert "Severity" not in [
        name for block in plain.blocks if isinstance(block, FactsBlock) for name, _ in block.facts
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["P0", "P2", "urgent", "all users are down", "hm"]), st.booleans()), max_size=8)
)
def test_only_an_analyst_makes_it_less(said: list[tuple[str, bool]]) -> None:
    case = CASE
    for number, (text, by_analyst) in enumerate(said):
        after = with_severity(case, message(text, number=number), Side.ANALYST if by_analyst else Side.REQUESTER)
        if case.severity is not None and not by_analyst:
            assert after.severity is not None
            assert after.severity.covers(case.severity)
        case = after
