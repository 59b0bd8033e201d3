"""What is learned from resolved threads, over scenes in English and Chinese."""

from typing import Any

import pytest

from tests.fakes.distilling import World
from tests.fakes.scenes_knowledge import resolved, rows, thread_of
from vigil_bot.model.case import Case, ResolvedBy
from vigil_bot.model.conversation import Conversation

SCENES = rows("distill.jsonl")
TEACHING = [s for s in SCENES if not s.get("nothing")]
EMPTY = [s for s in SCENES if s.get("nothing")]


def scene_pair(scene: dict[str, Any]) -> tuple[Conversation, Case]:
    conversation = thread_of(scene["messages"])
    asker = conversation.messages[0].author.id
    by = ResolvedBy(scene.get("resolved_by", "requester"))
    return conversation, resolved(conversation, by=by, requester_id=asker, problem_ids=("m1",))


@pytest.mark.parametrize("scene", TEACHING, ids=lambda s: f"{s['language']}: {s['name']}")
async def test_a_resolved_thread_teaches_what_solved_it(scene: dict[str, Any]) -> None:
    world = World(scene_pair(scene))
    report = await world.run()
    assert report.added == 1, report
    entry = world.only
    everything = f"{entry.title}\n{entry.issue}\n{entry.resolution}\n{entry.environment}"
    assert [s for s in scene.get("issue_has", ()) if s not in entry.issue] == []
    assert [s for s in scene.get("resolution_has", ()) if s not in entry.resolution] == []
    assert [s for s in scene.get("environment_has", ()) if s not in entry.environment] == []
    assert [s for s in scene.get("issue_not", ()) if s in f"{entry.title}\n{entry.issue}"] == []
    assert [s for s in scene.get("resolution_not", ()) if s in entry.resolution] == []
    assert [s for s in scene.get("anywhere_not", ()) if s in everything] == []
    assert "\n" not in entry.title
    assert 0 < len(entry.title) <= 90


@pytest.mark.parametrize("scene", EMPTY, ids=lambda s: f"{s['language']}: {s['name']}")
async def test_a_thread_without_an_answer_teaches_nothing(scene: dict[str, Any]) -> None:
    world = World(scene_pair(scene))
    report = await world.run()
    assert world.base.entries == {}
    assert report.rejected == {"no answer in the thread": 1}
    assert (await world.run()).cases == 0


def test_the_scenes_are_enough_and_half_of_them_chinese() -> None:
    assert len(SCENES) >= 24
    assert sum(s["language"] == "zh" for s in SCENES) * 5 >= len(SCENES) * 2
