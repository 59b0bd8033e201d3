"""Tell analysts, quietly, when a budget for the model comes to its end."""

from collections.abc import Callable

import structlog

from vigil_bot.errors import StoreError
from vigil_bot.model.card import Card, CardKind, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, PostOp
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.curation import Posted
from vigil_bot.ports.records import Transcript
from vigil_bot.readers import analysts_of
from vigil_bot.texts.text import Text

log = structlog.get_logger()

_DAY_S = 86_400.0


class BudgetAlarm:
    """Tells the analysts of the channel in which a budget came near its end, or to it: once a day, budget and level."""

    def __init__(
        self, posted: Posted, transcript: Transcript, *, policy_of: Callable[[ConversationRef], Policy], clock: Clock
    ) -> None:
        self._posted = posted
        self._transcript = transcript
        self._policy_of = policy_of
        self._clock = clock

    async def __call__(self, ref: ConversationRef | None, scope: str, share: float) -> None:
        """Tell them; share is the used part of the budget, 1 is all of it."""
        level = "exhausted" if share >= 1 else "near"
        log.warning("model.budget", scope=scope, level=level, used=f"{share:.0%}")
        if ref is None or self._policy_of(ref).mode is Mode.OFF:
            return
        try:
            await self._tell(ref.channel, scope, share, level)
        except StoreError as error:  # what was asked is paid and answered; the log has told
            log.warning("model.budget_untold", error=type(error).__name__)

    async def _tell(self, channel: ConversationRef, scope: str, share: float, level: str) -> None:
        now = self._clock.now()
        readers = await analysts_of(channel, self._policy_of(channel), self._transcript, now=now)
        if not readers:
            return
        post = Post(
            key=f"budget/{int(now // _DAY_S)}/{scope}/{level}",
            conversation=channel,
            op=PostOp.EPHEMERAL,
            card=budget_card(scope, share),
            reader_ids=readers,
        )
        await self._posted.intend([post], now=now)


def budget_card(scope: str, share: float) -> Card:
    """Return what is said of a budget."""
    if share >= 1:
        title = Text("Today's budget for the language model is used up ({scope}).", scope=scope)
        line = Text("Until midnight UTC I answer with the built-in reasoner.")
    else:
        title = Text(
            "{used} of today's budget for the language model is used ({scope}).", used=f"{share:.0%}", scope=scope
        )
        line = Text("When it is used up, the built-in reasoner answers until midnight UTC.")
    return Card(kind=CardKind.NOTICE, title=title, blocks=(TextBlock(markdown=line),))
