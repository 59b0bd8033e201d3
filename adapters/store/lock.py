"""One process at a time in a data folder."""

from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from vigil_bot.errors import StoreError, StoreLocked

NAME = "vigil.lock"


class FolderLock:
    """Holds a folder for this process; the system lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / NAME, thread_local=False)

    def acquire(self) -> None:
        """Take the folder, creating it if need be.

        Raises:
            StoreLocked: If another process has it. StoreError: If it cannot be written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            hint = "Stop that process, or give this one a folder of its own with VIGIL_HOME."
            raise StoreLocked(f"Another process is using the data folder {self._folder}.", hint=hint) from error
        except OSError as error:
            hint = "Check that it may be written to, or set VIGIL_HOME."
            raise StoreError(f"The data folder {self._folder} cannot be used: {error.strerror}.", hint=hint) from error

    def release(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
