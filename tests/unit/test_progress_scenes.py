"""The life of a case, played on a simulated clock from the scenes in `tests/scenes/progress.jsonl`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import pytest

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Author, AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.event import ReactionChanged
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.intent import classify
from vigil_bot.progress import reminders
from vigil_bot.progress import state as life

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m0")
POLICY = Policy()
ROLES = {"r": Role.REQUESTER, "r2": Role.REQUESTER, "a": Role.ANALYST, "a2": Role.ANALYST}


class Step(TypedDict, total=False):
    by: str
    at_min: float
    say: str
    react: str
    added: bool
    on: int
    do: str


class Scene(TypedDict, total=False):
    name: str
    steps: list[Step]
    state: str | None
    next: str | None
    owner: str | None
    resolved_by: str
    reopened: int
    nudges: int


def read(name: str) -> list[Scene]:
    path = Path(__file__).parent.parent / "scenes" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


SCENES = read("progress.jsonl")


class Stage:
    """A thread, its case, and a clock that fires the case's timers as it moves."""

    def __init__(self) -> None:
        self.conversation = Conversation(ref=REF)
        self.case: Case | None = None
        self.now = 0.0

    def play(self, step: Step) -> None:
        at = step["at_min"] * 60.0
        self.pass_time(at)
        author = author_of(step.get("by", ""))
        if "react" in step:
            self.react(step, author, at)
        elif "do" in step:
            self.act(step, author, at)
        else:
            message = Message(
                id=f"m{len(self.conversation.messages)}", conversation=REF, author=author, text=step["say"], sent_at=at
            )
            self.conversation = replace(self.conversation, messages=(*self.conversation.messages, message))
            role, guess = self.read(message)
            self.case = life.on_message(self.case, message, role=role, intent=guess)

    def pass_time(self, until: float) -> None:
        for _ in range(10):
            due = [t for t in reminders.timers(self.case, POLICY) if t.due_at is not None and t.due_at <= until]
            if not due or self.case is None:
                break
            first = min(due, key=lambda t: t.due_at or 0.0)
            self.case, _nudge = reminders.on_timer(self.case, first.kind, policy=POLICY, now=first.due_at or until)
        self.now = max(self.now, until)

    def read(self, message: Message) -> tuple[Role, Intent]:
        role = self.conversation.role_of(message.author)
        starts = message.id == "m0"
        return role, classify(message.text, role=role, starts_thread=starts).intent

    def react(self, step: Step, author: Author, at: float) -> None:
        target = self.conversation.messages[step["on"]]
        event = ReactionChanged(
            conversation=REF,
            message_id=target.id,
            author=author,
            emoji=step["react"],
            added=step.get("added", True),
            at=at,
        )
        assert self.case is not None
        role_of = self.conversation.role_of
        self.case = life.on_reaction(self.case, event, role=role_of(author), message_role=role_of(target.author))

    def act(self, step: Step, author: Author, at: float) -> None:
        role = self.conversation.role_of(author)
        match step["do"]:
            case "resolve":
                self.case = life.resolve(self.case, conversation=REF.key, by=author.id, role=role, note="", at=at)
            case "reopen" if self.case is not None:
                self.case = life.reopen(self.case, by=author.id, at=at)
            case "delete" if self.case is not None:
                self.case = life.on_delete(self.case, f"m{step['on']}", at=at)
            case "edit":
                edited = replace(self.conversation.messages[step["on"]], text=step["say"], edited_at=at)
                role, intent = self.read(edited)
                self.case = life.on_edit(self.case, edited, role=role, intent=intent)
            case _:
                pass  # time passes


def author_of(name: str) -> Author:
    kind = AuthorKind.BOT if name == "bot" else AuthorKind.HUMAN
    return Author(id=name, kind=kind, role=ROLES.get(name, Role.UNKNOWN), name=name)


def test_there_are_enough_scenes_in_both_languages() -> None:
    assert len(SCENES) >= 60
    assert sum("(zh)" in scene["name"] for scene in SCENES) * 2 >= len(SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=[scene["name"] for scene in SCENES])
def test_a_scene_ends_as_people_would_say(scene: Scene) -> None:
    stage = Stage()
    for step in scene["steps"]:
        stage.play(step)

    case = stage.case
    if scene["state"] is None:
        assert case is None
        return
    assert case is not None
    assert (case.state, case.next_mover, case.owner_id) == (scene["state"], scene["next"], scene["owner"])
    assert case.resolved_by == scene.get("resolved_by")
    assert case.reopened == scene.get("reopened", case.reopened)
    assert case.nudges == scene.get("nudges", case.nudges)


@pytest.mark.parametrize("scene", SCENES, ids=[scene["name"] for scene in SCENES])
def test_a_message_that_comes_twice_changes_nothing(scene: Scene) -> None:
    stage = Stage()
    for step in scene["steps"]:
        stage.play(step)
        before = stage.case
        for message in stage.conversation.messages:
            if "do" in step or "react" in step:
                continue
            role, intent = stage.read(message)
            again = life.on_message(stage.case, message, role=role, intent=intent)
            if stage.case is not None:
                assert again == before
