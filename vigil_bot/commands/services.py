"""What commands need."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.policies import ChannelRules
from vigil_bot.ports.chat import Accept, Clock
from vigil_bot.ports.curation import Curation, Posted
from vigil_bot.ports.knowledge import EntryStore, KnowledgeFinder
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.ports.records import Cases, Ledger, Threads, Transcript
from vigil_bot.ports.watching import Watches
from vigil_bot.proactive.calibrate import Calibration
from vigil_bot.watch.watcher import Watcher


class CalibrationOf(Protocol):
    """Returns what the labels of earlier drafts allow in a channel."""

    async def __call__(self, ref: ConversationRef, policy: Policy, *, now: float) -> Calibration:
        """Return it."""
        ...


class ReadBack(Protocol):
    """Has the platform of a channel hand over what was said there since then, in the background."""

    def __call__(self, channel: ConversationRef, *, since: float) -> None:
        """Begin. Raises InputError if the platform keeps no history for us."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What commands need."""

    threads: Threads
    transcript: Transcript
    ledger: Ledger
    cases: Cases
    finder: KnowledgeFinder
    entries: EntryStore
    curation: Curation
    watches: Watches
    watcher: Watcher
    recall: Callable[[], Awaitable[int]]
    reasoner: Reasoner
    policy_of: Callable[[ConversationRef], Policy]
    rules: ChannelRules
    set_mode: Callable[[ConversationRef, Mode], Awaitable[None]]
    read_back: ReadBack
    calibration_of: CalibrationOf
    counted_for: Callable[[ConversationRef], AbstractContextManager[None]]
    accept: Accept
    posted: Posted
    wake: Callable[[], None]
    clock: Clock
