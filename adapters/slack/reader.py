"""Reads what Slack tells: looks up who and what it names only by ids, then parses it."""

import asyncio
from collections import OrderedDict

from adapters.slack.api import SlackApi
from adapters.slack.faults import Refused
from adapters.slack.parse import Item, Known, Us, event_of, wanted_by
from adapters.slack.payloads import Body, at
from adapters.slack.people import People
from adapters.slack.text import objects
from vigil_bot.model.conversation import Author
from vigil_bot.model.event import Event, MessagePosted

REMEMBERED = 50_000  # messages of which the thread is known


class Reader:
    """Turns Slack's events and messages into ours."""

    def __init__(self, api: SlackApi, people: People) -> None:
        self._api = api
        self._people = people
        self._threads: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def read(self, event: Body, us: Us) -> Event | None:
        """Return the event; None for what the core does not hear of.

        Raises:
            RateLimited, PlatformUnavailable: If Slack does not say which thread a message belongs to; ask again later.
        """
        wanted = wanted_by(event, us)
        person, names, thread_id = await asyncio.gather(
            self._person(us, wanted.person),
            self._people.names(us.team_id, wanted.mentioned),
            self._thread(us, wanted.item),
        )
        found = event_of(event, us, Known(person=person, names=names, thread_id=thread_id))
        if isinstance(found, MessagePosted):
            self._remember(found)
        return found

    async def _person(self, us: Us, user_id: str | None) -> Author | None:
        return await self._people.author(us.team_id, user_id) if user_id else None

    async def _thread(self, us: Us, item: Item | None) -> str | None:
        """Return the thread of a message; None where Slack knows no such message, which is then one of its own."""
        if item is None:
            return None
        known = self._threads.get((item.channel_id, item.message_id))
        if known is not None:
            return known
        try:
            answer = await self._api.call(
                us.team_id, "conversations.replies", channel=item.channel_id, ts=item.message_id, limit=1
            )
        except Refused:
            return None
        found = next((one for one in objects(answer, "messages") if at(one, "ts") == item.message_id), None)
        return at(found, "thread_ts") or None

    def _remember(self, posted: MessagePosted) -> None:
        ref = posted.conversation
        self._threads[(ref.channel_id, posted.message.id)] = ref.thread_id or posted.message.id
        if len(self._threads) > REMEMBERED:
            self._threads.popitem(last=False)
