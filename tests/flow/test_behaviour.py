"""What a user would want in short scenes, drawn from what people complain about; played on the real engine."""

import pytest

from tests.fakes.behaviour import Scene, play, scenes
from tests.fakes.world import world

ALL = [scene for name in ("behaviour", "behaviour_people", "behaviour_control") for scene in scenes(name)]
MOST_SCENES_OF_ONE_LANGUAGE = 0.85


@pytest.mark.parametrize("scene", ALL, ids=[scene["name"] for scene in ALL])
async def test_it_does_what_a_user_would_want(scene: Scene) -> None:
    async with world() as here:
        played = await play(here, scene)
        faults = await played.faults()
        assert not faults, "\n".join([scene["about"], *faults, await played.receipts()])


def test_there_are_scenes_enough_and_in_both_languages() -> None:
    chinese = [s for s in ALL if any("一" <= sign <= "鿿" for step in s["steps"] for sign in step.get("say", ""))]

    assert len(ALL) >= 120
    assert len({scene["name"] for scene in ALL}) == len(ALL)
    assert 1 - MOST_SCENES_OF_ONE_LANGUAGE < len(chinese) / len(ALL) < MOST_SCENES_OF_ONE_LANGUAGE
