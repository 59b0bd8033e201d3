"""Fetches what was said while nothing was received. Everything goes through accept, which tells what is known already."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from pydantic import JsonValue

from adapters.slack.api import Json, SlackApi
from adapters.slack.faults import Refused
from adapters.slack.faults import Scope as Reach
from adapters.slack.parse import Us, edit_in, joined_by
from adapters.slack.payloads import PLATFORM, Body, at, place, reach_of, seconds
from adapters.slack.reader import Reader
from adapters.slack.text import objects
from vigil_bot.errors import TransientError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import MessagePosted
from vigil_bot.ports.chat import Accept, Clock, Heard, Saw, unheeded

log = structlog.get_logger()

TYPES = "public_channel,private_channel,mpim,im"
PAGE = 200  # what Slack recommends
MAX_PAGES = 25  # of a channel, newest first; what is older stays missed, and is said in the log
MAX_THREADS = 200  # of a channel whose replies are asked for one by one, the most recent first
LOOK_BACK_S = 600.0  # before the newest stored message: one that came earlier may have been refused
THREADS_S = 7 * 86_400.0  # how long a thread without a word counts as active
NEW_S = 86_400.0  # how far back it is looked for our being invited, where nothing is stored yet
TOGETHER = 50  # messages handed over at once, so that they share a transaction
ATTEMPTS, FIRST_WAIT_S = 6, 1.0  # a call that Slack delays

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """What is stored of a channel: all before `since`, as far as we know."""

    us: Us
    ref: ConversationRef
    since: float


class CatchUp:
    """Reads the channels that we are in, from the newest stored message on."""

    def __init__(
        self,
        api: SlackApi,
        reader: Reader,
        heard: Heard,
        clock: Clock,
        *,
        saw: Saw = unheeded,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._api = api
        self._reader = reader
        self._heard = heard
        self._clock = clock
        self._saw = saw
        self._sleep = sleep

    async def run(self, us: Us, accept: Accept) -> None:
        """Hand over what was missed in a workspace; a channel that Slack refuses is left out.

        Raises:
            VigilError: If something could not be fetched or stored; what was handed over until then stays so.
        """
        newest = await self._heard.channels(PLATFORM)
        found = 0
        channels = await self._channels(us)
        for channel in channels:
            ref = place(us.team_id, channel_id := at(channel, "id"))
            await self._saw(ref, reach_of(channel))
            try:
                found += await self._channel(us, ref, newest.get(ref), accept)
            except Refused as refused:
                if refused.scope is Reach.WORKSPACE:
                    raise
                log.warning("channel.not_caught_up", channel=channel_id, error=str(refused))
        log.info("slack.caught_up", workspace=us.team_id, channels=len(channels), new=found)

    async def read_back(self, us: Us, ref: ConversationRef, *, since: float, accept: Accept) -> None:
        """Hand over all that was said in a channel since then, also before we came. Raises VigilError, as `run`."""
        gap = _Gap(us=us, ref=ref, since=since)
        roots = await self._history(gap, since)
        found = await self._offer(gap, roots, since, accept)
        for thread_id in threads_to_read(roots, {}, since=since):
            found += await self._replies(gap, thread_id, since, accept)
        log.info("channel.read_back", channel=ref.channel_id, new=found)

    async def _channels(self, us: Us) -> list[Body]:
        pages = self._team_pages(us, "users.conversations", "channels", types=TYPES, exclude_archived=True)
        return [one async for page in pages for one in page if at(one, "id")]

    async def _channel(self, us: Us, ref: ConversationRef, newest: float | None, accept: Accept) -> int:
        now = self._clock.now()
        gap = _Gap(us=us, ref=ref, since=now - NEW_S if newest is None else newest - LOOK_BACK_S)
        roots = await self._history(gap, min(gap.since, now - THREADS_S))
        joins = [(n, joined_by(one, us, ref.channel_id)) for n, one in enumerate(roots)]
        number, joined = next(((n, one) for n, one in reversed(joins) if one is not None), (0, None))
        roots = roots[number:]  # what was said before we were invited is none of ours
        if newest is None:
            if joined is None or joined.at <= gap.since:
                return 0
            if not any(_is_ours(one, us) for one in roots):  # or we have introduced ourselves already
                await accept(joined)
        found = await self._offer(gap, roots, gap.since, accept)
        return found + await self._threads(gap, roots, accept)

    async def _threads(self, gap: _Gap, roots: Sequence[Body], accept: Accept) -> int:
        """Fetch the replies that are newer than what is stored of their threads."""
        stored = await self._heard.threads(gap.ref, since=self._clock.now() - THREADS_S)
        found = 0
        for thread_id in threads_to_read(roots, stored, since=gap.since)[:MAX_THREADS]:
            oldest = min(gap.since, stored.get(thread_id, gap.since))
            try:
                found += await self._replies(gap, thread_id, oldest, accept)
            except Refused as refused:
                if refused.code != "thread_not_found":
                    raise
        return found

    async def _replies(self, gap: _Gap, thread_id: str, oldest: float, accept: Accept) -> int:
        pages = self._pages(gap, "conversations.replies", "messages", ts=thread_id, oldest=_ts(oldest))
        return sum([await self._offer(gap, page, oldest, accept) async for page in pages])

    async def _history(self, gap: _Gap, oldest: float) -> list[Body]:
        """Return first messages of threads, oldest first: all since the gap began, and what comes in the same page."""
        found: list[Body] = []
        async for page in self._pages(gap, "conversations.history", "messages", oldest=_ts(oldest)):
            found += page
            if not page or (seconds(at(page[-1], "ts")) or 0.0) < gap.since:
                break
            if len(found) >= PAGE * MAX_PAGES:
                log.warning("channel.too_much_missed", channel=gap.ref.channel_id, fetched=len(found))
                break
        return found[::-1]

    async def _offer(self, gap: _Gap, messages: Sequence[Body], oldest: float, accept: Accept) -> int:
        """Hand messages over; return how many were new."""
        found = 0
        for start in range(0, len(messages), TOGETHER):
            together = messages[start : start + TOGETHER]
            found += sum(await asyncio.gather(*(self._offer_one(gap, one, oldest, accept) for one in together)))
        return found

    async def _offer_one(self, gap: _Gap, message: Body, oldest: float, accept: Accept) -> bool:
        """Hand over a message, and if it was stored before, its edit; of what is older than the gap the edit only."""
        if (seconds(at(message, "ts")) or 0.0) <= oldest and not at(message, "edited", "ts"):
            return False
        event = await self._reader.read({"type": "message", **message, "channel": gap.ref.channel_id}, gap.us)
        if not isinstance(event, MessagePosted):
            return False
        if event.at > oldest and await accept(event):
            return True
        edited = edit_in(event)
        return edited is not None and await accept(edited)

    async def _pages(self, gap: _Gap, method: str, field: str, **arguments: JsonValue) -> AsyncIterator[list[Body]]:
        async for page in self._team_pages(gap.us, method, field, channel=gap.ref.channel_id, **arguments):
            yield page

    async def _team_pages(self, us: Us, method: str, field: str, **arguments: JsonValue) -> AsyncIterator[list[Body]]:
        cursor = ""
        while True:
            more: Json = {"cursor": cursor} if cursor else {}
            answer = await self._call(us, method, {**arguments, "limit": PAGE, **more})
            yield objects(answer, field)
            cursor = at(answer, "response_metadata", "next_cursor")
            if not cursor:
                return

    async def _call(self, us: Us, method: str, arguments: Json) -> Json:
        """Call a method, as slowly as Slack asks."""
        wait_s = FIRST_WAIT_S
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._api.call(us.team_id, method, **arguments)
            except TransientError as error:
                asked_s = error.retry_after_s or wait_s
                log.info("catch_up.delayed", method=method, error=type(error).__name__, wait_s=asked_s)
            await self._sleep(asked_s)
            wait_s *= 2
        return await self._api.call(us.team_id, method, **arguments)


def threads_to_read(roots: Sequence[Body], stored: Mapping[str, float], *, since: float) -> list[str]:
    """Return the threads that may have replies which are not stored, the most recent first.

    Args:
        roots: First messages, as the history shows them, with the time of the latest reply.
        stored: Active threads, each with the time of its newest stored message.
        since: From when on replies may be missing, also where later ones are stored.
    """
    shown = {at(one, "ts"): seconds(at(one, "latest_reply")) for one in roots if at(one, "ts")}
    grown = {
        of: latest for of, latest in shown.items() if latest is not None and latest > min(stored.get(of, since), since)
    }
    unseen = {of: newest for of, newest in stored.items() if of and of not in shown}
    return sorted(grown | unseen, key=lambda of: (grown | unseen)[of], reverse=True)


def _is_ours(message: Body, us: Us) -> bool:
    return at(message, "user") == us.user_id and not at(message, "subtype")


def _ts(when: float) -> str:
    return f"{max(0.0, when):.6f}"
