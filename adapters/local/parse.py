"""What happened in the local chat, as events of the core; pure."""

import re
from urllib.parse import quote

from adapters.local.values import PLATFORM, WORKSPACE, Change, ChangeKind, ChatMessage, Person
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message, Reaction
from vigil_bot.model.event import ActionInvoked, Event, MessageDeleted, MessageEdited, MessagePosted, ReactionChanged

_MENTION = re.compile(
    r"(?<![a-z0-9_])@vigil(?:[ _-]?bot)?(?![a-z0-9_])", re.IGNORECASE
)  # \w would take Chinese words for part of it


def event_of(what: Change) -> Event | None:
    """Return the event that a change is; None for what the core does not hear of.

    Cards for one reader are not heard of, but the pressing of their buttons is.
    """
    message = what.message
    if message is None:
        return None
    if what.kind is ChangeKind.ACTION_INVOKED:
        return _pressed(what, message)
    return _event(what, message) if message.reader is None else None


def _event(what: Change, message: ChatMessage) -> Event | None:
    ref = conversation_of(message.channel_id, message.thread_id)
    match what.kind:
        case ChangeKind.MESSAGE_POSTED:
            return MessagePosted(message=message_of(message))
        case ChangeKind.MESSAGE_EDITED:
            return MessageEdited(message=message_of(message))
        case ChangeKind.MESSAGE_DELETED:
            return MessageDeleted(conversation=ref, message_id=message.id, at=what.at)
        case ChangeKind.REACTION_ADDED | ChangeKind.REACTION_REMOVED:
            return ReactionChanged(
                conversation=ref,
                message_id=message.id,
                author=_person(what.by),
                emoji=what.emoji,
                added=what.kind is ChangeKind.REACTION_ADDED,
                at=what.at,
            )
        case ChangeKind.CHANNEL_CREATED | ChangeKind.ACTION_INVOKED:
            return None


def _pressed(what: Change, message: ChatMessage) -> ActionInvoked:
    return ActionInvoked(
        id=str(what.seq),
        conversation=conversation_of(message.channel_id, message.thread_id),
        message_id=message.id,
        author=_person(what.by),
        action=what.action,
        value=what.value,
        at=what.at,
    )


def conversation_of(channel_id: str, thread_id: str | None) -> ConversationRef:
    """Return the address of a thread, or of a channel."""
    return ConversationRef(platform=PLATFORM, workspace_id=WORKSPACE, channel_id=channel_id, thread_id=thread_id)


def message_of(row: ChatMessage) -> Message:
    """Return a message as the core knows it."""
    return Message(
        id=row.id,
        conversation=conversation_of(row.channel_id, row.thread_id),
        author=Author(id=row.author, kind=row.kind, role=row.role, name=row.author),
        text=row.text,
        sent_at=row.ts,
        edited_at=row.edited_at,
        reply_to=None if row.thread_id == row.id else row.thread_id,
        mentions_us=row.kind is not AuthorKind.SELF and _MENTION.search(row.text) is not None,
        permalink=permalink_of(row.channel_id, row.id),
        reactions=tuple(Reaction(emoji=r.emoji, author_id=r.author, at=r.ts) for r in row.reactions),
        deleted=row.deleted,
    )


def permalink_of(channel_id: str, message_id: str) -> str:
    """Return the address of a message on the page."""
    return f"/#/c/{quote(channel_id, safe='')}/m/{message_id}"


def author_of(person: Person) -> Author:
    """Return a person as the core knows them."""
    return Author(id=person.name, kind=AuthorKind.HUMAN, role=person.role, name=person.name)


def _person(by: Person | None) -> Author:
    return author_of(by or Person(name=""))
