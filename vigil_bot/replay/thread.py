"""Recorded threads as events: what every reader of a source produces; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from vigil_bot.model.conversation import (
    Attachment,
    Author,
    AuthorKind,
    Conversation,
    ConversationRef,
    Message,
    Reaction,
)
from vigil_bot.model.event import Event, MessagePosted, ReactionChanged

WORKSPACE = "replay"
MAX_MESSAGE_CHARS = 1_000_000  # what the local API takes, too; Slack allows 40,000, Lark 150,000
LAST_AT = 253_402_300_799.0  # the end of the year 9999: later times cannot be shown, they are milliseconds

_ORIGIN = "\u241f"  # between a message's own id and what makes it unique in its channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something of a source that was left out.

    line counts from 1 (in a list of messages: the message; 0 is the whole file). lost says that a line, message or file
    could not be read; False is only a remark, such as on a message that stands there twice.
    """

    line: int
    why: str
    file: str = ""
    lost: bool = True

    def __str__(self) -> str:
        place = " ".join(part for part in (self.file, f"line {self.line}" if self.line else "") if part)
        return f"{place}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayThread:
    """A thread as it was, its events in the order of the source."""

    ref: ConversationRef
    title: str | None = None
    closed_at: float | None = None
    events: tuple[MessagePosted | ReactionChanged, ...] = ()
    labels: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def messages(self) -> list[Message]:
        """The messages, in the order of the source."""
        return [event.message for event in self.events if isinstance(event, MessagePosted)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a source, before its thread is put together."""

    id: str
    author: Author
    text: str
    at: float
    edited_at: float | None = None
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    permalink: str | None = None


class Assembler:
    """Puts threads together, so that each message of a channel is there once and under an id of its own."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], dict[str, tuple[str, float, str]]] = {}
        self.repeated = 0

    def thread(
        self,
        ref: ConversationRef,
        said: Iterable[Said],
        *,
        title: str | None = None,
        closed_at: float | None = None,
        labels: Mapping[str, JsonValue] | None = None,
    ) -> ReplayThread:
        """Return the thread; a message given before is left out and counted in `repeated`.

        Other messages with an id that their channel has already keep a readable part of it, see `plain_id`.
        """
        ids: dict[str, str] = {}
        messages: list[tuple[Message, tuple[Reaction, ...]]] = []
        for one in said:
            own_id = self._own_id(ref, one)
            if own_id is None:
                self.repeated += 1
                continue
            ids[one.id] = own_id
            messages.append((_message(ref, one, own_id, ids), one.reactions))
        return ReplayThread(
            ref=ref, title=title, closed_at=closed_at, events=tuple(_events(messages)), labels=labels or {}
        )

    def _own_id(self, ref: ConversationRef, said: Said) -> str | None:
        seen = self._seen.setdefault((ref.platform, ref.workspace_id, ref.channel_id), {})
        thread_id = ref.thread_id or ""
        this = (thread_id, said.at, said.text)
        own_id, copy = said.id, 0
        while own_id in seen:
            if seen[own_id] == this:
                return None
            own_id = f"{said.id}{_ORIGIN}{thread_id}" + (f"{_ORIGIN}{copy}" if copy else "")
            copy += 1
        seen[own_id] = this
        return own_id


def plain_id(message_id: str) -> str:
    """Return the id that a message has in its source."""
    return message_id.partition(_ORIGIN)[0]


def of_conversation(conversation: Conversation) -> ReplayThread:
    """Return a stored transcript as a thread; our own posts and deleted messages are left out."""
    kept = [m for m in conversation.messages if m.author.kind is not AuthorKind.SELF and not m.deleted]
    said = (
        Said(
            id=m.id,
            author=m.author,
            text=m.text,
            at=m.sent_at,
            edited_at=m.edited_at,
            reply_to=m.reply_to,
            attachments=m.attachments,
            reactions=m.reactions,
            permalink=m.permalink,
        )
        for m in kept
    )
    return Assembler().thread(conversation.ref, said, title=conversation.title)


def timeline(threads: Iterable[ReplayThread]) -> list[Event]:
    """Return all events by (time, thread, position in the thread); the order of the threads does not matter."""
    placed: list[tuple[float, str, int, Event]] = []
    for thread in threads:
        key = thread.ref.key
        placed += [(event.at, key, position, event) for position, event in enumerate(thread.events)]
    placed.sort(key=lambda one: one[:3])
    return [event for *_, event in placed]


def _message(ref: ConversationRef, said: Said, own_id: str, ids: Mapping[str, str]) -> Message:
    return Message(
        id=own_id,
        conversation=ref,
        author=said.author,
        text=said.text.replace("\x00", ""),  # PostgreSQL cannot store it
        sent_at=said.at,
        reply_to=None if said.reply_to is None else ids.get(said.reply_to, said.reply_to),
        attachments=said.attachments,
        permalink=said.permalink,
    )


def _events(
    messages: Sequence[tuple[Message, tuple[Reaction, ...]]],
) -> list[MessagePosted | ReactionChanged]:
    """Return each message with its reactions after it.

    A reaction without a time of its own comes with the last message: earlier, it would give away what was not known then.
    """
    events: list[MessagePosted | ReactionChanged] = []
    authors = {message.author.id: message.author for message, _ in messages}
    end = max((message.sent_at for message, _ in messages), default=0.0)
    for message, reactions in messages:
        events.append(MessagePosted(message=message))
        events += [
            ReactionChanged(
                conversation=message.conversation,
                message_id=message.id,
                author=authors.get(reaction.author_id, Author(id=reaction.author_id)),
                emoji=reaction.emoji,
                added=True,
                at=max(reaction.at, message.sent_at) if reaction.at else end,
            )
            for reaction in reactions
        ]
    return events
