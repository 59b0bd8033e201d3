"""The fake's Web API answers as Slack's pages say; docstrings name the page (docs.slack.dev/...)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.servers.slack_parts.bolt import Place, error, furnished, web_client
from tests.servers.slack_parts.world import BOT_SCOPES

# slack_sdk sends client id and secret in a way that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with furnished() as one:
        yield one


async def test_every_answer_names_the_scopes_of_the_token(place: Place) -> None:
    """authentication/installing-with-oauth: X-OAuth-Scopes"""
    answer = await place.web.auth_test()
    assert set(answer.headers["X-OAuth-Scopes"].split(",")) == BOT_SCOPES


async def test_a_connection_is_opened_with_the_app_token_only(place: Place) -> None:
    """reference/methods/apps.connections.open"""
    assert (await error(place.web.apps_connections_open(app_token=place.slack.bot_token)))["error"] == (
        "not_allowed_token_type"
    )


async def ask(place: Place, path: str, http: str = "POST", **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {place.slack.bot_token}", **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(http, place.slack.url + path, **options) as got,
    ):
        return await got.json()


async def test_arguments_come_as_form_json_or_query(place: Place) -> None:
    """apis/web-api"""
    message = {"channel": place.channel, "text": "x"}
    blocks = json.dumps([{"type": "divider"}])
    assert (await ask(place, "chat.postMessage", data={**message, "blocks": blocks}))["ok"]
    assert (await ask(place, "chat.postMessage", json=message))["ok"]
    assert (await ask(place, "chat.postMessage", "GET", params=message))["ok"]
    assert (await ask(place, "conversations.info", "GET", params={"channel": place.channel}))["ok"]


async def test_malformed_requests_are_refused(place: Place) -> None:
    """apis/web-api"""
    kind = {"Content-Type": "application/json"}
    assert (await ask(place, "chat.postMessage", data=b"{", headers=kind))["error"] == "invalid_json"
    assert (await ask(place, "chat.postMessage", data=b"[1]", headers=kind))["error"] == "json_not_object"
    assert (await ask(place, "auth.test", data={"a-b": "1"}))["error"] == "invalid_arg_name"
    xml = {"Content-Type": "text/xml"}
    assert (await ask(place, "chat.postMessage", data=b"<a/>", headers=xml))["error"] == "invalid_post_type"


async def test_a_token_in_a_json_body_does_not_count(place: Place) -> None:
    """apis/web-api: JSON needs the Authorization header"""
    body = {"token": place.slack.bot_token}
    async with aiohttp.ClientSession() as session:
        async with session.post(place.slack.url + "auth.test", json=body) as got:
            assert (await got.json())["error"] == "not_authed"
        async with session.post(place.slack.url + "auth.test", data=body) as got:
            assert (await got.json())["ok"]


async def test_text_over_the_limit_is_cut_off(place: Place) -> None:
    """reference/methods/chat.postMessage: truncating content"""
    posted = await place.web.chat_postMessage(channel=place.channel, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000


async def test_history_is_newest_first_and_paged(place: Place) -> None:
    """reference/methods/conversations.history"""
    sent = [place.slack.say("support", "rita", str(n)) for n in range(5)]
    place.slack.say("support", "rita", "a reply", thread_ts=sent[0])
    shared = place.slack.say("support", "rita", "for all", thread_ts=sent[0], broadcast=True)
    pages = [
        [one["ts"] for one in page["messages"]]
        async for page in await place.web.conversations_history(channel=place.channel, limit=2, oldest=place.own)
    ]
    assert pages == [[shared, sent[4]], [sent[3], sent[2]], [sent[1], sent[0]]]


async def test_bounds_are_exclusive_unless_asked_otherwise(place: Place) -> None:
    """reference/methods/conversations.history: inclusive"""
    only = await place.web.conversations_history(
        channel=place.channel, oldest=place.ts, latest=place.ts, inclusive=True, limit=1
    )
    assert [one["ts"] for one in only["messages"]] == [place.ts]
    none = await place.web.conversations_history(channel=place.channel, oldest=place.ts, latest=place.ts)
    assert none["messages"] == []


async def test_replies_begin_with_the_first_message(place: Place) -> None:
    """reference/methods/conversations.replies"""
    replies = [place.slack.say("support", "rita", str(n), thread_ts=place.ts) for n in range(3)]
    first, *rest = [
        [one["ts"] for one in page["messages"]]
        async for page in await place.web.conversations_replies(channel=place.channel, ts=place.ts, limit=2)
    ]
    assert first == [place.ts, *replies[:2]]
    assert rest == [[place.ts, replies[2]]]
    root = (await place.web.conversations_replies(channel=place.channel, ts=place.ts))["messages"][0]
    assert (root["reply_count"], root["reply_users"], root["latest_reply"]) == (3, [place.rita], replies[2])
    alone = await place.web.conversations_replies(channel=place.channel, ts=replies[0])
    assert [one["ts"] for one in alone["messages"]] == [replies[0]]


async def test_metadata_is_given_when_it_is_asked_for(place: Place) -> None:
    """reference/methods/conversations.history: include_all_metadata"""
    metadata = {"event_type": "suggestion", "event_payload": {"id": "s1"}}
    posted = await place.web.chat_postMessage(channel=place.channel, text="x", metadata=metadata)
    for wanted in (True, False):
        page = await place.web.conversations_history(channel=place.channel, include_all_metadata=wanted)
        found = next(one for one in page["messages"] if one["ts"] == posted["ts"])
        assert found.get("metadata") == (metadata if wanted else None)


async def test_an_update_keeps_metadata_and_replaces_blocks(place: Place) -> None:
    """reference/methods/chat.update"""
    metadata = {"event_type": "suggestion", "event_payload": {"id": "s1"}}
    posted = await place.web.chat_postMessage(
        channel=place.channel, text="x", blocks=[{"type": "divider"}], metadata=metadata
    )
    updated = await place.web.chat_update(channel=place.channel, ts=posted["ts"], text="y")
    assert updated["message"]["metadata"] == metadata
    assert [one["type"] for one in updated["message"]["blocks"]] == ["rich_text"]
    await place.web.chat_update(channel=place.channel, ts=posted["ts"], text="y", metadata={})
    assert "metadata" not in place.slack.messages(place.channel)[-1]


async def test_an_ephemeral_message_is_in_no_history(place: Place) -> None:
    """reference/methods/chat.postEphemeral"""
    await place.web.chat_postEphemeral(channel=place.channel, user=place.rita, text="only you", thread_ts=place.ts)
    (shown,) = place.slack.ephemerals("rita")
    assert (shown["text"], shown["thread_ts"], shown["to"]) == ("only you", place.ts, place.rita)
    page = await place.web.conversations_history(channel=place.channel)
    assert "only you" not in [one["text"] for one in page["messages"]]


async def test_a_reaction_counts_once(place: Place) -> None:
    """reference/methods/reactions.add"""
    await place.web.reactions_add(channel=place.channel, timestamp=place.ts, name="eyes")
    again = place.web.reactions_add(channel=place.channel, timestamp=place.ts, name="eyes")
    assert (await error(again))["error"] == "already_reacted"
    got = await place.web.reactions_get(channel=place.channel, timestamp=place.ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": [place.slack.bot_user], "count": 1}]


async def test_guests_and_strangers_look_like_it(place: Place) -> None:
    """reference/objects/user-object: is_restricted, is_stranger"""
    other = place.slack.add_team("Partner")
    guest, stranger = place.slack.add_user("gus", guest=True), place.slack.add_user("sam", team=other)
    hidden = place.slack.add_user("ida", team=other)
    place.slack.add_channel("shared", members=["sam", "rita"], shared_with=[other])
    assert (await place.web.users_info(user=guest))["user"]["is_restricted"]
    seen = (await place.web.users_info(user=stranger))["user"]
    assert (seen["is_stranger"], seen["team_id"]) == (True, other)
    assert (await error(place.web.users_info(user=hidden)))["error"] == "user_not_found"
    listed = (await place.web.users_list())["members"]
    assert stranger not in [one["id"] for one in listed]


async def test_channels_are_listed_as_the_bot_sees_them(place: Place) -> None:
    """reference/methods/conversations.list and users.conversations"""
    both = "public_channel,private_channel"
    names = {one["name"] for one in (await place.web.conversations_list(types=both))["channels"]}
    assert names == {"support", "elsewhere", "attic"}
    own = await place.web.users_conversations(types=both, exclude_archived=True)
    assert [one["name"] for one in own["channels"]] == ["support"]
    members = await place.web.conversations_members(channel=place.channel)
    assert members["members"] == [place.rita, place.slack.bot_user]


async def test_user_groups_have_members(place: Place) -> None:
    """reference/methods/usergroups.list"""
    group = place.slack.add_group("oncall", ["rita"])
    assert (await place.web.usergroups_users_list(usergroup=group))["users"] == [place.rita]
    listed = (await place.web.usergroups_list(include_users=True))["usergroups"]
    assert [(one["handle"], one["users"]) for one in listed] == [("oncall", [place.rita])]


async def test_a_file_needs_the_token(place: Place) -> None:
    """reference/objects/file-object: url_private needs the token; without it comes a page to sign in on"""
    file = place.slack.add_file("log.txt", b"error 42")
    for token, expected in ((place.slack.bot_token, b"error 42"), ("wrong", b"<!DOCTYPE")):
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as session, session.get(file["url_private"], headers=headers) as got:
            assert (await got.read()).startswith(expected)
    stub = place.slack.add_file("shared.txt", b"x", unchecked=True)
    assert stub["file_access"] == "check_file_info"
    assert (await place.web.files_info(file=stub["id"]))["file"]["name"] == "shared.txt"


async def test_an_installation_by_oauth(place: Place) -> None:
    """authentication/installing-with-oauth"""
    other = place.slack.add_team("Other")
    admin = place.slack.add_user("ada", team=other)
    world = place.slack.world
    code = place.slack.oauth_code(other, admin, redirect_uri="http://127.0.0.1/back")
    keys = {"client_id": world.client_id, "client_secret": world.client_secret, "code": code}
    assert (await error(place.web.oauth_v2_access(**keys)))["error"] == "bad_redirect_uri"
    got = await place.web.oauth_v2_access(**keys, redirect_uri="http://127.0.0.1/back")
    assert (got["team"]["id"], got["authed_user"]["id"]) == (other, admin)
    assert (await web_client(place.slack, got["access_token"]).auth_test())["team_id"] == other
    assert (await error(place.web.oauth_v2_access(**keys)))["error"] == "invalid_code"


async def test_limits_answer_429_and_when_to_come_again(place: Place) -> None:
    """apis/web-api/rate-limits"""
    place.slack.limit_posts()
    await place.web.chat_postMessage(channel=place.channel, text="one")
    with pytest.raises(SlackApiError) as raised:
        await place.web.chat_postMessage(channel=place.channel, text="two")
    response = raised.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")
    other = place.slack.add_channel("other")
    assert (await place.web.chat_postMessage(channel=other, text="two"))["ok"]


async def test_calls_fail_on_demand(place: Place) -> None:
    post = place.web.chat_postMessage
    place.slack.fail("chat.postMessage", "status", status=503)
    with pytest.raises(SlackApiError) as raised:
        await post(channel=place.channel, text="x")
    assert raised.value.response.status_code == 503
    place.slack.fail("chat.postMessage", "error", error="fatal_error")
    assert (await error(post(channel=place.channel, text="x")))["error"] == "fatal_error"
    place.slack.fail("chat.postMessage", "close", times=2)
    with pytest.raises(aiohttp.ClientError):
        await post(channel=place.channel, text="x")
    assert place.slack.messages(place.channel)[-1]["text"] == "hello"
    assert (await post(channel=place.channel, text="x"))["ok"]


@pytest.mark.parametrize("how", ["accept_then_close", "accept_then_hang"])
async def test_a_post_may_be_accepted_though_nobody_hears_of_it(place: Place, how: Any) -> None:
    place.slack.fail("chat.postMessage", how)
    place.web.timeout = 1
    place.web.retry_handlers = []
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        await place.web.chat_postMessage(channel=place.channel, text="accepted")
    assert place.slack.messages(place.channel)[-1]["text"] == "accepted"


async def test_calls_are_kept(place: Place) -> None:
    call = place.slack.calls("chat.postMessage")[0]
    assert (call.arguments, call.token, call.status) == (
        {"channel": place.channel, "text": "hello"},
        place.slack.bot_token,
        200,
    )
