"""What watch rules need: where they are kept, and what texts mean."""

from collections.abc import Sequence
from typing import Protocol

from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.watch import RuleMute, Standing, Watched, WatchRule
from vigil_bot.model.work import PostState


class Watches(Protocol):
    """Rules made in chat, by channel, and what came of rules."""

    async def rules(self, channel: ConversationRef) -> list[WatchRule]:
        """Return the rules made in a channel, by name."""
        ...

    async def put_rule(self, channel: ConversationRef, rule: WatchRule) -> None:
        """Keep a rule, replacing one of the same name."""
        ...

    async def remove_rule(self, channel: ConversationRef, name: str) -> bool:
        """Forget a rule and its mute; False if there was none."""
        ...

    async def mute_rule(self, channel: ConversationRef, mute: RuleMute) -> None:
        """Silence a rule, wherever it was made."""
        ...

    async def unmute_rule(self, channel: ConversationRef, name: str) -> bool:
        """End the silence of a rule; False if there was none."""
        ...

    async def standing(self, ref: ConversationRef) -> Standing:
        """Return what holds for a thread, read in one transaction; alerts are the newest of each rule there, and in its channel."""
        ...

    async def said(self, channel: ConversationRef, *, since: float, limit: int) -> list[Message]:
        """Return the newest messages of a channel since then, oldest first, deleted ones too."""
        ...

    async def present(self, channel: ConversationRef, person_ids: Sequence[str]) -> set[str]:
        """Return which of these people have written in a channel."""
        ...

    async def watched_on(self, conversation: str, message_id: str) -> list[Watched]:
        """Return the receipts of the rules that matched a message, oldest first."""
        ...

    async def deliveries(self, keys: Sequence[str]) -> dict[str, PostState]:
        """Return how far the calls with these keys have come."""
        ...


class Meaning(Protocol):
    """Tells how near texts are in meaning, in English and Chinese."""

    async def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """Return for each of the others how much the text, or a sentence of it, says the same; in [0, 1]."""
        ...
