"""Upkeep of what is known."""

from typing import Protocol

from vigil_bot.model.knowledge import KnowledgeEntry, Viewer
from vigil_bot.model.upkeep import Finding, Upkeep


class Caretaker(Protocol):
    """Goes through the entries, a part of them each time, and remembers what a person should look at."""

    async def run(self, now: float, *, limit: int = 300) -> Upkeep:
        """Look at so many entries, going on where the last run stopped; return how far it came."""
        ...

    async def findings(self, *, viewer: Viewer | None) -> list[tuple[Finding, tuple[KnowledgeEntry, ...]]]:
        """Return what was found and still holds, with its entries, as far as they may be shown there; most urgent first."""
        ...
