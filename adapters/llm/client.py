"""Asks a model at any OpenAI-compatible endpoint, and gives back replies of the right shape only."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import structlog
from pydantic import BaseModel

from adapters.llm.asks import Image
from adapters.llm.breaker import PAUSE_S, Breaker
from adapters.llm.config import ModelConfig
from adapters.llm.faults import ModelPaused, RequestRefused, translated
from adapters.llm.ladder import FIRST, Dialect, Rung, instructions, parse, response_format, shape_of
from adapters.llm.spending import Purse
from adapters.llm.wire import Said, messages, read, repairing
from vigil_bot.errors import MalformedReply, ModelError, ModelUnavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam
    from tenacity import RetryCallState

T = TypeVar("T", bound=BaseModel)
T_co = TypeVar("T_co", bound=BaseModel, covariant=True)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(Generic[T_co]):
    """A reply of the right shape, and what it cost, its repair included."""

    value: T_co
    tokens_in: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked."""

    purpose: str
    system: str
    user: str
    schema: type[BaseModel]
    images: Sequence[Image]
    max_tokens: int


def _backoff(attempt: int) -> float:
    return 0.5 * 2.0 ** (attempt - 1)


class ModelClient:
    """Asks a model; what works with it is found out once and remembered."""

    def __init__(
        self,
        config: ModelConfig,
        *,
        now: Callable[[], float],
        purse: Purse | None = None,
        backoff_s: Callable[[int], float] = _backoff,
    ) -> None:
        """Take the time from now, and the budget, if there is one, from purse."""
        self.dialect: Dialect = FIRST
        self._config = config
        self._now = now
        self._purse = purse
        self._backoff_s = backoff_s
        self._breaker = Breaker()
        self._turns = asyncio.Semaphore(config.concurrency)
        self._sdk: AsyncOpenAI | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            await self._sdk.close()
            self._sdk = None

    async def models(self) -> list[str]:
        """Return the names of the models that the endpoint has. Raises ModelError if it does not say."""
        sdk = await self._connected()
        from openai import APIError  # noqa: PLC0415

        try:
            page = await sdk.models.list()
            return [model.id for model in page.data]
        except APIError as error:
            raise translated(error) from None
        except (ValueError, TypeError, AttributeError):  # a body that is no list of models
            raise MalformedReply("The model's endpoint sent something that is no list of models.") from None

    async def ask(
        self,
        purpose: str,
        *,
        system: str,
        user: str,
        schema: type[T],
        images: Sequence[Image] = (),
        max_tokens: int,
    ) -> Replied[T]:
        """Return the reply.

        Raises:
            ModelUnavailable: If the endpoint does not answer in time, or is left alone after failures, or the budget
            is used up. MalformedReply: If it refuses to answer, or replies in a wrong shape twice. ModelError: If it
            refuses the request.
        """
        if self._purse is not None:
            await self._purse.check()
        await self._connected()
        asked = _Asked(purpose=purpose, system=system, user=user, schema=schema, images=images, max_tokens=max_tokens)
        try:
            async with asyncio.timeout(self._config.total_s), self._turns:
                reply = await self._shaped(asked, schema)
        except TimeoutError:
            raise ModelUnavailable("The model did not answer in time.") from None
        log.info("model.asked", purpose=purpose, tokens_in=reply.tokens_in, tokens_out=reply.tokens_out)
        return reply

    async def _shaped(self, asked: _Asked, schema: type[T]) -> Replied[T]:
        """Ask, and once more if the reply has a wrong shape."""
        first = Said(text="", refused=False, tokens_in=0, tokens_out=0)
        try:
            first = await self._said(asked, [])
            value = _value(first, schema)
        except MalformedReply as error:
            if first.refused:
                raise
            self.dialect = self.dialect.after_reply(good=False)
            repair = repairing(first.text, str(error), shape_of(schema))
        else:
            self.dialect = self.dialect.after_reply(good=True)
            return self._replied(value, first)
        second = await self._said(asked, repair)
        return self._replied(_value(second, schema), first, second)

    def _replied(self, value: T, *said: Said) -> Replied[T]:
        tokens_in, tokens_out = sum(one.tokens_in for one in said), sum(one.tokens_out for one in said)
        cost = self._config.prices.cost(tokens_in, tokens_out)
        return Replied(value=value, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost)

    async def _said(self, asked: _Asked, more: Sequence["ChatCompletionMessageParam"]) -> Said:
        """Go down the ladder until the server takes the request, and count what it took."""
        dialect = began = self.dialect
        while True:
            try:
                said = await self._patiently(asked, more, dialect)
                break
            except RequestRefused as error:
                easier = dialect.after_refusal(error.said)
                if easier is None:
                    if not self.dialect.proven:  # it has never taken anything: do not go down the ladder each time
                        self._breaker = self._breaker.failed(self._now(), wait_s=PAUSE_S)
                    raise
                dialect = easier
        if dialect != began and not said.refused:
            self.dialect = replace(dialect, misshapen=self.dialect.misshapen)
        if self._purse is not None:
            cost = self._config.prices.cost(said.tokens_in, said.tokens_out)
            purpose = "image" if asked.images else asked.purpose
            await self._purse.spend(said.tokens_in + said.tokens_out, cost, purpose=purpose)
        return said

    async def _patiently(self, asked: _Asked, more: Sequence["ChatCompletionMessageParam"], dialect: Dialect) -> Said:
        """Try again what fails in passing, unless the endpoint asks for a longer pause than we wait."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt  # noqa: PLC0415

        retrying = AsyncRetrying(
            retry=retry_if_exception(self._may_pass),
            stop=stop_after_attempt(self._config.attempts),
            wait=self._wait_s,
            reraise=True,
        )
        return await retrying(self._once, asked, more, dialect)

    def _may_pass(self, error: BaseException) -> bool:
        if not isinstance(error, ModelUnavailable) or isinstance(error, ModelPaused):
            return False
        return (error.retry_after_s or 0.0) <= self._config.max_wait_s

    def _wait_s(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        said = error.retry_after_s if isinstance(error, ModelUnavailable) else None
        return min(self._config.max_wait_s, self._backoff_s(state.attempt_number) if said is None else said)

    async def _once(self, asked: _Asked, more: Sequence["ChatCompletionMessageParam"], dialect: Dialect) -> Said:
        """Make one request, if the breaker lets it through, and tell the breaker how it went."""
        if not self._breaker.allows(self._now()):
            raise ModelPaused("The model's endpoint failed too often and is left alone for a while.")
        self._breaker = self._breaker.called(self._now())
        try:
            body = await self._request(asked, more, dialect)
        except ModelError as error:
            if isinstance(error, RequestRefused):  # it works: it is only this request that it does not like
                self._breaker = self._breaker.worked()
            else:
                asked_wait = getattr(error, "retry_after_s", None) or 0.0
                wait_s = asked_wait if asked_wait > self._config.max_wait_s else 0.0
                self._breaker = self._breaker.failed(self._now(), wait_s=wait_s)
            raise
        except asyncio.CancelledError:  # out of time
            self._breaker = self._breaker.failed(self._now())
            raise
        self._breaker = self._breaker.worked()
        return read(body, asked=asked.system + asked.user)

    async def _request(self, asked: _Asked, more: Sequence["ChatCompletionMessageParam"], dialect: Dialect) -> bytes:
        sdk = await self._connected()
        from openai import APIError, omit  # noqa: PLC0415

        system = instructions(dialect.rung, asked.system, asked.schema)
        shape = response_format(dialect.rung, asked.schema)
        room = asked.max_tokens + self._config.thinking_tokens
        try:
            reply = await sdk.chat.completions.with_raw_response.create(
                model=self._config.model,
                messages=[*messages(system, asked.user, asked.images), *more],
                response_format=shape or omit,  # type: ignore[arg-type]  # a schema is made while it runs
                max_tokens=omit if dialect.thinks else asked.max_tokens,
                max_completion_tokens=room if dialect.thinks else omit,
            )
        except APIError as error:
            raise translated(error) from None
        return reply.content

    async def _connected(self) -> "AsyncOpenAI":
        """Return the client of openai, imported beside the loop: that takes seconds."""
        if self._sdk is None:
            await asyncio.to_thread(_import_openai)
        if self._sdk is None:  # nobody else was faster
            from openai import AsyncOpenAI  # noqa: PLC0415

            self._sdk = AsyncOpenAI(
                base_url=self._config.base_url,
                api_key=self._config.api_key or "none",
                timeout=self._config.timeout_s,
                max_retries=0,
            )
        return self._sdk

    @property
    def rung(self) -> Rung | None:
        """The way to get JSON that works; None before it is known."""
        return self.dialect.rung if self.dialect.proven else None


def _import_openai() -> None:
    """Import what a call needs; openai would import half of it at the first call."""
    import_module("openai.resources.chat")
    import_module("openai.resources.models")
    logging.getLogger("openai").setLevel(logging.WARNING)  # below, it logs what people said


def _value(said: Said, schema: type[T]) -> T:
    if said.refused:
        raise MalformedReply("The model refused to answer.")
    return parse(said.text, schema)
