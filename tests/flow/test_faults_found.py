"""What storms found, each in a test of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from adapters.slack.catchup import threads_to_read
from adapters.store.store import Store
from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.assembly import engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.intake import Intake
from vigil_bot.metrics import Metrics
from vigil_bot.model.card import CardKind
from vigil_bot.model.conversation import Author, Message, Role
from vigil_bot.model.decision import Reason
from vigil_bot.model.event import MessageEdited, MessagePosted, ReactionChanged
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import Outcome, Turn
from vigil_bot.ports.work import Handler

RITA = Author(id="rita", role=Role.REQUESTER)


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.know(ENTRY)
        yield made


@pytest.mark.parametrize("mode", ["off", "shadow", "private"])
async def test_a_mode_that_changes_between_decision_and_post_drops_the_post(here: World, mode: str) -> None:
    await here.say("the shift begins", by="anna", role=Role.ANALYST)  # in private mode she is shown it
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1  # the platform is away at the moment of the post
    await here.wait(SETTLE_S + 0.5)
    await here.command(f"/vigil mode {mode}")
    await here.wait(120)

    assert here.cards(asked.id) == {}
    made = await here.parts.store.ledger.decisions(since=0.0)
    receipts = [record for record in made if record.message_id == asked.id]
    assert f"the mode is {mode} by now" in receipts[0].note
    assert receipts[-1].reason is {"off": Reason.MODE_OFF}.get(mode, Reason.USEFUL)
    shown = [card for reader, card in here.chat.whispers if reader == "anna" and card.kind is CardKind.SUGGESTION]
    assert len(shown) == (mode == "private")


@pytest.mark.parametrize(("silence", "end"), [("/vigil mode off", "/vigil mode on"), ("/vigil mute", "/vigil unmute")])
async def test_what_was_dropped_for_silence_is_not_said_when_that_ends(here: World, silence: str, end: str) -> None:
    asked = await here.say(QUESTION)
    here.chat.fail_next = 1
    await here.wait(SETTLE_S + 0.5)
    await here.command(silence)
    await here.wait(120)
    await here.command(end)
    await here.wait(6 * 3600)

    assert here.cards(asked.id) == {}
    assert (await here.receipt(asked)).reason in {Reason.MODE_OFF, Reason.MUTED}


@pytest.mark.parametrize(
    ("latest", "stored", "read"), [(80.0, 80.0, []), (110.0, 110.0, ["50.0"]), (110.0, 80.0, ["50.0"])]
)
def test_a_lively_thread_is_read_again_though_its_last_reply_is_stored(
    latest: float, stored: float, read: list[str]
) -> None:
    root = {"ts": "50.0", "latest_reply": str(latest)}
    assert threads_to_read([root], {"50.0": stored}, since=100.0) == read


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await Store.open("sqlite://", inline=True, durable=False)
    yield opened
    await opened.close()


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


class SetRight:
    """A handler in whose turn a clock that was ahead is set right."""

    def __init__(self, inner: Handler, set_right: Callable[[], None]) -> None:
        self._inner = inner
        self._set_right = set_right

    async def handle(self, turn: Turn) -> Outcome:
        outcome = await self._inner.handle(turn)
        self._set_right()
        return outcome


async def test_a_clock_that_is_set_right_during_a_turn_puts_nothing_off(here: World) -> None:
    right = here.clock.now()
    here.clock.advance(7200)
    around = lambda handler: SetRight(handler, lambda: here.clock.set(right))  # noqa: E731
    engine = engine_of(here.parts, {"test": here.chat}, around=around)
    asked = Message(
        id="m-asked",
        conversation=replace(CHANNEL, thread_id="m-asked"),
        author=RITA,
        text=QUESTION,
        sent_at=right + 7200,
    )
    await engine.intake.store_now(MessagePosted(message=asked))
    await engine.worker.drain()
    await engine.worker.drain()  # which sees when there is something to do
    await here.wait(SETTLE_S + 5)

    assert len(here.cards(asked.id)) == 1


class SlowClock(SimulatedClock):
    """A clock that shows a time that is ahead once, and is right from then on."""

    def __init__(self, right: float, *, ahead_s: float) -> None:
        super().__init__(right)
        self._ahead_s = ahead_s

    def now(self) -> float:
        ahead_s, self._ahead_s = self._ahead_s, 0.0
        return super().now() + ahead_s


async def test_a_clock_that_is_set_right_during_intake_puts_nothing_off(store: Store) -> None:
    clock = SlowClock(1000.0, ahead_s=7200.0)
    intake = Intake(store.queue, policy_of=lambda _: Policy(), clock=clock, metrics=Metrics())
    asked = Message(id="m1", conversation=replace(CHANNEL, thread_id="m1"), author=RITA, text=QUESTION, sent_at=999.0)
    accepted = asyncio.ensure_future(intake.accept(MessagePosted(message=asked)))
    await asyncio.sleep(0)
    await intake.flush()

    assert await accepted
    assert [
        turn.conversation.thread_id for turn in await store.queue.claim(owner="a", now=1001.0, ttl_s=9, limit=8)
    ] == ["m1"]


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
    before = here.cards(asked.id)
    assert len(before) == 1

    reworded = replace(asked, text=QUESTION + " (prod)", edited_at=here.clock.now() + ahead_s)
    await here.happens(MessageEdited(message=reworded))
    await here.wait(SETTLE_S + 1)
    for words in ("good morning", "see you tomorrow", "+1"):
        await here.say(words, by="li", thread=asked.id)
        await here.wait(SETTLE_S + 1)
    assert here.cards(asked.id) == before
    assert (await here.receipt(asked)).reason is Reason.ALREADY_SAID


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


async def test_a_post_at_a_time_that_has_not_come_yet_keeps_nobody_silent(here: World) -> None:
    right = here.clock.now()
    here.clock.advance(7200)
    early = await here.say(QUESTION)
    await here.wait(SETTLE_S + 1)
    assert len(here.cards(early.id)) == 1

    here.clock.set(right + 60)
    asked = await here.say(QUESTION, by="ravi")
    await here.wait(SETTLE_S + 5)
    assert len(here.cards(asked.id)) == 1
