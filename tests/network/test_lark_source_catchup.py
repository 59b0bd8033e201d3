"""What was missed is fetched from the history, and stored once."""

from collections.abc import AsyncIterator

import pytest

from tests.network.lark_source import CHAT, TENANT, Object, Stored, Tables, Wire, item, payload, running, until
from vigil_bot.clock import SystemClock
from vigil_bot.errors import AccessDenied, PlatformUnavailable
from vigil_bot.model.conversation import AuthorKind, ConversationRef
from vigil_bot.model.event import MessageDeleted, MessageEdited, MessagePosted

NOW = float(int(SystemClock().now()))
CHANNEL = ConversationRef(platform="lark", workspace_id=TENANT, channel_id=CHAT)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Wire().open() as opened:
        yield opened


def known(at: float) -> Stored:
    """A core that has stored something of the chat up to a time."""
    return Stored(before={CHANNEL: at})


async def test_what_was_said_while_we_were_away_is_stored_in_order(wire: Wire) -> None:
    history = [item(f"om_{minute}", f"minute {minute}", at=NOW - 3600 + 60 * minute) for minute in range(40)]
    async with running(wire, core=known(NOW - 3600 + 60 * 20), tables=Tables(history=history)) as bot:
        await bot.core.until(lambda core: "minute 39" in core.texts())
        assert bot.core.texts() == [f"minute {minute}" for minute in range(10, 40)]  # ten minutes are read again


async def test_a_chat_that_nothing_is_stored_of_is_left_alone(wire: Wire) -> None:
    async with running(wire, tables=Tables(history=[item("om_1", "before our time", at=NOW - 60)])) as bot:
        await bot.wire.push(payload("text"))
        assert not any(path.endswith("/messages") for path, _ in bot.tables.asked)


async def test_topics_are_read_too_those_that_began_long_ago_as_well(wire: Wire) -> None:
    topic = {"root_id": "om_root", "thread_id": "omt_1"}
    old: dict[str, str] = {"root_id": "om_text", "thread_id": "omt_2"}
    history = [
        item("om_root", "a new topic", at=NOW - 50, thread_id="omt_1"),
        item("om_in_topic", "answered there", at=NOW - 40, **topic),
        item("om_text", "an old topic", at=NOW - 86_400, thread_id="omt_2"),
        item("om_in_old", "answered there too", at=NOW - 30, **old),
        item("om_in_old_early", "of long ago", at=NOW - 80_000, **old),
    ]
    core = known(NOW - 100)
    async with running(wire, core=core) as before:
        at = str(int((NOW - 86_400) * 1000))
        await before.wire.push(payload("text", create_time=at))  # so that the old topic is known
    async with running(wire, core=core, tables=Tables(history=history)) as bot:
        await bot.core.until(lambda core: "answered there too" in core.texts())
        threads = {one.message.text: one.conversation.thread_id for one in bot.core.of(MessagePosted)}
    assert threads["answered there"] == "om_root"
    assert threads["answered there too"] == "om_text"
    assert "of long ago" not in threads


async def test_edits_recalls_and_other_bots_are_in_the_history(wire: Wire) -> None:
    ms = str(int((NOW - 10) * 1000))
    app: Object = {"id": "cli_alarm", "id_type": "app_id", "sender_type": "app", "tenant_key": TENANT}
    history = [
        item("om_1", "port 1521", at=NOW - 30, updated=True, update_time=ms),
        item("om_2", "This message was recalled", at=NOW - 20, deleted=True, update_time=ms),
        item("om_3", "ALARM", at=NOW - 15, sender=app),
        item("om_4", "joined", at=NOW - 12, msg_type="system"),
    ]
    async with running(wire, core=known(NOW - 60), tables=Tables(history=history)) as bot:
        await bot.core.until(lambda core: "ALARM" in core.texts())
        assert bot.core.texts() == ["port 1521", "ALARM"]
        assert [one.message.text for one in bot.core.of(MessageEdited)] == ["port 1521"]
        assert [one.message_id for one in bot.core.of(MessageDeleted)] == ["om_2"]
        assert bot.core.of(MessagePosted)[-1].message.author.kind is AuthorKind.BOT


async def test_after_a_lost_connection_the_gap_is_closed_even_if_something_arrived_since(wire: Wire) -> None:
    async with running(wire) as bot:
        await bot.wire.push(payload("text", create_time=str(int((NOW - 1) * 1000))))
        bot.tables.history.append(item("om_missed", "said while nobody heard", at=NOW))
        await bot.wire.cut()
        await bot.core.until(lambda core: "said while nobody heard" in core.texts())
        await bot.until_healthy()
        assert (await bot.wire.push(payload("reply")))["code"] == 200


async def test_what_arrives_both_ways_is_stored_once(wire: Wire) -> None:
    twice = payload("text", message_id="om_twice", create_time=str(int(NOW * 1000)), content='{"text": "twice"}')
    history = [item("om_twice", "twice", at=NOW), item("om_last", "last", at=NOW)]
    async with running(wire, core=known(NOW - 60), tables=Tables(history=history)) as bot:
        await bot.wire.push(twice)
        await bot.core.until(lambda core: "last" in core.texts())
        assert sorted(bot.core.texts()) == ["last", "twice"]


async def test_a_store_that_is_full_is_tried_again(wire: Wire) -> None:
    core = known(NOW - 60)
    core.full = True
    async with running(wire, core=core, tables=Tables(history=[item("om_1", "kept", at=NOW - 5)])) as bot:
        await until(lambda: core.attempts > 1)
        core.full = False
        await bot.core.until(lambda core: core.texts() == ["kept"])


async def test_a_chat_that_cannot_be_read_keeps_no_other_from_being_read(wire: Wire) -> None:
    class Closed(Tables):
        async def call(self, method, path, *, params=None, body=None):  # type: ignore[no-untyped-def]
            if (params or {}).get("container_id") == "oc_closed":
                raise AccessDenied
            return await super().call(method, path, params=params, body=body)

    core = Stored(before={ConversationRef(platform="lark", workspace_id=TENANT, channel_id="oc_closed"): NOW - 60})
    core.before[CHANNEL] = NOW - 60
    async with running(wire, core=core, tables=Closed(history=[item("om_1", "open", at=NOW - 5)])) as bot:
        await bot.core.until(lambda core: core.texts() == ["open"])


async def test_it_waits_until_lark_says_who_we_are(wire: Wire) -> None:
    class Down(Tables):
        tries = 0

        async def call(self, method, path, *, params=None, body=None):  # type: ignore[no-untyped-def]
            self.tries += 1
            if self.tries < 3:
                raise PlatformUnavailable
            return await super().call(method, path, params=params, body=body)

    async with running(wire, tables=Down()) as bot:
        await bot.wire.push(payload("text"))
        assert bot.core.of(MessagePosted)[0].message.mentions_us


async def test_history_is_read_back_as_far_as_somebody_asks(wire: Wire) -> None:
    history = [item("om_1", "last month", at=NOW - 25 * 86_400), item("om_0", "last year", at=NOW - 300 * 86_400)]
    async with running(wire, tables=Tables(history=history)) as bot:
        bot.source.read_back(CHANNEL, since=NOW - 30 * 86_400)
        await bot.core.until(lambda core: core.texts() == ["last month"])
