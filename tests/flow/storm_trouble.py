"""The troubles of a storm: whatever can break between the program, its disk, its index, its model and the platforms, breaks."""

import asyncio
import random
import resource
import shutil
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from aiohttp import web
from filelock import FileLock

from tests.flow.program import Program, free_port
from tests.flow.storm_clock import StormClock
from tests.flow.storm_people import pause
from tests.servers import llm as models
from tests.servers.lark import FakeLark
from tests.servers.llm import Asked, FakeLLM
from tests.servers.slack import FakeSlack
from tests.servers.slack import Sent as SlackSent

How = Literal["accept_then_close", "accept_then_hang", "status", "close", "slow"]
POSTS_FAIL: tuple[tuple[How, float], ...] = (
    ("accept_then_close", 0.0),
    ("accept_then_hang", 0.0),  # until the caller loses patience
    ("status", 0.0),
    ("close", 0.0),
    ("slow", 0.5),
)
MODEL_FAILS = (
    *(models.broken_json, models.broken_body, models.wrong_schema, models.refusing, models.disconnect, models.web_page),
    *(lambda: models.status(500), lambda: models.status(429, retry_after=1), lambda: models.slow(2.0)),
)
JUMPS_S = (-7200.0, -600.0, -30.0, 30.0, 600.0, 7200.0)
TOO_OLD_S = 30.0  # a question this long before the clock jumps forward may be found too old to be answered
T = TypeVar("T")

ANY = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class StormProgram(Program):
    """The program, whose clock, disk and vectors are a storm's."""

    run = ("-m", "tests.flow.storm_clock")
    ready = "/healthz"  # without its vectors it works, and says that it is not ready

    def use_server(self, url: str | None) -> None:
        """Keep vectors on a Chroma server from the next start on, or in the folder."""
        self._env.pop("VIGIL_CHROMA_URL", None)
        if url is not None:
            self._env["VIGIL_CHROMA_URL"] = url

    def fill_disk(self) -> None:
        """Let no file grow any more, nor be written to."""
        assert self._process is not None
        if self._process.returncode is None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def free_disk(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, ANY)


