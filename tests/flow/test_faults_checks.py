"""The checks of a storm find what they look for: each fires on a history that was doctored, and on no good one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.flow.storm_checks import CHECKS, IN_FLIGHT_S, History, Posted, Silence, Talk, broken
from tests.flow.storm_script import SCENES, Plan, Scene, Script, scripts

SAID = ("m1", "m2", "m3")
POST = Posted(key="s1", began=100.3, at=101.0, text="Set `svc1.pool.size` to 51")


def talk(scene: Scene = "asked", *posts: Posted, told_at: float | None = None, number: int = 1) -> Talk:
    return Talk(
        place="slack",
        number=number,
        scene=scene,
        said=SAID,
        answer="svc1.pool.size",
        asked="m2",
        asked_at=100.0,
        told_at=told_at,
        posts=posts,
        stored=SAID,
        reasons={"m1": "not_a_request", "m2": "useful", "m3": "not_a_request"},
    )


GOOD = History(
    talks=(
        talk("asked", POST),
        talk("chatter"),
        talk("answered", POST, told_at=100.5),  # it was on its way
        talk("hushed", told_at=100.5),
        talk("deleted", replace(POST, gone=True), told_at=102.0),
        talk("reworded", replace(POST, gone=True), POST, told_at=100.5),
        talk("dropped", replace(POST, gone=True)),
        talk("switched", POST),
    ),
    keys={"slack": ("s1", "s2"), "lark": ("s1",)},
    silences=(Silence(place="slack", begin=110.0, end=120.0), Silence(place="lark", begin=90.0, end=110.0)),
)


def only(made: Talk) -> History:
    return replace(GOOD, talks=(*GOOD.talks, made))


LATE = replace(POST, began=None, at=100.5 + IN_FLIGHT_S + 0.1)
BEGUN_LATE = replace(POST, began=100.6, at=None)
DOCTORED: list[tuple[str, History]] = [
    ("lost", only(replace(talk("chatter"), stored=("m1", "m3")))),
    ("lost", only(replace(talk("chatter"), stored=()))),
    ("without_receipt", only(replace(talk("chatter"), reasons={"m1": "not_a_request", "m2": "not_a_request"}))),
    ("posted_twice", replace(GOOD, keys={"lark": ("s1", "s2", "s1")})),
    ("answered_twice", only(talk("asked", POST, replace(POST, key="s2")))),
    ("answered_twice", only(talk("asked", replace(POST, gone=True), replace(POST, key="s2")))),
    ("answered_twice", only(talk("reworded", POST, replace(POST, key="s2")))),
    ("unwanted", only(talk("chatter", replace(POST, gone=True)))),
    ("unwanted", only(talk("deleted", POST, told_at=100.5))),
    ("unwanted", only(talk("dropped", POST, told_at=100.5))),
    *[
        ("too_late", only(talk(scene, replace(late, gone=scene == "deleted"), told_at=100.5)))
        for scene in ("answered", "quieted", "hushed", "commanded", "deleted")
        for late in (LATE, BEGUN_LATE)
    ],
    ("in_silence", only(talk("switched", replace(POST, began=None, at=110.1 + IN_FLIGHT_S)))),
    ("in_silence", only(talk("switched", replace(POST, began=110.2, at=None)))),
    ("wrong", only(talk("asked", replace(POST, text="Set `svc2.pool.size` to 52")))),
    ("wrong", only(talk("reworded", replace(POST, text="Set `svc9.pool.size` to 59"), told_at=100.5))),
    ("unanswered", only(talk("asked"))),
    ("unanswered", only(talk("reworded", replace(POST, gone=True)))),
    ("out_of_order", only(replace(talk("chatter"), stored=("m2", "m1", "m3")))),
    ("out_of_order", replace(GOOD, disordered=("slack/T/C/t: 1 events",))),
    ("given_up", replace(GOOD, dead=("slack/T/C/t: message_posted (KeyError)",))),
    ("left_undone", replace(GOOD, unfinished=("1 posts",))),
    ("at_odds", replace(GOOD, knowledge=("1 made once more",))),
]


def test_a_good_history_breaks_no_promise() -> None:
    assert broken(GOOD) == []


@pytest.mark.parametrize(("check", "doctored"), DOCTORED, ids=[name for name, _ in DOCTORED])
def test_a_doctored_history_is_found_out_by_its_check_alone(check: str, doctored: History) -> None:
    found = broken(doctored)
    assert found
    assert {what.partition(":")[0] for what in found} == {check}


def test_every_check_is_tried() -> None:
    assert {check.__name__ for check in CHECKS} == {name for name, _ in DOCTORED}


def test_questions_that_grew_too_old_or_need_no_answer_are_excused() -> None:
    quiet = replace(talk("asked"), reasons={**talk().reasons, "m2": "below_threshold"})
    assert broken(only(quiet)) == []
    late = replace(talk("asked"), late=frozenset({"m2"}))
    assert broken(replace(only(late), excused=((90.0, 110.0),))) == []
    assert broken(replace(only(late), excused=((110.0, 120.0),))) != []
    assert broken(replace(only(talk("asked")), excused=((90.0, 110.0),))) != []


def test_what_the_platform_gave_up_telling_is_not_held_against_it() -> None:
    assert broken(only(talk("deleted", POST))) == []
    assert broken(only(replace(talk("deleted"), stored=("m1", "m3"), reasons={"m1": "x", "m3": "x"}))) == []
    assert broken(only(talk("dropped", POST))) == []
    assert broken(only(talk("reworded", replace(POST, text="Set `svc9.pool.size` to 59")))) == []


PLAN = Plan(messages=10_000, conversations=300, kills=50, seed=7)


def test_the_same_seed_writes_the_same_script() -> None:
    assert scripts(PLAN) == scripts(replace(PLAN, kills=0))
    assert scripts(PLAN) != scripts(replace(PLAN, seed=8))


def test_a_script_has_everything_and_as_many_messages_as_are_asked_for() -> None:
    written = scripts(PLAN)
    said = [act for script in written for act in script.acts if act.do == "say"]

    assert len(said) == PLAN.messages
    assert {script.scene for script in written} == set(SCENES)
    assert {script.place for script in written} == {"local", "slack", "lark"}
    assert {act.do for script in written for act in script.acts} == {"say", "edit", "delete", "react", "command"}


@pytest.mark.parametrize("scene", ["answered", "quieted", "hushed", "commanded", "deleted", "reworded", "dropped"])
def test_what_changes_everything_is_said_once_in_its_scene(scene: Scene) -> None:
    of: Callable[[Script], bool] = lambda script: script.scene == scene  # noqa: E731
    for script in filter(of, scripts(PLAN)):
        assert [act.mark for act in script.acts].count("turn") == 1
        assert [act.mark for act in script.acts].count("question") == 1


def test_questions_are_asked_in_both_languages() -> None:
    texts = {act.text for script in scripts(PLAN) for act in script.acts if act.mark == "question"}
    assert any("请问" in text for text in texts)
    assert any("how do I" in text for text in texts)
