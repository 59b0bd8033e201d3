"""What a question and an entry have in common, beside what everybody says in a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.telling import SURE_COSINE, Room, told_apart
from vigil_bot.model.knowledge import Features, Hit, KnowledgeEntry

ROOM = [
    "how do I run a docker container with a volume?",
    "my docker container does not start, any idea?",
    "does docker compose restart containers by itself?",
    "the docker build fails here, the container never starts",
    "which docker image do you run for the database container?",
] * 60


def hit(issue: str, *, score: float = 0.8, cosine: float = 0.5) -> Hit:
    entry = KnowledgeEntry(id="e", issue=issue, resolution="Restart it.")
    return Hit(entry=entry, score=score, rank_score=3.0, features=Features(cosine=cosine))


def left(question: str, found: Hit, *, around: list[str], embedder: str = "builtin") -> float:
    [apart] = told_apart(question, [found], around, embedder=embedder)
    assert (apart.entry, apart.rank_score, apart.features) == (found.entry, found.rank_score, found.features)
    assert apart.score_anywhere in (None, found.score)
    return apart.score


def test_the_words_of_everybody_in_a_channel_tell_nothing_there() -> None:
    question, known = "my docker container does not run", hit("The docker container does not start after the upgrade")
    assert left(question, known, around=ROOM) < 0.1
    assert (
        left("the docker container answers 502 for php files", hit("docker: php files give a 502"), around=ROOM) > 0.75
    )


def test_the_same_words_tell_much_where_few_use_them() -> None:
    elsewhere = ["the invoice has the wrong address", "when is payday?", "who books the meeting room?"] * 100
    printers = ["the printer has a paper jam", "no paper in the printer", "who fixes the printer jam?"] * 100
    question, known = "printer says paper jam", hit("Paper jam in the printer on every page")
    assert left(question, known, around=elsewhere) > 0.7
    assert left(question, known, around=printers) < 0.1


def test_one_word_is_not_enough_where_much_is_said() -> None:
    elsewhere = ["the invoice has the wrong address", "when is payday?", "who books the meeting room?"] * 100
    assert left("is the printer ready?", hit("Paper jam in the printer on every page"), around=elsewhere) < 0.5


@pytest.mark.parametrize("around", [[], ROOM])
@pytest.mark.parametrize("question", ["what to do?", "any clue?", "how can I solve this?", "有人吗？", ""])
def test_a_question_that_says_nothing_matches_by_chance(question: str, around: list[str]) -> None:
    assert left(question, hit("Help me solve this problem, what to do?"), around=around) < 0.5


@pytest.mark.parametrize(
    ("question", "issue"),
    [
        ("crash at startup on iOS with the latest update", "iOS app crashes on launch after the 5.3 update."),
        ("how do I turn off autoplay in the player?", "Autoplay starts by itself, the player should not."),
        ("MR 一直在检查中，没法合并", "合并请求点不了合并，一直显示检查中。"),
        ("打印机显示脱机，打不了", "打印机脱机，电脑上显示离线。"),
    ],
)
def test_where_nothing_is_known_of_a_channel_a_few_words_are_enough(question: str, issue: str) -> None:
    assert left(question, hit(issue), around=[]) >= 0.5


def test_what_is_asked_often_is_answered_though_its_words_are_common() -> None:
    room = [*ROOM, *["how do I reset my password?", "password reset again, who can help?", "forgot my password"] * 30]
    assert left("how can I reset my password?", hit("How do I reset my password?"), around=room) > 0.75
    assert left("the password of the docker registry?", hit("How do I reset my password?"), around=room) < 0.5


def test_an_error_code_is_enough_anywhere() -> None:
    assert left("PGW-5031 again", hit("The gateway fails with PGW-5031"), around=ROOM) > 0.75


def test_a_model_of_sentences_may_be_sure_without_a_common_word() -> None:
    sure, unsure = hit("monitor shows no picture", cosine=SURE_COSINE), hit("monitor shows no picture", cosine=0.7)
    assert left("my screen stays dark", sure, around=ROOM, embedder="minilm") == sure.score
    assert left("my screen stays dark", unsure, around=ROOM, embedder="minilm") < 0.1
    assert left("my screen stays dark", sure, around=ROOM) < 0.1


WORDS = st.lists(st.sampled_from(["docker", "invoice", "timeout", "php", "502", "redis", "connect"]), max_size=7).map(
    " ".join
)


@given(question=WORDS, issue=WORDS, around=st.lists(WORDS, max_size=5))
def test_chance_is_a_share_and_grows_with_how_common_the_words_are(
    question: str, issue: str, around: list[str]
) -> None:
    entry = KnowledgeEntry(id="e", issue=f"{issue} kubernetes certificate rotation", resolution="r")
    chance = Room(around).chance(question, entry)
    assert 0.0 <= chance <= 1.0
    assert Room([question] * len(around)).chance(question, entry) >= chance
