"""A storm: people talk on Slack, on Lark and on the local page while everything that can break does; then what must hold is checked.

The same plan and seed make the same talk and the same troubles; only the moments differ, for processes run as they run.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flow.places import ANALYSTS, REQUESTERS, lark_settings, slack_settings
from tests.flow.storm_books import history_of, read_books, unfinished
from tests.flow.storm_checks import broken
from tests.flow.storm_clock import StormClock
from tests.flow.storm_people import People
from tests.flow.storm_platforms import Platforms
from tests.flow.storm_program import ChromaServer, StormProgram
from tests.flow.storm_rooms import LarkRoom, LocalRoom, Room, SlackRoom
from tests.flow.storm_script import PLACES, REWORDED, PlaceName, Plan, Script, entry, scripts
from tests.flow.storm_trouble import Troubles
from tests.servers.lark import FakeLark
from tests.servers.llm import FakeLLM
from tests.servers.slack import FakeSlack

REST_S = 60.0  # after which it must have come to rest
POLICY = "[default]\nmode = 'on'\nmax_per_day = 1000000\nmax_per_thread = 3\nstatus_card = false\n"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found afterwards; everything in `faults` breaks a promise."""

    messages: int
    conversations: int
    suggestions: int
    expected: int  # questions that nothing happened to, of which so many were helped; why the others were not
    helped: int
    silent: Mapping[str, int]
    troubles: Mapping[str, int]
    faults: list[str]


@dataclass(frozen=True, kw_only=True)
class World:
    """All that takes part; each place has a room to talk in and one that is switched off and on."""

    home: Path
    program: StormProgram
    troubles: Troubles
    platforms: Platforms
    rooms: Mapping[PlaceName, Room]
    switched: Mapping[PlaceName, Room]

    def room_of(self, script: Script) -> Room:
        return (self.switched if script.scene == "switched" else self.rooms)[script.place]


async def storm(folder: Path, plan: Plan, tell: Callable[[str], None] = print) -> Outcome:
    """Let it rage, and return what it did."""
    (folder / "policy.toml").write_text(POLICY)
    known = [*range(plan.conversations), *range(REWORDED, REWORDED + plan.conversations)]
    async with _world(folder, plan) as world:
        await world.program.call("POST", "/api/operations/kb.import", {"entries": [entry(number) for number in known]})
        people = People(world.troubles.clock.now)
        world.troubles.bother_model()
        talk = scripts(plan)
        for phase in range(plan.phases):
            part = talk[phase :: plan.phases]
            await _rage(world, people, part, plan=plan, kills=_share(plan.kills, plan.phases, phase), tell=tell)
            left = await _calm(world)
            tell(f"phase {phase + 1} of {plan.phases}{' leaves ' + ', '.join(left) if left else ''}")
            world.troubles.clock.pass_hours(world.troubles.dice.uniform(1.0, 5.0))
            world.platforms.deliver_late()
        undone = await _calm(world)
        people.go()
        await world.troubles.end()
        knowledge = await _knowledge(world.program)
        books = read_books(world.home, world.troubles.clock.world_time)
        assert await world.program.stop() == 0
        world.platforms.count_attempts()
        history = history_of(
            people.played,
            books,
            silences=people.silences,
            excused=world.troubles.excused,
            undone=undone,
            knowledge=knowledge,
        )
    asked = [one for one in history.talks if one.scene == "asked"]
    return Outcome(
        messages=sum(len(one.said) for one in history.talks),
        conversations=len(history.talks),
        suggestions=sum(len(one.posts) for one in history.talks),
        expected=len(asked),
        helped=sum(bool(one.seen) for one in asked),
        silent=Counter(one.reasons.get(one.asked or "", "no receipt") for one in asked if not one.seen),
        troubles=world.troubles.counts,
        faults=broken(history),
    )


