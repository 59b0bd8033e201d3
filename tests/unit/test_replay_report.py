import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.conversation import Author, ConversationRef
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals, Suggest
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.replay import charts
from vigil_bot.replay.curves import Share, thresholds
from vigil_bot.replay.report import REASONS, advice, duration, headline, render
from vigil_bot.replay.run import JudgedDecision, Learned, ReplayRun, judged
from vigil_bot.replay.summary import summarize
from vigil_bot.replay.thread import Assembler, Said, Skipped

START, DAY = 1_700_000_000.0, 86_400.0
NASTY = "<script>alert('x')</script> & \"磁盘满了\""


def ref(thread_id: str) -> ConversationRef:
    return ConversationRef(platform="slack", workspace_id="replay", channel_id="ops", thread_id=thread_id)


def run_of(count: int, *, spoken: bool = True) -> ReplayRun:
    """A run over threads in which people say what the bot would have said, but for each third that they contradict."""
    threads, records = [], []
    for i in range(count):
        at = START + i * DAY
        answer = "do not run `logrotate -f` here, it is broken" if i % 3 == 0 else "run `logrotate -f`"
        said = [("m1", f"ann {NASTY}", at, f"{NASTY} what now {i}?"), ("m2", "bo", at + 600, answer)]
        messages = (Said(id=m, author=Author(id=who), at=when, text=text) for m, who, when, text in said)
        threads.append(Assembler().thread(ref(f"t{i}"), messages, title=NASTY))
        score = 0.5 + 0.4 * i / count
        records.append(
            DecisionRecord(
                id=f"r{i}",
                conversation=ref(f"t{i}").key,
                message_id="m1",
                at=at + 30,
                decision=Suggest(score=score) if spoken else Abstain(reason=Reason.NOTHING_FOUND),
                signals=Signals(intent=Intent.QUESTION, relevance=score),
                text=f"Run `logrotate -f`. {NASTY}{i}" if spoken else "",
                citations=("e1",),
                min_relevance=0.5,
            )
        )
    entry = KnowledgeEntry(id="e1", issue=NASTY, resolution="r")
    return ReplayRun(
        threads=count,
        messages=2 * count,
        events=2 * count,
        records=judged(records, threads),
        skipped=[Skipped(line=3, why="broken"), *(Skipped(line=i, why="x") for i in range(4, 40))],
        learned=[Learned(entry=entry, learned_at=START + i * DAY) for i in range(count)],
        wall_s=12.0,
        peak_mib=210.0,
        versions={"vigil": NASTY},
    )


class Outline(HTMLParser):
    """Collects what a page opens, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def page(run: ReplayRun) -> str:
    return render(run, summarize(run))


def test_the_page_says_first_what_the_bot_would_have_done() -> None:
    run = run_of(30)
    assert headline(run, [r for r in run.records if r.suggested], Share(part=20, whole=30)) == (
        "It would have spoken 30 times in 30 threads. People later said the same in 20 of the 30 that can be judged."
    )
    html = page(run)
    assert "People later said the same in 20 of the 30 that can be judged." in html
    assert "The best 10 suggestions" in html
    assert "The worst 10 suggestions" in html
    assert "line 3: broken" in html
    assert "and 17 more" in html


def test_the_page_stands_alone_and_escapes_what_people_wrote() -> None:
    html = page(run_of(12))
    outline = Outline()
    outline.feed(html)
    assert not {"script", "link", "img", "iframe"} & set(outline.tags)
    assert outline.addresses == []
    assert not re.search(r"@import|url\(", html)
    assert "&lt;script&gt;alert(" in html
    assert "磁盘满了" in html


def test_the_page_has_four_charts_that_are_sound_xml_with_a_description() -> None:
    drawn = re.findall(r"<svg.*?</svg>", page(run_of(30)), re.DOTALL)
    assert len(drawn) == 4
    for one in drawn:
        assert ET.fromstring(one).get("aria-label")


def test_a_bot_that_never_spoke_has_a_page_too() -> None:
    html = page(run_of(5, spoken=False))
    assert "It would not have spoken once in 5 threads." in html
    assert "nothing known about it" in html
    assert "There is none that people later agreed with" in html


def test_the_advice_is_careful_with_little_data_and_names_a_threshold_with_more() -> None:
    rows = thresholds(run_of(60).records)
    assert "Too little can be judged" in advice(rows, Share(part=3, whole=4))
    assert "no threshold reaches 85%" in advice(rows, Share(part=40, whole=60))
    good = run_of(60).records
    kept = [one for one in good if one.score < 0.7 or one.outcome == "agreed"]
    assert re.search(r"a threshold of 0\.\d+ reaches 85%", advice(thresholds(kept), Share(part=40, whole=60)))


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize(
    ("seconds", "told"), [(40, "40 s"), (-300, "5 min"), (7200, "2.0 h"), (86_400, "24 h"), (5 * DAY, "5 days")]
)
def test_times_are_told_as_people_do(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@given(st.integers(0, 10_000_000))
def test_an_axis_of_counts_holds_its_highest_value(high: int) -> None:
    axis = charts.count_axis(high)
    assert axis.high >= high
    assert 2 <= len(axis.ticks) <= 7


@given(st.floats(0, 1))
def test_an_axis_of_shares_holds_its_highest_value(high: float) -> None:
    axis = charts.percent_axis(high)
    assert axis.high >= min(1.0, high) - 1e-6
    assert 2 <= len(axis.ticks) <= 7


@given(st.lists(st.tuples(st.floats(0, 1e9), st.one_of(st.none(), st.floats(0, 1))), min_size=1, max_size=20))
def test_any_points_make_sound_xml(points: list[tuple[float, float | None]]) -> None:
    series = charts.Series(name="s", look="first", points=[charts.Point(x=x, y=y, told=NASTY) for x, y in points])
    x = charts.label_axis([(x, NASTY) for x, _ in points])
    drawn = charts.lines([series], x=x, y=charts.percent_axis(), about=NASTY)
    assert ET.fromstring(drawn).get("aria-label") == NASTY


def test_a_gap_breaks_a_line() -> None:
    points = [charts.Point(x=float(i), y=y) for i, y in enumerate([0.1, None, 0.3, 0.4])]
    x = charts.label_axis([(0.0, "a"), (3.0, "b")])
    drawn = charts.lines([charts.Series(name="s", look="first", points=points)], x=x, y=charts.percent_axis(), about="")
    assert drawn.count("M") == 2


def test_bars_without_counts_are_no_error() -> None:
    assert ET.fromstring(charts.bars([], about="none")) is not None
    assert charts.bars([("label", 0, "second"), ("other", 5, "second")], about="some").count("<rect") == 2


def test_an_answer_without_a_thread_is_shown_without_an_excerpt() -> None:
    record = run_of(1).records[0].record
    one = JudgedDecision(record=record, thread_id="t0")
    assert one.ahead_s is None
    run = ReplayRun(threads=1, messages=1, events=1, records=[one], wall_s=1.0, peak_mib=1.0, versions={})
    assert "none of it can be judged" in page(run)
