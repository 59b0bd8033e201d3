"""How well a post agrees with what people then answered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.benchmarks._agreement import (
    Agreement,
    Post,
    Request,
    agreements,
    compared,
    harmonic,
    interval,
    paired,
    rarity,
    request_in,
)
from scripts.benchmarks.learning import as_many, originals, raw_posts
from vigil_bot.model.conversation import Author, ConversationRef, Message
from vigil_bot.model.event import MessagePosted
from vigil_bot.replay.thread import ReplayThread

SAID = (
    ("ann", "The payments pods crash with PAY-1203"),
    ("bob", "Restart the deployment with kubectl rollout restart"),
    ("ann", "kubectl worked wonders"),
    ("cat", "which cluster is it?"),
)
terms = st.frozensets(st.sampled_from(["kubectl", "helm", "restart", "pay-1203", "--force"]))


def thread_of(*said: tuple[str, str], name: str = "t1") -> ReplayThread:
    ref = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id=name)
    messages = [
        Message(id=f"{name}#{n}", conversation=ref, author=Author(id=who, name=who), text=text, sent_at=60.0 * n)
        for n, (who, text) in enumerate(said)
    ]
    events = tuple(MessagePosted(message=m) for m in messages)
    return ReplayThread(ref=ref, title=None, closed_at=None, events=events)


def asked(name: str = "t1", *, said: frozenset[str] = frozenset(), answered: frozenset[str]) -> Request:
    return Request(thread_id=name, message_id=f"{name}#0", at=0.0, text="?", is_open=True, said=said, answered=answered)


def test_the_answers_are_what_others_than_the_asker_tell_afterwards_beyond_the_question() -> None:
    request = request_in(thread_of(*SAID), "t1#0", at=30.0, is_open=True)
    assert {"kubectl", "restart", "rollout"} <= request.answered
    assert not request.answered & request.said
    assert not {"wonder", "cluster"} & request.answered


def test_what_was_said_before_the_decision_is_no_answer() -> None:
    assert request_in(thread_of(*SAID), "t1#0", at=90.0, is_open=True).answered == frozenset()


def test_rare_words_weigh_more_than_common_ones() -> None:
    idf = rarity([thread_of(("ann", f"kubectl {word}"), name=word) for word in ("helm", "nginx", "redis")])
    assert idf["helm"] > idf["kubectl"]
    request = asked(answered=frozenset({"helm", "kubectl"}))
    assert compared(frozenset({"helm"}), request, idf) > compared(frozenset({"kubectl"}), request, idf)


def test_a_post_that_repeats_the_question_agrees_with_nothing() -> None:
    request = asked(said=frozenset({"helm"}), answered=frozenset({"kubectl"}))
    assert compared(frozenset({"helm"}), request, {}) == (0.0, 0.0)


def test_a_post_that_says_it_is_above_chance_and_requests_without_an_answer_are_left_out() -> None:
    posts = [
        Post(request=asked("a", answered=frozenset({"helm"})), text="helm", score=0.9),
        Post(request=asked("b", answered=frozenset({"kubectl"})), text="kubectl", score=0.8),
        Post(request=asked("c", answered=frozenset()), text="redis", score=0.7),
    ]
    found = agreements(posts, {})
    assert [(one.request.thread_id, one.f1, one.chance) for one in found] == [("a", 1.0, 0.0), ("b", 1.0, 0.0)]


def test_ways_are_compared_on_the_requests_that_both_answer() -> None:
    one, other = asked("a", answered=frozenset({"helm"})), asked("b", answered=frozenset({"helm"}))
    better = Agreement(request=one, precision=1.0, recall=1.0, chance=0.0)
    worse = Agreement(request=one, precision=0.5, recall=0.5, chance=0.0)
    alone = Agreement(request=other, precision=1.0, recall=1.0, chance=0.0)
    assert paired([better, alone], [worse]) == [("a", 0.5)]


def test_an_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [(f"t{n % 7}", n % 3 / 2) for n in range(60)]
    low, high = interval(values)
    assert low < sum(value for _, value in values) / len(values) < high
    assert interval(values) == (low, high)
    assert interval([]) == (0.0, 0.0)


def test_a_raw_thread_is_posted_only_once_it_has_ended_and_if_another_person_spoke_in_it() -> None:
    told = thread_of(("ann", "helm upgrade hangs"), ("bob", "pass --force"), name="told")
    alone = thread_of(("cat", "helm upgrade hangs forever helm upgrade"), name="alone")
    early, late = (
        Request(
            thread_id="now",
            message_id="now#0",
            at=at,
            text="helm upgrade hangs",
            is_open=True,
            said=frozenset(),
            answered=frozenset(),
        )
        for at in (30.0, 300.0)
    )
    assert [(post.request.at, post.text) for post in raw_posts([told, alone], [early, late])] == [
        (300.0, "pass --force")
    ]


def test_as_many_posts_are_taken_of_each_month_the_surest_ones() -> None:
    month = 31 * 86_400.0
    posts = [
        Post(request=replace(asked(answered=frozenset()), at=at), text="x", score=score)
        for at, score in ((0.0, 0.2), (1.0, 0.9), (month, 0.1), (month + 1, 0.8))
    ]
    assert [post.score for post in as_many(posts, [posts[0], posts[2]])] == [0.9, 0.8]


def test_the_words_of_the_source_thread_take_the_place_of_the_entry() -> None:
    told = thread_of(("ann", "helm upgrade hangs"), ("bob", "pass --force"), name="told")
    draft = Post(request=asked(answered=frozenset()), text="Use force.", score=0.5, entry_id="e-1")
    strange = replace(draft, entry_id="e-2")
    assert [p.text for p in originals([draft, strange], {"e-1": "told"}, {"told": told})] == ["pass --force"]


@given(ours=terms, said=terms, theirs=terms)
def test_agreement_is_a_share_and_whole_where_the_same_is_said(
    ours: frozenset[str], said: frozenset[str], theirs: frozenset[str]
) -> None:
    request = asked(said=said, answered=theirs - said)
    assert 0.0 <= harmonic(*compared(ours, request, {})) <= 1.0
    if request.answered:
        assert harmonic(*compared(theirs, request, {})) == pytest.approx(1.0)
