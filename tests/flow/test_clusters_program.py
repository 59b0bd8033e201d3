"""Reports of one fault on the running program, over sockets: told once, solved for all, also after a kill; words stay in."""

import json
from pathlib import Path

from tests.flow.places import CHANNEL, local_place
from tests.flow.program import Program

POLICY = """
[default]
desk = "desk"
[channel."local/local/vault"]
audience = "channel"
"""
REPORTS = (
    "the payments API returns 502 for every charge",
    "all our charges fail with a 502 from the payments API",
    "payments: 502 on each charge, is the API down?",
    "payments API is broken, every charge gets a 502",
)
ANSWER = "A bad deploy. Roll the payments gateway back to 4.2 and restart it."


async def cards(program: Program, channel: str, words: str) -> list[str]:
    """The bot's cards of a channel, as they stand now, that say something."""
    said = [json.dumps(one, ensure_ascii=False) for one in await program.messages(channel) if one["kind"] == "bot"]
    return [one for one in said if words in one]


async def test_a_fault_in_many_threads_is_told_once_and_solved_for_all(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    async with local_place(tmp_path / "home", VIGIL_POLICY_FILE=str(policy)) as place:
        program = place.program
        await program.channel("desk")
        await place.say("anna", "I am on call today.")
        threads = [await place.say(f"rita{number}", text) for number, text in enumerate(REPORTS[:3])]

        async def told() -> list[str]:
            return await cards(program, "desk", "3 threads report the same problem")

        [notice] = await program.eventually("a notice at the desk", told)
        assert all(place.link(thread) in notice for thread in threads)
        assert REPORTS[0] in notice
        assert await cards(program, CHANNEL, "threads report the same problem") == []

        await program.kill()
        await program.start()
        threads.append(await place.say("rita3", REPORTS[3]))

        async def grown() -> list[str]:
            return await cards(program, "desk", "4 threads report the same problem")

        await program.eventually("the same notice with the fourth thread", grown)
        assert len(await cards(program, "desk", "threads report the same problem")) == 1

        await place.say("anna", ANSWER, thread=threads[0].thread)
        await place.say("rita0", "that worked, thanks!", thread=threads[0].thread)

        async def solved() -> bool:
            return len(await cards(program, CHANNEL, "The same problem was solved")) == 3

        await program.eventually("the solution in the other three threads", solved)
        assert all(ANSWER in one for one in await cards(program, CHANNEL, "The same problem was solved"))


async def test_the_words_of_a_closed_channel_stay_there_and_it_is_linked_with_no_other(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    async with local_place(tmp_path / "home", VIGIL_POLICY_FILE=str(policy)) as place:
        program = place.program
        for name in ("desk", "vault"):
            await program.channel(name)
        await place.say("rita0", REPORTS[3])
        for number, text in enumerate(REPORTS[:3]):
            await program.say("vault", f"vera{number}", "requester", text)

        async def told() -> list[str]:
            return await cards(program, "desk", "threads report the same problem")

        [notice] = await program.eventually("a notice at the desk", told)
        assert "3 threads report" in notice
        assert not any(text in notice for text in REPORTS)
