"""What an owner allows in a channel."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What happens with a suggestion: nothing is evaluated, only recorded, shown to analysts, or posted."""

    OFF = "off"
    SHADOW = "shadow"
    PRIVATE = "private"
    ON = "on"


class LearnedAudience(StrEnum):
    """Who may see what was learned in a channel."""

    CHANNEL = "channel"
    WORKSPACE = "workspace"
    EVERYONE = "everyone"


class MuteScope(StrEnum):
    """What a mute silences."""

    THREAD = "thread"
    CHANNEL = "channel"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """No suggestion between start and end, minutes after local midnight in the zone; may pass midnight."""

    start_min: int
    end_min: int
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one channel.

    min_relevance is the calibrated score in [0, 1] that the best entry must reach, whatever evidence says. target_precision is
    the share of suggestions that shall prove right, and confidence how sure that must be, both in (0, 1). learn says whether the transcript is
    kept while the mode is OFF, and whether resolved cases become knowledge. A message older than answer_within_s is history:
    it is learned from, and never answered. After update_after_s without a word a requester is told where it stands, once (0:
    never). ask_missing lets us ask for what past cases of the kind needed, once. zone is that of "tomorrow morning".
    """

    mode: Mode = Mode.SHADOW
    min_relevance: float = 0.5
    target_precision: float = 0.75
    confidence: float = 0.9
    settle_s: float = 30.0
    cooldown_s: float = 0.0
    max_per_day: int = 50
    max_per_thread: int = 3
    quiet_hours: QuietHours | None = None
    analysts: tuple[str, ...] = ()
    read_bots: tuple[str, ...] = ()
    learn: bool = True
    audience: LearnedAudience = LearnedAudience.WORKSPACE
    status_card: bool = True
    nudge_after_s: float = 4 * 3600.0
    close_after_s: float = 3 * 86_400.0
    answer_within_s: float = 86_400.0
    update_after_s: float = 6 * 3600.0
    ask_missing: bool = False
    zone: str = "UTC"
    suggestion_ttl_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence asked for by a person.

    target is the conversation key for THREAD, the channel key for CHANNEL, and `<channel key>#<author id>` for USER.
    until is None for "until undone".
    """

    scope: MuteScope
    target: str
    by: str
    at: float
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it is in force at this time."""
        return self.until is None or now < self.until
