"""Vectors from an OpenAI-compatible endpoint."""

import asyncio
from array import array
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from vigil_bot.errors import MalformedReply, ModelError, ModelUnavailable, RateLimited, TransientError

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI
    from openai.types import CreateEmbeddingResponse
    from tenacity import RetryCallState

BATCH = 64
MAX_CHARS = 8_000
TIMEOUT_S = 20.0
ATTEMPTS = 3
MAX_WAIT_S = 20.0
REMEMBERED = 1_024  # texts; 12 MB
_DENIED = (401, 403)


def _backoff(attempt: int) -> float:
    return min(MAX_WAIT_S, 0.5 * 2.0 ** (attempt - 1))


class OpenAIEmbedder:
    """Asks the endpoint for vectors, many texts at a time."""

    languages: Final = frozenset({"en", "zh"})

    def __init__(
        self, *, base_url: str, api_key: str, model: str, backoff_s: Callable[[int], float] = _backoff
    ) -> None:
        self.name = f"openai:{model}"
        self._base_url = base_url
        self._api_key = api_key
        self._model = model
        self._backoff_s = backoff_s
        self._client: AsyncOpenAI | None = None
        self._known: dict[str, array[float]] = {}

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, of unit length.

        Raises:
            RateLimited: If the endpoint asks us to wait, three times. ModelUnavailable: If it does not answer.
            ModelError: If it refuses. MalformedReply: If the reply has not one vector of the same length for each text.
        """
        wanted = [text[:MAX_CHARS] or " " for text in texts]
        found = {text: self._known[text] for text in wanted if text in self._known}
        new = [text for text in dict.fromkeys(wanted) if text not in found]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            vectors = _vectors(await self._ask(batch), len(batch))
            found |= {text: array("d", vector) for text, vector in zip(batch, vectors, strict=True)}
        if len({len(vector) for vector in found.values()}) > 1:
            raise MalformedReply("The embedding endpoint sent vectors of different lengths.")
        self._remember(found)
        return [found[text].tolist() for text in wanted]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _remember(self, found: "Mapping[str, array[float]]") -> None:
        """Keep vectors by their texts: a question is looked for more than once, and a text stored that was compared before."""
        if len(self._known) + len(found) > REMEMBERED:
            self._known.clear()
        self._known |= list(found.items())[:REMEMBERED]

    async def _ask(self, texts: list[str]) -> "CreateEmbeddingResponse":
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt  # noqa: PLC0415

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait_s,
            reraise=True,
        )
        return await retrying(self._ask_once, texts)

    def _wait_s(self, state: "RetryCallState") -> float:
        """Return how long to wait: as long as the endpoint says, else twice as long each time."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        return min(MAX_WAIT_S, asked) if asked is not None else self._backoff_s(state.attempt_number)

    async def _ask_once(self, texts: list[str]) -> "CreateEmbeddingResponse":
        await asyncio.to_thread(import_module, "openai.resources.embeddings")  # takes more than a second
        from openai import APIError, AsyncOpenAI  # noqa: PLC0415

        if self._client is None:
            self._client = AsyncOpenAI(
                base_url=self._base_url, api_key=self._api_key or "none", timeout=TIMEOUT_S, max_retries=0
            )
        try:
            return await self._client.embeddings.create(input=texts, model=self._model, encoding_format="float")
        except APIError as error:
            raise _translated(error) from error
        except ValueError as error:
            raise MalformedReply("The embedding endpoint sent something that is no JSON.") from error


def _translated(error: "APIError") -> Exception:
    from openai import APIConnectionError, APIStatusError  # noqa: PLC0415

    if isinstance(error, APIConnectionError):
        return ModelUnavailable("The embedding endpoint does not answer.")
    if not isinstance(error, APIStatusError):
        return MalformedReply("The embedding endpoint sent something that cannot be read.")
    status = error.status_code
    if status == 429:  # noqa: PLR2004 -- Too Many Requests
        return RateLimited(
            "The embedding endpoint asks us to wait.", retry_after_s=_seconds(error.response.headers.get("retry-after"))
        )
    if status >= 500:  # noqa: PLR2004
        return ModelUnavailable(f"The embedding endpoint failed with {status}.")
    hint = (
        "Check VIGIL_MODEL_API_KEY." if status in _DENIED else "Check VIGIL_MODEL_BASE_URL and VIGIL_EMBEDDING_MODEL."
    )
    return ModelError(f"The embedding endpoint refused with {status}.", hint=hint)


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None


def _vectors(reply: "CreateEmbeddingResponse", expected: int) -> list[list[float]]:
    """Return the vectors in the order of the texts, made of unit length."""
    rows = sorted(reply.data or (), key=lambda row: row.index)
    if [row.index for row in rows] != list(range(expected)):
        raise MalformedReply(f"The embedding endpoint sent {len(rows)} vectors for {expected} texts.")
    return [_unit(row.embedding) for row in rows]


def _unit(vector: list[float]) -> list[float]:
    length = sum(x * x for x in vector) ** 0.5
    if length == 0.0 or length != length:  # noqa: PLR0124 -- not a number
        raise MalformedReply("The embedding endpoint sent a vector without direction.")
    return [x / length for x in vector]
