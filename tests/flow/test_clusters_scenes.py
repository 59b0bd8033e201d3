"""Which threads are linked, and what analysts are told, on a simulated clock: `tests/scenes/progress_clusters.jsonl`."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TypedDict

import pytest

from tests.fakes.world import World, world
from vigil_bot.model.conversation import Message, Role


class Step(TypedDict, total=False):
    say: str
    by: str
    role: str
    thread: int  # the place of the thread that it is said in; without it, it begins one
    after_min: float
    ago_min: float
    delete: int


class Scene(TypedDict):
    name: str
    says: list[Step]
    linked: list[list[int]]
    notices: list[int]


def read() -> list[Scene]:
    path = Path(__file__).parent.parent / "scenes" / "progress_clusters.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


SCENES = read()


async def play(w: World, steps: list[Step]) -> list[Message]:
    """Say everything, and return what began a thread."""
    threads: list[Message] = []
    for place, step in enumerate(steps):
        await w.wait(60.0 * step.get("after_min", 1.0))
        if "delete" in step:
            await w.delete(threads[step["delete"]])
            continue
        said = await w.say(
            step["say"],
            by=step.get("by", f"rita{place}"),
            role=Role(step.get("role", "requester")),
            thread=threads[step["thread"]].id if "thread" in step else None,
            ago_s=60.0 * step.get("ago_min", 0.0),
        )
        if "thread" not in step:
            threads.append(said)
    await w.wait(60.0)
    return threads


async def linked(w: World, threads: list[Message]) -> list[list[int]]:
    found = defaultdict(list)
    for place, thread in enumerate(threads):
        case = await w.parts.store.cases.case(thread.conversation.key)
        if case is not None and case.cluster is not None:
            found[case.cluster].append(place)
    return sorted(found.values())


def test_there_are_scenes_in_both_languages() -> None:
    assert len({scene["name"] for scene in SCENES}) == len(SCENES) >= 30
    assert sum("(zh)" in scene["name"] for scene in SCENES) * 2 == len(SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=[scene["name"] for scene in SCENES])
async def test_a_scene_is_linked_as_people_would(scene: Scene, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[default]\ndesk = "desk"\nstatus_card = false\n', "utf-8")
    async with world(policy_file=policy) as w:
        threads = await play(w, scene["says"])
        assert await linked(w, threads) == scene["linked"]
        titles = [card.title for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        told = [int(title.split()[0]) for title in titles if title[0].isdigit()]  # the others remind of a question
        assert told == scene["notices"]
