"""What cases are about, and how long those of a topic took."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.scenes_knowledge import said
from vigil_bot.model.case import Case, CaseState
from vigil_bot.progress.times import Times
from vigil_bot.progress.topics import FEWEST, MOST, WIDEST, by_topic, problem_of, topics_of

VPN = {
    "v1": "VPN drops every hour",
    "v2": "the vpn asks for my password again and again",
    "v3": "no route through the VPN since the update",
}


def took(seconds: float) -> Times:
    return Times(first_answer_s=None, resolution_s=seconds, on_analyst_s=seconds, on_requester_s=0.0, reopened=0)


def test_a_word_that_three_problems_share_is_their_topic_as_most_people_write_it() -> None:
    assert topics_of(VPN | {f"x{n}": f"printer{n} jams" for n in range(20)}) == dict.fromkeys(VPN, "vpn")


def test_what_too_many_speak_of_is_what_the_channel_is_there_for() -> None:
    assert topics_of({f"c{number}": "the cluster is full" for number in range(5)}) == {}


def test_two_cases_make_no_topic_and_no_case_has_two() -> None:
    problems = {"v1": VPN["v1"], "v2": VPN["v2"]} | {f"x{n}": f"printer{n} jams" for n in range(20)}
    assert topics_of(problems) == {}


def test_chinese_problems_have_topics_too() -> None:
    problems = {"a": "网关超时", "b": "支付网关报错", "c": "网关重启之后挂了"}
    problems |= {f"x{n}": f"printer{n} jams" for n in range(20)}
    assert topics_of(problems) == dict.fromkeys("abc", "网关")


def test_links_code_and_the_names_of_those_who_speak_are_no_topic() -> None:
    thread = said(
        ("ann", "bob, see https://wiki.example/vpn : the gateway fails with\n```\nimport vpn\n```"), ("bob", "I look")
    )
    case = Case(conversation="c", state=CaseState.OPEN, opened_at=0.0, changed_at=0.0, problem_ids=("m1",))
    told = problem_of(case, thread.messages, "Gateway")
    assert "gateway fails" in told
    assert not {"bob", "wiki", "vpn", "import", "look"} & set(told.lower().replace(",", " ").split())
    assert problem_of(replace(case, problem_ids=()), thread.messages) == ""


def test_the_times_of_a_topic_are_those_of_its_cases() -> None:
    problems = VPN | {f"x{n}": f"printer{n} jams" for n in range(20)}
    times = {name: took(float(place)) for place, name in enumerate(problems)}
    assert by_topic(problems, times) == [("vpn", [took(0.0), took(1.0), took(2.0)])]
    assert by_topic(problems, {"v1": took(1.0)}) == []


@given(
    st.dictionaries(
        st.text(max_size=4), st.sampled_from(["disk full", "vpn down", "vpn slow", "磁盘满了", ""]), max_size=40
    )
)
def test_topics_are_few_and_shared_by_some_and_not_by_most(problems: dict[str, str]) -> None:
    topics = topics_of(problems)
    assert topics.keys() <= problems.keys()
    assert len(set(topics.values())) <= MOST
    for word in set(topics.values()):
        assert list(topics.values()).count(word) <= WIDEST * len(problems)
    if len(problems) < FEWEST / WIDEST:
        assert topics == {}
