"""How a model is made to reply in JSON: by a schema that the server enforces, by its JSON mode, or by asking; pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from vigil_bot.errors import MalformedReply

T = TypeVar("T", bound=BaseModel)
Json = dict[str, Any]

MAX_REPLY_CHARS = 100_000
MAX_STARTS = 50  # braces at which an object is looked for
UNENFORCED = 2  # misshapen replies in a row, after which a server is taken not to enforce the schema
MAX_PROBLEMS = 5
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FORMAT = re.compile(
    r"response_?format|json_?(?:schema|object)|structured|grammar|guided|additionalProperties", re.IGNORECASE
)


class Rung(StrEnum):
    """A way to get JSON, the best first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"

    @property
    def below(self) -> "Rung":
        """The next best."""
        return Rung.JSON_OBJECT if self is Rung.JSON_SCHEMA else Rung.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a model at its endpoint understands, as far as it is known."""

    rung: Rung = Rung.JSON_SCHEMA
    thinks: bool = False  # it wants max_completion_tokens, which its thinking counts for, in place of max_tokens
    proven: bool = False
    misshapen: int = 0  # replies in a row

    def after_refusal(self, said: str) -> "Dialect | None":
        """Return what to try after the server refused a request with these words; None if they are about something else."""
        if not self.thinks and "max_completion_tokens" in said:
            return replace(self, thinks=True)
        if self.rung is Rung.TEXT or (self.proven and not _FORMAT.search(said)):
            return None
        return replace(self, rung=self.rung.below, proven=False)

    def after_reply(self, *, good: bool) -> "Dialect":
        """Return what is known after a first reply: a schema that is often broken is not enforced."""
        misshapen = 0 if good else self.misshapen + 1
        if misshapen >= UNENFORCED and self.rung is Rung.JSON_SCHEMA:
            return Dialect(rung=Rung.JSON_OBJECT, thinks=self.thinks)
        return replace(self, proven=self.proven or good, misshapen=misshapen)


FIRST: Final = Dialect()


def response_format(rung: Rung, schema: type[BaseModel]) -> Json | None:
    """Return what is asked of the server."""
    if rung is Rung.JSON_SCHEMA:
        shape = {"name": schema.__name__, "schema": schema.model_json_schema(), "strict": True}
        return {"type": "json_schema", "json_schema": shape}
    return {"type": "json_object"} if rung is Rung.JSON_OBJECT else None


def instructions(rung: Rung, system: str, schema: type[BaseModel]) -> str:
    """Return the system prompt, with the schema where the server does not enforce it."""
    return system if rung is Rung.JSON_SCHEMA else f"{system}\n\n{shape_of(schema)}"


def shape_of(schema: type[BaseModel]) -> str:
    """Say in words what a reply must look like."""
    text = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    return f"Reply with one JSON object of this JSON schema and with nothing else:\n{text}"


def objects_in(text: str) -> Iterator[Json]:
    """Give the JSON objects in a text, in their order, whatever stands around them; not those inside of others."""
    text = _THINKING.sub("", text[:MAX_REPLY_CHARS])
    decoder, at = json.JSONDecoder(), text.find("{")
    for _ in range(MAX_STARTS):
        if at < 0:
            return
        end = at + 1
        try:
            found, end = decoder.raw_decode(text, at)
            yield found
        except (ValueError, RecursionError):
            pass
        at = text.find("{", end)


def parse(text: str, schema: type[T]) -> T:
    """Return the first object in a text that has the shape.

    Raises:
        MalformedReply: If there is none; it says what is wrong with the first, without its values.
    """
    problem = "it holds no JSON object"
    for number, found in enumerate(objects_in(text)):
        try:
            return schema.model_validate(found)
        except ValidationError as error:
            problem = problem if number else _problems(error)
    raise MalformedReply(f"The model's reply has not the right shape: {problem}.")


def _problems(error: ValidationError) -> str:
    """Return what is wrong where; a name that the model made up may be anything, so it is left out."""
    rows = error.errors(include_url=False, include_context=False, include_input=False)
    found = [
        ".".join(map(str, row["loc"][:-1] if row["type"] == "extra_forbidden" else row["loc"])) + " " + row["type"]
        for row in rows[:MAX_PROBLEMS]
    ]
    return ", ".join(one.strip() for one in found)
