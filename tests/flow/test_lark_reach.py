"""What is learned in a private group of Lark is offered there alone; what is learned in a public one, in other groups too."""

import asyncio
import json
from pathlib import Path

from tests.flow.places import ANALYSTS, REQUESTERS, LarkPlace, lark_settings
from tests.flow.program import Program
from tests.flow.test_side_by_side import CASES
from tests.servers.lark import FakeLark


async def solve(place: LarkPlace, of: str) -> None:
    problem, solution, thanks, _, _ = CASES[of]
    asked = await place.say("rita", problem)
    await place.say("anna", solution, thread=asked.thread)
    await place.say("rita", thanks, thread=asked.thread)
    await place.command("anna", asked.thread, "resolve")


async def test_what_a_private_group_taught_stays_in_it(tmp_path: Path) -> None:
    async with FakeLark() as lark:
        people = {name: lark.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
        lark.grant("im:message.group_msg")
        program = Program(tmp_path / "home", **lark_settings(lark, people))
        await program.start()
        private, public, other = (
            LarkPlace(program, lark, lark.add_chat(name, members=list(people), public=name != "private"))
            for name in ("private", "public", "other")
        )
        await asyncio.gather(solve(private, "lark"), solve(public, "slack"))
        _, out, _ = await program.vigil("distill", "--json")
        assert json.loads(out)["added"] == 2

        unanswered = await other.say("ravi", CASES["lark"][3])
        answered = await other.say("ravi", CASES["slack"][3])
        again = await private.say("ravi", CASES["lark"][3])
        for place, thread, of in ((other, answered.thread, "slack"), (private, again.thread, "lark")):

            async def suggested(place: LarkPlace = place, thread: str = thread) -> list[str]:
                return [shown.text for shown in await place.suggestions(thread)]

            (text,) = await program.eventually(f"a suggestion from {of}", suggested)
            assert CASES[of][4] in text
        assert [shown.thread for shown in await other.suggestions()] == [answered.thread], unanswered
        assert await program.stop() == 0
