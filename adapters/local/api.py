"""The API of the local chat; errors are raised as ours, and the web application turns them into answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from adapters.local import bodies
from adapters.local.chat import Listener, LocalChat
from adapters.local.parse import author_of, conversation_of
from adapters.local.render import card_json
from adapters.local.source import LocalSource
from adapters.local.values import Change, Channel, ChatMessage, Person
from adapters.local.writes import NewMessage
from vigil_bot.errors import InputError, NotFoundError
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.ports.chat import Clock
from vigil_bot.texts.language import accepted
from vigil_bot.texts.text import Text

HEARTBEAT_S = 15.0  # between comments on a quiet stream, so that both ends notice a dead connection
MAX_REPLAY = 1000  # changes that a returning listener is told again; after more it must fetch anew


def routes(source: LocalSource, chat: LocalChat, clock: Clock) -> web.RouteTableDef:
    """Return the routes under /api of channels, messages, reactions, buttons, commands and the event stream."""
    table = web.RouteTableDef()
    api = _Api(source, chat, clock)
    table.get("/api/channels")(api.list_channels)
    table.post("/api/channels")(api.add_channel)
    table.get("/api/channels/{channel}/messages")(api.list_messages)
    table.post("/api/channels/{channel}/messages")(api.post)
    table.patch("/api/messages/{message}")(api.edit)
    table.delete("/api/messages/{message}")(api.delete)
    table.post("/api/messages/{message}/reactions")(api.react)
    table.post("/api/messages/{message}/actions")(api.press)
    table.post("/api/commands")(api.command)
    table.get("/api/events")(api.events)
    return table


class _Api:
    def __init__(self, source: LocalSource, chat: LocalChat, clock: Clock) -> None:
        self._source = source
        self._chat = chat
        self._clock = clock

    async def list_channels(self, _request: web.Request) -> web.Response:
        channels = await self._chat.channels()
        return web.json_response({"channels": [channel.model_dump() for channel in channels]})

    async def add_channel(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.ChannelBody, await request.read())
        channel = await self._chat.add_channel(Channel(id=body.id, name=body.name or body.id))
        return web.json_response(channel.model_dump())

    async def list_messages(self, request: web.Request) -> web.Response:
        query = bodies.read_query(dict(request.query))
        found = await self._chat.messages(
            request.match_info["channel"],
            after=query.after,
            reader=query.viewer,
            thread_id=query.thread_id,
            last=query.last,
        )
        return web.json_response({"messages": [message_json(message) for message in found]})

    async def post(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.MessageBody, await request.read())
        new = NewMessage(
            channel_id=request.match_info["channel"],
            thread_id=body.thread_id,
            author=body.author,
            kind=AuthorKind.BOT if body.bot else AuthorKind.HUMAN,
            role=body.role or Role.UNKNOWN,
            text=body.text,
            client_id=body.client_id,
        )
        posted = await self._chat.post(new)
        await self._source.stored(posted.id)
        return web.json_response({"id": posted.id, "thread_id": posted.thread_id, "ts": posted.ts})

    async def edit(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.EditBody, await request.read())
        return await self._answer(await self._chat.edit(request.match_info["message"], body.text, by=body.author))

    async def delete(self, request: web.Request) -> web.Response:
        self._source.check_running()
        gone = await self._chat.delete(request.match_info["message"], by=request.query.get("author"))
        await self._source.stored(gone.id)
        return web.json_response({"id": gone.id, "deleted": True})

    async def react(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.ReactionBody, await request.read())
        by = await self._person(body.author, body.role)
        message_id = request.match_info["message"]
        return await self._answer(await self._chat.react(message_id, body.emoji, by=by, remove=body.remove))

    async def press(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.ActionBody, await request.read())
        by = await self._person(body.author, body.role)
        message_id = request.match_info["message"]
        return await self._answer(await self._chat.press(message_id, action=body.action, value=body.value, by=by))

    async def command(self, request: web.Request) -> web.Response:
        self._source.check_running()
        body = bodies.read(bodies.CommandBody, await request.read())
        standing = await self._chat.messages(body.channel, thread_id=body.thread_id, last=1)
        if body.thread_id is not None and not standing:
            raise NotFoundError(Text("There is no such thread in this channel."))
        invoked = CommandInvoked(
            conversation=conversation_of(body.channel, body.thread_id),
            author=author_of(await self._person(body.author, body.role)),
            text=bodies.command_text(body.text),
            at=self._clock.now(),
            language=accepted(request.headers.get("Accept-Language", "")),
        )
        return web.json_response({"card": card_json(await self._source.command(invoked))})

    async def events(self, request: web.Request) -> web.StreamResponse:
        last_seen = _sequence(request.headers.get("Last-Event-ID"))
        viewer = request.query.get("viewer")
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        with self._chat.listen() as listener:
            await stream.prepare(request)
            try:
                await stream.write(b"retry: 1000\nevent: hello\ndata: {}\n\n")
                async for chunk in self._stream(listener, last_seen, viewer):
                    await stream.write(chunk)
            except ConnectionResetError:
                return stream  # the listener left
        return stream

    async def _stream(self, listener: Listener, last_seen: int | None, viewer: str | None) -> AsyncIterator[bytes]:
        told = 0
        missed = [] if last_seen is None else await self._missed(last_seen)
        if missed is None:
            yield b"event: reset\ndata: {}\n\n"
        for what in missed or ():
            told = what.seq
            if _visible(what, viewer):
                yield _event(what)
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    heard = await listener.next()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if heard is None:
                return
            if heard.seq > told and _visible(heard, viewer):
                yield _event(heard)

    async def _missed(self, last_seen: int) -> list[Change] | None:
        """Return what came after a change; None if that is too much, or if there is no such change (any more)."""
        found = await self._chat.changes_from(last_seen, limit=MAX_REPLAY + 1)
        return found[1:] if found and found[0].seq == last_seen and len(found) <= MAX_REPLAY else None

    async def _answer(self, message: ChatMessage) -> web.Response:
        await self._source.stored(message.id)
        return web.json_response(message_json(message))

    async def _person(self, name: str, role: Role | None) -> Person:
        return Person(name=name, role=role or await self._chat.role_of(name))


def message_json(message: ChatMessage) -> dict[str, object]:
    """Return a message as the API gives it."""
    return {
        "id": message.id,
        "channel": message.channel_id,
        "thread_id": message.thread_id,
        "author": message.author,
        "kind": "human" if message.kind is AuthorKind.HUMAN else "bot",
        "role": message.role.value,
        "text": message.text,
        "card": message.card,
        "ts": message.ts,
        "edited_at": message.edited_at,
        "only_for": message.reader,
        "reactions": [reaction.model_dump() for reaction in message.reactions],
    }


def change_json(what: Change) -> Mapping[str, object]:
    """Return a change as the event stream tells it."""
    return {
        "seq": what.seq,
        "kind": what.kind.value,
        "at": what.at,
        "channel": what.channel.model_dump(),
        "message": message_json(what.message) if what.message else None,
        "author": what.by.name if what.by else None,
        "emoji": what.emoji,
        "action": what.action,
        "value": what.value,
    }


def _visible(what: Change, viewer: str | None) -> bool:
    reader = what.message.reader if what.message else None
    return reader is None or reader == viewer


def _event(what: Change) -> bytes:
    data = json.dumps(change_json(what), ensure_ascii=False)
    return f"id: {what.seq}\nevent: {what.kind.value}\ndata: {data}\n\n".encode()


def _sequence(header: str | None) -> int | None:
    if header is None:
        return None
    if not header.isascii() or not header.isdigit() or len(header) > 18:  # noqa: PLR2004 -- what SQLite can hold
        raise InputError("Last-Event-ID is not the number of an event.")
    return int(header)
