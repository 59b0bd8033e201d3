"""A channel that the running program is in, on each platform: people do the same things everywhere."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.flow.program import Program
from tests.servers.slack import FakeSlack

CHANNEL = "oncall"
ANALYSTS = ("anna", "rob")
REQUESTERS = ("rita", "ravi", "rosa", "bob", "li")
TITLES = ("This was solved before", "以前解决过类似问题")  # of suggestions
LABELS = {"not_helpful": "Not helpful", "helpful": "Helpful", "solved": "This solved it", "send": "Send to thread"}
REACTIONS = {"👍": "+1", "👎": "-1", "✅": "white_check_mark", "🔇": "mute"}


@dataclass(frozen=True)
class Said:
    id: str
    thread: str


@dataclass(frozen=True)
class Shown:
    """A suggestion as people see it: its words, and all that the platform was given."""

    id: str
    thread: str
    text: str
    whole: str


class Place(Protocol):
    name: str
    program: Program

    async def say(self, author: str, text: str, *, thread: str | None = None, client_id: str | None = None) -> Said:
        """Write a message; the same client_id writes it once."""
        ...

    async def command(self, author: str, thread: str | None, text: str) -> str:
        """Give a command without its first word, and return all of the answer."""
        ...

    async def suggestions(self, thread: str | None = None) -> list[Shown]: ...

    async def whispers(self, reader: str) -> list[Shown]:
        """Return the suggestions that one person alone was shown."""
        ...

    async def react(self, author: str, message_id: str, emoji: str) -> None: ...

    async def press(self, author: str, shown: Shown, action: str) -> None: ...

    def link(self, said: Said) -> str:
        """Return the address of a message, without what follows a question mark."""
        ...

    def reference(self, said: Said) -> str:
        """Return what people paste to name a message."""
        ...


class LocalPlace:
    """The local page."""

    name = "local"

    def __init__(self, program: Program) -> None:
        self.program = program

    async def say(self, author: str, text: str, *, thread: str | None = None, client_id: str | None = None) -> Said:
        role = "analyst" if author in ANALYSTS else "requester"
        posted = await self.program.say(CHANNEL, author, role, text, thread=thread, client_id=client_id)
        return Said(id=posted["id"], thread=posted["thread_id"])

    async def command(self, author: str, thread: str | None, text: str) -> str:
        return await self.program.command(CHANNEL, thread, author, f"/vigil {text}")

    async def suggestions(self, thread: str | None = None) -> list[Shown]:
        return [
            Shown(id=m["id"], thread=m["thread_id"], text=m["text"], whole=json.dumps(m, ensure_ascii=False))
            for m in await self.program.messages(CHANNEL)
            if m["kind"] == "bot"
            and (m.get("card") or {}).get("kind") == "suggestion"
            and thread in (None, m["thread_id"])
        ]

    async def whispers(self, reader: str) -> list[Shown]:
        path = f"/api/channels/{CHANNEL}/messages?after=0&viewer={reader}"
        shown = (await self.program.call("GET", path))["messages"]
        everybody = {one.id for one in await self.suggestions()}
        return [
            Shown(id=m["id"], thread=m["thread_id"], text=m["text"], whole=json.dumps(m, ensure_ascii=False))
            for m in shown
            if m["kind"] == "bot" and (m.get("card") or {}).get("kind") == "suggestion" and m["id"] not in everybody
        ]

    async def react(self, author: str, message_id: str, emoji: str) -> None:
        await self.program.call("POST", f"/api/messages/{message_id}/reactions", {"author": author, "emoji": emoji})

    async def press(self, author: str, shown: Shown, action: str) -> None:
        button = next(b for b in json.loads(shown.whole)["card"]["buttons"] if b["action"] == action)
        body = {"author": author, "action": action, "value": button["value"]}
        await self.program.call("POST", f"/api/messages/{shown.id}/actions", body)

    def link(self, said: Said) -> str:
        return f"/#/c/{CHANNEL}/m/{said.id}"

    def reference(self, said: Said) -> str:
        return said.id


class SlackPlace:
    """A channel in a fake Slack."""

    name = "slack"

    def __init__(self, program: Program, slack: FakeSlack, channel: str) -> None:
        self.program = program
        self.slack = slack
        self.channel = channel

    async def say(self, author: str, text: str, *, thread: str | None = None, client_id: str | None = None) -> Said:
        del client_id  # Slack takes a message whether we run or not
        ts = self.slack.say(self.channel, author, text, thread)
        return Said(id=ts, thread=thread or ts)

    async def command(self, author: str, thread: str | None, text: str) -> str:
        await self.slack.settled()
        seen = len(self.slack.ephemerals(author))
        named = f"{text} {self._permalink(thread)}" if thread and not text.startswith(("why", "mode")) else text
        await self.slack.slash(self.channel, author, "/vigil", named)

        async def answered() -> bool:
            return len(self.slack.ephemerals(author)) > seen

        await self.program.eventually("an answer to a command", answered)
        return json.dumps(self.slack.ephemerals(author)[-1], ensure_ascii=False)

    async def suggestions(self, thread: str | None = None) -> list[Shown]:
        messages = self.slack.thread(self.channel, thread) if thread else self.slack.messages(self.channel)
        return [shown for shown in map(_shown, messages) if shown]

    async def whispers(self, reader: str) -> list[Shown]:
        return [shown for shown in map(_shown, self.slack.ephemerals(reader)) if shown]

    async def react(self, author: str, message_id: str, emoji: str) -> None:
        self.slack.react(self.channel, message_id, author, REACTIONS[emoji])

    async def press(self, author: str, shown: Shown, action: str) -> None:
        await self.slack.press(self.channel, shown.id, author, LABELS[action])

    def link(self, said: Said) -> str:
        return self._permalink(said.id)

    def reference(self, said: Said) -> str:
        more = f"?thread_ts={said.thread}&cid={self.channel}" if said.thread != said.id else ""
        return self._permalink(said.id) + more

    def _permalink(self, ts: str) -> str:
        return f"https://acme.slack.com/archives/{self.channel}/p{ts.replace('.', '')}"


def _shown(message: dict[str, Any]) -> Shown | None:
    whole = json.dumps(message, ensure_ascii=False)
    if not any(title in whole for title in TITLES):
        return None
    return Shown(id=message["ts"], thread=message.get("thread_ts", ""), text=whole, whole=whole)


@asynccontextmanager
async def local_place(home: Path, **settings: str) -> AsyncIterator[Place]:
    program = Program(home, **settings)
    await program.start()
    await program.channel(CHANNEL)
    yield LocalPlace(program)
    await program.stop()


@asynccontextmanager
async def slack_place(home: Path, **settings: str) -> AsyncIterator[SlackPlace]:
    async with FakeSlack() as slack:
        people = {name: slack.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
        channel = slack.add_channel(CHANNEL, members=list(people.values()))
        program = Program(home, **slack_settings(slack, people), **settings)
        await program.start()
        yield SlackPlace(program, slack, channel)
        await program.stop()


def slack_settings(slack: FakeSlack, people: dict[str, str]) -> dict[str, str]:
    return {
        "VIGIL_SLACK_BOT_TOKEN": slack.bot_token,
        "VIGIL_SLACK_APP_TOKEN": slack.app_token,
        "VIGIL_SLACK_BASE_URL": slack.url,
        "VIGIL_SLACK_ANALYSTS": ",".join(people[name] for name in ANALYSTS),
        "VIGIL_DEFAULT_MODE": "on",
    }


PLACES: dict[str, Callable[..., Any]] = {"local": local_place, "slack": slack_place}
