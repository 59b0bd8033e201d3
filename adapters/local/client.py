"""The bot's voice in the local chat."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.local.chat import LocalChat
from adapters.local.parse import permalink_of
from adapters.local.render import card_json, plain_text
from adapters.local.values import BOT_NAME, Person
from vigil_bot.errors import NotFoundError, PlatformUnavailable, StoreBusy, TargetGone
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef


class LocalClient:
    """Speaks in the local chat."""

    def __init__(self, chat: LocalChat) -> None:
        self._chat = chat

    async def find(self, ref: ConversationRef, *, key: str) -> str | None:
        """Return the id of the card that was posted with this key."""
        del ref
        with _platform_errors():
            return await self._chat.posted_with(key)

    async def post(self, ref: ConversationRef, card: Card, *, key: str) -> str:
        """Post a card and return its id."""
        return await self._post(ref, card, key=key, reader=None)

    async def post_ephemeral(self, ref: ConversationRef, card: Card, *, reader_id: str, key: str) -> str:
        """Show a card to one person only."""
        return await self._post(ref, card, key=key, reader=reader_id)

    async def edit(self, ref: ConversationRef, message_id: str, card: Card) -> None:
        """Replace a card of ours. Raises TargetGone if it is not there any more."""
        del ref
        with _platform_errors():
            await self._chat.edit_card(message_id, card=card_json(card), text=plain_text(card))

    async def delete(self, ref: ConversationRef, message_id: str) -> None:
        """Delete a card of ours; deleting it again is no error."""
        del ref
        with _platform_errors():
            await self._chat.delete(message_id, own_cards=True)

    async def react(self, ref: ConversationRef, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Put our emoji on a message, or take it away; doing so twice is no error."""
        del ref
        with _platform_errors():
            await self._chat.react(message_id, emoji, by=Person(name=BOT_NAME), remove=remove)

    async def permalink(self, ref: ConversationRef, message_id: str) -> str | None:
        """Return the address of a message on the page."""
        return permalink_of(ref.channel_id, message_id)

    async def _post(self, ref: ConversationRef, card: Card, *, key: str, reader: str | None) -> str:
        with _platform_errors():
            posted = await self._chat.post_card(
                ref.channel_id, ref.thread_id, card=card_json(card), text=plain_text(card), key=key, reader=reader
            )
        return posted.id


@contextmanager
def _platform_errors() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise TargetGone(str(error)) from error
    except StoreBusy as error:
        raise PlatformUnavailable(str(error)) from error
