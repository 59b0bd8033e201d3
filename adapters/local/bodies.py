"""What may be asked of the local chat's API: request bodies and queries, checked; pure."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from adapters.local.values import BOT_NAME, Name
from vigil_bot.errors import InputError
from vigil_bot.model.conversation import Role
from vigil_bot.texts.text import Text

MAX_TEXT_CHARS = 40_000

B = TypeVar("B", bound=BaseModel)


def _readable(text: str) -> str:
    if not text.strip() or "\x00" in text:
        raise ValueError("must have visible characters and no NUL")
    return text


def _not_the_bot(name: str) -> str:
    if name.casefold() == BOT_NAME.casefold():
        raise ValueError("is the bot's own name")
    return name


def _in_a_path(name: str) -> str:
    if "/" in name or name in (".", ".."):
        raise ValueError("must not be a path")
    return name


Said = Annotated[str, Field(max_length=MAX_TEXT_CHARS), AfterValidator(_readable)]
Who = Annotated[Name, AfterValidator(_not_the_bot)]
Emoji = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^\S+$")]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChannelBody(_Body):
    """A new channel; without a name it is called like its id."""

    id: Annotated[Name, AfterValidator(_in_a_path)]
    name: Name | None = None


class MessageBody(_Body):
    """A new message; bot says that a program other than us writes, such as one that reports alerts."""

    author: Who
    role: Role | None = None
    bot: bool = False
    text: Said
    thread_id: Id | None = None
    client_id: Id | None = None


class EditBody(_Body):
    """New words; author, if given, must be who wrote the message."""

    text: Said
    author: Who | None = None


class ReactionBody(_Body):
    """An emoji put on a message, or taken away."""

    author: Who
    role: Role | None = None
    emoji: Emoji
    remove: bool = False


class ActionBody(_Body):
    """A button pressed."""

    author: Who
    role: Role | None = None
    action: Id
    value: Annotated[str, Field(max_length=2_000)] = ""


class CommandBody(_Body):
    """A slash command, in a thread or in the channel."""

    author: Who
    role: Role | None = None
    channel: Id
    thread_id: Id | None = None
    text: Said


class ListQuery(_Body):
    """Which messages of a channel; last limits them to the newest so many."""

    after: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    viewer: Name | None = None
    thread_id: Id | None = None
    last: Annotated[int, Field(ge=1, le=10_000)] | None = None


def read(kind: type[B], body: bytes) -> B:
    """Return a request body as a value. Raises InputError, which names the field and quotes nothing."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _wrong("body", error) from error


def read_query(query: dict[str, str]) -> ListQuery:
    """Return the query of a listing as a value. Raises InputError."""
    try:
        return ListQuery.model_validate(query)
    except ValidationError as error:
        raise _wrong("query", error) from error


def command_text(text: str) -> str:
    """Return what follows "/vigil". Raises InputError if nothing like that begins the text."""
    word, _, rest = text.strip().partition(" ")
    if word.lower() != "/vigil":
        hint = Text("Commands begin with /vigil; try /vigil help.")
        raise InputError(Text("That is not a command of mine."), hint=hint)
    return rest.strip()


def _wrong(what: str, error: ValidationError) -> InputError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        hint = Text("Send an object as application/json.")
        return InputError(Text("The body is not valid JSON in UTF-8."), hint=hint)
    where = ".".join(str(part) for part in first["loc"]) or what
    message = first["msg"].removeprefix("Value error, ").removeprefix("String ").removeprefix("Input ")
    return InputError(Text("What was sent is wrong."), hint=f"{what}: {where}: {message}")
