import json
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.replay.outcomes import Outcome, is_answer, judge
from vigil_bot.replay.words import words_of

REF = ConversationRef(platform="p", workspace_id="w", channel_id="c", thread_id="t")


class Pair(TypedDict):
    """A suggestion, and what people said before and after it, as (author, text)."""

    outcome: str
    question: str
    earlier: list[tuple[str, str]]
    text: str
    later: list[tuple[str, str]]


PAIRS: list[Pair] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "payloads" / "threads" / "outcomes.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def said(position: int, author: str, text: str, kind: AuthorKind = AuthorKind.HUMAN) -> Message:
    author_of = Author(id=author, kind=kind)
    return Message(id=str(position), conversation=REF, author=author_of, text=text, sent_at=float(position))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['outcome']}: {pair['text'][:40]}")
def test_a_suggestion_is_judged_as_a_person_would(pair: Pair) -> None:
    earlier = [said(i, *one) for i, one in enumerate([("asker", pair["question"]), *pair["earlier"]])]
    later = [said(100 + i, *one) for i, one in enumerate(pair["later"])]
    assert judge(pair["text"], later, asker_id="asker", earlier=earlier) == pair["outcome"]


def test_what_other_bots_say_is_no_evidence() -> None:
    answer = said(1, "pager", "docker system prune -a", AuthorKind.BOT)
    assert judge("Run `docker system prune -a`.", [answer], asker_id="asker") is Outcome.UNKNOWN


def test_a_person_who_says_it_in_pieces_agrees() -> None:
    pieces = [said(1, "helper", "rotate"), said(2, "helper", "the registry"), said(3, "helper", "token")]
    assert judge("Rotate the registry token.", pieces, asker_id="asker") is Outcome.AGREED


def test_the_asker_who_succeeds_after_all_does_not_contradict() -> None:
    later = [
        said(1, "helper", "chmod 600 ~/.ssh/id_rsa"),
        said(2, "asker", "works now!"),
        said(3, "asker", "no luck with git"),
    ]
    assert judge("Run `chmod 600 ~/.ssh/id_rsa`.", later, asker_id="asker") is Outcome.AGREED


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Restart the collector on node-7.", True),
        ("Which version is it? And which host?", False),
        ("ok thanks!", False),
        ("重启一下采集服务再看看日志", True),
        ("哪个版本？", False),
    ],
)
def test_an_answer_says_something_and_does_not_only_ask_back(text: str, *, answers: bool) -> None:
    assert is_answer(said(1, "helper", text), asker_id="asker") is answers
    assert not is_answer(said(1, "asker", text), asker_id="asker")


def test_identifiers_weigh_more_than_words() -> None:
    words = words_of("Set max_connections=200 in /etc/postgresql.conf, then restart the server. See https://x.y/z?a=1.")
    assert {"max_connections", "/etc/postgresql.conf", "https://x.y/z"} <= words.anchors
    assert words.settings == {"max_connections": frozenset({"200"})}
    assert words.weights["restart"] < words.weights["max_connections"]
    assert not {"the", "then", "in"} & words.terms


@given(
    st.text(max_size=200), st.lists(st.tuples(st.sampled_from(["asker", "helper"]), st.text(max_size=80)), max_size=6)
)
def test_any_words_have_one_of_the_four_outcomes(text: str, later: list[tuple[str, str]]) -> None:
    messages = [said(i, *one) for i, one in enumerate(later)]
    assert judge(text, messages, asker_id="asker", earlier=messages[:1]) in Outcome
