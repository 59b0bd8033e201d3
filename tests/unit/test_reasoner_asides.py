"""What helpers say beside the answer, and to whom they say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reasoner.asides import is_aside, is_reply, takes_back, trimmed, wonders
from adapters.reasoner.extract import learn
from adapters.reasoner.people import addressee, elsewhere, names_of
from tests.fakes.scenes_knowledge import resolved, said


@pytest.mark.parametrize(
    "sentence",
    [
        "The channel is mostly for other things :D",
        "we use hamachi atm for remote deploys",
        "to be honest I tried it like this a few times",
        "I had that last week, was a pain",
        "Don't forget the imports in your #mwe",
        "You're missing some imports still",
        "In general the best way to get an answer is asking the explicit question.",
        "That's a fair point.",
        "or something like that",
        "(if I recall correctly)",
        "I have moved your message to a new thread.",
        "It would be nice if the bot did that for you",
        "Done, and I also wrote something about `nat.zero` in the wiki.",
        "Filed as INC-48213 this morning.",
        "我们上周也遇到过，折腾了好久",
        "我之前也踩过这个坑",
        "好问题",
        "哈哈哈",
        "工单 INC-20391 已提。",
    ],
)
def test_what_helps_nobody_who_reads_it_alone_is_an_aside(sentence: str) -> None:
    assert is_aside(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Restart the gateway and it works again :)",
        "I would use a reverse proxy for that.",
        "You forgot the imports: add `import os` at the top.",
        "Done wrong, this leaves the lock behind: remove it before the restart.",
        "Personally, I set my project name in an .env file.",
        "We had to downgrade the driver to 5.2.",
        "I think the port is closed in the firewall.",
        "You should take a look at multi-stage builds ;)",
        "We use `net=host` for that.",
        "PGW-5031 means that the session cache is full.",
        "我们把超时调大到 30 秒就好了",
        "重启网关之后恢复了",
    ],
)
def test_advice_stays_whoever_gives_it_and_however_kindly(sentence: str) -> None:
    assert not is_aside(sentence)


def test_courtesies_and_smileys_around_a_sentence_go() -> None:
    assert trimmed("no problem :) add the line to the script") == "add the line to the script"
    assert trimmed("Good point, use the other flag ;)") == "use the other flag"
    assert trimmed("Ann, you can mount it read-only") == "you can mount it read-only"
    assert trimmed("Otherwise, you can mount it read-only") == "Otherwise, you can mount it read-only"


def test_an_answer_may_be_put_as_a_question() -> None:
    assert wonders("`(Nat, Type)` is a pair, did you mean `Nat × Type`?")
    assert wonders("Isn't the port closed in the firewall?")
    assert not wonders("Can you post the code of `main`?")
    assert not wonders("What do you mean?")


def test_a_requester_who_replies_is_told_from_one_who_asks() -> None:
    assert is_reply("bob: yes, but it is slow", ("bob",))
    assert not is_reply("bob: where is the log?", ("bob",))


@given(st.text())
def test_what_is_left_of_a_sentence_stands_in_it(text: str) -> None:
    assert trimmed(text) in text


def test_lines_to_somebody_else_in_the_room_are_not_learned_and_names_go() -> None:
    thread = said(
        ("ann", "the build fails with exit code 137 on the runner"),
        ("bob", "ann: that is the memory limit of the runner, raise it to 4g"),
        ("bob", "xQuery7: you need a reverse proxy such as traefik for this"),
        ("bob", "it renews certificates as well and reads the labels of containers"),
        ("ann", "bob: thanks, it works now"),
    )
    assert elsewhere(thread, "ann") == {"m3", "m4"}
    draft = learn(thread, resolved(thread))
    assert draft is not None
    assert [q.text for q in draft.resolution] == ["that is the memory limit of the runner, raise it to 4g"]


def test_somebody_who_calls_the_asker_by_another_name_still_speaks_to_them() -> None:
    thread = said(
        ("ann", "the build fails"), ("bob", "ann_77: raise the memory limit"), ("bob", "and restart the runner")
    )
    assert elsewhere(thread, "ann") == frozenset()


def test_a_mention_calls_somebody_into_the_talk() -> None:
    thread = said(
        ("ann", "the build fails"), ("bob", "@cat can you look?"), ("bob", "until then raise the memory limit")
    )
    assert elsewhere(thread, "ann") == frozenset()


def test_a_label_before_a_colon_is_no_name() -> None:
    thread = said(
        ("ann", "it fails"), ("bob", "ann: see below"), ("bob", "Note: raise the limit"), ("bob", "Solution: restart")
    )
    assert elsewhere(thread, "ann") == frozenset()
    assert [addressee(m) for m in thread.messages] == [None, "ann", None, None]
    assert "note" not in names_of(thread)


def test_what_a_helper_takes_back_is_not_learned() -> None:
    thread = said(
        ("ann", "checkout fails with PAY-42 since the release"),
        ("bob", "Clear the session cache on the edge nodes."),
        ("bob", "Scratch that, I looked at the wrong version."),
        ("bob", "Roll the payment provider back to release 811."),
        ("ann", "thanks, that works"),
    )
    assert takes_back(thread.messages[2].text)
    draft = learn(thread, resolved(thread))
    assert draft is not None
    assert [q.text for q in draft.resolution] == ["Roll the payment provider back to release 811."]


def test_the_last_step_before_the_confirmation_is_kept_even_where_the_case_does_not_count_it() -> None:
    thread = said(
        ("ann", "the container does not start: run.sh not found"),
        ("bob", "you can try also with /bin/sh"),
        ("ann", "how would I write that?"),
        ("bob", 'CMD [ "/bin/sh", "/srv/run.sh" ]'),
        ("ann", "it works, thanks"),
        ("bob", "the old base image never had that problem, funny"),
    )
    draft = learn(thread, resolved(thread, answer_ids=("m2",)))
    assert draft is not None
    assert [q.message_id for q in draft.resolution] == ["m2", "m4"]
