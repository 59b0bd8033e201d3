"""Records what a model replied, and replays it: JSON Lines, found by a hash of what was asked, without the prompts."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from adapters.llm.asks import Answer, Asks, Image
from vigil_bot.errors import InputError, MalformedReply, ModelUnavailable

T = TypeVar("T", bound=BaseModel)
T_co = TypeVar("T_co", bound=BaseModel, covariant=True)


class Recorded(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(frozen=True)

    key: str
    purpose: str
    reply: JsonValue
    tokens_in: int
    tokens_out: int
    cost: float


class Replayed(BaseModel, Generic[T_co]):
    """An answer that was given before, at the price it had."""

    model_config = ConfigDict(frozen=True)

    value: T_co
    tokens_in: int
    tokens_out: int
    cost: float


class Cassette:
    """Asks like a model; what it has not recorded it asks the real one, if it has one."""

    def __init__(self, path: Path, *, model: str, inner: Asks | None = None) -> None:
        """Read the file.

        Raises:
            InputError: If it is none of ours, or missing where nothing can be recorded.
        """
        self._path = path
        self._model = model
        self._inner = inner
        self._known = {line.key: line for line in _read(path, may_write=inner is not None)}

    async def ask(
        self,
        purpose: str,
        *,
        system: str,
        user: str,
        schema: type[T],
        images: Sequence[Image] = (),
        max_tokens: int,
    ) -> Answer[T]:
        """Return the reply.

        Raises:
            ModelUnavailable: If it was not recorded and nobody can be asked. ModelError: As the real model raises it.
        """
        key = key_of(model=self._model, system=system, user=user, schema=schema, images=images)
        known = self._known.get(key)
        if known is not None:
            return _replayed(known, schema)
        if self._inner is None:
            raise ModelUnavailable(f"The cassette {self._path.name} has no reply for this {purpose}.")
        answer: Answer[T] = await self._inner.ask(
            purpose, system=system, user=user, schema=schema, images=images, max_tokens=max_tokens
        )
        self._keep(
            Recorded(
                key=key,
                purpose=purpose,
                reply=answer.value.model_dump(mode="json"),
                tokens_in=answer.tokens_in,
                tokens_out=answer.tokens_out,
                cost=answer.cost,
            )
        )
        return answer

    def _keep(self, line: Recorded) -> None:
        """Append a line in one write, readable by its owner only: replies quote people."""
        self._known[line.key] = line
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(line.model_dump_json() + "\n")


def key_of(*, model: str, system: str, user: str, schema: type[BaseModel], images: Sequence[Image]) -> str:
    """Return what changes with everything that a reply depends on."""
    shown = [[image.media_type, hashlib.sha256(image.data).hexdigest()] for image in images]
    asked = json.dumps([model, system, user, schema.model_json_schema(), shown], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _replayed(line: Recorded, schema: type[T]) -> Replayed[T]:
    try:
        value = schema.model_validate(line.reply)
    except ValidationError:
        raise MalformedReply("A reply in the cassette has not the right shape.") from None
    return Replayed(value=value, tokens_in=line.tokens_in, tokens_out=line.tokens_out, cost=line.cost)


def _read(path: Path, *, may_write: bool) -> list[Recorded]:
    """Return the lines; half a line at the end, of a process that was killed while it wrote, is dropped."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if may_write:
            return []
        raise InputError(f"There is no cassette {path.name}.") from None
    except OSError as error:
        raise InputError(f"The cassette {path.name} cannot be read.") from error
    whole = content[: content.rfind(b"\n") + 1]
    if may_write and len(whole) < len(content):
        os.truncate(path, len(whole))
    found: list[Recorded] = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            found.append(Recorded.model_validate_json(line))
        except ValidationError:
            raise InputError(f"Line {number} of {path.name} is no line of a cassette.") from None
    return found
