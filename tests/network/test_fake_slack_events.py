"""What people do in the fake reaches the app in Slack's shapes; docstrings name the page (docs.slack.dev/...)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.servers.slack import FakeSlack
from tests.servers.slack_parts.bolt import Listener, listening, web_client
from tests.servers.slack_parts.world import BOT_SCOPES

Json = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.add_user("rita")
        fake.add_user("tom")
        fake.add_channel("support", members=["rita", "tom"])
        yield fake


@pytest.fixture
async def heard(slack: FakeSlack) -> AsyncIterator[Listener]:
    async with listening(slack) as one:
        yield one


def id_of(slack: FakeSlack, name: str) -> str:
    return slack.world.user(name).id


async def last(slack: FakeSlack, heard: Listener) -> Json:
    await slack.settled()
    return heard.events[-1]


async def test_the_outer_event_is_complete(slack: FakeSlack, heard: Listener) -> None:
    """apis/events-api#events-JSON"""
    slack.say("support", "rita", "hello")
    await slack.settled()
    body = heard.bodies[-1]
    assert (body["type"], body["team_id"], body["api_app_id"]) == ("event_callback", slack.team.id, slack.world.app_id)
    assert body["event_id"].startswith("Ev")
    assert body["event_context"].startswith("4-")
    assert body["is_ext_shared_channel"] is False
    (authorization,) = body["authorizations"]
    assert authorization == {
        "enterprise_id": None, "team_id": slack.team.id, "user_id": slack.bot_user, "is_bot": True,
        "is_enterprise_install": False,
    }  # fmt: skip


