"""What happens to the program in a storm: it is killed, and its clock, its disk, its model and its vectors break."""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from filelock import FileLock

from tests.flow.storm_clock import StormClock
from tests.flow.storm_people import pause
from tests.flow.storm_program import ChromaServer, StormProgram
from tests.servers import llm as models
from tests.servers.llm import Asked, Behaviour, FakeLLM

MODEL_FAILS: tuple[tuple[str, Callable[[], Behaviour]], ...] = (
    ("broken JSON", models.broken_json),
    ("broken body", models.broken_body),
    ("wrong schema", models.wrong_schema),
    ("refusal", models.refusing),
    ("cut", models.disconnect),
    ("web page", models.web_page),
    ("500", lambda: models.status(500)),
    ("429", lambda: models.status(429, retry_after=1)),
    ("slow", lambda: models.slow(2.0)),
)
MODEL_FAILS_AT = 0.3  # of its calls
JUMPS_S = (-7200.0, -600.0, -30.0, 30.0, 600.0, 7200.0)
TOO_OLD_S = 30.0  # within which of a jump what was made may look old: forward, or right again after a jump back


@dataclass(kw_only=True)
class Troubles:
    """Everything around the program that may break, and how often what did."""

    program: StormProgram
    llm: FakeLLM
    chroma: ChromaServer
    clock: StormClock
    dice: random.Random
    counts: Counter[str]
    excused: list[tuple[float, float]] = field(default_factory=list)  # when a suggestion may have looked old

    def bother_model(self) -> None:
        """Let the model fail now and then from now on."""
        good, dice = self.llm.default, random.Random(self.dice.random())

        async def behave(asked: Asked) -> web.StreamResponse:
            if dice.random() > MODEL_FAILS_AT:
                return await good(asked)
            name, fails = dice.choice(MODEL_FAILS)
            self.counts[f"model: {name}"] += 1
            return await fails()(asked)

        self.llm.default = behave

    async def clocks(self, done: asyncio.Event) -> None:
        """Make the program's clock wrong, and right again, until done."""
        while not done.is_set():
            await pause(self.dice.uniform(2.0, 10.0), done)
            off_s, begin = self.dice.choice(JUMPS_S), self.clock.now()
            self.clock.jump(off_s)
            self.counts["clock jumps"] += 1
            await asyncio.sleep(self.dice.uniform(0.2, 2.0))
            self.clock.jump(0.0)
            self.excused.append((begin - TOO_OLD_S, self.clock.now() + TOO_OLD_S))

    async def kills(self, number: int, tell: Callable[[str], None]) -> None:
        """Kill the program so many times, and start it again, at times with full disk or broken vectors."""
        for kill in range(number):
            await asyncio.sleep(self.dice.uniform(0.05, 2.0))
            if self.dice.random() < 0.3:
                await self._full_disk()
            await self._kill()
            await self._break_vectors()
            await asyncio.sleep(self.dice.uniform(0.0, 0.3))
            await self.program.start()
            if kill % 10 == 9:
                tell(f"{kill + 1} kills")

    async def servers(self, done: asyncio.Event) -> None:
        """Let the Chroma server go away now and then, while one is in use."""
        while not done.is_set():
            await pause(self.dice.uniform(2.0, 8.0), done)
            if self.chroma.runs and self.program.uses_server:
                self.counts["vectors: server away for a while"] += 1
                await self.chroma.stop()
                await asyncio.sleep(self.dice.uniform(0.2, 1.0))
                await self.chroma.start()

    async def end(self) -> None:
        """Have the Chroma server answer again, if the program uses it and it is gone."""
        if self.program.uses_server and not self.chroma.runs:
            await self.chroma.start()
            await self.program.eventually("Chroma", self.chroma.answers)

    async def _kill(self) -> None:
        await self.program.kill()
        self.counts["kill -9"] += 1

    async def _full_disk(self) -> None:
        self.program.fill_disk()
        self.counts["disk full"] += 1
        await asyncio.sleep(self.dice.uniform(0.2, 1.5))
        if self.dice.random() < 0.5:
            self.program.free_disk()
            await asyncio.sleep(self.dice.uniform(0.2, 1.5))

    async def _break_vectors(self) -> None:
        """While the program is down: take its vectors away, spoil or lock them, or let it use another place for them."""
        folder = self.program.home / "chroma"
        match self.dice.randrange(8):
            case 0 if folder.exists():
                shutil.rmtree(folder)
                self.counts["vectors: removed"] += 1
            case 1 if (folder / "chroma.sqlite3").exists():
                (folder / "chroma.sqlite3").write_bytes(b"no database" * 500)
                self.counts["vectors: spoiled"] += 1
            case 2 if not self.program.uses_server:
                with FileLock(folder.with_name("chroma.lock")):
                    await self.program.start()
                    await asyncio.sleep(self.dice.uniform(0.2, 1.0))
                await self._kill()
                self.counts["vectors: locked by another"] += 1
            case 3 | 4:
                await self.chroma.start()
                self.program.use_server(self.chroma.url)
            case 5 if self.chroma.runs and self.program.uses_server:
                await self.chroma.stop()
                self.counts["vectors: server gone"] += 1
            case 6:
                self.program.use_server(None)
            case _:
                pass
