import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.analyze import analyze, entry_words, language_of, query_terms
from knowledge.identifiers import clash, identifiers_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the payment gateway returns 502", "en"),
        ("Kafka 消费组重启后 lag 还是不断上涨，有什么办法吗？", "zh"),
        ("CrashLoopBackOff after the upgrade, 谢谢", "en"),
        ("pod 重启", "zh"),
        ("", "en"),
    ],
)
def test_a_text_with_product_names_is_in_the_language_of_its_sentences(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rotated the certificates", "certificate rotation"),
        ("payments-gateway", "payment gateway"),
        ("I can't connect to the database", "cannot connect to the DB"),
        ("k8s", "Kubernetes"),
        ("消费组", "消费者组"),
        ("lag 一直在涨", "lag 不断上涨"),
        ("数据库连不上", "无法连接数据库"),
        ("登陆失败", "登录失败"),
        ("证书过期", "certificate expired"),
    ],
)
def test_two_ways_to_say_the_same_have_the_same_units(one: str, other: str) -> None:
    assert analyze(one).units.keys() == analyze(other).units.keys()


@pytest.mark.parametrize(
    "text",
    ["请问怎么办？", "有什么办法吗", "hello everyone, thanks a lot!", "Can somebody help me please?", "谢谢大家"],
)
def test_courtesies_are_about_nothing(text: str) -> None:
    assert not analyze(text).units


def test_a_telling_word_weighs_more_than_one_that_everybody_uses() -> None:
    units = analyze("kafka error").units
    assert units["kafka"] > 2 * units["xfail"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fails with PGW-5031", "pgw5031"),
        ("ORA 00942 again", "ora00942"),
        ("set session.timeout.ms", "sessiontimeoutms"),
        ("see /var/log/app.log", "varlogapplog"),
        ("java.lang.OutOfMemoryError", "outofmemoryerror"),
        ("报 JedisConnectionException 错误", "jedisconnectionexception"),
        ("version v1.28.3", "v1283"),
        ("returns 504 again", "http504"),
        ("max_connections is 100", "maxconnections"),
    ],
)
def test_names_that_mean_one_thing_are_identifiers(text: str, found: str) -> None:
    assert any(found in name for name in identifiers_of(text))


@pytest.mark.parametrize("text", ["it took 500 ms", "10.500 rows", "we are well-known here", "about 450 MB"])
def test_amounts_and_plain_words_are_no_identifiers(text: str) -> None:
    assert not identifiers_of(text)


def test_two_codes_of_one_family_clash_unless_one_is_shared() -> None:
    one, other, both = (identifiers_of(text) for text in ("PGW-5031", "PGW-7001", "PGW-5031 or PGW-7001"))
    assert clash(one, other)
    assert not clash(one, both)
    assert not clash(one, identifiers_of("ORA-7001"))


def test_chinese_is_indexed_in_overlapping_pairs_so_that_any_two_characters_are_found() -> None:
    words = entry_words(title="", issue="支付网关超时", resolution="")
    assert {"支付", "付网", "网关", "关超", "超时"} <= set(words.issue.split())


def test_the_most_telling_terms_are_asked_for_first() -> None:
    assert query_terms(analyze("the kafka broker shows an error"), limit=2) == ["broker", "kafka"]


@given(st.text())
def test_any_text_can_be_analysed_and_always_gives_the_same(text: str) -> None:
    found = analyze(text)
    assert found == analyze(text)
    assert all(0.0 < weight <= 1.2 for weight in found.units.values())
    assert all(term.isalnum() for term in found.terms)
