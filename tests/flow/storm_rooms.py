"""The rooms of a storm: one protocol for what people do on each platform, and for what the platform has on record of the bot."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from tests.flow.places import ANALYSTS, REACTIONS
from tests.flow.program import Program
from tests.flow.storm_script import PlaceName
from tests.servers.lark import FakeLark
from tests.servers.lark_parts.world import Message as LarkMessage
from tests.servers.slack import FakeSlack, NoAnswer

COMMAND_S = 6.0  # a command that is not answered by then is given again
SETTLED_WORDS = {
    "mute": ("Muted in", "已在本话题静音"),
    "mode": ("The mode here is", "这里的模式"),
}  # of answers to commands
DOWN = (aiohttp.ClientError, OSError, AssertionError, TimeoutError)  # the page while the program is down

Heard = Callable[[], bool]
"""Whether the program has told the platform that it has stored what somebody did."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A message of the bot as the platform has it; at is None where the time is the program's own."""

    key: str
    thread: str
    at: float | None
    text: str
    gone: bool


class Room(Protocol):
    """A channel; whatever returns Heard has happened on the platform, and the program may not know of it yet."""

    place: PlaceName

    async def say(self, author: str, text: str, *, thread: str | None, client_id: str) -> tuple[str, Heard]: ...

    async def edit(self, author: str, message_id: str, text: str) -> Heard: ...

    async def delete(self, author: str, message_id: str) -> Heard: ...

    async def react(self, author: str, message_id: str, emoji: str) -> Heard: ...

    async def command(self, author: str, text: str, *, thread: str | None) -> None:
        """Give a command until it is answered."""
        ...

    def records(self, keys: Mapping[str, str]) -> list[Record]:
        """Return everything that the bot ever posted; keys are those of the outbox, by the marks of the platform."""
        ...


def _yes() -> bool:
    return True


async def _tried(work: Callable[[], object]) -> object:
    """Do something on the local page, again and again while the program is down."""
    while True:
        try:
            return await work()  # type: ignore[misc]
        except DOWN as error:
            if ": 404 " in str(error):  # it was done before
                return None
            await asyncio.sleep(0.1)


class LocalRoom:
    """A channel of the local page; the program has stored what the page answers for."""

    place: PlaceName = "local"

    def __init__(self, program: Program, channel: str) -> None:
        self._program = program
        self._channel = channel

    async def say(self, author: str, text: str, *, thread: str | None, client_id: str) -> tuple[str, Heard]:
        role = "analyst" if author in ANALYSTS else "requester"
        posted = await _tried(
            lambda: self._program.say(self._channel, author, role, text, thread=thread, client_id=client_id)
        )
        assert isinstance(posted, dict)
        return str(posted["id"]), _yes

    async def edit(self, author: str, message_id: str, text: str) -> Heard:
        await _tried(
            lambda: self._program.call("PATCH", f"/api/messages/{message_id}", {"author": author, "text": text})
        )
        return _yes

    async def delete(self, author: str, message_id: str) -> Heard:
        await _tried(lambda: self._program.call("DELETE", f"/api/messages/{message_id}?author={author}"))
        return _yes

    async def react(self, author: str, message_id: str, emoji: str) -> Heard:
        body = {"author": author, "emoji": emoji}
        await _tried(lambda: self._program.call("POST", f"/api/messages/{message_id}/reactions", body))
        return _yes

    async def command(self, author: str, text: str, *, thread: str | None) -> None:
        body = {
            "author": author,
            "role": "analyst",
            "channel": self._channel,
            "thread_id": thread,
            "text": f"/vigil {text}",
        }
        await _tried(lambda: self._program.call("POST", "/api/commands", body))

    def records(self, keys: Mapping[str, str]) -> list[Record]:
        del keys
        query = "SELECT key, thread_id, text, card, deleted FROM message WHERE channel_id = ? AND key IS NOT NULL ORDER BY ts"
        with closing(sqlite3.connect(f"file:{self._program.home / 'local.db'}?mode=ro", uri=True)) as rows:
            return [
                Record(key=key, thread=thread, at=None, text=f"{text} {card or ''}", gone=bool(deleted))
                for key, thread, text, card, deleted in rows.execute(query, (self._channel,))
            ]


