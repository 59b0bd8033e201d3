"""Watch rules as people write them: what is understood, what is refused and why; patterns that cannot run away."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.rules import FULL_RULE
from vigil_bot.errors import InputError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.watch import Counted, Destination, DestinationKind, Level, WatchRule
from vigil_bot.watch.defaults import defaults, rule_from
from vigil_bot.watch.pattern import compiled, found, pattern_of, values
from vigil_bot.watch.rules import merged, parse_destination, parse_name, rule_of
from vigil_bot.watch.shown import all_keys, summary
from vigil_bot.watch.words import VERBS, parse_given, parse_watch

THREAD = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1", thread_id="t1")


@pytest.mark.parametrize(
    ("text", "verb", "name", "given", "rest"),
    [
        ("", "list", "", {}, ""),
        ("list", "list", "", {}, ""),
        ("列表", "list", "", {}, ""),
        ("add down P0 /is down/", "add", "down", {"level": "P0", "pattern": "is down"}, None),
        ("ADD down p0 filter", "add", "down", {"level": "P0", "kind": "filter"}, None),
        ("添加 生气 “太差了” 不是 「谢谢」", "add", "生气", {"like": ["太差了"], "unlike": ["谢谢"]}, None),
        ('add a "x y" "z" not "v" "w"', "add", "a", {"like": ["x y", "z"], "unlike": ["v", "w"]}, None),
        ("add a names=Acme,李雷、Bob", "add", "a", {"names": ["Acme", "李雷", "Bob"]}, None),
        ('add a names="Big Corp, Acme" names=Bob', "add", "a", {"names": ["Big Corp", "Acme", "Bob"]}, None),
        (r"add a /a\/b\d/ within=30m", "add", "a", {"pattern": r"a/b\d", "within": "30m"}, None),
        ("edit a to=<#C1|alerts> Level=p2", "edit", "a", {"to": "<#C1|alerts>", "level": "P2"}, None),
        ("mute a 2h", "mute", "a", {}, "2h"),
        ("test a 50", "test", "a", {}, "50"),
        ("删除 a", "remove", "a", {}, ""),
    ],
)
def test_commands_are_understood(text: str, verb: str, name: str, given: dict[str, object], rest: str | None) -> None:
    command = parse_watch(text)
    assert (command.verb, command.name, command.given) == (verb, name, given)
    assert rest is None or command.rest == rest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ad x", "Did you mean `watch add`"),
        ("remove", "Which rule?"),
        ('add x "never closed', "quotes"),
        ("add x hello", "`hello` stands for"),
        ("add x level=P0 level=P1", "said twice"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_mend(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=r"watch|Which|phrase|stands|said") as caught:
        parse_watch(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "something to look for"),
        ({"level": "P3", "pattern": "x"}, "`level`"),
        ({"pattern": "x", "colour": "red"}, "there is no `colour`"),
        ({"pattern": "("}, "RE2"),
        ({"pattern": "(?=x)y"}, "RE2"),
        ({"pattern": "a*"}, "match everything"),
        ({"pattern": "x" * 1001}, "longer than"),
        ({"pattern": "((a{100}){100}){100}"}, "RE2"),
        ({"pattern": "x", "within": "soon"}, '`within` must be a time like "30m"'),
        ({"pattern": "x", "within": "300d"}, "`within`"),
        ({"pattern": "x", "needs": 0}, "`needs`"),
        ({"pattern": "x", "to": "bob"}, "`to`"),
        ({"pattern": "x", "to": "#a/b"}, "`to`"),
        ({"pattern": "x", "unlike": "y"}, "unlike needs like"),
        ({"pattern": "x", "kind": "filter", "needs": 2}, "a filter looks at single messages"),
        ({"pattern": "x", "alike": True}, "alike compares"),
        ({"asks": True, "needs": 2, "of": "values"}, "values are what"),
        ({"like": ["x"] * 3 + [""]}, "`like`"),
        ({"like": [str(i) for i in range(61)]}, "`like`"),
        ({"like": "x", "at_least": 2}, "`at_least`"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_reason(given: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        rule_of("down", given)
    assert reason in str(caught.value)
    assert "`down`" in str(caught.value)


def test_every_key_of_a_rule_can_be_written_as_in_the_file_and_as_in_chat() -> None:
    in_file = {
        "kind": "detect",
        "level": "P0",
        "pattern": "is down",
        "unless": "not down",
        "names": ["Acme"],
        "like": ["a b"],
        "unlike": ["c"],
        "at_least": 0.6,
        "asks": True,
        "alike": True,
        "speaker": "anyone",
        "needs": 3,
        "of": "threads",
        "within": "1h",
        "messages": 50,
        "silence": "2h",
        "to": "#C9",
        "quote": True,
    }
    in_chat = (
        'detect P0 /is down/ unless=/not down/ names=Acme "a b" not "c" at_least=0.6 asks=yes alike=yes speaker=anyone '
        "needs=3 of=threads within=1h messages=50 silence=2h to=#C9 quote=true"
    )
    rule = rule_of("down", in_file)
    assert rule == rule_of("down", parse_given(in_chat))
    assert rule == replace(
        FULL_RULE,
        name="down",
        pattern="is down",
        names=("Acme",),
        like=("a b",),
        unlike=("c",),
        within_s=3600.0,
        silence_s=7200.0,
    )
    assert "#C9" in summary(rule)
    assert dict(all_keys(rule))["pattern"] == "is down"


def test_a_change_keeps_the_rest_and_the_defaults_are_those_of_the_model() -> None:
    rule = rule_of("down", {"pattern": "is down"})
    assert rule == WatchRule(name="down", pattern="is down")
    assert rule_of("down", {"level": "P0"}, rule) == replace(rule, level=Level.P0)


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("analysts", DestinationKind.ANALYSTS, ""),
        ("#C1", DestinationKind.CHANNEL, "C1"),
        ("<#C1|alerts>", DestinationKind.CHANNEL, "C1"),
        ("channel oc_1", DestinationKind.CHANNEL, "oc_1"),
        ("#slack/T2/C1", DestinationKind.CHANNEL, "slack/T2/C1"),
        ("@U1", DestinationKind.PERSON, "U1"),
        ("<@U1>", DestinationKind.PERSON, "U1"),
        ("person ou_1", DestinationKind.PERSON, "ou_1"),
    ],
)
def test_destinations_are_read(text: str, kind: DestinationKind, target: str) -> None:
    assert parse_destination(text) == Destination(kind=kind, target=target)


@pytest.mark.parametrize("name", sorted(set(defaults()) - {"vip"}))
def test_what_ships_is_a_rule_and_may_be_changed(name: str) -> None:
    rule = rule_from(name, {})
    assert rule.name == name
    assert rule_from(name, {"level": "P2", "silence": "0"}) == replace(rule, level=Level.P2, silence_s=0.0)
    for examples in (rule.like, rule.unlike):
        chinese = [one for one in examples if any("\u3400" <= c <= "\u9fff" for c in one)]
        assert not examples or 0.3 < len(chinese) / len(examples) < 0.7


def test_a_vip_needs_names() -> None:
    with pytest.raises(InputError, match="names"):
        rule_from("vip", {})
    assert rule_from("vip", {"names": ["Acme"]}).names == ("Acme",)


def test_the_policy_file_wins_over_chat_by_name() -> None:
    here, there = WatchRule(name="a", pattern="x"), WatchRule(name="a", pattern="y")
    assert merged([here], [there, WatchRule(name="b", pattern="z")])[0] == here
    assert [rule.name for rule in merged([here], [there, WatchRule(name="b", pattern="z")])] == ["a", "b"]


def test_a_rule_that_counts_over_threads_is_silent_in_the_channel() -> None:
    rule = WatchRule(name="a", pattern="x", needs=2)
    assert rule.scope(THREAD) == THREAD.channel
    assert replace(rule, of=Counted.MESSAGES).scope(THREAD) == THREAD
    assert replace(rule, needs=1).scope(THREAD) == THREAD


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a|aa)+$", r"^(\w+\s?)*$!", "(x+x+)+y"])
def test_no_pattern_runs_away(pattern: str) -> None:
    began = time.process_time()
    found(pattern if pattern != "(.*)*x" else "(?:.*)*x", "a" * 9_999 + "!")
    assert time.process_time() - began < 0.5


def test_patterns_read_any_script_and_find_things_once() -> None:
    assert found("部署.*失败", "今天部署又失败了")
    assert values(r"\b(us|eu)-\w+", "US-EAST us-west EU-1") == {"us", "eu"}
    assert values("P1|p2", "Ｐ１ P2 p2") == {"p1", "p2"}
    assert found(pattern_of(["C++", "张总"]), "问一下张总")
    assert found(pattern_of(["C++"]), "we use c++ here")
    assert not found(pattern_of(["Acme"]), "acmeology")


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_refused(text: str) -> None:
    try:
        command = parse_watch(text)
    except InputError:
        return
    assert command.verb in VERBS


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_pattern_is_compiled_or_refused_and_reads_any_text(pattern: str, text: str) -> None:
    try:
        compiled(pattern)
    except ValueError:
        return
    assert found(pattern, text) == bool(values(pattern, text))


_KEYS = st.sampled_from([*WatchRule.__dataclass_fields__, "within", "silence"])
_VALUES = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text(max_size=5))
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_table_is_a_rule_or_refused(given_keys: dict[str, object]) -> None:
    try:
        rule = rule_of("any", given_keys)
    except InputError:
        return
    assert rule.pattern or rule.names or rule.like or rule.asks
    assert 0 <= rule.silence_s <= 7 * 86_400
    assert rule_of("any", {}, rule) == rule


@given(st.text(max_size=60))
def test_a_name_is_plain(text: str) -> None:
    try:
        name = parse_name(text)
    except InputError:
        return
    assert name == name.strip().lower()
    assert not set(name) & set(" `*<>/#@\n")


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4), st.text(max_size=20))
def test_a_name_finds_itself_in_words(names: list[str], around: str) -> None:
    pattern = pattern_of(names)
    for name in names:
        assert found(pattern, f"{around} {name} {around}")