class ChromaServer:
    """A Chroma server that comes and goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def runs(self) -> bool:
        return self._process is not None

    async def start(self) -> None:
        if self.runs:
            return
        chroma = Path(sys.executable).with_name("chroma")
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(chroma), "run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port)),
                stdout=log,
                stderr=log,
            )

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


@dataclass(kw_only=True)
class Troubles:
    """Everything that may be broken, the dice, and how often what was broken."""

    program: StormProgram
    slack: FakeSlack
    lark: FakeLark
    llm: FakeLLM
    chroma: ChromaServer
    clock: StormClock
    dice: random.Random
    excused: list[tuple[float, float]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def bother_model(self) -> None:
        """Let the model fail now and then from now on."""
        good, dice = self.llm.default, random.Random(self.dice.random())

        async def behave(asked: Asked) -> web.StreamResponse:
            if dice.random() > 0.3:
                return await good(asked)
            self.count("model failed")
            return await dice.choice(MODEL_FAILS)()(asked)

        self.llm.default = behave

    async def platforms(self, done: asyncio.Event) -> None:
        """Break connections, calls and deliveries until done."""
        while not done.is_set():
            await asyncio.sleep(self.dice.uniform(0.02, 0.25))
            await self.dice.choice(self._breaks())()
        self._let_go()

    async def clocks(self, done: asyncio.Event) -> None:
        """Make the program's clock wrong, and right again, until done."""
        while not done.is_set():
            await pause(self.dice.uniform(2.0, 10.0), done)
            off_s, begin = self.dice.choice(JUMPS_S), self.clock.now()
            self.clock.jump(off_s)
            self.count("clock jumped")
            await asyncio.sleep(self.dice.uniform(0.2, 2.0))
            self.clock.jump(0.0)
            if off_s > 0:
                self.excused.append((begin - TOO_OLD_S, self.clock.now() + TOO_OLD_S))

    async def kills(self, number: int, tell: Callable[[str], None]) -> None:
        """Kill the program so many times, and start it again, at times with full disk or broken vectors."""
        for kill in range(number):
            await asyncio.sleep(self.dice.uniform(0.05, 2.0))
            if self.dice.random() < 0.3:
                await self._full_disk()
            await self.program.kill()
            self.count("killed")
            await self._break_vectors()
            await asyncio.sleep(self.dice.uniform(0.0, 0.3))
            await self.program.start()
            if kill % 10 == 9:
                tell(f"{kill + 1} kills")

    def deliver_late(self) -> None:
        """Deliver old events again, up to five times each."""
        for sent in self._some(self._slack_events(), 100):
            for _ in range(self.dice.randint(1, 5)):
                self.slack.delivery.again(sent)
        for event in self._some(self.lark.log(), 100):
            for _ in range(self.dice.randint(1, 5)):
                self.lark.home.run(lambda event=event: self.lark.delivery.again(event))  # type: ignore[misc]

    async def reconnect(self) -> None:
        """Have the program connect anew, as the platforms do when they are deployed; nothing fails from then on."""
        self.slack.faults.planned.clear()
        self.lark.faults.planned.clear()
        slack, lark = self.slack.delivery.opened + 1, self.lark.delivery.opened + 1
        await self.slack.hang_up()
        await self.lark.hang_up()
        await self.slack.delivery.has_opened(slack, 60)
        await self.lark.opened(lark, 60)

    async def _full_disk(self) -> None:
        self.program.fill_disk()
        self.count("disk full")
        await asyncio.sleep(self.dice.uniform(0.2, 1.5))
        if self.dice.random() < 0.5:
            self.program.free_disk()
            await asyncio.sleep(self.dice.uniform(0.2, 1.5))

    async def _break_vectors(self) -> None:
        """While the program is down: take its vectors away, spoil or lock them, or let it use another place for them."""
        folder = self.program.home / "chroma"
        match self.dice.randrange(8):
            case 0:
                shutil.rmtree(folder, ignore_errors=True)
                self.count("vectors removed")
            case 1 if (folder / "chroma.sqlite3").exists():
                (folder / "chroma.sqlite3").write_bytes(b"no database" * 500)
                self.count("vectors spoiled")
            case 2:
                with FileLock(folder.with_name("chroma.lock")):
                    await self.program.start()
                    await asyncio.sleep(self.dice.uniform(0.2, 1.0))
                await self.program.kill()
                self.count("vectors locked")
            case 3:
                await self.chroma.start()
                self.program.use_server(self.chroma.url)
                self.count("vectors on a server")
            case 4:
                await self.chroma.stop()
                self.count("server of vectors gone")
            case 5:
                self.program.use_server(None)
            case _:
                pass

    def _breaks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        calm = (self._nothing,) * 6
        return (
            *(self._fail_posts, self._fail_posts, self._cut, self._ask_to_go, self._hold, self._redeliver),
            *(self._redeliver, self._twin, self._drop_acknowledgements, self._lose_server, *calm),
        )

    async def _nothing(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        """Deliver what was held, in some order."""
        if self.slack.delivery.holding:
            self.slack.delivery.release(self._shuffled)
        if self.lark.delivery.holding:
            self.lark.home.run(lambda: self.lark.delivery.release(self._shuffled))

    def _shuffled(self, held: list[T]) -> list[T]:
        return self.dice.sample(held, len(held))

    async def _fail_posts(self) -> None:
        """Let the next post fail, unless one is to fail already."""
        how, seconds = self.dice.choice(POSTS_FAIL)
        fake = self.dice.choice((self.slack, self.lark))
        if any(fault.times for fault in fake.faults.planned):
            return
        self.count(f"posts: {how}")
        status = self.dice.choice((500, 503))
        if isinstance(fake, FakeSlack):
            fake.fail("chat.postMessage", how, seconds=seconds, status=status)
        else:
            fake.fail("POST", "/reply", how, seconds=seconds, status=status)

    async def _cut(self) -> None:
        self.count("cut")
        self.dice.choice((self.slack.cut, self.lark.cut))()

    async def _ask_to_go(self) -> None:
        self.count("hung up")
        await self.dice.choice((self.slack.disconnect, self.slack.hang_up, self.lark.hang_up))()

    async def _hold(self) -> None:
        self.count("held back")
        self.dice.choice((self.slack.hold, self.lark.hold))()
        await asyncio.sleep(self.dice.uniform(0.05, 0.5))
        self._let_go()

    async def _redeliver(self) -> None:
        self.count("delivered again")
        for _ in range(self.dice.randint(1, 5)):
            for sent in self._some(self._slack_events()[-50:], 1):
                self.slack.delivery.again(sent)
            for event in self._some(self.lark.log()[-50:], 1):
                self.lark.home.run(lambda event=event: self.lark.delivery.again(event))  # type: ignore[misc]

    async def _twin(self) -> None:
        """Deliver the same event under another id."""
        self.count("under another id")
        for sent in self._some(self._slack_events()[-50:], 1):
            self.slack.twin(sent)
        for event in self._some([one for one in self.lark.log()[-50:] if one.event_id], 1):
            header = event.payload["header"] | {"event_id": f"{self.dice.getrandbits(128):032x}"}
            twin = replace(event, payload=event.payload | {"header": header})
            self.lark.home.run(lambda twin=twin: self.lark.delivery.again(twin))  # type: ignore[misc]

    async def _drop_acknowledgements(self) -> None:
        """For a moment, every acknowledgement comes too late."""
        self.count("acknowledgements dropped")
        fake = self.dice.choice((self.slack, self.lark))
        fake.tune(ack_within_s=0.001)
        await asyncio.sleep(self.dice.uniform(0.1, 0.6))
        fake.tune(ack_within_s=3.0)

    async def _lose_server(self) -> None:
        """Let the Chroma server go away for a while, if one is in use."""
        if self.chroma.runs and self.dice.random() < 0.3:
            self.count("server of vectors away")
            await self.chroma.stop()
            await asyncio.sleep(self.dice.uniform(0.2, 1.0))
            await self.chroma.start()

    def _slack_events(self) -> list[SlackSent]:
        """What Slack delivers again; a command it delivers once."""
        return [sent for sent in self.slack.delivery.log if sent.kind == "events_api"]

    def _some(self, of: Sequence[T], most: int) -> list[T]:
        return self.dice.sample(of, min(most, len(of)))
