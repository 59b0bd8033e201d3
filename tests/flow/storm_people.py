"""The people of a storm: each conversation is played act by act, and what is needed for the checks is noted."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.flow.storm_checks import Silence
from tests.flow.storm_rooms import Heard, Room
from tests.flow.storm_script import Act, Script


@dataclass(kw_only=True)
class Played:
    """A conversation as it went."""

    script: Script
    room: Room
    said: list[str] = field(default_factory=list)
    asked: str | None = None
    asked_at: float = 0.0
    told_at: float | None = None


class People:
    """Everybody who talks. Times are the world's."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._waiting: list[asyncio.Future[None]] = []
        self.played: list[Played] = []
        self.silences: list[Silence] = []

    async def talk(self, scripts: Iterable[Script], room_of: Callable[[Script], Room], *, at_once: int) -> None:
        """Play conversations, some at a time."""
        free = asyncio.Semaphore(at_once)

        async def one(played: Played) -> None:
            async with free:
                await self.play(played)

        async with asyncio.TaskGroup() as group:
            for script in scripts:
                played = Played(script=script, room=room_of(script))
                self.played.append(played)
                group.create_task(one(played))

    async def play(self, played: Played) -> None:
        """Play one conversation."""
        for act in played.script.acts:
            await asyncio.sleep(act.after_s)
            heard = await self._act(played, act)
            if act.mark == "turn":
                self._waiting.append(asyncio.ensure_future(self._note(played, heard)))

    def go(self) -> None:
        """Wait no more for what nobody told the platform."""
        for waiting in self._waiting:
            waiting.cancel()

    async def switch(self, room: Room, dice: random.Random, done: asyncio.Event) -> None:
        """Switch a channel off and on again."""
        while not done.is_set():
            await pause(dice.uniform(1.0, 4.0), done)
            await room.command("anna", f"mode {dice.choice(('off', 'shadow'))}", thread=None)
            begin = self._now()
            await pause(dice.uniform(2.0, 8.0), done)
            self.silences.append(Silence(place=room.place, begin=begin, end=self._now()))
            await room.command("anna", "mode on", thread=None)

    async def _act(self, played: Played, act: Act) -> Heard:
        room, script = played.room, played.script
        match act.do:
            case "say":
                thread = played.said[0] if played.said else None
                client_id = f"{script.number}-{len(played.said)}"
                message_id, heard = await room.say(act.author, act.text, thread=thread, client_id=client_id)
                played.said.append(message_id)
                if act.mark == "question":
                    played.asked, played.asked_at = message_id, self._now()
            case "edit":
                heard = await room.edit(act.author, _question(played), act.text)
            case "delete":
                heard = await room.delete(act.author, _question(played))
            case "react":
                heard = await room.react(act.author, _question(played), act.text)
            case "command":
                await room.command(act.author, act.text, thread=played.said[0])
                heard = lambda: True  # noqa: E731
        return heard

    async def _note(self, played: Played, heard: Heard) -> None:
        """Note when the program had told the platform that it knew."""
        while not heard():  # noqa: ASYNC110 -- the fakes tell nobody
            await asyncio.sleep(0.02)
        played.told_at = self._now()


async def pause(seconds: float, done: asyncio.Event) -> None:
    """Wait so long, or until all is done."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), seconds)


def _question(played: Played) -> str:
    assert played.asked is not None
    return played.asked
