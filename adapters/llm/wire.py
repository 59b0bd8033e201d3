"""What goes to an endpoint and what comes back: chat completions, read without trust; pure."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from adapters.llm.asks import Image
from adapters.llm.prices import estimated_tokens
from vigil_bot.errors import MalformedReply

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model said, and what it took."""

    text: str
    refused: bool
    tokens_in: int
    tokens_out: int


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def messages(system: str, user: str, images: Sequence[Image]) -> list["ChatCompletionMessageParam"]:
    """Return the messages of a request, with the pictures in it."""
    if not images:
        return [{"role": "system", "content": system}, {"role": "user", "content": user}]
    parts: list[ChatCompletionContentPartParam] = [{"type": "text", "text": user}]
    for image in images:
        url = f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return [{"role": "system", "content": system}, {"role": "user", "content": parts}]


def repairing(said: str, problem: str, shape: str) -> list["ChatCompletionMessageParam"]:
    """Return the messages that ask for the same in the right shape."""
    ask: ChatCompletionMessageParam = {"role": "user", "content": f"{problem} {shape}"}
    return [{"role": "assistant", "content": said}, ask] if said else [ask]


def read(body: bytes, *, asked: str) -> Said:
    """Read a chat completion; what it took is estimated where the endpoint does not say.

    Raises:
        MalformedReply: If it is none.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        raise MalformedReply("The model's endpoint sent something that is no chat completion.") from None
    choice = completion.choices[0]
    text = choice.message.content or ""
    usage = completion.usage
    return Said(
        text=text,
        refused=bool(choice.message.refusal) or choice.finish_reason == "content_filter",
        tokens_in=usage.prompt_tokens if usage else estimated_tokens(asked),
        tokens_out=usage.completion_tokens if usage else estimated_tokens(text),
    )
