"""The rules that ship, on written lines in English and Chinese; and how near in meaning texts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.embedder.builtin import BuiltinEmbedder
from knowledge.likeness import Likeness, sentences
from scripts.benchmarks.watch import RULES, lines, scores, tell, ways
from vigil_bot.ports.watching import Meaning
from vigil_bot.watch.matcher import ALIKE


def meaning() -> Meaning:
    """It fits its port: mypy checks it."""
    return Likeness(BuiltinEmbedder())


def test_there_are_enough_lines_and_half_of_them_are_held_out() -> None:
    held_out = [line for line in lines() if line["half"] == "held_out"]
    assert len(lines()) >= 60
    assert 0.4 < len(held_out) / len(lines()) < 0.6
    assert {name for line in lines() for name in line["rules"]} == set(RULES)  # type: ignore[attr-defined]


async def test_the_rules_that_ship_tell_what_they_are_for() -> None:
    told = await tell(BuiltinEmbedder(), ways()["as they ship"])
    precision, recall, _ = scores([one for one in told if one.half == "held_out"])
    assert precision >= 0.8
    assert recall >= 0.7
    for rule in RULES:
        assert scores([one for one in told if one.rule == rule])[2] >= 0.7, rule


async def test_examples_alone_are_a_start() -> None:
    told = await tell(BuiltinEmbedder(), ways()["examples alone"])
    precision, recall, _ = scores([one for one in told if one.half == "held_out"])
    assert precision >= 0.7
    assert recall >= 0.4


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("cannot log in to the portal, error 500", "the portal login shows error 500, how can I log in?", True),
        ("支付页面打不开，一直报 502", "支付页面报 502 打不开，怎么办", True),
        ("cannot log in to the portal, error 500", "how do I export my invoices as a spreadsheet?", False),
        ("支付页面打不开，一直报 502", "怎么申请新的账号", False),
    ],
)
async def test_reports_of_one_problem_are_told_from_others(one: str, other: str, alike: bool) -> None:  # noqa: FBT001 -- a case
    [near] = await meaning().likeness(one, [other])
    assert (near >= ALIKE) is alike


async def test_a_long_message_means_what_one_of_its_sentences_does() -> None:
    long = "Hello team. We upgraded yesterday and all went well. This is unacceptable! Thanks for your patience."
    near, far = await meaning().likeness(long, ["this is unacceptable", "where is the invoice"])
    assert near > 0.9 > far


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
async def test_likeness_is_a_share_and_a_text_is_most_like_itself(text: str, others: list[str]) -> None:
    found = await meaning().likeness(text, [*others, text])
    assert len(found) == len(others) + 1
    assert all(0.0 <= one <= 1.0 + 1e-6 for one in found)
    assert found[-1] >= max(found) - 1e-6


@given(st.text(max_size=500))
def test_sentences_are_part_of_the_text_and_few(text: str) -> None:
    pieces = sentences(text)
    assert len(pieces) <= 12
    assert all(piece and piece in text for piece in pieces)
