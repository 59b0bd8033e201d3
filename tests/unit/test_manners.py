"""Words that look like a request and are none, topics, and entries about something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.proactive.fits import fits, language, same_language
from vigil_bot.proactive.manners import is_no_request, names_topic, only_takes_back, takes_back


@pytest.mark.parametrize(
    "text",
    [
        "never mind, I found it",
        "nvm",
        "forget that, more urgent: the build fails",
        "solved, a reboot did it",
        "算了，不用了",
        "没事了",
        "我自己解决了",
    ],
)
def test_a_question_is_taken_back_by(text: str) -> None:
    assert takes_back(text)


@pytest.mark.parametrize(
    "text", ["it is still broken", "how was this solved last time?", "did you find the cause?", "还没解决", "怎么解决"]
)
def test_a_question_is_not_taken_back_by(text: str) -> None:
    assert not takes_back(text)


def test_who_takes_back_and_asks_anew_still_asks() -> None:
    assert not only_takes_back("forget that, how do I restart the build?")
    assert only_takes_back("never mind, a reboot did it")


@pytest.mark.parametrize(
    ("text", "by_bot"),
    [
        ("who needs sleep anyway when the payments pods crash? ;)", False),
        ("谁不想准点下班呢？", False),
        ("haha, the payments pods strike again", False),
        ("Heads-up: the database is down tonight for maintenance", False),
        ("通知：今晚升级数据库", False),
        ("[RESOLVED] payments pods crash with PAY-1203", True),
        ("已恢复：支付回调失败", True),
    ],
)
def test_nothing_is_wanted_by(text: str, by_bot: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    assert is_no_request(text, by_bot=by_bot)


@pytest.mark.parametrize(
    "text",
    [
        "my VPN keeps dropping, any idea? :)",
        "Heads-up: payments is down, how do we fix it?",
        "haha no, but what does PAY-1203 mean?",
        "resolved hostnames are wrong since the update",
    ],
)
def test_something_is_wanted_by(text: str) -> None:
    assert not is_no_request(text)


@pytest.mark.parametrize(
    ("text", "topics", "named"),
    [
        ("the Payments  pods crash", ("payments pods",), True),
        ("the build fails", ("uil",), False),
        ("短信验证码收不到", ("验证码",), True),
        ("C++ does not compile", ("c++",), True),
        ("anything", (), False),
    ],
)
def test_a_topic_is_named_as_words(text: str, topics: tuple[str, ...], named: bool) -> None:  # noqa: FBT001
    assert names_topic(text, topics) is named


@pytest.mark.parametrize(
    ("question", "about", "belongs"),
    [
        ("npm ci fails on Node 14", "npm ci fails with ERESOLVE on Node 20", False),
        ("npm ci fails on Node 20.3", "npm ci fails with ERESOLVE on Node 20", True),
        ("npm ci fails", "npm ci fails with ERESOLVE on Node 20", True),
        ("on Node 14 and Node 20 npm ci fails", "npm ci fails with ERESOLVE on Node 20", True),
        ("PAY-2210 in the pods", "PAY-1203 in the pods", False),
        ("PAY-1203 and PAY-2210 in the pods", "PAY-1203 in the pods", True),
        ("the production API returns 503", "the staging API returns 503", False),
        ("生产环境回调失败", "测试环境回调失败", False),
        ("VPN drops on Ubuntu", "VPN drops on macOS 14", False),
        ("VPN drops on my laptop", "VPN drops on macOS 14", True),
    ],
)
def test_an_entry_belongs_to_a_question_unless_both_name_different_things(
    question: str,
    about: str,
    belongs: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    assert fits(question, KnowledgeEntry(id="e", issue=about, resolution="restart")) is belongs


@given(text=st.text(max_size=300))
def test_whatever_somebody_writes_fits_itself_and_is_in_its_own_language(text: str) -> None:
    assert fits(text, KnowledgeEntry(id="e", issue=text, resolution="x"))
    assert same_language(text, text)
    assert language(text) in ("en", "zh", "")


@pytest.mark.parametrize(
    ("question", "answer", "readable"),
    [
        ("how do I fix it?", "重启服务即可", False),
        ("怎么解决？", "Raise the pool and reload the service.", False),
        ("怎么解决？", "`systemctl restart app`", True),
        ("怎么解决？", "执行 `systemctl restart app`，然后重试", True),
    ],
)
def test_an_answer_is_readable_in_the_language_of_the_question(question: str, answer: str, readable: bool) -> None:  # noqa: FBT001
    assert same_language(question, answer) is readable
