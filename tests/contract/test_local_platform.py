"""The local platform keeps what the ports promise: LocalClient as ChatClient, LocalSource as Source."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.local.chat import MAX_WAITING, LocalChat
from adapters.local.client import LocalClient
from adapters.local.source import LocalSource
from adapters.local.values import Channel, ChatMessage
from adapters.local.writes import NewMessage
from vigil_bot.clock import SimulatedClock
from vigil_bot.errors import PlatformUnavailable, StoreBusy, StoreError, TargetGone
from vigil_bot.model.card import Card, CardKind
from vigil_bot.model.conversation import AuthorKind, ConversationRef, Role
from vigil_bot.model.event import CommandInvoked, Event, MessagePosted
from vigil_bot.ports.chat import ChatClient, Source

NOW = 1_700_000_000.0
DAY_S = 86_400.0
HERE = ConversationRef(platform="local", workspace_id="local", channel_id="support")


def card(title: str) -> Card:
    return Card(kind=CardKind.NOTICE, title=title)


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[LocalChat]:
    chat = await LocalChat.open(tmp_path / "local.db", SimulatedClock(NOW))
    yield chat
    await chat.close()


@pytest.fixture
def client(chat: LocalChat) -> ChatClient:
    return LocalClient(chat)


async def say(chat: LocalChat, text: str, **more: str) -> ChatMessage:
    new = NewMessage(
        channel_id=more.get("channel_id", "support"),
        thread_id=more.get("thread_id"),
        author="rita",
        kind=AuthorKind.HUMAN,
        role=Role.REQUESTER,
        text=text,
        client_id=more.get("client_id"),
    )
    return await chat.post(new)


async def thread(chat: LocalChat) -> ConversationRef:
    first = await say(chat, "help")
    return ConversationRef(platform="local", workspace_id="local", channel_id="support", thread_id=first.id)


async def test_the_same_key_posts_once_in_its_thread(chat: LocalChat, client: ChatClient) -> None:
    ref = await thread(chat)
    ids = await asyncio.gather(*(client.post(ref, card("once"), key="k") for _ in range(3)))
    assert len(set(ids)) == 1
    posted = (await chat.messages("support"))[1:]
    assert [(message.id, message.thread_id, message.text) for message in posted] == [(ids[0], ref.thread_id, "once")]
    assert posted[0].kind is AuthorKind.SELF


async def test_the_same_key_posts_once_after_a_restart(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        chat = await LocalChat.open(tmp_path / "local.db", SimulatedClock(NOW))
        ids.append(await LocalClient(chat).post(HERE, card("once"), key="k"))
        assert len(await chat.messages("support")) == 1
        await chat.close()
    assert ids[0] == ids[1]


async def test_a_card_posted_to_the_channel_begins_a_thread(chat: LocalChat, client: ChatClient) -> None:
    posted = await client.post(HERE, card("hello"), key="k")
    assert (await chat.message(posted)).thread_id == posted


async def test_a_card_is_edited_in_place(chat: LocalChat, client: ChatClient) -> None:
    ref = await thread(chat)
    posted = await client.post(ref, card("before"), key="k")
    await client.edit(ref, posted, card("after"))
    (found,) = (await chat.messages("support"))[1:]
    assert (found.id, found.text, found.card and found.card["title"]) == (posted, "after", "after")


async def test_what_is_gone_cannot_be_edited_but_may_be_deleted_again(chat: LocalChat, client: ChatClient) -> None:
    ref = await thread(chat)
    posted = await client.post(ref, card("x"), key="k")
    for _ in range(2):
        await client.delete(ref, posted)
    with pytest.raises(TargetGone):
        await client.edit(ref, posted, card("y"))
    with pytest.raises(TargetGone):
        await client.edit(ref, "m-none", card("y"))
    assert len(await chat.messages("support")) == 1


@pytest.mark.parametrize("place", [("nowhere", None), ("support", "m-none")])
async def test_a_card_for_a_place_that_is_not_there_is_refused(
    client: ChatClient, place: tuple[str, str | None]
) -> None:
    ref = ConversationRef(platform="local", workspace_id="local", channel_id=place[0], thread_id=place[1])
    with pytest.raises(TargetGone):
        await client.post(ref, card("x"), key="k")


async def test_reacting_twice_and_taking_it_away_twice_is_no_error(chat: LocalChat, client: ChatClient) -> None:
    ref = await thread(chat)
    assert ref.thread_id
    for _ in range(2):
        await client.react(ref, ref.thread_id, "👀")
    assert [reaction.emoji for reaction in (await chat.message(ref.thread_id)).reactions] == ["👀"]
    for _ in range(2):
        await client.react(ref, ref.thread_id, "👀", remove=True)
    assert (await chat.message(ref.thread_id)).reactions == ()


async def test_an_ephemeral_card_is_for_its_reader_only(chat: LocalChat, client: ChatClient) -> None:
    ref = await thread(chat)
    ids = [await client.post_ephemeral(ref, card("psst"), reader_id="amir", key="k/amir") for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(await chat.messages("support")) == 1
    assert [message.text for message in await chat.messages("support", reader="amir")] == ["help", "psst"]


async def test_a_message_has_an_address(client: ChatClient) -> None:
    ref = ConversationRef(platform="local", workspace_id="local", channel_id="值班 1")
    assert await client.permalink(ref, "m-1") == "/#/c/%E5%80%BC%E7%8F%AD%201/m/m-1"


async def test_times_grow_though_the_clock_stands_still_or_goes_back(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    chat = await LocalChat.open(tmp_path / "local.db", clock)
    first = await say(chat, "one")
    clock.set(NOW - DAY_S)
    second = await say(chat, "two")
    await chat.close()
    chat = await LocalChat.open(tmp_path / "local.db", clock)
    third = await say(chat, "three")
    await chat.close()
    assert first.ts < second.ts < third.ts
    assert first.id < second.id < third.id


async def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "local.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(StoreError, match=r"local\.db"):
        await LocalChat.open(path, SimulatedClock(NOW))


class Core:
    """Remembers events; refuses while it is full."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.full = False
        self.heard = asyncio.Event()

    async def accept(self, event: Event) -> bool:
        self.heard.set()
        if self.full:
            raise StoreBusy
        if isinstance(event, MessagePosted):
            self.texts.append(event.message.text)
        return True

    async def command(self, invoked: CommandInvoked) -> Card:
        return card(invoked.text)


