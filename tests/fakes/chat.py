"""A chat platform in memory that keeps the promises of ChatClient."""

from dataclasses import dataclass, field

from vigil_bot.errors import PlatformError, PlatformUnavailable, TargetGone
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef


@dataclass
class MemoryChat:
    """Cards by message id; fail_next makes so many calls fail, lose_answers does so after they were carried out.

    reactions are those that stand, by message id; reacted all that were ever put, in order.
    """

    cards: dict[str, tuple[ConversationRef, Card]] = field(default_factory=dict)
    whispers: list[tuple[str, Card]] = field(default_factory=list)
    edits: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    reacted: list[tuple[str, str]] = field(default_factory=list)
    fail_next: int = 0
    refuse_with: PlatformError | None = None
    calls: int = 0
    lose_answers: int = 0
    _by_key: dict[str, str] = field(default_factory=dict)

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        self._fail()
        return self._by_key.get(key)

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        self._fail()
        if key not in self._by_key:
            self._by_key[key] = f"bot-{len(self._by_key) + 1}"
            self.cards[self._by_key[key]] = (ref, card)
        if self.lose_answers:
            self.lose_answers -= 1
            raise PlatformUnavailable("timed out after it was carried out")
        return self._by_key[key]

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        self._fail()
        if key not in self._by_key:
            self._by_key[key] = f"whisper-{len(self._by_key) + 1}"
            self.whispers.append((reader_id, card))
        return self._by_key[key]

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        self._fail()
        if message_id not in self.cards:
            raise TargetGone
        self.cards[message_id] = (ref, card)
        self.edits.append(message_id)

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        self._fail()
        self.cards.pop(message_id, None)

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        self._fail()
        ours = self.reactions.setdefault(message_id, [])
        if remove and emoji in ours:
            ours.remove(emoji)
        elif not remove and emoji not in ours:
            ours.append(emoji)
            self.reacted.append((message_id, emoji))

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        return None

    def _fail(self) -> None:
        self.calls += 1
        if self.refuse_with is not None:
            raise self.refuse_with
        if self.fail_next:
            self.fail_next -= 1
            raise PlatformUnavailable("not now")
