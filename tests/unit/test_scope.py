"""What a channel is for, learned from examples."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.proactive.scope import FEW, Example, learn, within
from vigil_bot.scope_file import parse_examples

INSTALLING = [
    "How do I install the driver on Debian?",
    "the install of the toolkit fails with a missing header",
    "which driver version does the toolkit need?",
    "安装驱动报错，怎么解决？",
    "请问工具包怎么编译？",
]
TALKING = [
    "who is coming to lunch?",
    "the match yesterday was great",
    "any plans for the weekend?",
    "今天中午吃什么？",
    "昨天的球赛看了吗",
]


def examples(times: int = 6) -> list[Example]:
    return [
        *((f"{text} {n}", True) for text in INSTALLING for n in range(times)),
        *((f"{text} {n}", False) for text in TALKING for n in range(times)),
    ]


@pytest.mark.parametrize("text", ["how can I install this driver?", "驱动怎么安装？", "toolkit header missing"])
def test_other_words_about_the_same_things_are_within(text: str) -> None:
    assert within(learn(examples()), text)


@pytest.mark.parametrize("text", ["who is coming to the match?", "周末去吃什么？", "lunch?", ""])
def test_other_talk_is_not(text: str) -> None:
    assert not within(learn(examples()), text)


def test_examples_that_are_told_apart_are_all_judged_right_by_the_others() -> None:
    scope = learn(examples())
    assert (scope.inside, scope.outside) == (30, 30)
    assert (scope.precision, scope.recall) == (1.0, 1.0)


def test_examples_that_say_nothing_are_judged_no_better_than_they_are() -> None:
    told = [("the same words", at % 4 == 0) for at in range(100)]
    scope = learn(told)
    assert scope.precision == pytest.approx(0.25)
    assert scope.recall == 1.0


@pytest.mark.parametrize(("inside", "outside"), [(FEW - 1, 100), (100, FEW - 1), (0, 0)])
def test_too_few_examples_of_a_side_are_refused(inside: int, outside: int) -> None:
    told = [("in", True)] * inside + [("out", False)] * outside
    with pytest.raises(ValueError, match=f"has {inside} examples in scope and {outside} to reject"):
        learn(told)


@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=60), st.text(max_size=60))
def test_any_texts_can_be_examples_and_their_order_does_not_matter(more: list[Example], text: str) -> None:
    told = examples() + more
    scope = learn(told)
    again = learn(told[::-1])
    assert scope.weights == again.weights
    assert (scope.precision, scope.recall) == pytest.approx((again.precision, again.recall))
    assert within(scope, text) in {True, False}
    assert 0.0 < scope.precision <= 1.0
    assert 0.0 < scope.recall <= 1.0


def test_a_file_may_have_other_keys_and_empty_lines() -> None:
    lines = '{"text": "a", "label": "in_scope", "id": 3}\n\n{"text": "b", "label": "reject"}\n'
    assert parse_examples(lines) == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    "line", ["[]", "3", "{}", '{"text": "", "label": "reject"}', '{"text": "a", "label": "maybe"}']
)
def test_a_line_that_is_no_example_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 must be like"):
        parse_examples(f'{{"text": "a", "label": "reject"}}\n{line}\n')


def test_messages_of_chinese_groups_are_told_by_the_others_as_well_as_by_n_grams_and_regression() -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "intent" / "zh_scope_dev.jsonl"
    if not path.exists():
        pytest.skip("the labelled messages of Chinese groups are not there")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    scope = learn([(row["text"], row["label"] == "in_scope") for row in rows])
    assert 2 * scope.precision * scope.recall / (scope.precision + scope.recall) >= 0.78
