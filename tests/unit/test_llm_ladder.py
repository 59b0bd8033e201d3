"""How a reply is read, and what is asked for next when a server does not understand."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.ladder import FIRST, UNENFORCED, Dialect, Rung, instructions, objects_in, parse, response_format
from adapters.llm.replies import DraftReply, EntryReply, QuestionReply, SummaryReply
from vigil_bot.errors import MalformedReply

QUESTION = '{"question": "why?", "seen": []}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
WORDS = st.text().filter(lambda text: "{" not in text and "<think" not in text)


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        f"```json\n{QUESTION}\n```",
        f"Sure, {{as asked}}: {QUESTION} Anything else?",
        f'<think>maybe {{"question": "no", "seen": []}}</think>\n{QUESTION}',
        f'{{"thoughts": 1}} {QUESTION}',
        f"\ufeff{QUESTION}",
    ],
)
def test_the_reply_is_found_whatever_stands_around_it(text: str) -> None:
    assert parse(text, QuestionReply) == QuestionReply(question="why?", seen=[])


@pytest.mark.parametrize("text", ["", "I cannot help with that.", '{"question": "why', "[1, 2]", "{" * 1_000, "null"])
def test_what_holds_no_object_is_malformed(text: str) -> None:
    with pytest.raises(MalformedReply, match="no JSON object"):
        parse(text, QuestionReply)


def test_what_is_wrong_is_said_without_the_values() -> None:
    with pytest.raises(MalformedReply) as error:
        parse('{"question": ["hunter2"], "s3cret": 1}', QuestionReply)
    assert "question string_type, seen missing, extra_forbidden" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "s3cret" not in str(error.value)


@given(OBJECTS, WORDS, WORDS)
def test_the_first_object_is_found_between_any_words(found: dict[str, Any], before: str, after: str) -> None:
    assert next(objects_in(before + json.dumps(found) + after), None) == found


@given(st.text(alphabet='{}[]":,a1 \\\n<think>/'))
def test_no_text_breaks_the_parser(text: str) -> None:
    assert all(isinstance(found, dict) for found in objects_in(text))


@pytest.mark.parametrize("part", ['{"a":', "{", "[", '{"a":[', "<think>{"])
def test_deep_and_long_replies_are_read_in_bounded_time(part: str) -> None:
    began = time.perf_counter()
    assert list(objects_in(part * 100_000)) == []
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize("schema", [QuestionReply, DraftReply, EntryReply, SummaryReply])
def test_a_schema_can_be_enforced_strictly(schema: type[QuestionReply]) -> None:
    """Strict servers want every field required and no other; every object of it."""
    shape = response_format(Rung.JSON_SCHEMA, schema)
    assert shape is not None
    whole = shape["json_schema"]["schema"]
    for part in (whole, *whole.get("$defs", {}).values()):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_the_schema_stands_in_the_prompt_where_the_server_does_not_enforce_it() -> None:
    assert instructions(Rung.JSON_SCHEMA, "Do it.", QuestionReply) == "Do it."
    for rung in (Rung.JSON_OBJECT, Rung.TEXT):
        assert '"additionalProperties": false' in instructions(rung, "Do it.", QuestionReply)
        assert "JSON" in instructions(rung, "Do it.", QuestionReply)


def test_a_new_model_is_tried_with_less_and_less() -> None:
    second = FIRST.after_refusal("bad request")
    assert second is not None
    third = second.after_refusal("bad request")
    assert third is not None
    assert [second.rung, third.rung] == [Rung.JSON_OBJECT, Rung.TEXT]
    assert third.after_refusal("bad request") is None


def test_a_model_that_worked_is_tried_with_less_only_if_the_format_is_refused() -> None:
    proven = Dialect(proven=True)
    assert proven.after_refusal("this prompt is too long") is None
    lower = proven.after_refusal("response_format is unavailable now")
    assert lower is not None
    assert lower.rung is Rung.JSON_OBJECT


def test_a_thinking_model_gets_room_to_think_and_stays_on_its_rung() -> None:
    assert FIRST.after_refusal("Use 'max_completion_tokens' instead.") == Dialect(thinks=True)


def test_a_schema_that_is_broken_again_and_again_is_not_enforced() -> None:
    dialect = Dialect(proven=True)
    for _ in range(UNENFORCED - 1):
        dialect = dialect.after_reply(good=False)
    assert dialect.rung is Rung.JSON_SCHEMA
    assert dialect.after_reply(good=True).misshapen == 0
    assert dialect.after_reply(good=False).rung is Rung.JSON_OBJECT


@given(st.lists(st.sampled_from([True, False]) | st.text(max_size=30), max_size=30))
def test_nobody_climbs_the_ladder_by_failing(steps: list[bool | str]) -> None:
    dialect, order = FIRST, list(Rung)
    for step in steps:
        after = dialect.after_reply(good=step) if isinstance(step, bool) else dialect.after_refusal(step)
        if after is not None:
            assert order.index(after.rung) >= order.index(dialect.rung)
            dialect = after
