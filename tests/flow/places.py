"""A channel that the running program is in, on each platform: people do the same things everywhere."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tests.flow.program import Program
from tests.servers.lark import FakeLark
from tests.servers.lark_parts.world import Message as LarkMessage
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

    async def posts(self, thread: str) -> dict[str, str]:
        """Return what we posted in a thread as it stands now, by the id of the message."""
        ...

    async def whispers(self, reader: str) -> list[Shown]:
        """Return the suggestions that one person alone was shown."""
        ...

    async def react(self, author: str, message_id: str, emoji: str) -> None: ...

    async def press(self, author: str, shown: Shown, action: str) -> None: ...

    def link(self, said: Said) -> str:
        """Return the address of a message, without what follows a question mark; "" where messages have none."""
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

    async def posts(self, thread: str) -> dict[str, str]:
        said = await self.program.messages(CHANNEL)
        ours = [m for m in said if m["kind"] == "bot" and m["thread_id"] == thread]
        return {m["id"]: json.dumps(m, ensure_ascii=False) for m in ours}

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

    async def posts(self, thread: str) -> dict[str, str]:
        said = self.slack.thread(self.channel, thread)
        return {m["ts"]: json.dumps(m, ensure_ascii=False) for m in said if m.get("user") == self.slack.bot_user}

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


class LarkPlace:
    """A group in a fake Lark."""

    name = "lark"
    emoji: ClassVar[dict[str, str]] = {"👍": "THUMBSUP", "👎": "ThumbsDown", "✅": "DONE"}

    def __init__(self, program: Program, lark: FakeLark, chat: str) -> None:
        self.program = program
        self.lark = lark
        self.chat = chat

    async def say(self, author: str, text: str, *, thread: str | None = None, client_id: str | None = None) -> Said:
        del client_id  # Lark takes a message whether we run or not
        message_id = self.lark.say(self.chat, author, text, reply_to=thread)
        return Said(id=message_id, thread=thread or message_id)

    async def command(self, author: str, thread: str | None, text: str) -> str:
        await self.lark.settled()
        seen = {one.id for one in (*self.lark.whispers(author), *self.lark.cards(self.chat))}
        self.lark.mention(self.chat, author, text, reply_to=thread)

        async def answer() -> str:
            new = [one for one in (*self.lark.whispers(author), *self.lark.cards(self.chat)) if one.id not in seen]
            return "".join(one.content for one in new)

        found: str = await self.program.eventually(f"an answer to {text}", answer)
        return found

    async def suggestions(self, thread: str | None = None) -> list[Shown]:
        shown = [one for one in map(_shown_on_lark, self.lark.cards(self.chat)) if one]
        return [one for one in shown if thread in (None, one.thread)]

    async def posts(self, thread: str) -> dict[str, str]:
        return {one.id: one.content for one in self.lark.cards(self.chat) if one.root == thread}

    async def whispers(self, reader: str) -> list[Shown]:
        return [one for one in map(_shown_on_lark, self.lark.whispers(reader)) if one]

    async def react(self, author: str, message_id: str, emoji: str) -> None:
        self.lark.react(message_id, author, self.emoji[emoji])

    async def press(self, author: str, shown: Shown, action: str) -> None:
        await self.lark.press(shown.id, author, {"action": action})

    def link(self, said: Said) -> str:
        del said  # Lark has no addresses of messages
        return ""

    def reference(self, said: Said) -> str:
        return said.id


def _shown_on_lark(message: LarkMessage) -> Shown | None:
    if not any(title in message.content for title in TITLES):
        return None
    return Shown(id=message.id, thread=message.root, text=message.content, whole=message.content)


def _shown(message: dict[str, Any]) -> Shown | None:
    whole = json.dumps(message, ensure_ascii=False)
    if not any(title in whole for title in TITLES):
        return None
    return Shown(id=message["ts"], thread=message.get("thread_ts", ""), text=whole, whole=whole)


@asynccontextmanager
async def local_place(home: Path, **settings: str) -> AsyncIterator[Place]:
    program = Program(home, **settings)
    async with program.running():
        await program.channel(CHANNEL)
        yield LocalPlace(program)


def _slack_people(slack: FakeSlack) -> tuple[dict[str, str], str]:
    """Let the people and their channel be on Slack; return their ids, and its id."""
    people = {name: slack.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
    return people, slack.add_channel(CHANNEL, members=list(people.values()))


def _lark_people(lark: FakeLark) -> tuple[dict[str, str], str]:
    """Let the people and their group be on Lark; return their ids, and its id."""
    people = {name: lark.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
    lark.grant("im:message.group_msg")
    return people, lark.add_chat(CHANNEL, members=list(people))


@asynccontextmanager
async def slack_place(home: Path, **settings: str) -> AsyncIterator[SlackPlace]:
    async with FakeSlack() as slack:
        people, channel = _slack_people(slack)
        program = Program(home, **slack_settings(slack, people), **settings)
        async with program.running():
            yield SlackPlace(program, slack, channel)


def slack_settings(slack: FakeSlack, people: dict[str, str]) -> dict[str, str]:
    return {
        "VIGIL_SLACK_BOT_TOKEN": slack.bot_token,
        "VIGIL_SLACK_APP_TOKEN": slack.app_token,
        "VIGIL_SLACK_BASE_URL": slack.url,
        "VIGIL_SLACK_ANALYSTS": ",".join(people[name] for name in ANALYSTS),
        "VIGIL_DEFAULT_MODE": "on",
    }


@asynccontextmanager
async def lark_place(home: Path, **settings: str) -> AsyncIterator[LarkPlace]:
    async with FakeLark() as lark:
        people, chat = _lark_people(lark)
        program = Program(home, **lark_settings(lark, people), **settings)
        async with program.running():
            yield LarkPlace(program, lark, chat)


def lark_settings(lark: FakeLark, people: dict[str, str]) -> dict[str, str]:
    return {
        "VIGIL_LARK_APP_ID": lark.app_id,
        "VIGIL_LARK_APP_SECRET": lark.app_secret,
        "VIGIL_LARK_DOMAIN": lark.url,
        "VIGIL_LARK_ANALYSTS": ",".join(people[name] for name in ANALYSTS),
        "VIGIL_DEFAULT_MODE": "on",
    }


@asynccontextmanager
async def all_places(home: Path, **settings: str) -> AsyncIterator[dict[str, Place]]:
    """One program with a channel on every platform."""
    async with FakeLark() as lark, FakeSlack() as slack:
        on_slack, channel = _slack_people(slack)
        on_lark, chat = _lark_people(lark)
        program = Program(home, **(slack_settings(slack, on_slack) | lark_settings(lark, on_lark)), **settings)
        async with program.running():
            await program.channel(CHANNEL)
            yield {
                "lark": LarkPlace(program, lark, chat),
                "slack": SlackPlace(program, slack, channel),
                "local": LocalPlace(program),
            }


PLACES: dict[str, Callable[..., Any]] = {"local": local_place, "slack": slack_place, "lark": lark_place}
