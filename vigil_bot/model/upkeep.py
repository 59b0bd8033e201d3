"""What upkeep of the knowledge finds."""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What a person should look at, most urgent first."""

    DISAGREEMENT = "disagreement"
    STALE = "stale"
    DUPLICATE = "duplicate"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An entry, and of two that belong together the other one."""

    kind: FindingKind
    entry_id: str
    other_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """How far the round through all entries has come, and what was found in it.

    after is the entry that was looked at last, newest_at the time up to which new entries were looked at; rounds counts those
    that were finished, the last of them at rounded_at.
    """

    after: str = ""
    newest_at: float = 0.0
    rounds: int = 0
    rounded_at: float = 0.0
    looked_at: int = 0
    findings: tuple[Finding, ...] = ()
