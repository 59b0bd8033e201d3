"""What a check of the installation finds."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor: what was looked at, what was found, and what mends it."""

    what: str
    level: Level
    found: str
    mend: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the program cannot work like this."""
        return self.level is Level.ERROR

    def as_json(self) -> dict[str, str]:
        """Return it for --json."""
        return asdict(self)

    def line(self) -> str:
        """Return it as a line."""
        return f"{self.level.value:<8}{self.what:<12}{self.found}" + (f" → {self.mend}" if self.mend else "")
