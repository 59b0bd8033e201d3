"""What storms found, each in a test of its own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.slack.catchup import threads_to_read
from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.chroma import ChromaIndex
from knowledge.vectors import MemoryShelf
from tests.fakes.world import ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.errors import VectorIndexError
from vigil_bot.model.conversation import Author, Message
from vigil_bot.model.decision import Reason
from vigil_bot.model.event import MessageEdited, MessagePosted, ReactionChanged
from vigil_bot.model.knowledge import ChangeKind
from vigil_bot.ports.knowledge import VectorCheck


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.know(ENTRY)
        yield made


@pytest.mark.parametrize("mode", ["off", "shadow", "private"])
async def test_a_mode_that_changes_between_decision_and_post_drops_the_post(here: World, mode: str) -> None:
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1  # the platform is away at the moment of the post
    await here.wait(SETTLE_S + 0.5)
    await here.command(f"/vigil mode {mode}")
    await here.wait(120)

    assert here.cards(asked.id) == {}
    assert f"The mode is {mode} by now" in (await here.receipt(asked)).note


@pytest.mark.parametrize(
    ("latest", "stored", "read"), [(80.0, 80.0, []), (110.0, 110.0, ["50.0"]), (110.0, 80.0, ["50.0"])]
)
def test_a_lively_thread_is_read_again_though_its_last_reply_is_stored(
    latest: float, stored: float, read: list[str]
) -> None:
    root = {"ts": "50.0", "latest_reply": str(latest)}
    assert threads_to_read([root], {"50.0": stored}, since=100.0) == read


class Server(MemoryShelf):
    """Vectors on a server that can be away."""

    away = False

    def open(self) -> None:
        if self.away:
            raise VectorIndexError("The server is away.")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await Store.open("sqlite://", inline=True, durable=False)
    yield opened
    await opened.close()


async def test_vectors_are_used_again_once_their_server_is_back(store: Store) -> None:
    server = Server()
    server.away = True
    base = KnowledgeBase(store.entries, ChromaIndex(server, inline=True), BuiltinEmbedder(), again_s=0.0)
    await base.open()
    await base.put(ENTRY, kind=ChangeKind.ADD, by="test", why="", at=1.0)
    assert base.trouble is not None
    assert [hit.entry.id for hit in await base.find(QUESTION, viewer=None)] == [ENTRY.id]

    server.away = False
    assert [hit.entry.id for hit in await base.find(QUESTION, viewer=None)] == [ENTRY.id]
    assert base.trouble is None
    assert server.count() == 1


async def test_checking_makes_replaces_and_removes_vectors(store: Store) -> None:
    shelf = Server()
    base = KnowledgeBase(store.entries, ChromaIndex(shelf, inline=True), BuiltinEmbedder())
    await base.open()
    for number in range(3):
        entry = replace(ENTRY, id=f"e{number}", issue=f"{ENTRY.issue} {number}")
        await base.put(entry, kind=ChangeKind.ADD, by="test", why="", at=1.0)
    assert await base.check() == VectorCheck(entries=3)

    shelf.delete(["e0"])
    shelf.upsert(["e1", "stray"], [shelf.get(["e2"])["e2"]] * 2)
    (other,) = await BuiltinEmbedder().embed(["something else altogether"])
    shelf.upsert(["e2"], [other])
    assert await base.check() == VectorCheck(entries=3, made=1, replaced=2, removed=1)
    assert await base.check() == VectorCheck(entries=3)
    assert shelf.ids() == {"e0", "e1", "e2"}


async def test_what_a_clock_that_was_ahead_stored_is_not_put_off_until_then(here: World) -> None:
    right = here.clock.now()
    here.clock.advance(7200)
    asked = await here.say(QUESTION, ago_s=7200)
    late = replace(asked, id="m-late", text="it is on staging, too", sent_at=right + 2)
    await here.engine.intake.store_now(MessagePosted(message=late))
    here.clock.set(right + 5)
    await here.engine.worker.drain()
    await here.wait(SETTLE_S + 5)

    assert len(here.cards(asked.id)) == 1


async def test_an_emoji_that_comes_before_its_message_silences_the_thread(here: World) -> None:
    first = await here.say("good morning")
    asked = Message(
        id="m-asked",
        conversation=first.conversation,
        author=first.author,
        text=QUESTION,
        sent_at=here.clock.now() + 1,
    )
    await here.react(asked.id, "🔇", thread=first.id, by="ravi")
    here.clock.advance(2)
    await here.happens(MessagePosted(message=asked))
    await here.wait(60)

    assert here.cards(first.id) == {}
    assert (await here.receipt(asked)).reason is Reason.MUTED


async def test_an_emoji_whose_thread_nobody_knew_silences_it_when_its_message_comes(here: World) -> None:
    first = await here.say("good morning")
    asked = Message(
        id="m-asked",
        conversation=first.conversation,
        author=first.author,
        text=QUESTION,
        sent_at=here.clock.now() + 1,
    )
    hushed = ReactionChanged(
        conversation=first.conversation.channel,
        message_id=asked.id,
        author=Author(id="ravi"),
        emoji="🔇",
        added=True,
        at=here.clock.now() + 1,
    )
    await here.happens(hushed)
    here.clock.advance(2)
    await here.happens(MessagePosted(message=asked))
    await here.wait(60)

    assert here.cards(first.id) == {}
    assert (await here.receipt(asked)).reason is Reason.MUTED


EDITED = "never mind, wrong channel"


@pytest.mark.parametrize("ahead_s", [-3600.0, 3600.0], ids=["we are ahead", "the platform is ahead"])
async def test_a_platform_whose_clock_is_wrong_has_an_edit_heard_once(here: World, ahead_s: float) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    assert len(here.cards(asked.id)) == 1

    reworded = replace(asked, text=QUESTION + " (prod)", edited_at=here.clock.now() + ahead_s)
    await here.happens(MessageEdited(message=reworded))
    await here.wait(SETTLE_S + 1)
    for words in ("good morning", "see you tomorrow", "+1"):
        await here.say(words, by="li", thread=asked.id)
        await here.wait(SETTLE_S + 1)
    assert len(here.cards(asked.id)) == 1
    assert (await here.receipt(asked)).reason is Reason.ALREADY_SAID
    assert len(here.chat.edits) + len(here.chat.deleted) == 0


async def test_an_edit_that_the_platform_tells_late_is_heard(here: World) -> None:
    asked = await here.say(QUESTION)
    edited_at = here.clock.now() + 1
    await here.wait(SETTLE_S + 1)
    assert len(here.cards(asked.id)) == 1

    await here.happens(MessageEdited(message=replace(asked, text=EDITED, edited_at=edited_at)))
    await here.wait(SETTLE_S + 1)
    assert here.cards(asked.id) == {}


async def test_the_receipt_that_was_written_last_counts_though_the_clock_went_back(here: World) -> None:
    asked = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    here.clock.set(here.clock.now() - 600)
    await here.happens(MessageEdited(message=replace(asked, text=EDITED, edited_at=asked.sent_at + 1)))
    await here.wait(SETTLE_S + 1)

    assert (await here.receipt(asked)).reason is Reason.NOT_A_REQUEST
