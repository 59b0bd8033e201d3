"""What a solved thread teaches."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reasoner.cues import strip_social
from adapters.reasoner.environment import environment_of
from adapters.reasoner.extract import learn
from adapters.reasoner.text import language, units
from knowledge.grounding import ground
from tests.fakes.scenes_knowledge import resolved, rows, said, thread_of
from vigil_bot.model.case import ResolvedBy


@pytest.mark.parametrize("scene", rows("distill.jsonl"), ids=lambda s: f"{s['language']}: {s['name']}")
def test_every_sentence_stands_in_the_message_that_it_names(scene: dict[str, Any]) -> None:
    thread = thread_of(scene["messages"])
    draft = learn(thread, resolved(thread, problem_ids=("m1",)))
    if draft is not None:
        assert ground(draft, thread) == draft


def test_the_case_says_which_messages_answer() -> None:
    thread = said(
        ("r-ann", "checkout fails with PAY-42"),
        ("a-bob", "Clear the session cache on the edge nodes."),
        ("a-cat", "Roll the payment provider back to release 811."),
        ("r-ann", "thanks, solved"),
    )
    draft = learn(thread, resolved(thread, answer_ids=("m3",)))
    assert draft is not None
    assert [q.message_id for q in draft.resolution] == ["m3"]


def test_the_case_says_which_messages_are_the_problem() -> None:
    thread = said(
        ("r-ann", "is the wiki back yet?"),
        ("a-bob", "yes"),
        ("r-ann", "then: checkout fails with PAY-42"),
        ("a-bob", "Roll the payment provider back to release 811."),
    )
    draft = learn(thread, resolved(thread, problem_ids=("m3",)))
    assert draft is not None
    assert [q.text for q in draft.issue] == ["then: checkout fails with PAY-42"]
    assert draft.title == "then: checkout fails with PAY-42"


def test_a_deleted_answer_teaches_nothing() -> None:
    thread = said(("r-ann", "checkout fails with PAY-42"), ("a-bob", "Roll back to release 811."), ("r-ann", "thanks"))
    gone = replace(thread.messages[1], text="", deleted=True)
    thread = replace(thread, messages=(thread.messages[0], gone, thread.messages[2]))
    assert learn(thread, resolved(thread)) is None


def test_an_answer_refused_at_first_and_confirmed_later_is_kept() -> None:
    thread = said(
        ("r-ann", "checkout fails with PAY-42"),
        ("a-bob", "Roll the payment provider back to release 811."),
        ("r-ann", "still failing"),
        ("r-ann", "oh wait, it took a minute, now it works, thanks"),
    )
    draft = learn(thread, resolved(thread, by=ResolvedBy.REQUESTER))
    assert draft is not None
    assert "release 811" in draft.resolution[0].text


def test_the_title_is_one_line_about_the_problem() -> None:
    thread = said(
        (
            "r-ann",
            "Hello!\nWe changed the proxy on Monday.\nNow `git push` fails with error 407, " + "again and again " * 12,
        ),
        ("a-bob", "Set http.proxyAuthMethod to basic in the git config."),
    )
    draft = learn(thread, resolved(thread))
    assert draft is not None
    assert draft.title.startswith("Now git push fails with error 407")
    assert draft.title.endswith("…")
    assert len(draft.title) <= 90


def test_the_cause_is_the_sentence_that_says_why() -> None:
    thread = said(("r-ann", "pods are evicted"), ("a-bob", "The cause was a full disk. Run `crictl rmi --prune`."))
    draft = learn(thread, resolved(thread))
    assert draft is not None
    assert draft.cause == "The cause was a full disk."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Docker version 17.06.2-ce on Ubuntu 16.04", "Docker version 17.06.2-ce, Ubuntu 16.04"),
        ("since the upgrade to 9.4.3", "upgrade to 9.4.3"),
        ("Kafka 版本 3.4.0，JDK 17", "Kafka 版本 3.4.0, JDK 17"),
        ("listening on 10.0.0.4:5432 since 12.30", ""),
        ("see section 4.2", ""),
    ],
)
def test_products_and_versions_are_named(text: str, named: str) -> None:
    assert environment_of([text]) == named


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@bob try this: `make`", "try this: `make`"),
        ("bob: use the proxy", "use the proxy"),
        ("Thanks Bob", ""),
        ("ok, great, restart it then", "restart it then"),
        ("谢谢大佬", ""),
        ("好的，改成 8443 就行", "改成 8443 就行"),
        ("mail to ops@corp.test about it", "mail to ops@corp.test about it"),
        ("use `user@host`", "use `user@host`"),
    ],
)
def test_what_is_addressed_to_somebody_loses_the_address(text: str, left: str) -> None:
    assert strip_social(text, ("bob",)) == left


def test_sentences_end_where_people_end_them() -> None:
    text = "Run `a. b` e.g. on v1.2. Then see https://x.test/a?b=c. Done!\n1. first\n重启。然后等！\n```\nx. y\n\nz\n```\nend"
    assert [u.text for u in units(text)] == [
        "Run `a. b` e.g. on v1.2.",
        "Then see https://x.test/a?b=c.",
        "Done!",
        "1. first",
        "重启。",
        "然后等！",
        "```\nx. y\n\nz\n```",
        "end",
    ]


@given(st.text(max_size=300))
def test_units_are_where_they_say_and_leave_out_nothing(text: str) -> None:
    found = units(text)
    assert all(text[u.start : u.end] == u.text for u in found)
    assert "".join("".join(u.text for u in found).split()) == "".join(text.split())


@given(st.lists(st.tuples(st.sampled_from(["r-ann", "a-bob", "u3"]), st.text(max_size=200)), min_size=1, max_size=8))
def test_any_thread_can_be_read_and_all_that_is_learned_was_said(lines: list[tuple[str, str]]) -> None:
    thread = said(*lines)
    draft = learn(thread, resolved(thread))
    if draft is not None:
        said_by = {m.id: m.text for m in thread.messages}
        assert all(q.message_id in said_by for q in (*draft.issue, *draft.resolution))
        assert len(draft.title) <= 90


@given(st.text(max_size=100))
def test_every_text_has_a_language(text: str) -> None:
    assert language(text) in ("en", "zh")


@pytest.mark.parametrize(
    "quotation",
    ["> where is the log?\nIt is in /var/log/app.", "@bob said:\n\n> \nwhere is the log?\n\nIt is in /var/log/app."],
)
def test_words_that_somebody_quotes_are_not_theirs(quotation: str) -> None:
    thread = said(("r-ann", "logs are missing since the update"), ("a-bob", quotation))
    draft = learn(thread, resolved(thread))
    assert draft is not None
    assert [q.text for q in draft.resolution] == ["It is in /var/log/app."]
