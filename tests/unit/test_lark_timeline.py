from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lark.timeline import Said, Timeline, choose
from vigil_bot.model.conversation import Author, ConversationRef, Message


def said(author: str, thread: str, at: float) -> Said:
    return Said(author_id=f"ou_{author}", name=author, thread_id=thread, at=at)


RECENT = (said("rita", "t1", 0.0), said("anna", "t1", 20.0), said("bob", "t2", 40.0))


@pytest.mark.parametrize(
    ("author", "text", "at", "expected"),
    [
        ("anna", "rita: try to restart it", 60.0, "t1"),  # who is named
        ("li", "@bob 看一下日志", 60.0, "t2"),
        ("rita", "it still fails", 90.0, "t1"),  # one's own
        ("eve", "ok, I see", 60.0, "t2"),  # a short remark goes on with what was said last
        ("eve", "how do I get VPN access?", 60.0, None),  # something new
        ("eve", "请问怎么申请权限", 60.0, None),
        ("eve", "ok, I see", 900.0, None),  # after a pause
        ("rita", "morning", 5_000.0, None),
    ],
)
def test_a_message_goes_on_where_people_would_say_that_it_does(
    author: str, text: str, at: float, expected: str | None
) -> None:
    assert choose(RECENT, author_id=f"ou_{author}", text=text, at=at) == expected


def test_two_who_talk_in_several_conversations_go_on_in_the_one_they_share() -> None:
    recent = (said("anna", "t1", 0.0), said("rita", "t1", 5.0), said("anna", "t3", 10.0))
    assert choose(recent, author_id="ou_rita", text="anna: done", at=20.0) == "t1"


def message(message_id: str, author: str, text: str, at: float, *, root: str = "", chat: str = "oc_1") -> Message:
    ref = ConversationRef(platform="lark", workspace_id="t", channel_id=chat, thread_id=root or message_id)
    return Message(
        id=message_id, conversation=ref, author=Author(id=f"ou_{author}", name=author), text=text, sent_at=at
    )


def test_replies_stay_in_their_chain_and_the_same_message_stays_where_it_was() -> None:
    timeline = Timeline(chats=frozenset(["oc_1"]))
    assert timeline(message("m1", "rita", "the build fails, why?", 0.0)) == "m1"
    assert timeline(message("m2", "anna", "rita: which one?", 10.0)) == "m1"
    assert timeline(message("m3", "bob", "look", 20.0, root="m2")) == "m1"
    assert timeline(message("m4", "bob", "who has the key?", 30.0, root="m9")) == "m9"
    assert timeline(message("m2", "anna", "rita: which one?", 10.0)) == "m1"


def test_other_groups_are_left_alone() -> None:
    timeline = Timeline(chats=frozenset(["oc_2"]))
    assert timeline(message("m1", "rita", "hi", 0.0)) == "m1"
    assert timeline(message("m2", "rita", "there", 1.0)) == "m2"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=40), st.floats(0, 1e5)), max_size=40))
def test_every_message_gets_a_thread_that_is_there(lines: Sequence[tuple[str, str, float]]) -> None:
    timeline = Timeline(chats=frozenset(["all"]))
    ids: list[str] = []
    for number, (author, text, at) in enumerate(lines):
        ids.append(f"m{number}")
        assert timeline(message(f"m{number}", author, text, at)) in ids
