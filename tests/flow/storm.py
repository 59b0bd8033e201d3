"""A storm: people talk on Slack and on the local page while everything that can break does; then what must hold is checked.

The same plan and seed make the same talk and the same faults; only the moments differ, for processes run as they run.
"""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from tests.flow.places import CHANNEL, LocalPlace, Place, Said, Shown, SlackPlace, slack_place
from tests.servers.slack_parts.faults import How

Kind = Literal["asked", "answered", "muted", "deleted", "chatter"]
KINDS: tuple[Kind, ...] = ("asked", "asked", "answered", "muted", "deleted", "chatter", "chatter", "chatter")
CHATTER = ("good morning all", "deploy went fine", "see you tomorrow", "早上好", "nice weekend everybody", "+1")
BREAKS: tuple[tuple[How, float], ...] = (
    ("accept_then_close", 0.0),
    ("accept_then_hang", 11.0),  # longer than we wait
    ("status", 0.0),
    ("close", 0.0),
    ("slow", 0.3),
)
TOLERANCE_S = 12.0  # a call that is under way when somebody answers cannot be called back
POLICY = "[default]\nmode = 'on'\nmax_per_day = 1000000\nstatus_card = false\n"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything."""

    messages: int
    conversations: int
    kills: int
    seed: int


@dataclass
class Thread:
    """A conversation that goes on: its kind says what happens around its question."""

    place: Place
    kind: Kind
    number: int
    lines: int
    root: Said | None = None
    said: list[str] = field(default_factory=list)
    question: Said | None = None
    turning: Said | None = None  # the answer, or the words that mute


@dataclass(kw_only=True)
class Outcome:
    """What was found afterwards; everything in `faults` breaks a promise."""

    messages: int
    kills: int
    suggestions: int
    expected: int
    helped: int
    faults: list[str]


def entry(number: int) -> str:
    return json.dumps(
        {
            "id": f"e{number}",
            "issue": f"service svc{number} fails with error SVC-{1000 + number} after the upgrade",
            "resolution": f"Set `svc{number}.pool.size` to {number + 50} and restart svc{number}.",
        }
    )


async def storm(folder: Path, plan: Plan, tell: Callable[[str], None] = print) -> Outcome:
    """Let it rage, and return what it did."""
    dice = random.Random(plan.seed)
    (folder / "policy.toml").write_text(POLICY)
    (folder / "entries.jsonl").write_text("\n".join(entry(n) for n in range(plan.conversations)))
    async with slack_place(folder / "home", VIGIL_POLICY_FILE=str(folder / "policy.toml")) as slack:
        await slack.program.channel(CHANNEL)
        code, _, err = await slack.program.vigil("kb", "import", str(folder / "entries.jsonl"))
        assert code == 0, err
        slack.slack.tune(retry_delays_s=[0.0, 1.0, 2.0, 5.0, 10.0])
        places: tuple[Place, ...] = (slack, LocalPlace(slack.program))
        threads = [
            Thread(
                place=dice.choice(places), kind=dice.choice(KINDS), number=n, lines=plan.messages // plan.conversations
            )
            for n in range(plan.conversations)
        ]
        talking = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(_kill(slack, plan, dice, talking, tell))
            await _talk(slack, threads, random.Random(plan.seed + 1))
            talking.set()
        await _calm(slack)
        shown = {place.name: await place.suggestions() for place in places}
        assert await slack.program.stop() == 0
        return _checked(_books(folder / "home" / "vigil.db"), threads, shown, plan)


async def _kill(
    slack: SlackPlace, plan: Plan, dice: random.Random, done: asyncio.Event, tell: Callable[[str], None]
) -> None:
    for number in range(plan.kills):
        await asyncio.sleep(dice.uniform(0.05, 1.5))
        await slack.program.kill()
        await asyncio.sleep(dice.uniform(0.0, 0.3))
        await slack.program.start()
        if number % 10 == 9:
            tell(f"{number + 1} kills")
    await done.wait()


async def _talk(slack: SlackPlace, threads: list[Thread], dice: random.Random) -> None:
    """Say all lines, a few people at a time, each in the order of its thread."""
    waiting = list(threads)
    while waiting:
        some = dice.sample(waiting, min(len(waiting), dice.randint(1, 12)))
        _break_something(slack, dice)
        await asyncio.gather(*(_next_line(thread, dice) for thread in some))
        slack.slack.release("reversed" if dice.random() < 0.5 else "")
        waiting = [thread for thread in waiting if len(thread.said) < thread.lines]
        await asyncio.sleep(dice.uniform(0.0, 0.1))
    for sent in dice.sample(slack.slack.delivery.log, min(200, len(slack.slack.delivery.log))):
        slack.slack.delivery.again(sent)  # hours late


def _break_something(slack: SlackPlace, dice: random.Random) -> None:
    fake, log = slack.slack, slack.slack.delivery.log
    match dice.randrange(24):
        case 0:
            how, seconds = dice.choice(BREAKS)
            fake.fail("chat.postMessage", how, seconds=seconds, status=dice.choice((500, 503)))
        case 1:
            fake.cut()
        case 2 | 3:
            fake.hold()
        case 4 | 5 | 6 if log:
            for _ in range(dice.randint(1, 5)):
                fake.delivery.again(dice.choice(log[-50:]))
        case 7 | 8 if log:
            events = [sent for sent in log[-50:] if sent.kind == "events_api"]
            for sent in events[:1]:
                fake.twin(sent)
        case _:
            pass


async def _next_line(thread: Thread, dice: random.Random) -> None:
    at = len(thread.said)
    asks_at = thread.lines // 2
    if thread.kind == "chatter" or at not in (asks_at, asks_at + 1, asks_at - 1):
        await _say(thread, "bob", dice.choice(CHATTER))
    elif at == asks_at - 1:
        said = await _say(thread, "bob", "vigil be quiet" if thread.kind == "muted" else dice.choice(CHATTER))
        thread.turning = said if thread.kind == "muted" else None
    elif at == asks_at:
        text = f"since the upgrade svc{thread.number} throws SVC-{1000 + thread.number}, how do I fix it?"
        thread.question = await _say(thread, "rita", text)
        if thread.kind == "answered":
            thread.turning = await _say(thread, "anna", "Raise the pool size in its settings and restart it please.")
        if thread.kind == "deleted":
            await _delete(thread)
    else:
        await _say(thread, "bob", dice.choice(CHATTER))


async def _say(thread: Thread, author: str, text: str) -> Said:
    """Say something, again and again as a client does while the local page is down."""
    client_id = f"{thread.number}-{len(thread.said)}"
    while True:
        try:
            root = thread.root.thread if thread.root else None
            said = await thread.place.say(author, text, thread=root, client_id=client_id)
        except (aiohttp.ClientError, OSError, AssertionError, TimeoutError):
            await asyncio.sleep(0.1)
            continue
        thread.root = thread.root or said
        thread.said.append(said.id)
        return said


async def _delete(thread: Thread) -> None:
    assert thread.question is not None
    if isinstance(thread.place, SlackPlace):
        thread.place.slack.delete(thread.place.channel, thread.question.id)
        return
    while True:
        try:
            await thread.place.program.call("DELETE", f"/api/messages/{thread.question.id}?author=rita")
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(0.1)
        except AssertionError as error:
            if ": 404 " in str(error):
                return
            await asyncio.sleep(0.1)
        else:
            return


async def _calm(slack: SlackPlace) -> None:
    """Wait until nothing happens any more."""
    await slack.slack.settled(120)
    seen, quiet = -1, 0
    for _ in range(600):
        count = len(await slack.suggestions()) + len(await LocalPlace(slack.program).suggestions())
        quiet = quiet + 1 if count == seen else 0
        seen = count
        if quiet >= 12:
            return
        await asyncio.sleep(1.0)
    raise AssertionError("it does not come to rest")


@dataclass(frozen=True, kw_only=True)
class Books:
    """What the program wrote down."""

    keys: Mapping[str, str]  # message id -> key of its conversation; ids of the two platforms differ
    decided: set[tuple[str, str]]  # conversation, message id
    heard_at: Mapping[str, float]  # event key -> when it was stored
    spoke_at: Mapping[str, float | None]  # conversation -> when the last suggestion was sent
    faults: list[str]


def _books(database: Path) -> Books:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
        dead = rows.execute("SELECT count(*) FROM inbox WHERE state = 'dead'").fetchone()[0]
        return Books(
            keys=dict(rows.execute("SELECT id, conversation FROM message").fetchall()),
            decided=set(rows.execute("SELECT conversation, message_id FROM decision").fetchall()),
            heard_at=dict(rows.execute("SELECT key, ready_at FROM inbox").fetchall()),
            spoke_at=dict(rows.execute("SELECT conversation, max(sent_at) FROM suggestion GROUP BY 1").fetchall()),
            faults=[*([f"{dead} events were given up"] if dead else []), *_out_of_order(rows)],
        )


def _checked(books: Books, threads: list[Thread], shown: Mapping[str, list[Shown]], plan: Plan) -> Outcome:
    posts: Counter[tuple[str, str]] = Counter()
    for name, suggestions in shown.items():
        posts.update((name, one.thread) for one in suggestions)
    counted = [(thread, posts[thread.place.name, thread.root.thread if thread.root else ""]) for thread in threads]
    return Outcome(
        messages=sum(len(thread.said) for thread in threads),
        kills=plan.kills,
        suggestions=posts.total(),
        expected=sum(thread.kind == "asked" for thread in threads),
        helped=sum(thread.kind == "asked" and count == 1 for thread, count in counted),
        faults=[*books.faults, *(fault for thread, count in counted for fault in _broken(thread, count, books))],
    )


def _broken(thread: Thread, posts: int, books: Books) -> list[str]:
    """Return the promises that were broken in a thread."""
    where = f"{thread.place.name} thread {thread.number} ({thread.kind})"
    found = [f"{where}: message {one} is lost" for one in thread.said if one not in books.keys]
    key = books.keys.get(thread.said[0], "")
    kept = [one for one in thread.said if one in books.keys]
    found += [f"{where}: no receipt of {one}" for one in kept if (key, one) not in books.decided]
    match thread.kind:
        case _ if posts > 1:
            found.append(f"{where}: {posts} posts")
        case "asked" if not posts:
            found.append(f"{where}: no answer")
        case "deleted" | "chatter" if posts:
            found.append(f"{where}: an answer that nobody wanted")
        case "muted" | "answered" if posts and _too_late(thread, key, books):
            found.append(f"{where}: it spoke although it had been told better")
        case _:
            pass
    return found


def _too_late(thread: Thread, key: str, books: Books) -> bool:
    """Whether it spoke after it had stored what should have kept it silent."""
    told = f"{key.rpartition('/')[0]}:{thread.turning.id}:posted" if thread.turning else ""
    heard_at, spoke_at = books.heard_at.get(told), books.spoke_at.get(key)
    return heard_at is None or spoke_at is None or spoke_at > heard_at + TOLERANCE_S


def _out_of_order(rows: sqlite3.Connection) -> list[str]:
    """Return conversations in which an event was worked on after a later one, though it was stored by then."""
    found: Counter[str] = Counter()
    latest: dict[str, tuple[float, float]] = {}
    done = "SELECT conversation, at, ready_at, ended_at FROM inbox WHERE state = 'done' ORDER BY ended_at, at, id"
    for conversation, at, stored_at, ended_at in rows.execute(done):
        last_at, last_ended = latest.get(conversation, (at, ended_at))
        if at < last_at and stored_at < last_ended < ended_at:
            found[conversation] += 1
        latest[conversation] = max((at, ended_at), (last_at, last_ended))
    return [f"{conversation}: {count} events out of order" for conversation, count in found.items()]
