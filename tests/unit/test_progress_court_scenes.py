"""Promises, whose court the ball is in, reminders, missing facts and updates: `tests/scenes/progress_court.jsonl`.

The clock starts at 10:00 on a Wednesday in the scene's zone, which is where its people live.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

import pytest

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import TimerKind
from vigil_bot.proactive.intent import classify
from vigil_bot.progress import reminders
from vigil_bot.progress import state as life
from vigil_bot.progress.court import debts
from vigil_bot.progress.missing import ask_once, missing, with_missing
from vigil_bot.progress.update import progress_update
from vigil_bot.progress.words import NUDGES, spoken_in
from vigil_bot.texts.catalogue import Reader, said

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m0")
POLICY = Policy()
ROLES = {"r": Role.REQUESTER, "r2": Role.REQUESTER, "a": Role.ANALYST, "a2": Role.ANALYST}
UPDATE_AFTER_S = 2 * 3_600.0


class Step(TypedDict, total=False):
    by: str
    at_min: float
    say: str


class Scene(TypedDict, total=False):
    name: str
    zone: str
    steps: list[Step]
    until_min: float
    owes: list[list[str | float | None]]  # what, who, to whom, since (minutes), due (local time)
    nudges: list[list[str | float | None]]  # when (minutes), whom, which
    missing: list[str]
    asks: str
    update: list[str] | None


def read() -> list[Scene]:
    path = Path(__file__).parent.parent / "scenes" / "progress_court.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


SCENES = read()


class Stage:
    """A thread, its case, the reminders that went out, and a clock that fires the case's timers as it moves."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.start = datetime(2026, 3, 4, 10, tzinfo=self.zone).timestamp()
        self.conversation = Conversation(ref=REF)
        self.case: Case | None = None
        self.nudges: list[list[str | float | None]] = []

    def at(self, minutes: float) -> float:
        return self.start + 60.0 * minutes

    def minutes(self, at: float) -> float:
        return (at - self.start) / 60.0

    def local(self, at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, self.zone).strftime("%Y-%m-%d %H:%M")

    def play(self, step: Step) -> None:
        self.pass_time(step["at_min"])
        author = Author(id=step["by"], role=ROLES[step["by"]], name=step["by"].upper())
        place = len(self.conversation.messages)
        said = Message(
            id=f"m{place}", conversation=REF, author=author, text=step["say"], sent_at=self.at(step["at_min"])
        )
        self.conversation = replace(self.conversation, messages=(*self.conversation.messages, said))
        role = self.conversation.role_of(author)
        intent = classify(said.text, role=role, starts_thread=place == 0).intent
        self.case = life.on_message(self.case, said, role=role, intent=intent, zone=self.zone)

    def pass_time(self, minutes: float) -> None:
        until = self.at(minutes)
        for _ in range(20):
            due = [t for t in reminders.timers(self.case, POLICY) if t.due_at is not None and t.due_at <= until]
            if not due or self.case is None:
                return
            first = min(due, key=lambda t: t.due_at or 0.0)
            self.case, nudge = reminders.on_timer(self.case, first.kind, policy=POLICY, now=first.due_at or until)
            if first.kind is TimerKind.NUDGE:
                assert nudge is not None
                which = next(f"nudge_{key}" for key, text in NUDGES.items() if text == nudge.text)
                self.nudges.append([self.minutes(first.due_at or until), nudge.author_id, which])
        raise AssertionError("the timers never stop")


def played(scene: Scene) -> Stage:
    stage = Stage(scene.get("zone", "UTC"))
    for step in scene["steps"]:
        stage.play(step)
    stage.pass_time(scene.get("until_min", 0.0))
    return stage


def test_there_are_enough_scenes_in_both_languages() -> None:
    assert len(SCENES) >= 100
    assert sum("(zh)" in scene["name"] for scene in SCENES) * 2 == len(SCENES)
    assert len({scene["name"] for scene in SCENES}) == len(SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=[scene["name"] for scene in SCENES])
def test_a_scene_is_read_as_people_would(scene: Scene) -> None:
    stage = played(scene)
    case, reader = stage.case, Reader(language=spoken_in(stage.conversation, stage.case))
    assert case is not None
    if "owes" in scene:
        owed = [
            [d.owed.value, d.by_id, d.to_id, stage.minutes(d.since), stage.local(d.due_at)]
            for d in debts(case, stage.conversation)
        ]
        assert owed == scene["owes"]
    if "nudges" in scene:
        assert stage.nudges == scene["nudges"]
    if "missing" in scene:
        assert [fact.value for fact in missing(stage.conversation, case)] == scene["missing"]
    if "asks" in scene:
        asked, line = ask_once(with_missing(case, stage.conversation), now=stage.start)
        assert said(line, reader) == scene["asks"]
        assert ask_once(with_missing(asked, stage.conversation), now=stage.start)[1] == ""
    if "update" in scene:
        now = stage.at(scene["until_min"])
        told, card = progress_update(case, stage.conversation, after_s=UPDATE_AFTER_S, now=now)
        assert (said(card, reader).text.split("\n") if card else None) == scene["update"]
        assert progress_update(told, stage.conversation, after_s=UPDATE_AFTER_S, now=now)[1] is None
