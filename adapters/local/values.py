"""What the local chat stores and tells: channels, messages, changes."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vigil_bot.model.conversation import AuthorKind, Role

PLATFORM = "local"
WORKSPACE = "local"
BOT_NAME = "Vigil Bot"

CardJson = dict[str, object]
"""A card as the page shows it; `render.card_json` makes it."""


def _one_line(name: str) -> str:
    if not name.strip() or any(ord(character) < _SPACE or ord(character) == _DELETE for character in name):
        raise ValueError("must be one line with visible characters")
    return name.strip()


_SPACE, _DELETE = 0x20, 0x7F

Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_one_line)]
"""A name as people type it."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Channel(_Value):
    """A room."""

    id: str
    name: str


class Person(_Value):
    """Somebody who writes, reacts or presses; the name is the id."""

    name: str
    role: Role = Role.UNKNOWN


class Reacted(_Value):
    """One person's emoji on a message."""

    emoji: str
    author: str
    ts: float


class ChatMessage(_Value):
    """A message as it is now; a first message's thread_id is its own id.

    reader is the only one who sees it; None is everybody.
    """

    id: str
    channel_id: str
    thread_id: str
    author: str
    kind: AuthorKind
    role: Role
    text: str
    ts: float
    card: CardJson | None = None
    edited_at: float | None = None
    deleted: bool = False
    reader: str | None = None
    reactions: tuple[Reacted, ...] = ()


class ChangeKind(StrEnum):
    """What happened."""

    CHANNEL_CREATED = "channel_created"
    MESSAGE_POSTED = "message_posted"
    MESSAGE_EDITED = "message_edited"
    MESSAGE_DELETED = "message_deleted"
    REACTION_ADDED = "reaction_added"
    REACTION_REMOVED = "reaction_removed"
    ACTION_INVOKED = "action_invoked"


class Change(_Value):
    """Something that happened, with the message as it was right after; seq grows by one with each."""

    kind: ChangeKind
    at: float
    channel: Channel
    message: ChatMessage | None = None
    by: Person | None = None
    emoji: str = ""
    action: str = ""
    value: str = ""
    seq: int = 0
