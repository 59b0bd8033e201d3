"""Label drafts once their threads are over, and keep the thresholds that follow from it."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.label import Label
from vigil_bot.model.policy import Policy
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.calibrate import WINDOW_S, Calibration, calibrate
from vigil_bot.proactive.label import label_of

log = structlog.get_logger()

QUIET_S = 86_400.0
CRON = "41 * * * *"
KEEP_S = 3600.0  # how long a calibration is used before it is worked out anew
_LOOK_BACK_S = 30 * 86_400.0
_PAGE = 100
_MAX_PAGES = 200


class Labels(Protocol):
    """Remembers what drafts turned out to be worth."""

    async def unlabelled(self, *, since: float, quiet_since: float, limit: int) -> list[DecisionRecord]:
        """Return receipts with a draft that nobody has judged yet, or that more was said on since, oldest first.

        Each is the newest of its message, decided from since on, in a thread that is closed, or quiet after quiet_since.
        """
        ...

    async def put_labels(self, labels: Sequence[Label], *, now: float) -> None:
        """Store labels; a newer one of the same receipt replaces the older."""
        ...

    async def labels(self, workspace: str, *, since: float) -> list[Label]:
        """Return the labels of drafts decided in a workspace (`platform/workspace`) since then, oldest first."""
        ...


class Labeller:
    """Labels the drafts of threads that are closed, or quiet for a day; posted or not."""

    def __init__(self, *, labels: Labels, ledger: Ledger, transcript: Transcript) -> None:
        self._labels = labels
        self._ledger = ledger
        self._transcript = transcript

    async def run(self, now: float) -> None:
        """Label what is due."""
        labelled = 0
        for _ in range(_MAX_PAGES):
            since = now - _LOOK_BACK_S
            page = await self._labels.unlabelled(since=since, quiet_since=now - QUIET_S, limit=_PAGE)
            await self._labels.put_labels([await self._label(record) for record in page], now=now)
            labelled += len(page)
            if len(page) < _PAGE:
                break
        log.info("drafts.labelled", count=labelled)

    async def _label(self, record: DecisionRecord) -> Label:
        conversation = await self._transcript.conversation(ConversationRef.from_key(record.conversation))
        if record.suggestion_id is None:
            return label_of(record, conversation)
        return label_of(
            record,
            conversation,
            suggestion=await self._ledger.suggestion(record.suggestion_id),
            feedback=await self._ledger.feedback_on(record.suggestion_id),
        )


class Calibrations:
    """Looks up what the labels allow in a channel, worked out anew every hour and whenever the policy changes."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._known: dict[str, tuple[float, Policy, Calibration]] = {}

    async def calibration_of(self, ref: ConversationRef, policy: Policy, *, now: float) -> Calibration:
        """Return the calibration of the channel of a conversation."""
        channel = ref.channel.key
        known = self._known.get(channel)
        if known is not None and known[1] == policy and 0.0 <= now - known[0] < KEEP_S:
            return known[2]
        workspace = channel.rpartition("/")[0]
        labels = await self._labels.labels(workspace, since=now - WINDOW_S)
        calibration = calibrate(labels, policy, channel=channel, now=now)
        self._known[channel] = (now, policy, calibration)
        return calibration