@asynccontextmanager
async def _world(folder: Path, plan: Plan) -> AsyncIterator[World]:
    clock, home = StormClock(folder / "clock"), folder / "home"
    async with FakeSlack(now=clock.now) as slack, FakeLark(now=clock.now) as lark, FakeLLM() as llm:
        slack_people = {name: slack.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
        lark_people = {name: lark.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
        lark.grant("im:message.group_msg")
        slack.tune(retry_delays_s=[0.0, 1.0, 2.0, 5.0, 10.0])
        lark.tune(retry_delays_s=[0.5, 1.0, 2.0, 5.0, 10.0])
        program = StormProgram(
            home,
            **slack_settings(slack, slack_people),
            **{k: v for k, v in lark_settings(lark, lark_people).items() if k != "VIGIL_DEFAULT_MODE"},
            VIGIL_POLICY_FILE=str(folder / "policy.toml"),
            VIGIL_MODEL_BASE_URL=llm.url,
            VIGIL_MODEL_API_KEY="sk-storm",
            VIGIL_MODEL_NAME="fake",
            VIGIL_LEASE_S="5",
            STORM_CLOCK=str(clock.file),
        )
        chroma = ChromaServer(folder / "server")
        commanding = {"slack": asyncio.Lock(), "lark": asyncio.Lock()}

        def rooms(name: str) -> dict[PlaceName, Room]:
            chat = lark.add_chat(name, members=list(lark_people))
            channel = slack.add_channel(name, members=list(slack_people.values()))
            return {
                "local": LocalRoom(program, name),
                "slack": SlackRoom(slack, channel, commanding["slack"]),
                "lark": LarkRoom(lark, chat, commanding["lark"]),
            }

        main, switched = rooms("oncall"), rooms("switched")
        dice, counts = random.Random(plan.seed + 1), Counter[str]()
        platforms = Platforms(slack=slack, lark=lark, dice=random.Random(dice.random()), counts=counts)
        troubles = Troubles(program=program, llm=llm, chroma=chroma, clock=clock, dice=dice, counts=counts)
        try:
            await program.start()
            for name in ("oncall", "switched"):
                await program.channel(name)
            yield World(
                home=home, program=program, troubles=troubles, platforms=platforms, rooms=main, switched=switched
            )
        finally:
            await chroma.stop()
            await program.close()


async def _rage(
    world: World, people: People, talk: list[Script], *, plan: Plan, kills: int, tell: Callable[[str], None]
) -> None:
    """Let people talk and things break, until all is said and every kill is done."""
    done, dice = asyncio.Event(), random.Random(plan.seed + 2 + len(people.played))
    async with asyncio.TaskGroup() as group:
        group.create_task(world.platforms.rage(done))
        group.create_task(world.troubles.clocks(done))
        group.create_task(world.troubles.servers(done))
        for place in PLACES:
            group.create_task(people.switch(world.switched[place], random.Random(dice.random()), done))
        killing = group.create_task(world.troubles.kills(kills, tell))
        await people.talk(talk, world.room_of, at_once=plan.at_once)
        await killing
        done.set()


async def _calm(world: World) -> tuple[str, ...]:
    """Wait until the platforms have delivered everything and nothing is left to do; return what is left all the same.

    What a platform gave up delivering is fetched when the program connects anew.
    """
    await world.platforms.slack.settled(120)
    await world.platforms.lark.settled(120)
    await world.platforms.reconnect()
    rested, undone = 0, tuple[str, ...]()
    for _ in range(round(REST_S / 0.25)):
        undone = unfinished(world.home)
        rested = 0 if undone else rested + 1
        if rested >= 8:
            break
        await asyncio.sleep(0.25)
    return undone


async def _knowledge(program: StormProgram) -> list[str]:
    """Compare entries and vectors, have them put right, and return what is wrong all the same."""
    try:
        await program.call("POST", "/api/operations/kb.check")
        left = (await program.call("POST", "/api/operations/kb.check"))["result"]
    except AssertionError as error:
        return [str(error)]
    return [f"{left[what]} {what} once more" for what in ("made", "replaced", "removed") if left[what]]


def _share(of: int, parts: int, part: int) -> int:
    return of // parts + (part < of % parts)
