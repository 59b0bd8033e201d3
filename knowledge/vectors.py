"""Where vectors lie; and vectors in memory, compared one by one: exact, nothing written to disk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors = Sequence[Sequence[float]]

_FIRST_ROWS = 1_024


class Shelf(Protocol):
    """Where vectors lie: blocking, used by one thread."""

    def open(self) -> None:
        """Open it; opening twice is no error."""
        ...

    def upsert(self, ids: list[str], vectors: list[Sequence[float]]) -> None:
        """Store vectors, not very many at a time."""
        ...

    def delete(self, ids: list[str]) -> None:
        """Remove vectors."""
        ...

    def query(self, vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine), best first."""
        ...

    def among(self, ids: Sequence[str], vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest of these ids, best first."""
        ...

    def get(self, ids: list[str]) -> dict[str, Sequence[float]]:
        """Return the vectors of those ids that there are."""
        ...

    def ids(self) -> set[str]:
        """Return the ids of all vectors."""
        ...

    def clear(self) -> None:
        """Start anew, whatever was there."""
        ...

    def count(self) -> int:
        """Return how many vectors there are."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class MemoryShelf:
    """Unit vectors in one growing matrix."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._matrix: NDArray[np.float32] | None = None

    def open(self) -> None:
        """Do nothing: memory is always open."""

    def without(self, ids: Sequence[str]) -> list[str]:
        """Return those of the ids that there is no vector of."""
        return [entry_id for entry_id in ids if entry_id not in self._rows]

    def upsert(self, ids: list[str], vectors: list[Sequence[float]]) -> None:
        """Store vectors; all must have the length of the first."""
        for entry_id, vector in zip(ids, vectors, strict=True):
            row = self._rows.setdefault(entry_id, len(self._ids))
            if row == len(self._ids):
                self._ids.append(entry_id)
            self._room(row, len(vector))[row] = vector

    def delete(self, ids: list[str]) -> None:
        """Remove vectors, the last row taking the place of each."""
        for entry_id in ids:
            row = self._rows.pop(entry_id, None)
            if row is None or self._matrix is None:
                continue
            last = self._ids.pop()
            if last != entry_id:
                self._ids[row] = last
                self._rows[last] = row
                self._matrix[row] = self._matrix[len(self._ids)]

    def query(self, vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine), best first; equal ones in the order of their ids."""
        import numpy as np  # noqa: PLC0415 -- not needed by those who keep their vectors in Chroma

        count = len(self._ids)
        if self._matrix is None or not count:
            return []
        cosines = self._matrix[:count] @ np.asarray(vector, np.float32)
        wanted = min(limit, count)
        nearest = np.argpartition(-cosines, wanted - 1)[:wanted]
        found = [(self._ids[i], float(cosines[i])) for i in nearest]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def among(self, ids: Sequence[str], vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """Return (id, cosine) of the nearest of these ids, best first; equal ones in the order of their ids."""
        import numpy as np  # noqa: PLC0415

        known = [entry_id for entry_id in ids if entry_id in self._rows]
        if self._matrix is None or not known:
            return []
        cosines = self._matrix[[self._rows[entry_id] for entry_id in known]] @ np.asarray(vector, np.float32)
        wanted = min(limit, len(known))
        nearest = np.argpartition(-cosines, wanted - 1)[:wanted]
        return sorted(((known[i], float(cosines[i])) for i in nearest), key=lambda hit: (-hit[1], hit[0]))

    def get(self, ids: list[str]) -> dict[str, Sequence[float]]:
        """Return the vectors of those ids that there are."""
        if self._matrix is None:
            return {}
        return {entry_id: self._matrix[self._rows[entry_id]].tolist() for entry_id in ids if entry_id in self._rows}

    def ids(self) -> set[str]:
        """Return the ids of all vectors."""
        return set(self._ids)

    def clear(self) -> None:
        """Forget everything."""
        self._ids, self._rows, self._matrix = [], {}, None

    def count(self) -> int:
        """Return how many vectors there are."""
        return len(self._ids)

    def close(self) -> None:
        """Forget everything."""
        self.clear()

    def _room(self, row: int, dimensions: int) -> "NDArray[np.float32]":
        import numpy as np  # noqa: PLC0415

        if self._matrix is None:
            self._matrix = np.zeros((_FIRST_ROWS, dimensions), np.float32)
        if row >= len(self._matrix):
            self._matrix = np.vstack([self._matrix, np.zeros_like(self._matrix)])
        return self._matrix
