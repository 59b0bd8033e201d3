"""What linking reports of one fault needs: where they are kept, and what sets a report apart from the others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from vigil_bot.model.cluster import Linked, Report, Window


class Clusters(Protocol):
    """Reports, and which of them are linked. They are written with the turn that decides on them."""

    async def window(self, scope: str, *, since: float, limit: int) -> Window:
        """Return the newest reports of a scope since then with their words; those whose messages are gone are left out."""
        ...

    async def report(self, conversation: str) -> Report | None:
        """Return the report of a thread, with its words."""
        ...

    async def linked(self, cluster_id: str, *, limit: int) -> Linked | None:
        """Return a cluster with its first reports, and their words."""
        ...

    async def members(self, cluster_id: str) -> list[str]:
        """Return the conversations of all its reports, the oldest first."""
        ...


class Contrast(Protocol):
    """Tells how alike reports are in what sets them apart from the others around them."""

    async def likeness(self, text: str, others: Sequence[str], groups: Sequence[str]) -> list[float]:
        """Return how much each of the others says the same as the text, in [0, 1].

        Args:
            groups: For each of the others a name; what is said by many groups tells little, by many of one group it may.
        """
        ...

    async def alike(
        self, texts: Sequence[str], groups: Sequence[str], *, one: str, among: Collection[str]
    ) -> Mapping[str, float]:
        """Return how much each of some groups says the same, on the whole, as one of them, in [0, 1].

        Args:
            groups: For each text the name of its group.
            among: The groups that are compared with the one.
        """
        ...