class SlackRoom:
    """A channel of the fake Slack."""

    place: PlaceName = "slack"

    def __init__(self, slack: FakeSlack, channel: str, commanding: asyncio.Lock) -> None:
        self._slack = slack
        self._channel = channel
        self._commanding = commanding

    async def say(self, author: str, text: str, *, thread: str | None, client_id: str) -> tuple[str, Heard]:
        del client_id
        return self._slack.say(self._channel, author, text, thread), self._heard()

    async def edit(self, author: str, message_id: str, text: str) -> Heard:
        del author
        self._slack.edit(self._channel, message_id, text)
        return self._heard()

    async def delete(self, author: str, message_id: str) -> Heard:
        del author
        self._slack.delete(self._channel, message_id)
        return self._heard()

    async def react(self, author: str, message_id: str, emoji: str) -> Heard:
        self._slack.react(self._channel, message_id, author, REACTIONS[emoji])
        return self._heard()

    async def command(self, author: str, text: str, *, thread: str | None) -> None:
        named = f"{text} https://acme.slack.com/archives/{self._channel}/p{thread.replace('.', '')}" if thread else text
        settled = SETTLED_WORDS[text.split(maxsplit=1)[0]]

        def answers() -> int:
            shown = (json.dumps(one, ensure_ascii=False) for one in self._slack.ephemerals(author))
            return sum(any(words in one for words in settled) for one in shown)

        async with self._commanding:
            seen = answers()
            while answers() == seen:
                try:
                    await self._slack.slash(self._channel, author, "/vigil", named)
                except (NoAnswer, TimeoutError):
                    await asyncio.sleep(0.3)
                else:
                    await until(lambda: answers() > seen, COMMAND_S)

    def records(self, keys: Mapping[str, str]) -> list[Record]:
        del keys
        return list(self._posted())

    def _posted(self) -> Iterator[Record]:
        standing = {one["ts"]: one for one in self._slack.messages(self._channel)}
        for call in self._slack.calls("chat.postMessage"):
            arguments, answer = call.arguments, call.answer
            if not answer.get("ok") or arguments.get("channel") != self._channel:
                continue
            metadata = arguments.get("metadata") or "{}"
            metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
            key, ts = metadata.get("event_payload", {}).get("key", "?"), answer["ts"]
            now = standing.get(ts)
            text = json.dumps(now or answer, ensure_ascii=False)
            yield Record(key=key, thread=str(arguments.get("thread_ts")), at=float(ts), text=text, gone=now is None)

    def _heard(self) -> Heard:
        sent = self._slack.delivery.log[-1]
        return lambda: sent.acknowledged


class LarkRoom:
    """A group of the fake Lark."""

    place: PlaceName = "lark"

    def __init__(self, lark: FakeLark, chat: str, commanding: asyncio.Lock) -> None:
        self._lark = lark
        self._chat = chat
        self._commanding = commanding

    async def say(self, author: str, text: str, *, thread: str | None, client_id: str) -> tuple[str, Heard]:
        del client_id
        message_id = self._lark.say(self._chat, author, text, reply_to=thread)
        return message_id, self._heard(message_id, "im.message.receive_v1")

    async def edit(self, author: str, message_id: str, text: str) -> Heard:
        raise AssertionError(f"Lark tells nobody that {author} made {message_id} say {text}")

    async def delete(self, author: str, message_id: str) -> Heard:
        del author
        self._lark.recall(message_id)
        return self._heard(message_id, "im.message.recalled_v1")

    async def react(self, author: str, message_id: str, emoji: str) -> Heard:
        assert emoji == "🔇", emoji
        self._lark.react(message_id, author, "SHHH")
        return self._heard(message_id, "im.message.reaction.created_v1")

    async def command(self, author: str, text: str, *, thread: str | None) -> None:
        settled = SETTLED_WORDS[text.split(maxsplit=1)[0]]

        def answers() -> int:
            shown = (*self._lark.whispers(author), *self._lark.cards(self._chat))
            return sum(any(words in one.content for words in settled) for one in shown)

        async with self._commanding:
            seen = answers()
            while answers() == seen:
                self._lark.mention(self._chat, author, text, reply_to=thread)
                await until(lambda: answers() > seen, COMMAND_S)

    def records(self, keys: Mapping[str, str]) -> list[Record]:
        ours = (one for one in self._lark.messages(self._chat) if one.by_app and one.sender == self._lark.app_id)
        return [_record(one, keys) for one in ours]

    def _heard(self, message_id: str, kind: str) -> Heard:
        """Tell whether the last event of a kind about a message was acknowledged."""
        recent = [sent for sent in self._lark.delivery.log[-400:] if sent.kind == kind]
        sent = next(sent for sent in reversed(recent) if message_id in json.dumps(sent.payload))
        return lambda: sent.acknowledged


def _record(message: LarkMessage, keys: Mapping[str, str]) -> Record:
    key = next((key for mark, key in keys.items() if mark in message.content), "")
    key = key or next((key for mark, key in keys.items() if any(mark in old for old in message.versions)), message.id)
    return Record(key=key, thread=message.root, at=message.created / 1000, text=message.content, gone=message.recalled)


async def until(check: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds; False if it does not in time."""
    for _ in range(round(within_s / 0.05)):
        if check():
            return True
        await asyncio.sleep(0.05)
    return check()
