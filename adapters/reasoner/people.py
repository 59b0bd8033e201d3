"""Who is who in a thread; pure."""

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import AuthorKind, Conversation, Message, Role

_MIN_NAME_CHARS = 2


def names_of(conversation: Conversation) -> tuple[str, ...]:
    """Return the names and ids of the people in a thread, longest first, to find them when they are addressed."""
    names = {n for m in conversation.messages for n in (m.author.name, m.author.id) if len(n) >= _MIN_NAME_CHARS}
    return tuple(sorted(names, key=lambda n: (-len(n), n)))


def requester_id(conversation: Conversation, case: Case | None) -> str | None:
    """Return who asked: the case's requester, else who began the thread."""
    if case is not None and case.requester_id is not None:
        return case.requester_id
    opener = conversation.opener
    return opener.id if opener is not None else None


def is_analyst(conversation: Conversation, message: Message) -> bool:
    """Whether the author is known to be an analyst."""
    return conversation.role_of(message.author) is Role.ANALYST


def said_by_people(conversation: Conversation) -> list[Message]:
    """Return what people wrote and still stands, oldest first."""
    return [m for m in conversation.messages if m.author.kind is AuthorKind.HUMAN and not m.deleted]
