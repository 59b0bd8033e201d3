"""Catch-up, hand-off and times of cases."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.card import LinksBlock, TextBlock
from vigil_bot.model.case import Case, CaseState, Promise, Side
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.progress import state as life
from vigil_bot.progress.digest import MAX_LINES, Thread, catchup, handoff, last_wrote
from vigil_bot.progress.shown import quoted
from vigil_bot.progress.times import history_of, spread, times_of
from vigil_bot.texts.catalogue import Reader, said

HOUR = 3_600.0
ROLES = {"r": Role.REQUESTER, "a": Role.ANALYST, "b": Role.ANALYST}
INTENTS = {
    "?": Intent.PROBLEM_REPORT,
    "!": Intent.ANSWER,
    "…": Intent.PROMISE,
    "✓": Intent.CONFIRMATION,
    ".": Intent.CHATTER,
}


def thread(name: str, *said: tuple[str, float, str]) -> Thread:
    """Return a thread; the last sign of each text is its intent."""
    ref = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id=f"{name}0")
    messages = tuple(
        Message(
            id=f"{name}{place}",
            conversation=ref,
            author=Author(id=by, role=ROLES[by], name=by.upper()),
            text=text,
            sent_at=at * HOUR,
            permalink=f"https://chat/{name}{place}",
        )
        for place, (by, at, text) in enumerate(said)
    )
    conversation = Conversation(ref=ref, messages=messages)
    return Thread(case=history_of(conversation, read)[-1], conversation=conversation)


def read(message: Message) -> tuple[Role, Intent]:
    return message.author.role, INTENTS[message.text[-1]]


OPEN = thread("o", ("r", 1, "the gateway fails?"))
ANSWERED = thread("n", ("r", 2, "the VPN is down?"), ("a", 3, "restart the client!"))
SOLVED = thread("s", ("r", 1, "no disk space?"), ("a", 4, "clean the cache!"), ("r", 5, "fixed✓"))
PROMISED = thread("p", ("r", 1, "export is empty?"), ("b", 2, "ETA 30 min…"))
LATER = thread("l", ("r", 1, "import hangs?"), ("b", 2, "in 5 hours…"))
FAILED = thread("f", ("r", 1, "mail bounces?"), ("a", 2, "set the record!"), ("r", 3, "still bounces?"))
ALL = (OPEN, ANSWERED, SOLVED, PROMISED, LATER, FAILED)


def shown(card_blocks: tuple[object, ...]) -> dict[str, list[str]]:
    """Return the titles under each heading."""
    sections: dict[str, list[str]] = {}
    for block in card_blocks:
        if isinstance(block, TextBlock) and block.markdown.startswith("**"):
            sections[block.markdown.split("**")[1]] = []
        elif isinstance(block, LinksBlock):
            sections[list(sections)[-1]] += [
                f"{link.title} [{link.note}]" if link.note else link.title for link in block.links
            ]
    return sections


def test_catching_up_starts_with_what_waits_for_the_reader() -> None:
    card = catchup(ALL, reader_id="a", since=1.5 * HOUR)
    assert shown(card.blocks) == {
        "Waiting for you": ["mail bounces? [since 1970-01-01 03:00 UTC]"],
        "Resolved": ["no disk space? [1 new message]"],
        "New": ["the VPN is down? [1 new message]"],
        "Went on": ["export is empty? [1 new message]", "import hangs? [1 new message]"],
    }


def test_there_may_be_nothing_to_catch_up_with() -> None:
    card = said(catchup((SOLVED,), reader_id="a", since=9 * HOUR), Reader(language="zh"))
    assert card.text.split("\n")[1] == "1970-01-01 09:00 UTC 以来没有新情况。"
    assert last_wrote(ALL, "a") == 4 * HOUR
    assert last_wrote(ALL, "nobody") is None


def test_a_hand_off_names_everything_that_is_open_and_why() -> None:
    record = DecisionRecord(
        id="d1",
        conversation=OPEN.case.conversation,
        message_id="o0",
        at=2 * HOUR,
        decision=Abstain(reason=Reason.BELOW_THRESHOLD),
        signals=Signals(intent=Intent.QUESTION, relevance=0.45),
        text="Raise the limit.",
    )
    quiet = replace(record, id="d2", decision=Abstain(reason=Reason.MUTED))
    entries = (
        KnowledgeEntry(id="e1", issue="disk full", resolution="clean", title="Disk full", created_at=6 * HOUR),
        KnowledgeEntry(id="e0", issue="old", resolution="old", created_at=0.5 * HOUR),
    )
    card = handoff(ALL, now=5 * HOUR, since=HOUR, stalled_after_s=HOUR, decisions=(record, quiet), entries=entries)
    assert shown(card.blocks) == {
        "Promised": [
            "export is empty? [B, overdue since 1970-01-01 02:30 UTC]",
            "import hangs? [B, due 1970-01-01 07:00 UTC]",
        ],
        "Open, nobody on it": ["the gateway fails? [for 4 h]"],
        "Stalled": ["mail bounces? [for 2 h]"],
        "Waiting on the requester": ["the VPN is down? [for 2 h]"],
        "Newly learned": ["Disk full"],
        "Nearly said": ["Raise the limit. [score 0.45]"],
    }


def test_a_quiet_shift_hands_over_nothing() -> None:
    assert handoff((SOLVED,), now=9 * HOUR, since=8 * HOUR, stalled_after_s=HOUR).text.split("\n") == [
        "Hand-off",
        "Nothing is open, and nothing is new.",
    ]


def test_a_long_section_is_cut_and_says_so() -> None:
    many = tuple(thread(f"t{n}-", ("r", 1, f"problem {n}?")) for n in range(MAX_LINES + 3))
    card = handoff(many, now=2 * HOUR, since=0.0, stalled_after_s=HOUR)
    assert len(shown(card.blocks)["Open, nobody on it"]) == MAX_LINES
    assert card.text.endswith("3 more")


def test_times_of_a_case_count_each_side() -> None:
    said = FAILED.conversation.messages
    solved = replace(said[2], id="f3", text="works✓", sent_at=7 * HOUR)
    answer = replace(said[1], id="f4", text="set it again!", sent_at=6 * HOUR)
    history = history_of(replace(FAILED.conversation, messages=(*said, answer, solved)), read)
    times = times_of(history, now=100 * HOUR)
    assert times is not None
    assert (times.first_answer_s, times.resolution_s) == (HOUR, 6 * HOUR)
    assert (times.on_analyst_s, times.on_requester_s, times.reopened) == (4 * HOUR, 2 * HOUR, 0)


def test_what_is_open_waits_until_now() -> None:
    times = times_of([OPEN.case], now=3 * HOUR)
    assert times is not None
    assert (times.first_answer_s, times.resolution_s, times.on_analyst_s) == (None, None, 2 * HOUR)
    assert times_of([], now=0.0) is None


def test_a_reopened_case_is_not_resolved() -> None:
    again = life.reopen(SOLVED.case, by="r", at=8 * HOUR)
    times = times_of([SOLVED.case, again], now=9 * HOUR)
    assert times is not None
    assert (times.resolution_s, times.reopened, times.on_analyst_s) == (None, 1, HOUR)


@pytest.mark.parametrize(("values", "middle", "ninetieth"), [([1.0], 1.0, 1.0), ([1.0, 2.0, 3.0], 2.0, 2.8)])
def test_what_is_usual(values: list[float], middle: float, ninetieth: float) -> None:
    found = spread(values)
    assert found is not None
    assert (found.count, found.median) == (len(values), middle)
    assert found.ninetieth == pytest.approx(ninetieth)


def test_nothing_is_usual_without_values() -> None:
    assert spread([]) is None


@given(st.lists(st.tuples(st.sampled_from(["r", "a"]), st.sampled_from("?!…✓.")), max_size=12))
def test_waiting_adds_up_to_the_time_that_a_case_was_open(steps: list[tuple[str, str]]) -> None:
    said = [("r", 1.0, "it fails?"), *((by, place + 2.0, f"words{sign}") for place, (by, sign) in enumerate(steps))]
    conversation = thread("x", *said).conversation
    times = times_of(history_of(conversation, read), now=50 * HOUR)
    assert times is not None
    assert 0.0 <= times.on_analyst_s + times.on_requester_s <= 49 * HOUR + 1e-6


def test_a_promise_of_a_case_that_is_over_is_no_news() -> None:
    promise = Promise(message_id="s9", author_id="a", said_at=HOUR)
    done: Case = replace(SOLVED.case, promises=(promise,))
    assert (done.state, done.next_mover) == (CaseState.RESOLVED, Side.NOBODY)
    assert handoff((replace(SOLVED, case=done),), now=9 * HOUR, since=8 * HOUR, stalled_after_s=HOUR).blocks == (
        TextBlock(markdown="Nothing is open, and nothing is new."),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@rita said:\n> it fails on 4.2\n\nWhich node?", "Which node?"),
        ("&gt; it fails\nsame here", "same here"),
        ("look:\n```sh\nls -l\n```", "look: ls -l"),
        ("> it fails", "> it fails"),
        ("a > b fails", "a > b fails"),
    ],
)
def test_a_line_shows_what_somebody_says_themselves(text: str, shown: str) -> None:
    assert quoted(text, 80) == shown
