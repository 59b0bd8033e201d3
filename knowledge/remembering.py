"""What has been worked out of texts, kept for the next time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Works out what is to be known of texts, of each once; when that is of too many, it begins anew."""

    def __init__(self, work_out: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]], *, most: int) -> None:
        self._work_out = work_out
        self._most = most
        self._known: dict[str, T] = {}

    async def of(self, texts: Sequence[str]) -> Mapping[str, T]:
        """Return what is known of each text."""
        found = {text: self._known[text] for text in texts if text in self._known}
        new = await self._work_out([text for text in dict.fromkeys(texts) if text not in found])
        if len(self._known) + len(new) > self._most:
            self._known.clear()
        self._known |= new
        return {**found, **new}
