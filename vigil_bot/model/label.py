"""What a draft turned out to be worth, found out afterwards."""

from dataclasses import dataclass
from enum import StrEnum


class Truth(StrEnum):
    """Whether a draft was, or would have been, worth saying; UNKNOWN where nobody's words tell."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The worth of the draft of one receipt.

    channel is a key, `platform/workspace/channel`. at is when it was decided. score, in [0, 1], is what the threshold was held
    against. posted: people saw it. eligible: nothing but the threshold could have kept it back, so that it is evidence for one.
    """

    record_id: str
    channel: str
    at: float
    score: float
    truth: Truth
    posted: bool = False
    eligible: bool = True

    @property
    def workspace(self) -> str:
        """The key of the workspace, `platform/workspace`."""
        return self.channel.rpartition("/")[0]
