"""What an owner allows in a channel."""

from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry, Viewer
from vigil_bot.model.scope import Scope
from vigil_bot.model.watch import WatchRule


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


class Reach(StrEnum):
    """Who reads in a channel: everybody in the workspace may, its members alone, or people of other companies as well."""

    OPEN = "open"
    PRIVATE = "private"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyTime:
    """A time of the week: weekday from 0, a Monday, and minutes after local midnight."""

    weekday: int
    minute: int


class Provisional(StrEnum):
    """How an entry that nobody has validated is used: with a mark, for analysts only, or never."""

    MARKED = "marked"
    PRIVATE = "private"
    NEVER = "never"


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
    never). ask_missing lets us ask for what past cases of the kind needed, once. zone is that of "tomorrow morning", and
    of times where the platform does not know the reader's. The first of languages is spoken where no words tell;
    where there are any, questions in others are not answered. avoid names topics to stay out of, and scope tells what the
    channel is for. react lets us put 👀 on a
    question while we look at it, and ✅ on an answer that we know to be right. What is learned where reach is not OPEN stays in
    the channel. links names the hosts whose pages are read when an analyst links to them. owners look after what is known: at
    report_at they are told what was asked in vain, and what waits for them. desk is the channel where analysts are told things:
    its id in the same workspace, or its key; "" tells them privately. handoff_at are the minutes of the day at which a shift
    ends, and handoff_to who takes over, instead of those at the desk.
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
    reach: Reach = Reach.OPEN
    provisional: Provisional = Provisional.MARKED
    status_card: bool = True
    nudge_after_s: float = 4 * 3600.0
    close_after_s: float = 3 * 86_400.0
    answer_within_s: float = 86_400.0
    update_after_s: float = 6 * 3600.0
    ask_missing: bool = False
    zone: str = "UTC"
    languages: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    scope: Scope | None = None
    react: bool = False
    suggestion_ttl_s: float = 900.0
    links: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    report_at: WeeklyTime = WeeklyTime(weekday=0, minute=9 * 60)
    watch: tuple[WatchRule, ...] = ()
    desk: str = ""
    handoff_at: tuple[int, ...] = ()
    handoff_to: tuple[str, ...] = ()

    def uses(self, entry: KnowledgeEntry) -> bool:
        """Whether an entry may be used at all."""
        return entry.stale is None and not (entry.provisional and self.provisional is Provisional.NEVER)

    def viewer(self, ref: ConversationRef) -> Viewer:
        """Return who reads in a channel that these are the rules of."""
        guests = self.reach is Reach.SHARED
        return Viewer(workspace_id=ref.workspace_id, channel_id=ref.channel_id, guests=guests)


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
