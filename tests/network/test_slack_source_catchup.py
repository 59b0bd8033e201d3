from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.catchup import CatchUp
from adapters.slack.reader import Reader
from tests.network.slack_source import Stored, running, soon
from tests.servers.slack import FakeSlack
from vigil_bot.clock import SystemClock
from vigil_bot.errors import RateLimited
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import BotJoined, MessageEdited, MessagePosted


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.add_user("rita")
        fake.add_user("ann")
        yield fake


@pytest.fixture
def channel(slack: FakeSlack) -> str:
    return slack.add_channel("support", members=["rita", "ann"])


@pytest.fixture
async def known(slack: FakeSlack, channel: str, tmp_path: Path) -> Stored:
    """A core that heard the beginning of two threads before the bot stopped."""
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.say(channel, "rita", "first thread")
        slack.say(channel, "rita", "second thread")
        await slack.settled()
        return bot.core


def first(core: Stored, text: str) -> str:
    return next(one.message.id for one in core.of(MessagePosted) if one.message.text == text)


async def test_what_was_said_while_it_was_down_is_fetched_with_replies(
    slack: FakeSlack, channel: str, known: Stored, tmp_path: Path
) -> None:
    old = first(known, "first thread")
    new = slack.say(channel, "ann", "third thread", silent=True)
    slack.say(channel, "ann", "an answer", thread_ts=old, silent=True)
    slack.say(channel, "rita", "another answer", thread_ts=new, silent=True)
    async with running(slack, tmp_path, known):
        await known.until(lambda core: len(core.of(MessagePosted)) == 5)
    threads = {one.message.text: one.conversation.thread_id for one in known.of(MessagePosted)}
    assert threads["an answer"] == old
    assert threads["another answer"] == threads["third thread"] == new


async def test_edits_while_it_was_down_are_found(slack: FakeSlack, channel: str, known: Stored, tmp_path: Path) -> None:
    slack.edit(channel, first(known, "second thread"), "second thread, mended")
    async with running(slack, tmp_path, known):
        await known.until(lambda core: core.of(MessageEdited))
    (edited,) = known.of(MessageEdited)
    assert edited.message.text == "second thread, mended"
    assert len(known.of(MessagePosted)) == 2


async def test_what_was_said_between_two_connections_is_fetched(slack: FakeSlack, channel: str, tmp_path: Path) -> None:
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        ts = slack.say(channel, "rita", "before")
        await slack.settled()
        slack.cut()
        slack.say(channel, "rita", "while nothing was connected", silent=True)
        slack.say(channel, "ann", "a reply meanwhile", thread_ts=ts, silent=True)
        await bot.until_healthy()
        await bot.core.until(lambda core: len(core.of(MessagePosted)) == 3)
        assert bot.core.texts() == ["before", "while nothing was connected", "a reply meanwhile"]
        assert bot.source.healthy()


async def test_it_is_unhealthy_while_no_connection_can_be_made(slack: FakeSlack, channel: str, tmp_path: Path) -> None:
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.say(channel, "rita", "before")
        await slack.settled()
        slack.fail("apps.connections.open", "status", times=1, status=503)
        slack.cut()
        await bot.until_healthy(healthy=False)
        slack.say(channel, "rita", "meanwhile", silent=True)
        await bot.until_healthy()
        await bot.core.until(lambda core: core.texts() == ["before", "meanwhile"])


async def test_a_channel_it_was_invited_to_while_it_was_down_is_read_from_there_on(
    slack: FakeSlack, channel: str, known: Stored, tmp_path: Path
) -> None:
    del channel
    other = slack.add_channel("other", members=["ann"], with_bot=False)
    slack.say(other, "ann", "before it came", silent=True)
    slack.hold()
    slack.invite_bot(other, "ann")
    slack.say(other, "ann", "welcome")
    async with running(slack, tmp_path, known):
        await known.until(lambda core: "welcome" in core.texts())
    assert [one.conversation.channel_id for one in known.of(BotJoined)] == [other]
    assert "before it came" not in known.texts()


