"""What the reasoner needs of a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)
T_co = TypeVar("T_co", bound=BaseModel, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture to be read."""

    data: bytes
    media_type: str


class Answer(Protocol[T_co]):
    """A reply of the right shape, and what it cost."""

    @property
    def value(self) -> T_co:
        """The reply."""
        ...

    @property
    def tokens_in(self) -> int:
        """Tokens read."""
        ...

    @property
    def tokens_out(self) -> int:
        """Tokens written."""
        ...

    @property
    def cost(self) -> float:
        """Price, in the currency of the price list."""
        ...


class Asks(Protocol):
    """Asks a model and gives back a checked reply."""

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
        """Return the reply. Raises ModelError if there is none."""
        ...
