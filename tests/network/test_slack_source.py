from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.network.slack_source import Running, running, soon
from tests.servers.slack import FakeSlack
from vigil_bot.model.conversation import AuthorKind
from vigil_bot.model.event import (
    BotJoined,
    BotRemoved,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)


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
async def bot(slack: FakeSlack, channel: str, tmp_path: Path) -> AsyncIterator[Running]:
    assert channel  # it is there before the bot is
    async with running(slack, tmp_path) as ready:
        await slack.connected()
        yield ready


async def test_a_message_arrives_with_its_author_and_its_thread(slack: FakeSlack, channel: str, bot: Running) -> None:
    ts = slack.say(channel, "rita", "hello <@" + slack.bot_user + ">, see &lt;this&gt;")
    reply = slack.say(channel, "ann", "on it", thread_ts=ts)
    await slack.settled()

    first, second = sorted(bot.core.of(MessagePosted), key=lambda one: one.at)
    assert (first.message.id, first.conversation.thread_id) == (ts, ts)
    assert (second.message.id, second.conversation.thread_id, second.message.reply_to) == (reply, ts, ts)
    assert (first.message.author.name, first.message.author.kind) == ("rita", AuthorKind.HUMAN)
    assert first.message.mentions_us
    assert "see <this>" in first.message.text
    assert not second.message.mentions_us
    assert bot.source.last_events().keys() == {channel}


async def test_a_reply_that_is_also_sent_to_the_channel_stays_in_its_thread(
    slack: FakeSlack, channel: str, bot: Running
) -> None:
    ts = slack.say(channel, "rita", "it is down")
    slack.say(channel, "ann", "solved, for all to see", thread_ts=ts, broadcast=True)
    await slack.settled()
    assert [one.conversation.thread_id for one in bot.core.of(MessagePosted)] == [ts, ts]


async def test_edits_arrive_and_previews_of_links_do_not(slack: FakeSlack, channel: str, bot: Running) -> None:
    ts = slack.say(channel, "rita", "see https://example.org")
    slack.unfurl(channel, ts, [{"from_url": "https://example.org", "title": "Example", "text": "words of others"}])
    slack.edit(channel, ts, "see https://example.org, please")
    await slack.settled()
    (edited,) = bot.core.of(MessageEdited)
    assert edited.message.text == "see https://example.org, please"
    assert edited.message.edited_at is not None
    assert "words of others" not in edited.message.text


async def test_deletions_name_the_thread(slack: FakeSlack, channel: str, bot: Running) -> None:
    ts = slack.say(channel, "rita", "first")
    reply = slack.say(channel, "ann", "second", thread_ts=ts)
    slack.delete(channel, reply)
    slack.delete(channel, ts)
    await slack.settled()
    gone = {one.message_id: one.conversation.thread_id for one in bot.core.of(MessageDeleted)}
    assert gone == {reply: ts, ts: ts}


async def test_a_reaction_to_a_reply_belongs_to_the_thread_also_after_a_restart(
    slack: FakeSlack, channel: str, tmp_path: Path
) -> None:
    ts = slack.say(channel, "rita", "first", silent=True)
    reply = slack.say(channel, "ann", "second", thread_ts=ts, silent=True)
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.react(channel, reply, "rita", "+1::skin-tone-3")
        slack.unreact(channel, reply, "rita", "+1::skin-tone-3")
        await slack.settled()
        changes = sorted(bot.core.of(ReactionChanged), key=lambda one: one.at)
    assert [(one.emoji, one.added) for one in changes] == [("👍", True), ("👍", False)]
    assert {one.conversation.thread_id for one in changes} == {ts}
    assert {one.author.name for one in changes} == {"rita"}


async def test_our_own_messages_arrive_as_ours(slack: FakeSlack, channel: str, bot: Running) -> None:
    await bot.api.call(slack.team.id, "chat.postMessage", channel=channel, text=f"<@{slack.bot_user}> says hello")
    await slack.settled()
    (posted,) = bot.core.of(MessagePosted)
    assert posted.message.author.kind is AuthorKind.SELF
    assert not posted.message.mentions_us


