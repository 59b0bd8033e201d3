"""The local chat: rooms, messages, reactions and cards in one SQLite file, and news of them for whoever listens."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, select, update
from sqlalchemy import delete as delete_from

from adapters.local import queries, writes
from adapters.local.database import Database
from adapters.local.tables import change, message, metadata
from adapters.local.values import BOT_NAME, CardJson, Change, Channel, ChatMessage, Person
from adapters.local.writes import NewMessage
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.ports.chat import Clock

T = TypeVar("T")

KEEP_CHANGES_S = 30 * 86_400.0  # seconds; the bot's store forgets what it has seen after as long
MAX_WAITING = 256  # changes that a listener may be behind
_TICK_S = 1e-6  # no two changes have the same time
_FIRST_CHANNEL = Channel(id="support", name="support")


class Listener:
    """Changes on their way to one listener; one that falls too far behind is cut off."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue(MAX_WAITING + 1)

    async def next(self) -> Change | None:
        """Wait for the next change; None when there will be no more."""
        return await self._queue.get()

    def tell(self, what: Change) -> bool:
        """Pass a change on; False, and the end, if too many wait already."""
        if self._queue.qsize() >= MAX_WAITING:
            self.end()
            return False
        self._queue.put_nowait(what)
        return True

    def end(self) -> None:
        """Let the listener go, once it has heard what waits."""
        if not self._queue.full():
            self._queue.put_nowait(None)


