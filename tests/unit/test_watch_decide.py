"""What comes of a rule that matched: silence, levels, filters, and who may read what."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.card import QuoteBlock
from vigil_bot.model.conversation import Author, AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.policy import LearnedAudience, Mode, Policy
from vigil_bot.model.watch import (
    Counted,
    Destination,
    DestinationKind,
    Level,
    RuleMute,
    Speaker,
    Watched,
    WatchOutcome,
    WatchRule,
)
from vigil_bot.model.work import Post, PostOp, PostState
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.watch.alerts import Alert, grouped, posts_of, reference, withdrawal
from vigil_bot.watch.decide import (
    Hit,
    Room,
    There,
    count,
    covers,
    explained,
    found_words,
    held_back,
    kept_in,
    room_of,
    words_note,
)
from vigil_bot.watch.match import Heard, Match, context, match, meant, needs_meaning, speaks, threads
from vigil_bot.watch.shown import receipt_facts

NOW = 1_700_000_000.0
CHANNEL = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1")
THREAD = replace(CHANNEL, thread_id="t1")
RULE = WatchRule(name="down", pattern="down")
LEVELS = st.sampled_from(list(Level))
SECRET = "the shop of Acme is down"


def message(
    text: str = SECRET,
    *,
    number: int = 1,
    by: str = "rita",
    thread: str = "t1",
    at: float = NOW,
    role: Role = Role.UNKNOWN,
    kind: AuthorKind = AuthorKind.HUMAN,
) -> Message:
    return Message(
        id=f"m{number}",
        conversation=replace(CHANNEL, thread_id=thread),
        author=Author(id=by, name=by.title(), role=role, kind=kind),
        text=text,
        sent_at=at,
        permalink=f"https://chat.test/m{number}",
    )


def hit(number: int = 1, *, by: str = "rita", thread: str = "t1", values: frozenset[str] = frozenset()) -> Hit:
    return Hit(message=message(number=number, by=by, thread=thread), match=Match(values=values))


def alerted(level: Level = Level.P1, *, at: float = NOW - 60) -> Watched:
    return Watched(
        id="x",
        rule="down",
        level=level,
        scope=THREAD.key,
        conversation=THREAD.key,
        message_id="m0",
        at=at,
        outcome=WatchOutcome.ALERTED,
    )


def held(rule: WatchRule = RULE, *hits: Hit, last: Watched | None = None, **more: object) -> WatchOutcome | None:
    arguments = {"mutes": (), "filtered": None} | more
    verdict = held_back(rule, hits or (hit(),), last=last, now=NOW, **arguments)  # type: ignore[arg-type]
    return verdict[0] if verdict else None


@pytest.mark.parametrize(
    ("of", "counted"), [(Counted.MESSAGES, 4), (Counted.PEOPLE, 2), (Counted.THREADS, 3), (Counted.VALUES, 2)]
)
def test_different_things_are_counted_once(of: Counted, counted: int) -> None:
    hits = [
        hit(1, values=frozenset({"eu"})),
        hit(2, values=frozenset({"eu", "us"})),
        hit(3, by="ravi", thread="t2"),
        hit(4, by="ravi", thread="t3"),
    ]
    rule = replace(RULE, needs=counted + 1, of=of)
    assert count(rule, [*hits, hits[0]]) == counted
    assert held(rule, *hits) is WatchOutcome.TOO_FEW
    assert held(replace(rule, needs=counted), *hits) is None


@given(LEVELS, LEVELS, st.floats(0, 90_000), st.floats(0, 90_000))
def test_only_an_alert_as_urgent_or_more_silences_and_only_as_long_as_the_rule_says(
    before: Level, level: Level, ago_s: float, silence_s: float
) -> None:
    rule = replace(RULE, level=level, silence_s=silence_s)
    silent = held(rule, last=alerted(before, at=NOW - ago_s)) is WatchOutcome.SILENCED
    assert silent == (before.value <= level.value and NOW - ago_s + silence_s > NOW)


@given(LEVELS, LEVELS)
def test_a_filter_never_keeps_back_what_is_more_urgent(level: Level, of_rule: Level) -> None:
    filtering = replace(RULE, level=level)
    assert covers(filtering, replace(RULE, level=of_rule)) == (level.value <= of_rule.value)


def test_reasons_are_asked_in_their_order() -> None:
    mute = RuleMute(rule="down", by="ann", at=NOW - 1)
    everything = {"mutes": (mute,), "filtered": RULE, "last": alerted()}
    assert held(replace(RULE, needs=2), **everything) is WatchOutcome.TOO_FEW  # type: ignore[arg-type]
    assert held(RULE, **everything) is WatchOutcome.RULE_MUTED  # type: ignore[arg-type]
    assert held(RULE, filtered=RULE, last=alerted()) is WatchOutcome.FILTERED
    assert held(RULE, last=alerted()) is WatchOutcome.SILENCED
    assert held(RULE, mutes=(replace(mute, until=NOW),)) is None
    assert held(RULE, mutes=(replace(mute, rule="other"),)) is None


AUDIENCES = st.sampled_from(list(LearnedAudience))
TARGETS = st.sampled_from(["C1", "C2", "slack/T2/C9", "lark/T1/C9"])


@given(AUDIENCES, TARGETS, st.booleans(), st.sampled_from(list(Mode)))
def test_words_never_leave_a_channel_unless_the_policy_and_the_rule_say_so(
    audience: LearnedAudience,
    target: str,
    quote: bool,  # noqa: FBT001 -- drawn
    mode: Mode,
) -> None:
    rule = replace(RULE, to=Destination(kind=DestinationKind.CHANNEL, target=target), quote=quote)
    policy = Policy(mode=mode, audience=audience)
    room = room_of(rule, THREAD, policy, (), set())
    own, near = target == "C1", target in ("C1", "C2")
    if room.words and not own:
        assert quote
        assert audience is LearnedAudience.EVERYONE or (audience is LearnedAudience.WORKSPACE and near)
    kept = kept_in(room, THREAD, There(policy=policy), There(policy=Policy(mode=Mode.ON)))
    if kept is None:
        assert mode in (Mode.ON, Mode.PRIVATE, Mode.OFF)
        assert near or audience is LearnedAudience.EVERYONE
    posts = posts_of([alert(rule, room)], message(), now=NOW)
    assert [SECRET in (post.card.text if post.card else "") for post in posts] == [room.words]
    assert room.words or "acme" not in "".join(post.card.text.lower() for post in posts if post.card)


@given(st.sets(st.sampled_from(["ann", "rob", "boss"])), st.sets(st.sampled_from(["ann", "rob", "boss"])))
def test_a_person_reads_the_words_only_if_known_in_the_channel(readers: set[str], seen: set[str]) -> None:
    room = room_of(RULE, THREAD, Policy(), sorted(readers), seen)
    posts = posts_of([alert(RULE, room)], message(), now=NOW)
    assert {reader for post in posts for reader in post.reader_ids} == readers
    for post in posts:
        assert post.op is PostOp.EPHEMERAL
        assert post.conversation == THREAD
        assert (SECRET in (post.card.text if post.card else "")) == (set(post.reader_ids) <= seen)


def alert(rule: WatchRule, room: Room, *, last: Watched | None = None, scope: str = THREAD.key) -> Alert:
    values = frozenset({"acme"}) if rule.needs == 1 else frozenset()
    return Alert(rule=rule, hits=(hit(values=values),), room=room, scope=scope, last=last)


def test_where_an_alert_is_kept_in() -> None:
    on, there = There(policy=Policy(mode=Mode.ON)), There(policy=Policy(mode=Mode.ON))
    private = Room(ref=THREAD, private=True, words=True, readers=("ann",))
    public, away = Room(ref=CHANNEL, words=True), Room(ref=replace(CHANNEL, channel_id="C2"))
    assert kept_in(private, THREAD, on, there) is None
    assert _outcome(kept_in(private, THREAD, There(policy=Policy(mode=Mode.SHADOW)), there)) is WatchOutcome.NOT_SENT
    assert _outcome(kept_in(public, THREAD, There(policy=Policy(mode=Mode.PRIVATE)), there)) is WatchOutcome.NOT_SENT
    assert kept_in(private, THREAD, There(policy=Policy(mode=Mode.PRIVATE)), there) is None
    assert kept_in(away, THREAD, There(policy=Policy(mode=Mode.PRIVATE), muted=True), there) is None
    assert _outcome(kept_in(private, THREAD, replace(on, muted=True), there)) is WatchOutcome.MUTED
    assert _outcome(kept_in(away, THREAD, on, replace(there, muted=True))) is WatchOutcome.MUTED
    assert _outcome(kept_in(away, THREAD, on, There(policy=Policy(mode=Mode.OFF)))) is WatchOutcome.MUTED
    assert _outcome(kept_in(replace(private, readers=()), THREAD, on, there)) is WatchOutcome.WITHHELD


def _outcome(verdict: tuple[WatchOutcome, str] | None) -> WatchOutcome | None:
    return verdict[0] if verdict else None


def test_one_piece_of_news_for_one_room_is_one_post_and_the_most_urgent_comes_first() -> None:
    room, other = Room(ref=CHANNEL, words=True), Room(ref=replace(CHANNEL, channel_id="C2"))
    low, high = alert(replace(RULE, level=Level.P2), room), alert(replace(RULE, name="money", level=Level.P0), room)
    away, wide = alert(RULE, other), alert(replace(RULE, name="many"), room, scope=CHANNEL.key)
    groups = grouped([low, away, high, wide])
    assert sorted([one.rule.name for one in group] for group in groups) == [["down"], ["many"], ["money", "down"]]
    [post] = posts_of([high, low], message(), now=NOW)
    assert post.card is not None
    assert post.card.title == "P0: money"
    assert "`down`" in post.card.text
    assert post.expires_at is not None


def test_those_who_find_the_same_at_once_give_the_call_the_same_name() -> None:
    room = Room(ref=CHANNEL)
    assert alert(RULE, room).key == alert(RULE, room).key
    after = alert(RULE, room, last=alerted())
    assert len({alert(RULE, room).key, after.key, alert(RULE, room, last=alerted(at=NOW)).key}) == 3


def test_an_alert_is_taken_back_where_it_stands() -> None:
    [post] = posts_of([alert(RULE, Room(ref=CHANNEL))], message(), now=NOW)
    back = withdrawal(reference(post))
    assert back == Post(key=f"{post.key}/withdraw", conversation=CHANNEL, op=PostOp.DELETE, target_key=post.key)


def test_words_are_quoted_and_never_interpreted() -> None:
    said = message("<!channel> *down* [x](http://evil)")
    [post] = posts_of([alert(RULE, Room(ref=CHANNEL, words=True))], said, now=NOW)
    assert post.card is not None
    quoted = [block.text for block in post.card.blocks if isinstance(block, QuoteBlock)]
    assert quoted == [said.text]


def test_a_receipt_says_what_came_of_it_and_how_far_it_got() -> None:
    watched = replace(
        alerted(),
        why="it says: down",
        posts=(reference(posts_of([alert(RULE, Room(ref=CHANNEL))], message(), now=NOW)[0]),),
    )
    [key] = [post.key for post in watched.posts]
    assert [*receipt_facts([watched], {key: PostState.SENT})] == [("down (P1)", "alerted, it says: down, sent")]
    assert [*receipt_facts([watched], {})] == [("down (P1)", "alerted, it says: down")]
    assert words_note(Room(ref=CHANNEL)).startswith("link without the words")
    assert words_note(Room(ref=CHANNEL, words=True)) == ""


@pytest.mark.parametrize(
    ("language", "words", "counted"), [("en", "it says: acme", "2 people"), ("zh", "提到：acme", "2 人")]
)
def test_what_was_found_is_said_in_both_languages(language: str, words: str, counted: str) -> None:
    reader, named = Reader(language=language), [hit(values=frozenset({"acme"}))]
    assert said(found_words(RULE, named, words=True), reader) == words
    assert "acme" not in said(found_words(RULE, named), reader)
    assert counted in said(found_words(replace(RULE, needs=2), [hit(), hit(2, by="ravi")]), reader)


def test_why_nothing_was_raised_is_said_in_chinese_as_it_was_stored() -> None:
    verdict = held_back(replace(RULE, needs=3), [hit(), hit(2, by="ravi")], mutes=(), filtered=None, last=None, now=NOW)
    assert verdict is not None
    stored = str(verdict[1])
    assert re.fullmatch(r"2 people in \d+ \w+, it needs 3", stored)
    assert re.fullmatch(r"\d+ \w+内 2 人，需要达到 3", said(explained(stored), Reader(language="zh")))


def heard(text: str, *, asks: bool = False, likeness: tuple[float, ...] = (), by: str = "rita") -> Heard:
    return Heard(message=message(text, by=by), asks=asks, likeness=likeness)


def test_conditions_must_all_hold_and_either_words_or_meaning_is_enough() -> None:
    rule = WatchRule(name="x", pattern="down", like=("it is gone",), unless="not down", names=("Acme",), asks=True)
    assert match(rule, heard("Acme is down", asks=True))
    assert match(rule, heard("Acme is away", asks=True, likeness=(0.9,)))
    assert not match(rule, heard("Acme is away", asks=True, likeness=(0.1,)))
    assert not match(rule, heard("Acme is not down", asks=True, likeness=(0.9,)))
    assert not match(rule, heard("Acme is down", asks=False))
    assert not match(rule, heard("it is down", asks=True))
    assert match(rule, heard("it is down", asks=True, by="acme"))


def test_meaning_is_only_asked_for_where_words_do_not_tell() -> None:
    rule = WatchRule(name="x", pattern="down", like=("gone",), unless="never")
    assert needs_meaning(rule, "it went away")
    assert not needs_meaning(rule, "it is down")
    assert not needs_meaning(rule, "it never went away")
    assert not needs_meaning(RULE, "it went away")


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=2),
    st.lists(st.floats(0, 1), min_size=2, max_size=2),
    st.floats(0.05, 1),
)
def test_what_is_nearer_to_a_counter_example_does_not_match(
    like: list[float], unlike: list[float], at_least: float
) -> None:
    rule = WatchRule(name="x", like=("a", "b"), unlike=("c", "d"), at_least=at_least)
    score = meant(rule, [*like, *unlike])
    assert (score is not None) == (max(like) >= at_least and max(like) > max(unlike))


def test_a_rule_looks_at_requesters_and_at_bots_that_are_read() -> None:
    thread = Conversation(ref=THREAD, messages=(message(number=0, by="rita"),))
    policy = Policy(analysts=("ann",), read_bots=("alerter",))
    anyone = replace(RULE, speaker=Speaker.ANYONE)
    assert speaks(RULE, thread, message(by="rita"), policy)
    assert not speaks(RULE, thread, message(by="ann"), policy)
    assert not speaks(RULE, thread, message(by="rob", role=Role.ANALYST), policy)
    assert speaks(anyone, thread, message(by="ann"), policy)
    assert speaks(RULE, thread, message(by="alerter", kind=AuthorKind.BOT), policy)
    assert not speaks(anyone, thread, message(by="other", kind=AuthorKind.BOT), policy)
    assert not speaks(anyone, thread, message(by="vigil", kind=AuthorKind.SELF), policy)
    assert not speaks(anyone, thread, replace(message(), deleted=True), policy)


def test_a_filter_reads_the_thread_backwards_within_its_window() -> None:
    said = [message(number=i, at=NOW - 60 * i) for i in range(9, 0, -1)]
    thread = threads(said)[THREAD.key]
    rule = replace(RULE, within_s=300.0, messages=3)
    assert [m.id for m in context(rule, said[-1], thread)] == ["m1", "m2", "m3"]
    assert [m.id for m in context(replace(rule, messages=99), said[-1], thread)] == [f"m{i}" for i in range(1, 7)]
    assert [m.id for m in context(rule, said[-4], thread)] == ["m4", "m5", "m6"]