async def run_until(source: Source, core: Core, done: int) -> None:
    running = asyncio.create_task(source.run(core.accept, core.command))
    async with asyncio.timeout(5):
        while len(core.texts) < done:
            core.heard.clear()
            await core.heard.wait()
        await asyncio.sleep(0)
        assert source.healthy()
    running.cancel()
    await asyncio.wait([running])
    assert not source.healthy()


async def test_the_source_catches_up_in_order_with_what_was_said_before_it_ran(chat: LocalChat) -> None:
    texts = [f"message {number}" for number in range(600)]
    for text in texts:
        await say(chat, text)
    core = Core()
    await run_until(LocalSource(chat), core, 600)
    assert core.texts == texts


async def test_what_is_older_than_thirty_days_is_not_caught_up(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    chat = await LocalChat.open(tmp_path / "local.db", clock)
    await say(chat, "long ago")
    clock.advance(31 * DAY_S)
    await say(chat, "now")
    core = Core()
    await run_until(LocalSource(chat), core, 1)
    await chat.close()
    assert core.texts == ["now"]


async def test_what_the_core_refuses_is_handed_over_later(chat: LocalChat) -> None:
    core, source = Core(), LocalSource(chat)
    running = asyncio.create_task(source.run(core.accept, core.command))
    await asyncio.sleep(0)
    core.full = True
    posted = await say(chat, "help")
    with pytest.raises(PlatformUnavailable):
        await source.stored(posted.id)
    core.full = False
    await source.stored(posted.id)
    assert core.texts == ["help"]
    running.cancel()
    await asyncio.wait([running])


async def test_a_listener_that_falls_behind_is_cut_off_and_the_others_hear_on(chat: LocalChat) -> None:
    with chat.listen() as slow:
        for number in range(MAX_WAITING + 1):
            await chat.add_channel(Channel(id=f"c{number}", name="c"))
        with chat.listen() as quick:
            await chat.add_channel(Channel(id="last", name="last"))
            heard = await quick.next()
            assert heard
            assert heard.channel.id == "last"
        told = 0
        while await slow.next():
            told += 1
        assert told == MAX_WAITING