async def test_a_message(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message"""
    ts = slack.say("support", "rita", "see <https://example.com|this> :fire: &amp; more")
    event = await last(slack, heard)
    assert event["channel_type"] == "channel"
    assert (event["ts"], event["event_ts"], event["user"], event["team"]) == (
        ts,
        ts,
        id_of(slack, "rita"),
        slack.team.id,
    )
    assert event["client_msg_id"]
    assert event["blocks"][0]["elements"][0]["elements"] == [
        {"type": "text", "text": "see "},
        {"type": "link", "url": "https://example.com", "text": "this"},
        {"type": "text", "text": " "},
        {"type": "emoji", "name": "fire"},
        {"type": "text", "text": " & more"},
    ]


@pytest.mark.parametrize("kind", ["group", "im", "mpim"])
async def test_messages_of_other_kinds_of_channels(slack: FakeSlack, heard: Listener, kind: str) -> None:
    """reference/events/message.groups, message.im, message.mpim"""
    made = {
        "group": lambda: slack.add_channel("inner", private=True, members=["rita"]),
        "im": lambda: slack.add_direct("rita"),
        "mpim": lambda: slack.add_direct("rita", "tom"),
    }
    slack.say(made[kind](), "rita", "hello")
    assert (await last(slack, heard))["channel_type"] == kind


async def test_a_reply_and_a_broadcast_reply(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message/thread_broadcast; message_replied is not sent"""
    root = slack.say("support", "rita", "question")
    slack.say("support", "tom", "answer", root)
    event = await last(slack, heard)
    assert (event["thread_ts"], event["parent_user_id"]) == (root, id_of(slack, "rita"))
    slack.say("support", "tom", "for all", root, broadcast=True)
    event = await last(slack, heard)
    assert (event["subtype"], event["root"]["ts"]) == ("thread_broadcast", root)
    assert len(heard.of("message")) == 3


async def test_an_edit(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message/message_changed"""
    ts = slack.say("support", "rita", "helo")
    slack.edit("support", ts, "hello")
    event = await last(slack, heard)
    assert (event["subtype"], event["hidden"]) == ("message_changed", True)
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("hello", "helo")
    assert event["message"]["edited"]["user"] == id_of(slack, "rita")
    assert event["message"]["ts"] == ts != event["ts"]


async def test_an_unfurled_link_is_a_change_but_no_edit(slack: FakeSlack, heard: Listener) -> None:
    ts = slack.say("support", "rita", "https://example.com")
    slack.unfurl("support", ts, [{"title": "Example"}])
    event = await last(slack, heard)
    assert event["subtype"] == "message_changed"
    assert "edited" not in event["message"]
    assert event["message"]["text"] == event["previous_message"]["text"]


async def test_a_deletion(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message/message_deleted; a message with replies becomes a tombstone"""
    ts = slack.say("support", "rita", "oops")
    slack.delete("support", ts)
    event = await last(slack, heard)
    assert (event["subtype"], event["deleted_ts"], event["previous_message"]["text"]) == ("message_deleted", ts, "oops")
    root = slack.say("support", "rita", "question")
    slack.say("support", "tom", "answer", root)
    slack.delete("support", root)
    event = await last(slack, heard)
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")


async def test_a_message_with_files(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message/file_share"""
    file = slack.add_file("log.txt", b"error", user=id_of(slack, "rita"))
    slack.say("support", "rita", "look", files=[file])
    event = await last(slack, heard)
    assert (event["subtype"], event["files"][0]["url_private"]) == ("file_share", file["url_private"])


async def test_an_alert(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/message/bot_message"""
    slack.say_as_app("support", "Monitor", attachments=[{"title": "Disk full", "text": "db-1 at 99 %"}])
    event = await last(slack, heard)
    assert (event["subtype"], event["username"], event["attachments"][0]["title"]) == (
        "bot_message",
        "Monitor",
        "Disk full",
    )
    assert "user" not in event


async def test_the_bots_own_messages_come_back(slack: FakeSlack, heard: Listener) -> None:
    """Bolt acknowledges them and keeps them from its listeners."""
    await web_client(slack).chat_postMessage(channel=slack.world.channel("support").id, text="hello")
    await slack.settled()
    event = slack.delivery.log[-1].payload["event"]
    assert heard.events == []
    assert slack.delivery.log[-1].acknowledged
    assert (event["user"], event["bot_id"], event["app_id"]) == (slack.bot_user, slack.team.bot_id, slack.world.app_id)
    assert event["bot_profile"]["user_id"] == slack.bot_user


async def test_a_mention_is_told_twice(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/app_mention, beside the message event"""
    ts = slack.say("support", "rita", f"<@{slack.bot_user}> why?")
    await slack.settled()
    assert [(one["type"], one["ts"]) for one in heard.events] == [("message", ts), ("app_mention", ts)]
    assert heard.bodies[0]["event_id"] != heard.bodies[1]["event_id"]


async def test_reactions(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/reaction_added, reaction_removed"""
    ts = slack.say("support", "rita", "hello")
    alert = slack.say_as_app("support", "Monitor", "down")
    slack.react("support", ts, "tom", "eyes")
    event = await last(slack, heard)
    assert event["item"] == {"type": "message", "channel": slack.world.channel("support").id, "ts": ts}
    assert (event["user"], event["reaction"], event["item_user"]) == (id_of(slack, "tom"), "eyes", id_of(slack, "rita"))
    slack.unreact("support", ts, "tom", "eyes")
    assert (await last(slack, heard))["type"] == "reaction_removed"
    slack.react("support", alert, "tom", "eyes")
    assert "item_user" not in await last(slack, heard)


async def test_the_bot_joins_and_leaves(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/member_joined_channel, channel_left, group_left"""
    slack.add_channel("new", members=["rita"], with_bot=False)
    slack.say("new", "rita", "before it came")
    slack.invite_bot("new", "rita")
    await slack.settled()
    (joined,) = heard.of("member_joined_channel")
    assert (joined["user"], joined["inviter"], joined["channel_type"]) == (slack.bot_user, id_of(slack, "rita"), "C")
    slack.kick_bot("new", "rita")
    assert (await last(slack, heard))["type"] == "channel_left"
    slack.say("new", "rita", "after it went")
    await slack.settled()
    told = [one.payload["event"] for one in slack.delivery.log]
    assert [one["subtype"] for one in told if one["type"] == "message"] == ["channel_join"]


async def test_people_come_and_go(slack: FakeSlack, heard: Listener) -> None:
    slack.add_user("zoe")
    slack.join("support", "zoe")
    slack.leave("support", "zoe")
    slack.change_user("zoe", guest=True)
    event = await last(slack, heard)
    assert [one["type"] for one in heard.events if one["type"] != "message"] == [
        "team_join",
        "member_joined_channel",
        "member_left_channel",
        "user_change",
    ]
    assert event["user"]["is_restricted"]


async def test_user_groups_change(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/subteam_members_changed"""
    group = slack.add_group("oncall", ["rita"])
    slack.change_group(group, ["tom"])
    await slack.settled()
    (event,) = heard.of("subteam_members_changed")
    assert (event["added_users"], event["removed_users"]) == ([id_of(slack, "tom")], [id_of(slack, "rita")])


@pytest.mark.usefixtures("heard")
async def test_an_uninstalled_app_is_told(slack: FakeSlack) -> None:
    """reference/events/app_uninstalled, tokens_revoked"""
    slack.uninstall()
    await slack.delivery.log[-1].ended.wait()
    assert [one.payload["event"]["type"] for one in slack.delivery.log[-2:]] == ["tokens_revoked", "app_uninstalled"]
    assert slack.delivery.log[-2].payload["event"]["tokens"] == {"oauth": [], "bot": [slack.bot_user]}
    slack.say("support", "rita", "nobody hears this")
    assert slack.delivery.log[-1].payload["event"]["type"] == "app_uninstalled"


async def test_the_home_is_opened(slack: FakeSlack, heard: Listener) -> None:
    """reference/events/app_home_opened: with the view, once one was published"""
    slack.open_home("rita")
    event = await last(slack, heard)
    assert (event["tab"], "view" in event) == ("home", False)
    await web_client(slack).views_publish(user_id=id_of(slack, "rita"), view={"type": "home", "blocks": []})
    slack.open_home("rita")
    assert (await last(slack, heard))["view"]["type"] == "home"


async def test_a_stranger_speaks_in_a_shared_channel(slack: FakeSlack, heard: Listener) -> None:
    """apis/slack-connect: user_team, source_team, is_ext_shared_channel"""
    other = slack.add_team("Partner")
    slack.add_user("sam", team=other)
    slack.add_channel("shared", members=["rita", "sam"], shared_with=[other])
    slack.say("shared", "sam", "hello")
    event = await last(slack, heard)
    assert (event["user_team"], heard.bodies[-1]["is_ext_shared_channel"]) == (other, True)


async def test_without_scope_or_subscription_nothing_comes(slack: FakeSlack, heard: Listener) -> None:
    """apis/events-api: events need their scope and a subscription"""
    slack.set_scopes(BOT_SCOPES - {"reactions:read"})
    slack.world.subscriptions.discard("message.channels")
    ts = slack.say("support", "rita", "hello")
    slack.react("support", ts, "rita", "eyes")
    await slack.settled()
    assert heard.events == []


async def test_old_messages_can_be_there_before_the_bot(slack: FakeSlack, heard: Listener) -> None:
    old = slack.say("support", "rita", "long ago", at=1_600_000_000.0, silent=True)
    await slack.settled()
    assert heard.events == []
    assert [one["ts"] for one in slack.messages("support")] == [old] == ["1600000000.000000"]


async def test_two_workspaces_are_told_apart(slack: FakeSlack, heard: Listener) -> None:
    """apis/events-api: team_id and authorizations say whose event it is"""
    other = slack.add_team("Other")
    token = slack.install(other)
    slack.add_user("olga", team=other)
    channel = slack.add_channel("theirs", team=other, members=["olga"])
    slack.say(channel, "olga", "hello")
    slack.open_home("olga")
    await slack.settled()
    assert [one["team_id"] for one in heard.bodies[-2:]] == [other, other]
    assert (await web_client(slack, token).auth_test())["team_id"] == other


def test_old_messages_of_one_moment_have_times_of_their_own() -> None:
    slack = FakeSlack()
    slack.add_user("rita")
    slack.add_channel("support", members=["rita"])
    for _ in range(3):
        slack.say("support", "rita", "long ago", at=1_600_000_000.0, silent=True)
    assert len(slack.messages("support")) == 3
