"""What was said: fits `vigil_bot.ports.records.Transcript` and `vigil_bot.ports.chat.Heard`."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from typing import Final

from sqlalchemy import and_, bindparam, func, or_, select

from adapters.store import codec
from adapters.store.database import Database, Row, Session
from adapters.store.tables import analyst
from adapters.store.tables import conversation as threads
from adapters.store.tables import message as messages
from vigil_bot.model.conversation import Conversation, ConversationRef, Message

PAGE = 100  # threads read in one transaction
LONG, REMEMBERED = 30, 20_000  # messages of a thread that is worth remembering, and messages remembered in all

_THREAD = select(threads.c.version, threads.c.title).where(threads.c.key == bindparam("key"))
_MESSAGES = (
    select(messages.c.body)
    .where(messages.c.conversation == bindparam("key"))
    .order_by(messages.c.sent_at, messages.c.id)
)
_newest_first = messages.c.sent_at.desc()
_BY_LINK = select(messages.c.body).where(messages.c.permalink == bindparam("name")).order_by(_newest_first).limit(1)
_BY_ID = select(messages.c.body).where(messages.c.id == bindparam("name")).order_by(_newest_first).limit(1)
_LAST_AT = select(func.max(messages.c.sent_at)).where(messages.c.channel == bindparam("channel"))
_CHANNELS = (
    select(threads.c.channel, func.max(messages.c.sent_at))
    .join(messages, messages.c.conversation == threads.c.key)
    .where(threads.c.platform == bindparam("platform"))
    .group_by(threads.c.channel)
)
_RECENT = (
    select(messages.c.conversation, func.max(messages.c.sent_at))
    .where(messages.c.channel == bindparam("channel"), messages.c.sent_at >= bindparam("since"))
    .group_by(messages.c.conversation)
)
_BEFORE = (
    select(messages.c.body)
    .where(messages.c.channel == bindparam("channel"), messages.c.sent_at < bindparam("before"))
    .order_by(_newest_first)
    .limit(bindparam("limit"))
)
_ANALYSTS = (
    select(analyst.c.author_id)
    .where(analyst.c.channel == bindparam("channel"), analyst.c.seen_at >= bindparam("since"))
    .order_by(analyst.c.author_id)
)
_after = or_(
    threads.c.first_at > bindparam("after_at"),
    and_(threads.c.first_at == bindparam("after_at"), threads.c.key > bindparam("after_key")),
)
_PAGE = (
    select(threads.c.first_at, threads.c.key, threads.c.platform)
    .where(threads.c.first_at >= bindparam("after_at"), _after)
    .order_by(threads.c.first_at, threads.c.key)
    .limit(bindparam("limit"))
)


class LongThreads:
    """The messages of long threads as they were last read, so that of one that goes on only what is new is decoded."""

    def __init__(self) -> None:
        self._read: Final[OrderedDict[str, tuple[list[Row], tuple[Message, ...]]]] = OrderedDict()
        self._messages = 0

    def decoded(self, key: str, rows: list[Row]) -> tuple[Message, ...]:
        """Return the messages of a thread from its rows; what is remembered counts only as far as the rows are the same."""
        known_rows, known = self._read.pop(key, ([], ()))
        self._messages -= len(known)
        same = len(known_rows) if rows[: len(known_rows)] == known_rows else 0
        found = known[:same] + tuple(codec.MESSAGE.decode(body) for (body,) in rows[same:])
        if LONG <= len(found) <= REMEMBERED:
            self._read[key] = rows, found
            self._messages += len(found)
        while self._messages > REMEMBERED:
            _, (_, longest_unread) = self._read.popitem(last=False)
            self._messages -= len(longest_unread)
        return found


def read(session: Session, ref: ConversationRef, known: LongThreads) -> Conversation:
    """Return a thread as it is now."""
    key = codec.key_of(ref)
    row = session.row(_THREAD, key=key)
    if row is None:
        return Conversation(ref=ref)
    found = known.decoded(key, session.rows(_MESSAGES, key=key))
    return Conversation(ref=ref, messages=found, version=row[0], title=row[1])


class SqlTranscript:
    """Our own copy of what was said."""

    def __init__(self, database: Database, known: LongThreads) -> None:
        self._database = database
        self._known = known

    async def conversation(self, ref: ConversationRef) -> Conversation:
        """Return the thread as it is now, oldest message first."""
        return await self._database.run(lambda session: read(session, ref, self._known))

    async def version(self, ref: ConversationRef) -> int:
        """Return the thread's version, 0 when nothing is stored of it."""
        row = await self._database.run(lambda session: session.row(_THREAD, key=codec.key_of(ref)))
        return 0 if row is None else int(row[0])

    async def find_message(self, text: str) -> Message | None:
        """Return the message with this permalink or id; of several the newest."""
        row = await self._database.run(
            lambda session: session.row(_BY_LINK, name=text) or session.row(_BY_ID, name=text)
        )
        return None if row is None else codec.MESSAGE.decode(row[0])

    async def last_message_at(self, channel: ConversationRef) -> float | None:
        """Return the time of the newest stored message of a channel."""
        key = codec.key_of(channel.channel)
        row = await self._database.run(lambda session: session.row(_LAST_AT, channel=key))
        return None if row is None else row[0]

    async def channels(self, platform: str) -> Mapping[ConversationRef, float]:
        """Return the channels that something is stored of, each with the time of its newest stored message."""
        rows = await self._database.run(lambda session: session.rows(_CHANNELS, platform=platform))
        return {codec.ref_of(key): at for key, at in rows}

    async def threads(self, channel: ConversationRef, *, since: float) -> Mapping[str, float]:
        """Return the threads of a channel with a message since then: thread id -> time of the newest stored message."""
        key = codec.key_of(channel.channel)
        rows = await self._database.run(lambda session: session.rows(_RECENT, channel=key, since=since))
        return {codec.ref_of(key).thread_id or "": at for key, at in rows}

    async def messages_in(self, channel: ConversationRef, *, before: float, limit: int) -> list[Message]:
        """Return the newest messages of a channel that were sent before a time, newest first."""
        key = codec.key_of(channel.channel)
        rows = await self._database.run(lambda session: session.rows(_BEFORE, channel=key, before=before, limit=limit))
        return [codec.MESSAGE.decode(body) for (body,) in rows]

    async def analysts_seen(self, channel: ConversationRef, *, since: float) -> list[str]:
        """Return the ids of people who wrote in a channel as analysts since then."""
        key = codec.key_of(channel.channel)
        rows = await self._database.run(lambda session: session.rows(_ANALYSTS, channel=key, since=since))
        return [author_id for (author_id,) in rows]

    async def conversations(self, *, platform: str | None = None) -> AsyncIterator[Conversation]:
        """Go through all threads, by the time of their first message, a page at a time."""
        return self._pages(platform)

    async def _pages(self, platform: str | None) -> AsyncIterator[Conversation]:
        after_at, after_key = float("-inf"), ""
        while True:
            page = await self._database.run(
                lambda session, at=after_at, key=after_key: _page(session, at, key, platform)  # type: ignore[misc]
            )
            if not page:
                return
            for after_at, after_key, conversation in page:  # noqa: B007 -- where the next page begins
                if conversation is not None:
                    yield conversation


def _page(
    session: Session, after_at: float, after_key: str, platform: str | None
) -> list[tuple[float, str, Conversation | None]]:
    """The next threads; None in place of one of another platform."""
    known = LongThreads()  # each is read once
    rows = session.rows(_PAGE, after_at=after_at, after_key=after_key, limit=PAGE)
    return [
        (at, key, read(session, codec.ref_of(key), known) if platform in (None, of) else None) for at, key, of in rows
    ]
