"""The client against a Slack over real sockets: the port's promises, and every way that Slack refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.slack.api import SlackApi
from adapters.slack.client import PAGE, SlackClient
from adapters.slack.faults import Denied, Gone, Refused, Scope, fault
from tests.servers.slack import FakeSlack
from vigil_bot.clock import SystemClock
from vigil_bot.errors import AccessDenied, PlatformError, PlatformUnavailable, RateLimited, TargetGone, TransientError
from vigil_bot.model.card import Button, Card, CardKind, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import ChatClient


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        running.add_user("rita")
        running.add_user("amir")
        running.add_channel("support", members=["rita", "amir"])
        yield running


@pytest.fixture
async def api(slack: FakeSlack) -> AsyncIterator[SlackApi]:
    async with SlackApi({slack.team.id: slack.bot_token}, base_url=slack.url, timeout_s=2.0) as api:
        yield api


@pytest.fixture
def client(api: SlackApi) -> ChatClient:
    return SlackClient(api, SystemClock())


def card(title: str, text: str = "") -> Card:
    return Card(
        kind=CardKind.SUGGESTION,
        title=title,
        blocks=(QuoteBlock(text=text or "Restart it."),),
        buttons=(Button(action="helpful", label="Helpful", value="s1"),),
    )


def thread(slack: FakeSlack, text: str = "it does not start") -> ConversationRef:
    ts = slack.say("support", "rita", text)
    channel = slack.world.channel("support")
    return ConversationRef(platform="slack", workspace_id=slack.team.id, channel_id=channel.id, thread_id=ts)


def replies(slack: FakeSlack, ref: ConversationRef) -> list[dict[str, Any]]:
    return slack.thread(ref.channel_id, ref.thread_id or "")


async def test_a_card_is_posted_into_its_thread_once(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    ids = await asyncio.gather(*(client.post(ref, card("once"), key="k") for _ in range(3)))
    (posted,) = replies(slack, ref)
    assert set(ids) == {posted["ts"]}
    assert posted["user"] == slack.bot_user
    assert posted["text"] == "once\nRestart it."
    assert [block["type"] for block in posted["blocks"]] == ["section", "rich_text", "actions"]
    (call,) = slack.calls("chat.postMessage")
    assert (call.arguments["unfurl_links"], call.arguments["unfurl_media"]) == ("false", "false")


async def test_a_card_without_a_thread_begins_one(slack: FakeSlack, client: ChatClient) -> None:
    posted = await client.post(thread(slack).channel, card("hello"), key="k")
    assert posted in {message["ts"] for message in slack.messages("support")}
    assert replies(slack, thread(slack)) == []


async def test_a_post_whose_answer_was_lost_is_found_by_its_key(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    assert await client.find(ref, key="s1") is None
    for how in ("accept_then_close", "accept_then_hang"):
        slack.fail("chat.postMessage", how)
        with pytest.raises(PlatformUnavailable):
            await client.post(ref, card("once"), key=how)
    first, second = replies(slack, ref)
    assert await client.find(ref, key="accept_then_close") == first["ts"]
    assert await client.find(ref, key="accept_then_hang") == second["ts"]
    assert await client.find(ref, key="s1") is None


async def test_a_post_to_the_channel_is_found_too(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack).channel
    posted = await client.post(ref, card("hello"), key="k")
    for number in range(3):
        slack.say("support", "rita", f"message {number}")
    assert await client.find(ref, key="k") == posted


async def test_a_post_is_found_behind_many_others(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    for number in range(PAGE + 5):
        slack.say("support", "rita", f"message {number}", ref.thread_id, silent=True)
    posted = await client.post(ref, card("late"), key="k")
    assert await client.find(ref, key="k") == posted
    assert len(slack.calls("conversations.replies")) == 2


async def test_a_key_that_somebody_else_posted_is_not_taken_for_ours(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    ts = slack.say("support", "amir", "me too", ref.thread_id)
    metadata = {"event_type": "vigil_post", "event_payload": {"key": "k"}}
    slack.world.channel("support").messages[ts]["metadata"] = metadata
    assert await client.find(ref, key="k") is None


async def test_a_card_is_edited_in_place(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    posted = await client.post(ref, card("before"), key="k")
    await client.edit(ref, posted, card("after"))
    (found,) = replies(slack, ref)
    assert (found["ts"], found["text"]) == (posted, "after\nRestart it.")
    assert await client.find(ref, key="k") == posted


async def test_what_is_gone_cannot_be_edited_but_may_be_deleted_again(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    posted = await client.post(ref, card("x"), key="k")
    for _ in range(2):
        await client.delete(ref, posted)
    with pytest.raises(TargetGone):
        await client.edit(ref, posted, card("y"))
    assert replies(slack, ref) == []


async def test_reacting_twice_and_taking_it_away_twice_is_no_error(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    assert ref.thread_id
    for _ in range(2):
        await client.react(ref, ref.thread_id, "👀")
    (message,) = slack.messages("support")
    assert message["reactions"] == [{"name": "eyes", "users": [slack.bot_user], "count": 1}]
    for _ in range(2):
        await client.react(ref, ref.thread_id, "👀", remove=True)
    assert "reactions" not in message


@pytest.mark.parametrize("emoji", ["👍", "👎", "✅", "❌", "🧠", "📌", "🔇", "🗑️", "🗑", "👀", "thumbsup", ":tada:"])
async def test_slack_knows_the_emoji_that_the_core_uses(slack: FakeSlack, client: ChatClient, emoji: str) -> None:
    ref = thread(slack)
    await client.react(ref, ref.thread_id or "", emoji)
    (call,) = slack.calls("reactions.add")
    (message,) = slack.messages("support")
    assert message["reactions"] == [{"name": call.arguments["name"], "users": [slack.bot_user], "count": 1}]


async def test_an_ephemeral_card_is_for_its_reader_only(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    amir = slack.world.user("amir").id
    ids = [await client.post_ephemeral(ref, card("psst"), reader_id=amir, key="k/amir") for _ in range(2)]
    (shown,) = slack.ephemerals("amir")
    assert set(ids) == {shown["ts"]}
    assert shown["thread_ts"] == ref.thread_id
    assert slack.ephemerals("rita") == []
    assert replies(slack, ref) == []


async def test_a_reader_who_is_not_in_the_channel_is_gone(slack: FakeSlack, client: ChatClient) -> None:
    outsider = slack.add_user("omar")
    with pytest.raises(Gone) as caught:
        await client.post_ephemeral(thread(slack), card("psst"), reader_id=outsider, key="k")
    assert (caught.value.code, caught.value.scope) == ("user_not_in_channel", Scope.CALL)


async def test_a_message_has_an_address_until_it_is_gone(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    address = await client.permalink(ref, ref.thread_id or "")
    assert address
    assert address.endswith((ref.thread_id or "").replace(".", ""))
    assert await client.permalink(ref, "1600000000.000000") is None


async def test_slack_takes_the_longest_card(slack: FakeSlack, client: ChatClient) -> None:
    blocks = tuple(TextBlock(markdown=f"**{n}** <!channel> " + "long & <words> " * 300) for n in range(80))
    buttons = tuple(Button(action="command", label="x" * 200, value=f"kb approve {n}") for n in range(30))
    huge = Card(kind=CardKind.REPLY, title="t" * 400, blocks=blocks, buttons=buttons, footer="f" * 9_000)
    ref = thread(slack)
    posted = await client.post(ref, huge, key="k")
    await client.edit(ref, posted, huge)
    await client.post_ephemeral(ref, huge, reader_id=slack.world.user("amir").id, key="e")
    assert "<!channel>" not in json.dumps(slack.messages("support"))


# ---- refusals


async def refused(client: ChatClient, ref: ConversationRef) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await client.post(ref, card("x"), key="k")
    return caught.value


async def test_429_says_how_long_to_wait(slack: FakeSlack, client: ChatClient) -> None:
    slack.limit("chat.postMessage", 1, 30.0, "channel")
    ref = thread(slack)
    await client.post(ref, card("one"), key="1")
    error = await refused(client, ref)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 30.0
    assert len(slack.calls("chat.postMessage")) == 2


@pytest.mark.parametrize(
    ("how", "more"),
    [
        ("slow", {"seconds": 2.0}),
        ("close", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503, "error": ""}),
        ("error", {"error": "internal_error"}),
        ("error", {"error": "service_unavailable"}),
        ("error", {"error": "fatal_error"}),
    ],
)
async def test_a_slack_that_is_broken_is_unavailable(
    slack: FakeSlack, client: ChatClient, how: Any, more: dict[str, Any]
) -> None:
    ref = thread(slack)
    slack.fail("chat.postMessage", how, **more)
    error = await refused(client, ref)
    assert type(error) is PlatformUnavailable
    assert len(slack.calls("chat.postMessage")) == 1
    await client.post(ref, card("x"), key="k")


async def test_nobody_listening_is_unavailable(slack: FakeSlack) -> None:
    ref = thread(slack)
    async with SlackApi({slack.team.id: "xoxb-1"}, base_url="http://127.0.0.1:1/api") as api:
        assert type(await refused(SlackClient(api, SystemClock()), ref)) is PlatformUnavailable


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [
        ("channel_not_found", TargetGone, Scope.CHANNEL),
        ("is_archived", TargetGone, Scope.CHANNEL),
        ("message_not_found", TargetGone, Scope.CALL),
        ("thread_not_found", TargetGone, Scope.CALL),
        ("not_in_channel", AccessDenied, Scope.CHANNEL),
        ("restricted_action", AccessDenied, Scope.CHANNEL),
        ("missing_scope", AccessDenied, Scope.CALL),
        ("token_revoked", AccessDenied, Scope.WORKSPACE),
        ("account_inactive", AccessDenied, Scope.WORKSPACE),
        ("invalid_auth", AccessDenied, Scope.WORKSPACE),
        ("not_authed", AccessDenied, Scope.WORKSPACE),
        ("msg_too_long", Refused, Scope.CALL),
        ("invalid_blocks", Refused, Scope.CALL),
        ("something_new", Refused, Scope.CALL),
    ],
)
async def test_a_refusal_says_how_far_it_reaches_and_is_not_tried_again(
    slack: FakeSlack, client: ChatClient, code: str, kind: type[PlatformError], scope: Scope
) -> None:
    slack.fail("chat.postMessage", "error", error=code)
    error = await refused(client, thread(slack))
    assert isinstance(error, Refused)
    assert isinstance(error, kind)
    assert not isinstance(error, TransientError)
    assert (error.code, error.scope) == (code, scope)
    assert error.hint or kind is not AccessDenied
    assert "xoxb" not in str(error)


async def test_real_refusals_are_translated_too(slack: FakeSlack, client: ChatClient) -> None:
    ref = thread(slack)
    elsewhere = slack.add_channel("elsewhere", with_bot=False)
    there = ConversationRef(platform="slack", workspace_id=slack.team.id, channel_id=elsewhere)
    assert isinstance(error := await refused(client, there), Denied)
    assert "/invite" in error.hint
    slack.set_scopes({"reactions:write"})
    assert "chat:write" in str(await refused(client, ref))
    slack.set_scopes({"chat:write"})
    slack.archive("support", "rita")
    assert isinstance(await refused(client, ref), Gone)
    slack.revoke()
    assert isinstance(error := await refused(client, ref), Denied)
    assert error.scope is Scope.WORKSPACE


async def test_a_workspace_without_a_token_is_refused_without_a_call(slack: FakeSlack, api: SlackApi) -> None:
    with pytest.raises(Denied) as caught:
        await api.call("T-UNKNOWN", "auth.test")
    assert caught.value.scope is Scope.WORKSPACE
    assert slack.calls() == []


async def test_tokens_may_come_from_a_store(slack: FakeSlack) -> None:
    async def token(team_id: str) -> str | None:
        return slack.bot_token if team_id == slack.team.id else None

    async with SlackApi(token, base_url=slack.url) as api:
        assert (await api.call(slack.team.id, "auth.test"))["user_id"] == slack.bot_user


async def test_nothing_is_called_once_the_api_is_closed(slack: FakeSlack) -> None:
    async with SlackApi({slack.team.id: slack.bot_token}, base_url=slack.url) as api:
        await api.call(slack.team.id, "auth.test")
    with pytest.raises(PlatformUnavailable):
        await api.call(slack.team.id, "auth.test")
    assert len(slack.calls("auth.test")) == 1


async def test_text_that_is_no_proper_unicode_does_not_stop_a_post(slack: FakeSlack, client: ChatClient) -> None:
    assert await client.post(thread(slack), card("half a pair \ud83d", "half \ud83d"), key="k")


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("0", 0.0), (None, None), ("soon", None), ("-1", None), ("9" * 400, None)]
)
def test_only_a_wait_that_makes_sense_is_kept(header: str | None, wait_s: float | None) -> None:
    error = fault("chat.postMessage", "ratelimited", status=429, retry_after=header)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s
