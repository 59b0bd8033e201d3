"""The life of a case: what must hold for any order of events, the words of promises, and the card."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.card import LinksBlock
from vigil_bot.model.case import Case, CaseState, Promise, ResolvedBy, Side
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.event import ReactionChanged
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import TimerKind
from vigil_bot.progress import reminders
from vigil_bot.progress import state as life
from vigil_bot.progress.card import status_card, worth_showing
from vigil_bot.progress.promises import due_at
from vigil_bot.progress.words import RESOLVED_BY, SIDES, STATES, asks_whether_it_worked, only_asks_back, spoken_in
from vigil_bot.texts.catalogue import Reader, said

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m0")
POLICY = Policy()
PEOPLE = {"r": Role.REQUESTER, "a": Role.ANALYST, "b": Role.ANALYST, "u": Role.UNKNOWN}
HOUR = 3_600.0
CHINESE = Reader(language="zh")


def message(number: int, author: str = "r", text: str = "words", *, at: float | None = None) -> Message:
    sent_at = 60.0 * number if at is None else at
    who = Author(id=author, role=PEOPLE[author], name=author.upper())
    return Message(id=f"m{number}", conversation=REF, author=who, text=text, sent_at=sent_at)


def told(case: Case | None, said: Message, intent: Intent) -> Case | None:
    return life.on_message(case, said, role=said.author.role, intent=intent)


def tick(case: Case, on: str, by: str, at: float, *, added: bool = True) -> Case:
    author = Author(id=by, role=PEOPLE[by])
    event = ReactionChanged(conversation=REF, message_id=on, author=author, emoji="✅", added=added, at=at)
    return life.on_reaction(case, event, role=author.role, message_role=Role.ANALYST)


def opened() -> Case:
    case = told(None, message(0), Intent.PROBLEM_REPORT)
    assert case is not None
    return case


def answered() -> Case:
    case = told(opened(), message(1, "a"), Intent.ANSWER)
    assert case is not None
    return case


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(sorted(PEOPLE)),
        st.sampled_from(
            ["says", "says", "says", "ticks", "unticks", "deletes", "edits", "resolves", "reopens", "waits"]
        ),
        st.sampled_from(Intent),
    ),
    max_size=25,
)


def play(steps: list[tuple[int, str, str, Intent]]) -> list[tuple[str, Case | None]]:
    """Play random steps, some of them late or repeated; return what was done and the case after it."""
    case: Case | None = None
    past: list[tuple[str, Case | None]] = []
    for place, (number, who, what, intent) in enumerate(steps):
        said, at, role = message(number, who, "did it work?"), 60.0 * place, PEOPLE[who]
        match what:
            case "says":
                case = told(case, said, intent)
            case "edits":
                case = life.on_edit(case, replace(said, edited_at=at), role=role, intent=intent)
            case "resolves":
                case = life.resolve(case, conversation=REF.key, by=who, role=role, note="", at=at)
            case _:
                case = case and act(case, what, said.id, who, at)
        past.append((what, case))
    return past


def act(case: Case, what: str, message_id: str, who: str, at: float) -> Case:
    match what:
        case "ticks" | "unticks":
            return tick(case, message_id, who, at, added=what == "ticks")
        case "deletes":
            return life.on_delete(case, message_id, at=at)
        case "reopens":
            return life.reopen(case, by=who, at=at)
        case _:
            for kind in (TimerKind.NUDGE, TimerKind.CLOSE):
                case, _nudge = reminders.on_timer(case, kind, policy=POLICY, now=at + 10 * 86_400.0)
            return case


@given(STEPS)
def test_whatever_happens_the_case_makes_sense(steps: list[tuple[int, str, str, Intent]]) -> None:
    before: Case | None = None
    for what, case in play(steps):
        if case is None:
            assert before is None
            continue
        assert (case.next_mover is Side.NOBODY) == case.state.over
        assert (case.resolved_by is not None) <= case.state.over
        assert (case.resolved_by is ResolvedBy.SILENCE) <= (case.state is CaseState.CLOSED)
        assert len(case.answer_ids) == len(set(case.answer_ids))
        assert {timer.kind for timer in reminders.timers(case, POLICY)} == {TimerKind.NUDGE, TimerKind.CLOSE}
        if case.state.over:
            assert all(timer.due_at is None for timer in reminders.timers(case, POLICY))
        if case.state is CaseState.RESOLVED and (before is None or before.state is not CaseState.RESOLVED):
            assert case.evidence or what == "resolves"
        before = case


@given(STEPS, st.sampled_from(sorted(PEOPLE)), st.sampled_from(Intent), st.floats(0.0, 1.0))
def test_a_message_older_than_the_last_change_undoes_nothing(
    steps: list[tuple[int, str, str, Intent]], who: str, intent: Intent, part: float
) -> None:
    case = ([opened()] + [c for _, c in play(steps) if c is not None])[-1]
    if case.resolved_by is ResolvedBy.SILENCE:
        return
    late = told(case, message(99, who, at=case.changed_at * part), intent)
    assert late is not None
    assert (late.state, late.next_mover, late.resolved_by, late.changed_at, late.evidence) == (
        case.state,
        case.next_mover,
        case.resolved_by,
        case.changed_at,
        case.evidence,
    )


@given(st.permutations([1, 2, 3, 4]))
def test_answers_and_promises_are_noted_in_any_order(order: list[int]) -> None:
    case: Case | None = replace(opened(), changed_at=1e6)
    intents = {1: Intent.ANSWER, 2: Intent.PROMISE, 3: Intent.ANSWER, 4: Intent.PROBLEM_REPORT}
    for number in order:
        case = told(case, message(number, "r" if number == 4 else "a"), intents[number])
    assert case is not None
    assert (set(case.answer_ids), case.problem_ids) == ({"m1", "m3"}, ("m0", "m4"))
    assert (case.first_answer_at, case.last_human_at, len(case.promises)) == (60.0, 240.0, 1)


def test_an_event_that_comes_again_changes_nothing() -> None:
    solved = tick(answered(), "m1", "r", 200.0)
    assert tick(solved, "m1", "r", 200.0) == solved
    done = life.resolve(opened(), conversation=REF.key, by="a", role=Role.ANALYST, note="fixed", at=300.0)
    assert life.resolve(done, conversation=REF.key, by="a", role=Role.ANALYST, note="fixed", at=300.0) == done
    again = life.reopen(done, by="r", at=400.0)
    assert life.reopen(again, by="r", at=400.0) == again
    gone = life.on_delete(answered(), "m1", at=500.0)
    assert life.on_delete(gone, "m1", at=500.0) == gone


def test_a_stale_command_does_not_undo_a_newer_one() -> None:
    done = life.resolve(opened(), conversation=REF.key, by="a", role=Role.ANALYST, note="", at=300.0)
    again = life.reopen(done, by="r", at=400.0)
    assert life.resolve(again, conversation=REF.key, by="a", role=Role.ANALYST, note="", at=350.0) == again


def test_a_correction_of_a_ticked_answer_does_not_open_the_case() -> None:
    solved = tick(answered(), "m1", "r", 200.0)
    typo = replace(message(1, "a", "better words"), edited_at=300.0)
    assert life.on_edit(solved, typo, role=Role.ANALYST, intent=Intent.ANSWER) == solved


def test_only_the_one_who_ticked_can_take_it_back() -> None:
    solved = tick(answered(), "m1", "a", 200.0)
    assert tick(solved, "m1", "b", 300.0, added=False) == solved
    assert tick(solved, "m1", "a", 300.0, added=False).state is CaseState.OPEN


def test_a_case_is_nudged_once_a_stall() -> None:
    case = answered()
    due = reminders.timers(case, POLICY)[0].due_at
    assert due == 60.0 + POLICY.nudge_after_s
    assert reminders.on_timer(case, TimerKind.NUDGE, policy=POLICY, now=due - 1) == (case, None)
    case, nudge = reminders.on_timer(case, TimerKind.NUDGE, policy=POLICY, now=due)
    assert nudge is not None
    assert (nudge.to, nudge.author_id) == (Side.REQUESTER, "r")
    assert reminders.timers(case, POLICY)[0].due_at is None
    moved = told(case, message(2, "r", at=due + 60.0), Intent.PROBLEM_REPORT)
    assert reminders.timers(moved, POLICY)[0].due_at == due + 60.0 + POLICY.nudge_after_s


def test_our_own_reminder_does_not_close_a_case() -> None:
    case, _ = reminders.on_timer(answered(), TimerKind.NUDGE, policy=POLICY, now=1e6)
    assert reminders.timers(case, POLICY)[1].due_at is None


def test_a_promise_is_reminded_of_after_it_fell_due() -> None:
    case = told(opened(), message(1, "a", "looking into it, ETA 30 min"), Intent.PROMISE)
    assert reminders.timers(case, POLICY)[0].due_at == 60.0 + 1_800.0 + reminders.PROMISE_GRACE_S


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("ETA 30 min", 1_800.0),
        ("in 2 hours", 7_200.0),
        ("back in half an hour", 1_800.0),
        ("give me an hour and a half", 5_400.0),
        ("done in 20-30 minutes", 1_800.0),
        ("about 1.5h", 5_400.0),
        ("半小时后", 1_800.0),
        ("预计 30 分钟内修复", 1_800.0),
        ("一个半小时", 5_400.0),
        ("二十分钟后给结果", 1_200.0),
        ("2-3 小时", 10_800.0),
        ("两天内", 172_800.0),
        ("by 5pm", None),
        ("tomorrow morning", None),
        ("one sec", None),
        ("give me a minute", None),
        ("it broke 10 minutes ago", None),
        ("5 分钟前重启过", None),
        ("in 400 days", None),
        ("I'll check", None),
        ("马上", None),
    ],
)
def test_when_a_promise_falls_due(text: str, length_s: float | None) -> None:
    assert due_at(text, said_at=100.0) == (None if length_s is None else 100.0 + length_s)


@given(st.text(max_size=300))
def test_any_text_has_a_due_time_in_the_future_or_none(text: str) -> None:
    due = due_at(text, said_at=100.0)
    assert due is None or due >= 100.0
    assert isinstance(only_asks_back(text), bool)
    assert isinstance(asks_whether_it_worked(text), bool)


def test_questions_back_are_told_from_proposals() -> None:
    assert only_asks_back("Which version do you run?")
    assert not only_asks_back("Have you tried the new version?")
    assert not only_asks_back("Restart the pod. Which version do you run?")


def test_everything_about_a_case_has_a_word() -> None:
    assert (set(STATES), set(SIDES), set(RESOLVED_BY)) == (set(CaseState), set(Side), set(ResolvedBy))


def test_a_thread_speaks_the_language_of_its_problem() -> None:
    said_there = (message(0, "r", "网关一直报错"), message(1, "a", "Could you tell us which version it is?"))
    thread = Conversation(ref=REF, messages=said_there)
    assert (spoken_in(thread, opened()), spoken_in(thread, replace(opened(), problem_ids=("m1",)))) == ("zh", "en")
    assert spoken_in(Conversation(ref=REF)) == ""
    log = Conversation(ref=REF, messages=(message(0, "r", "curl: (7) Failed"),))
    assert (spoken_in(log), spoken_in(log, replace(opened(), language="zh"))) == ("", "zh")


def test_a_fresh_question_shows_no_card_and_an_answered_one_does() -> None:
    assert not worth_showing(opened())
    assert worth_showing(answered())
    done = life.resolve(None, conversation=REF.key, by="a", role=Role.ANALYST, note="", at=0.0)
    assert worth_showing(done)


def test_the_card_says_where_the_case_stands_and_repeats_nobody() -> None:
    said = (message(0, "r", "the gateway fails"), message(1, "a", "secret words of the answer"))
    card = status_card(answered(), Conversation(ref=REF, messages=said), now=120.0)
    assert card.title == "Waiting on the requester"
    assert "Owner: A" in card.text
    assert "requester, since 1970-01-01 00:01 UTC" in card.text
    assert "First answer after: 1 min" in card.text
    assert "secret" not in card.text
    assert [button.action for button in card.buttons] == ["resolve"]


def test_the_card_links_the_answers_and_says_when_it_looks_again() -> None:
    link = "https://chat.example/m1"
    thread = Conversation(ref=REF, messages=(message(0), replace(message(1, "a"), permalink=link)))
    card = status_card(answered(), thread, now=120.0, nudge_after_s=4 * HOUR)
    assert "Next check: 4 h after the last message" in card.text
    assert [(one.title, one.url) for b in card.blocks if isinstance(b, LinksBlock) for one in b.links] == [
        ("Answer by A", link)
    ]
    promise = Promise(message_id="m1", author_id="a", said_at=60.0, due_at=HOUR)
    waiting = replace(opened(), promises=(promise,))
    assert "Next check: 1970-01-01 01:00 UTC" in status_card(waiting, thread, now=0.0, nudge_after_s=HOUR).text
    done = life.resolve(answered(), conversation=REF.key, by="a", role=Role.ANALYST, note="", at=9_000.0)
    assert "Next check" not in status_card(done, thread, now=9_000.0, nudge_after_s=HOUR).text


def test_the_card_names_promises_in_any_language() -> None:
    promise = Promise(message_id="m1", author_id="a", said_at=60.0, due_at=HOUR)
    case = replace(opened(), state=CaseState.WAITING_ON_ANALYST, promises=(promise,), evidence=("m1",), reopened=1)
    thread = Conversation(ref=REF, messages=(message(0, "r", "网关一直报错"),))
    assert said(status_card(case, thread, now=0.0), CHINESE).title == "等待处理人（重新打开）"
    assert "已超时" in said(status_card(case, thread, now=2 * HOUR), CHINESE).text
    assert "due 1970-01-01 01:00 UTC (overdue)" in status_card(case, thread, now=2 * HOUR).text
    done = life.resolve(case, conversation=REF.key, by="a", role=Role.ANALYST, note="rolled back", at=9_000.0)
    card = said(status_card(done, thread, now=9_000.0), CHINESE)
    assert (card.title, [button.action for button in card.buttons]) == ("已解决", ["reopen"])
    assert "rolled back" in card.text


def test_the_card_names_the_facts_that_are_still_missing() -> None:
    case = replace(opened(), facts_asked_at=60.0, missing_facts=("version", "region"))
    thread = Conversation(ref=REF, messages=(message(0, "r", "the gateway fails"),))
    assert "Still needed: the version, the region" in status_card(case, thread, now=60.0).text
    given = told(case, message(1, "r", "it is version 2.3.1"), Intent.ANSWER)
    assert given is not None
    assert given.missing_facts == ("region",)
    assert "尚需信息: 区域" in said(status_card(given, Conversation(ref=REF), now=60.0), CHINESE).text


def test_thanks_and_a_long_silence_close_a_case_but_not_after_a_promise() -> None:
    thanked = told(answered(), message(2, "r", "thanks!"), Intent.CHATTER)
    assert thanked is not None
    assert thanked.state is CaseState.WAITING_ON_REQUESTER
    due = reminders.timers(thanked, POLICY)[1].due_at
    assert due == 120.0 + POLICY.close_after_s
    closed, _ = reminders.on_timer(thanked, TimerKind.CLOSE, policy=POLICY, now=due)
    assert (closed.state, closed.resolved_by) == (CaseState.CLOSED, ResolvedBy.SILENCE)
    promised = told(opened(), message(1, "a", "I'll look into it"), Intent.PROMISE)
    grateful = told(promised, message(2, "r", "great, perfect, thanks!"), Intent.CHATTER)
    assert grateful is not None
    assert (grateful.state, reminders.timers(grateful, POLICY)[1].due_at) == (CaseState.WAITING_ON_ANALYST, None)


def test_words_without_doubt_end_a_case_whatever_the_intent() -> None:
    sure = told(answered(), message(2, "r", "ah perfect, that was exactly it, thanks"), Intent.CHATTER)
    assert sure is not None
    assert (sure.state, sure.resolved_by, sure.evidence) == (CaseState.RESOLVED, ResolvedBy.REQUESTER, ("m2",))


def test_a_confirmation_that_asks_on_does_not_end_a_case() -> None:
    case = told(answered(), message(2, "r", "works, but how do I undo it?"), Intent.CONFIRMATION)
    assert case is not None
    assert (case.state, case.next_mover) == (CaseState.WAITING_ON_ANALYST, Side.ANALYST)
    tried = told(answered(), message(2, "r", "works here, I'll check the other node"), Intent.CONFIRMATION)
    assert tried is not None
    assert (tried.state, tried.next_mover) == (CaseState.WAITING_ON_REQUESTER, Side.REQUESTER)


def test_an_edit_moves_the_time_of_a_promise() -> None:
    case = told(opened(), message(1, "a", "on it, ETA 30 min"), Intent.PROMISE)
    later = replace(message(1, "a", "on it, ETA 2 hours"), edited_at=90.0)
    edited = life.on_edit(case, later, role=Role.ANALYST, intent=Intent.PROMISE)
    assert edited is not None
    assert [p.due_at for p in edited.promises] == [60.0 + 2 * HOUR]
