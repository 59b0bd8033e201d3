"""How many entries have a term: remembered, so that terms in too many of them need not be looked for."""

from collections.abc import Sequence

from vigil_bot.ports.knowledge import EntryStore

COMMON_SHARE = 0.03  # of the entries; a term in more of them makes a search slow and tells little
SMALL_BASE = 1_000  # entries; up to here every search is quick
FEWEST = 3  # terms that are looked for however common
REMEMBERED = 20_000


class Frequencies:
    """Document frequencies of an entry store; they may be a little out of date."""

    def __init__(self, entries: EntryStore) -> None:
        self._entries = entries
        self._total = 0
        self._counts: dict[str, int] = {}

    def forget(self) -> None:
        """Count anew: many entries have changed."""
        self._counts.clear()

    async def telling(self, terms: Sequence[str]) -> list[str]:
        """Return the terms that few entries have, in the order given, and in any case the rarest ones."""
        unknown = [term for term in terms if term not in self._counts]
        if unknown and await self._entries.count() <= SMALL_BASE:
            return list(terms)
        if unknown:
            if len(self._counts) > REMEMBERED:
                self.forget()
                unknown = list(terms)
            self._total, counts = await self._entries.document_frequencies(unknown)
            self._counts.update(counts)
        rarest = set(sorted(terms, key=lambda term: self._counts[term])[:FEWEST])
        return [t for t in terms if t in rarest or self._counts[t] <= COMMON_SHARE * self._total]