async def test_it_does_not_come_twice_where_it_introduced_itself(
    slack: FakeSlack, known: Stored, tmp_path: Path
) -> None:
    other = slack.add_channel("other", members=["ann"], with_bot=False)
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.invite_bot(other, "ann")
        await bot.api.call(slack.team.id, "chat.postMessage", channel=other, text="Hello, I am Vigil.")
        await slack.settled()
        assert len(bot.core.of(BotJoined)) == 1
    async with running(slack, tmp_path, known):  # a core that stored nothing of that channel
        await known.until(lambda core: "Hello, I am Vigil." in core.texts())
    assert not known.of(BotJoined)


async def test_a_channel_of_which_nothing_is_stored_is_not_read_backwards(
    slack: FakeSlack, channel: str, tmp_path: Path
) -> None:
    slack.say(channel, "rita", "an old question", silent=True)
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.say(channel, "rita", "a new question")
        await slack.settled()
        await soon(lambda: slack.calls("conversations.history"))
        assert bot.core.texts() == ["a new question"]


async def test_slack_may_ask_to_wait(slack: FakeSlack, channel: str, known: Stored, tmp_path: Path) -> None:
    slack.say(channel, "ann", "third thread", silent=True)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with running(slack, tmp_path, known) as bot:
        await known.until(lambda core: len(core.of(MessagePosted)) == 3)
        slack.say(channel, "ann", "fourth thread", silent=True)
        slack.fail("conversations.history", "status", times=2, status=429, retry_after=7)
        us = (await bot.installations.all(bot.api.call))[0].us
        catch_up = CatchUp(bot.api, Reader(bot.api, bot.people), known, SystemClock(), sleep=sleep)
        await catch_up.run(us, known.accept)
        assert "fourth thread" in known.texts()
        assert waits == [7.0, 7.0]

        slack.fail("conversations.history", "status", times=99, status=429, retry_after=1)
        with pytest.raises(RateLimited):
            await catch_up.run(us, known.accept)


async def test_one_channel_that_slack_refuses_does_not_keep_the_others(
    slack: FakeSlack, channel: str, known: Stored, tmp_path: Path
) -> None:
    slack.add_channel("aaa", members=["ann"])
    async with running(slack, tmp_path, known):
        await slack.connected()
        slack.say("aaa", "ann", "heard in the other channel")
        await slack.settled()
    slack.say(channel, "ann", "third thread", silent=True)
    slack.say("aaa", "ann", "missed in the other channel", silent=True)
    slack.fail("conversations.history", "error", times=1, error="not_in_channel", status=200)
    async with running(slack, tmp_path, known):
        await soon(lambda: len(slack.calls("conversations.history")) >= 3)
        await known.until(lambda core: "missed in the other channel" in core.texts())
    assert "third thread" not in known.texts()  # it was this channel that was refused


async def test_what_cannot_be_stored_while_catching_up_is_fetched_again(
    slack: FakeSlack, channel: str, known: Stored, tmp_path: Path
) -> None:
    slack.say(channel, "ann", "third thread", silent=True)
    known.full = True
    async with running(slack, tmp_path, known) as bot:
        await soon(lambda: bot.core.attempts >= 4)
        known.full = False
        await known.until(lambda core: "third thread" in core.texts())


async def test_nothing_is_fetched_twice_when_all_is_known(
    slack: FakeSlack, channel: str, known: Stored, tmp_path: Path
) -> None:
    del channel
    before = set(known.events)
    async with running(slack, tmp_path, known):
        await slack.connected()
        await soon(lambda: len(slack.calls("conversations.history")) >= 2)
        assert not slack.calls("conversations.replies")
        assert set(known.events) == before


async def test_the_history_of_a_channel_is_read_when_somebody_asks_for_it(
    slack: FakeSlack, channel: str, tmp_path: Path
) -> None:
    now = slack.world.now()
    old = slack.say(channel, "rita", "long ago", silent=True, at=now - 40 * 86_400)
    ts = slack.say(channel, "rita", "last week", silent=True, at=now - 7 * 86_400)
    slack.say(channel, "ann", "answered last week", thread_ts=ts, silent=True, at=now - 6 * 86_400)
    async with running(slack, tmp_path) as bot:
        where = ConversationRef(platform="slack", workspace_id=slack.team.id, channel_id=channel, thread_id=old)
        slack.fail("conversations.replies", "status", times=1, status=500)
        bot.source.read_back(where, since=now - 30 * 86_400)
        await bot.core.until(lambda core: len(core.of(MessagePosted)) == 2)
    assert bot.core.texts() == ["last week", "answered last week"]
