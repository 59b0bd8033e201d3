"""The hand-off of a rota on the running program: posted when the shift ends, once, also after a kill."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.flow.places import CHANNEL
from tests.flow.storm_clock import CLOCK_FILE, StormClock
from tests.flow.storm_program import StormProgram

ASKED = "the payments API returns 502 for every charge"


def rota(clock: StormClock) -> str:
    """A policy whose shift ends in half an hour."""
    ends = datetime.fromtimestamp(clock.now() + 1_800.0, UTC)
    return f'[default]\ndesk = "desk"\nhandoff_at = "{ends:%H:%M}"\n'


async def handed_over(program: StormProgram) -> list[str]:
    return [json.dumps(one) for one in await program.messages("desk") if "Hand-off of" in json.dumps(one)]


async def test_the_next_shift_finds_what_is_open_at_the_desk_once(tmp_path: Path) -> None:
    clock, policy = StormClock(tmp_path / "clock"), tmp_path / "policy.toml"
    policy.write_text(rota(clock))
    settings = {CLOCK_FILE: str(clock.file), "VIGIL_POLICY_FILE": str(policy)}
    program = StormProgram(tmp_path / "home", **settings)
    async with program.running():
        for name in (CHANNEL, "desk"):
            await program.channel(name)
        asked = await program.say(CHANNEL, "rita", "requester", ASKED)
        thread = asked["thread_id"] or asked["id"]
        await program.say(CHANNEL, "anna", "analyst", "I'll check and get back to you in 2 hours", thread=thread)

        async def promised() -> bool:
            return "Promised" in await program.command(CHANNEL, None, "anna", "/vigil handoff")

        await program.eventually("the promise in the hand-off that anna asks for", promised)
        assert await handed_over(program) == []

        await program.kill()
        clock.pass_hours(0.6)
        await program.start()

        async def posted() -> list[str]:
            return await handed_over(program)

        [handoff] = await program.eventually("a hand-off at the desk", posted)
        assert ASKED in handoff
        assert "Promised" in handoff

        await program.kill()
        clock.pass_hours(0.1)
        await program.start()
        await program.say(CHANNEL, "bo", "analyst", "good morning")

        async def seen() -> bool:
            return "Promised" in await program.command(CHANNEL, None, "bo", "/vigil handoff")

        await program.eventually("the program at work again", seen)
        assert await handed_over(program) == [handoff]