class LocalChat:
    """A small chat platform; times are strictly increasing, ids sort by time, and what is returned is on disk."""

    def __init__(self, database: Database, clock: Clock, *, last_at: float) -> None:
        self._database = database
        self._clock = clock
        self._last_at = last_at
        self._listeners: set[Listener] = set()
        self.changed = asyncio.Event()

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> "LocalChat":
        """Open the chat in a file, or begin one there with a first channel.

        Raises:
            StoreError: If the file cannot be read or written, or is no database.
        """
        database = Database(path)
        try:
            last_at = await database.run(partial(_prepare, forget_before=clock.now() - KEEP_CHANGES_S))
            chat = cls(database, clock, last_at=last_at)
            if not await chat.channels():
                await chat.add_channel(_FIRST_CHANNEL)
        except BaseException:
            await database.close()
            raise
        return chat

    async def close(self) -> None:
        """Let all listeners go and close the file."""
        self.hang_up()
        await self._database.close()

    async def channels(self) -> list[Channel]:
        """Return all channels, oldest first."""
        return await self._database.run(queries.channels)

    async def add_channel(self, new: Channel) -> Channel:
        """Make a channel; one that exists stays as it is."""
        return await self._write(partial(writes.add_channel, new=new))

    async def messages(
        self,
        channel_id: str,
        *,
        after: float = 0.0,
        reader: str | None = None,
        thread_id: str | None = None,
        last: int | None = None,
    ) -> list[ChatMessage]:
        """Return what stands in a channel after a time, oldest first; with last, only the newest so many.

        Cards for one reader are among them for that reader only. Raises NotFoundError.
        """
        read = partial(queries.messages, channel_id=channel_id, after=after, reader=reader)
        return await self._database.run(partial(read, thread_id=thread_id, last=last))

    async def message(self, message_id: str) -> ChatMessage:
        """Return a message, a deleted one too. Raises NotFoundError."""
        return await self._database.run(partial(queries.message_with, message_id=message_id))

    async def role_of(self, author: str) -> Role:
        """Return the role in which somebody last wrote."""
        return await self._database.run(partial(queries.role_of, author=author))

    async def post(self, new: NewMessage) -> ChatMessage:
        """Post a message, or find the one posted with the same client_id or key. Raises NotFoundError."""
        return await self._write(partial(writes.post, new=new))

    async def post_card(
        self,
        channel_id: str,
        thread_id: str | None,
        *,
        card: CardJson,
        text: str,
        key: str,
        reader: str | None = None,
    ) -> ChatMessage:
        """Post a card of the bot, once for each key. Raises NotFoundError."""
        new = NewMessage(
            channel_id=channel_id,
            thread_id=thread_id,
            author=BOT_NAME,
            kind=AuthorKind.SELF,
            role=Role.UNKNOWN,
            text=text,
            card=card,
            reader=reader,
            key=key,
        )
        return await self.post(new)

    async def posted_with(self, key: str) -> str | None:
        """Return the id of the card that the bot posted with this key, deleted or not."""
        return await self._database.run(partial(queries.posted_with, key=key))

    async def edit(self, message_id: str, text: str, *, by: str | None = None) -> ChatMessage:
        """Change a person's message; by, if given, must be its author. Raises NotFoundError or AccessDenied."""
        return await self._write(partial(writes.edit, message_id=message_id, text=text, by=by))

    async def edit_card(self, message_id: str, *, card: CardJson, text: str) -> ChatMessage:
        """Replace a card of the bot. Raises NotFoundError."""
        return await self._write(partial(writes.edit_card, message_id=message_id, card=card, text=text))

    async def delete(self, message_id: str, *, by: str | None = None, own_cards: bool = False) -> ChatMessage:
        """Take a message away; again is no error. Raises NotFoundError or AccessDenied."""
        return await self._write(partial(writes.delete, message_id=message_id, own_cards=own_cards, by=by))

    async def react(self, message_id: str, emoji: str, *, by: Person, remove: bool = False) -> ChatMessage:
        """Put an emoji on a message, or take it away; again is no error. Raises NotFoundError."""
        return await self._write(partial(writes.react, message_id=message_id, emoji=emoji, by=by, remove=remove))

    async def press(self, message_id: str, *, action: str, value: str, by: Person) -> ChatMessage:
        """Record that somebody pressed a button of a card. Raises NotFoundError."""
        return await self._write(partial(writes.press, message_id=message_id, action=action, value=value, by=by))

    async def to_hand_over(self, *, after: int, limit: int) -> list[Change]:
        """Return changes of the last 30 days that the bot has not stored yet, oldest first."""
        since = self._clock.now() - KEEP_CHANGES_S
        return await self._database.run(partial(queries.changes, after=after, since=since, limit=limit, pending=True))

    async def handed_over(self, seqs: Sequence[int]) -> None:
        """Remember that the bot has stored these changes."""
        done = update(change).where(change.c.seq.in_(list(seqs))).values(handed_over=True)
        await self._database.run(lambda connection: connection.execute(done).rowcount)

    async def changes_from(self, seq: int, *, limit: int) -> list[Change]:
        """Return a change, if it is still known, and what happened after it, oldest first."""
        return await self._database.run(partial(queries.changes, after=seq - 1, since=0.0, limit=limit, pending=False))

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """Hear of every change from now on."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def hang_up(self) -> None:
        """Let all listeners go."""
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()

    async def _write(self, work: Callable[..., tuple[T, list[Change]]]) -> T:
        result, changes = await self._database.run(partial(self._at_a_new_time, work=work))
        for what in changes:
            self._listeners = {listener for listener in self._listeners if listener.tell(what)}
            self.changed.set()
        return result

    def _at_a_new_time(
        self, connection: Connection, work: Callable[..., tuple[T, list[Change]]]
    ) -> tuple[T, list[Change]]:
        self._last_at = max(round(self._clock.now(), 6), round(self._last_at + _TICK_S, 6))
        return work(connection, at=self._last_at)


def _prepare(connection: Connection, *, forget_before: float) -> float:
    """Make what is missing, forget old changes, and return the time of the last change."""
    metadata.create_all(connection)
    connection.execute(delete_from(change).where(change.c.at < forget_before))
    times = (connection.scalar(select(func.max(column))) for column in (message.c.ts, message.c.edited_at, change.c.at))
    return max(at or 0.0 for at in times)
