"""Values to JSON and back."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Final, Generic, TypeVar

from pydantic import Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from vigil_bot.errors import StoreError
from vigil_bot.model.case import Case
from vigil_bot.model.cluster import Cluster, Report
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.document import Document
from vigil_bot.model.event import Event
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.knowledge import EntryVersion, KnowledgeEntry
from vigil_bot.model.label import Label
from vigil_bot.model.policy import Mute
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.watch import RuleMute, Watched, WatchRule
from vigil_bot.model.work import Post

T = TypeVar("T")

CACHED = 8_192  # values of one type; they are frozen, so that one may be handed out many times


class Codec(Generic[T]):
    """One type as JSON text."""

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter
        self.decode: Final[Callable[[str], T]] = lru_cache(maxsize=CACHED)(adapter.validate_json)

    def encode(self, value: T) -> str:
        """Return a value as JSON.

        Raises:
            StoreError: If a text in it is no Unicode text.
        """
        try:
            return self._adapter.dump_json(value).decode()
        except PydanticSerializationError as error:
            raise StoreError("A value cannot be stored: it holds text that is not Unicode.") from error


MESSAGE = Codec(TypeAdapter(Message))
EVENT: Codec[Event] = Codec(TypeAdapter(Annotated[Event, Field(discriminator="kind")]))
POST = Codec(TypeAdapter(Post))
DECISION = Codec(TypeAdapter(DecisionRecord))
SUGGESTION = Codec(TypeAdapter(Suggestion))
FEEDBACK = Codec(TypeAdapter(Feedback))
LABEL = Codec(TypeAdapter(Label))
MUTE = Codec(TypeAdapter(Mute))
CASE = Codec(TypeAdapter(Case))
REPORT = Codec(TypeAdapter(Report))
CLUSTER = Codec(TypeAdapter(Cluster))
WATCH_RULE = Codec(TypeAdapter(WatchRule))
RULE_MUTE = Codec(TypeAdapter(RuleMute))
WATCHED = Codec(TypeAdapter(Watched))
ENTRY = Codec(TypeAdapter(KnowledgeEntry))
DOCUMENT = Codec(TypeAdapter(Document))
ENTRY_VERSION = Codec(TypeAdapter(EntryVersion))


@lru_cache(maxsize=CACHED)
def key_of(ref: ConversationRef) -> str:
    """Return the key of a conversation."""
    return ref.key


@lru_cache(maxsize=CACHED)
def ref_of(key: str) -> ConversationRef:
    """Return the conversation of a key."""
    return ConversationRef.from_key(key)


def channel_of(key: str) -> str:
    """Return the channel's key of a conversation key, or of a mute's target (`<channel key>#<author id>`)."""
    return "/".join(key.partition("#")[0].split("/")[:3])


def literally(text: str) -> str:
    """Return what LIKE matches a text with, and nothing else; the escape is a backslash."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
