"""The whole program over an in-memory store, with a model behind it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from adapters.llm.asks import Asks
from adapters.llm.reasoner import ModelReasoner
from knowledge.distill import Distiller
from tests.fakes.world import World, world
from vigil_bot.assembly import engine_of
from vigil_bot.model.conversation import Attachment, ConversationRef
from vigil_bot.redact import redact

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[T]):
    """An answer as a client gives it."""

    value: T
    tokens_in: int = 100
    tokens_out: int = 20
    cost: float = 0.0


class Screenshots:
    """Gives a picture for every attachment."""

    async def fetch(self, ref: ConversationRef, attachment: Attachment, *, max_bytes: int) -> bytes:
        assert ref.platform == "test"
        assert attachment.size_bytes <= max_bytes
        return b"\x89PNG"


@contextlib.asynccontextmanager
async def with_model(model: Asks) -> AsyncIterator[tuple[World, ModelReasoner]]:
    """Open the program with this model."""
    async with world() as here:
        reasoner = ModelReasoner(model, here.parts.reasoner, redact=redact, model="fake", files={"test": Screenshots()})
        distiller = Distiller(
            transcript=here.parts.store.transcript,
            cases=here.parts.store.cases,
            base=here.parts.base,
            reasoner=reasoner,
            redact=redact,
            policy_of=here.parts.policies.policy_of,
            permalink=lambda message: message.permalink,
        )
        here.parts = replace(here.parts, reasoner=reasoner, distiller=distiller)
        here.engine = engine_of(here.parts, {"test": here.chat})
        yield here, reasoner