async def test_alerts_of_other_bots_are_read_out_of_their_blocks(slack: FakeSlack, channel: str, bot: Running) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Disk full on db1"}}]
    attachments = [{"fields": [{"title": "used", "value": "99 %", "short": True}]}]
    slack.say_as_app(channel, "Monitor", "alert", blocks=blocks, attachments=attachments)
    await slack.settled()
    (posted,) = bot.core.of(MessagePosted)
    assert posted.message.author.kind is AuthorKind.BOT
    assert (posted.message.author.id, posted.message.author.name) == ("B0ALERTS001", "Monitor")
    assert posted.message.text == "alert\nDisk full on db1\nused: 99 %"


async def test_private_direct_and_group_conversations_are_heard(slack: FakeSlack, channel: str, bot: Running) -> None:
    del channel
    direct, group = slack.add_direct("rita"), slack.add_direct("rita", "ann")
    slack.say(direct, "rita", "just you")
    slack.say(group, "rita", "you two")
    await slack.settled()
    heard = {one.conversation.channel_id: one.message.mentions_us for one in bot.core.of(MessagePosted)}
    assert heard == {direct: True, group: False}


async def test_files_are_named_with_the_message(slack: FakeSlack, channel: str, bot: Running) -> None:
    shot = slack.add_file("shot.png", b"png", "image/png", user="rita")
    slack.say(channel, "rita", "look", files=[shot])
    await slack.settled()
    (posted,) = bot.core.of(MessagePosted)
    (attachment,) = posted.message.attachments
    assert (attachment.name, attachment.media_type, attachment.size_bytes) == ("shot.png", "image/png", 3)


async def test_coming_and_going_of_the_bot_are_events_and_that_of_others_is_not(
    slack: FakeSlack, channel: str, bot: Running
) -> None:
    del channel
    other = slack.add_channel("other", members=["ann"], with_bot=False)
    slack.invite_bot(other, "ann")
    slack.join(other, "rita")
    slack.kick_bot(other, "ann")
    await slack.settled()
    (joined,) = bot.core.of(BotJoined)
    assert (joined.conversation.channel_id, joined.by and joined.by.name) == (other, "ann")
    assert [one.conversation.channel_id for one in bot.core.of(BotRemoved)] == [other]


async def test_repeated_envelopes_and_second_event_ids_change_nothing(
    slack: FakeSlack, channel: str, bot: Running
) -> None:
    slack.tune(copies=3)
    slack.say(channel, "rita", "once")
    await slack.settled()
    slack.twin(slack.delivery.log[-1])
    await slack.settled()
    assert bot.core.texts() == ["once"]
    assert bot.core.attempts >= 2
    assert all(one.acknowledged for one in slack.delivery.log[-2:])


async def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(
    slack: FakeSlack, channel: str, bot: Running
) -> None:
    slack.tune(ack_within_s=0.2, retry_delays_s=[0.0, 0.05, 0.05])
    bot.core.full = True
    slack.say(channel, "rita", "keep this")
    await soon(lambda: bot.core.attempts >= 2)
    assert not slack.delivery.log[-1].acknowledged
    bot.core.full = False
    await soon(lambda: slack.delivery.log[-1].acknowledged)
    assert bot.core.texts() == ["keep this"]


async def test_events_of_no_use_are_acknowledged(slack: FakeSlack, channel: str, bot: Running) -> None:
    slack.archive(channel, "ann")
    slack.archive(channel, "ann", archived=False)
    await slack.settled()
    assert all(one.acknowledged for one in slack.delivery.log[-2:])
    assert not bot.core.events


async def test_messages_keep_coming_when_slack_renews_the_connection(
    slack: FakeSlack, channel: str, bot: Running
) -> None:
    for number in range(3):
        await slack.disconnect("refresh_requested")
        slack.say(channel, "rita", f"message {number}")
        await slack.connected()
        await slack.settled()
        assert bot.source.healthy()
    assert bot.core.texts() == ["message 0", "message 1", "message 2"]


async def test_a_revoked_token_makes_it_unhealthy(slack: FakeSlack, bot: Running) -> None:
    assert bot.source.healthy()
    slack.revoke()
    await slack.settled()
    assert not bot.source.healthy()


async def test_what_one_hundred_people_write_at_once_arrives(slack: FakeSlack, channel: str, bot: Running) -> None:
    said = [f"message {number:03}" for number in range(100)]
    for text in said:
        slack.say(channel, "rita", text)
    await slack.settled()
    assert bot.core.texts() == said
    assert len(slack.calls("users.info")) <= 1
