"""What the core needs to read pages that people link to."""

from collections.abc import Sequence
from typing import Protocol

from vigil_bot.model.link import Page


class Pages(Protocol):
    """Reads pages of the web, politely."""

    async def fetch(self, url: str, *, hosts: Sequence[str]) -> Page:
        """Return the page at an address, after redirects that stay on these hosts.

        Raises:
            NotFoundError: If there is no such page any more. InputError: If it may not or cannot be read, now or later.
            PlatformUnavailable: If it may be there later.
        """
        ...
