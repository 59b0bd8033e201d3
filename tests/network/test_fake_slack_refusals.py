"""The fake's Web API refuses what Slack's pages say; ids of cases name the page (docs.slack.dev/reference/methods/...)."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.servers.slack_parts.bolt import Place, error, furnished, web_client
from tests.servers.slack_parts.world import BOT_SCOPES

# slack_sdk sends client id and secret in a way that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with furnished() as one:
        yield one


def archived_reaction(place: Place) -> Awaitable[object]:
    attic = place.slack.world.channel("attic")
    return place.web.reactions_add(channel=attic.id, timestamp=next(iter(attic.messages)), name="eyes")


Refusal = Callable[[Place], Awaitable[object]]
LONG = "x" * 4_001
REFUSALS: list[tuple[str, str, Refusal]] = [
    ("chat.postMessage", "channel_not_found", lambda p: p.web.chat_postMessage(channel="C404", text="x")),
    ("chat.postMessage", "channel_not_found", lambda p: p.web.chat_postMessage(channel=p.id("secret"), text="x")),
    ("chat.postMessage", "not_in_channel", lambda p: p.web.chat_postMessage(channel=p.id("elsewhere"), text="x")),
    ("chat.postMessage", "is_archived", lambda p: p.web.chat_postMessage(channel=p.id("attic"), text="x")),
    ("chat.postMessage", "no_text", lambda p: p.web.api_call("chat.postMessage", json={"channel": p.channel})),
    (
        "chat.postMessage",
        "invalid_blocks",
        lambda p: p.web.chat_postMessage(channel=p.channel, text="x", blocks=[{"type": "section"}]),
    ),
    (
        "chat.postMessage",
        "invalid_blocks_format",
        lambda p: p.web.chat_postMessage(channel=p.channel, text="x", blocks="[{"),
    ),
    (
        "chat.postMessage",
        "too_many_attachments",
        lambda p: p.web.chat_postMessage(channel=p.channel, text="x", attachments=[{"text": "a"}] * 101),
    ),
    (
        "chat.postMessage",
        "markdown_text_conflict",
        lambda p: p.web.chat_postMessage(channel=p.channel, text="x", markdown_text="y"),
    ),
    (
        "chat.postMessage",
        "msg_blocks_too_long",
        lambda p: p.web.chat_postMessage(
            channel=p.channel,
            text="x",
            blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 3000}}] * 5,
        ),
    ),
    (
        "chat.postMessage",
        "invalid_metadata_schema",
        lambda p: p.web.chat_postMessage(channel=p.channel, text="x", metadata={"event_type": "a"}),
    ),
    (
        "chat.postMessage",
        "metadata_too_large",
        lambda p: p.web.chat_postMessage(
            channel=p.channel, text="x", metadata={"event_type": "a", "event_payload": {"t": "y" * 9000}}
        ),
    ),
    ("chat.update", "message_not_found", lambda p: p.web.chat_update(channel=p.channel, ts="1.000001", text="x")),
    ("chat.update", "cant_update_message", lambda p: p.web.chat_update(channel=p.channel, ts=p.ts, text="x")),
    ("chat.update", "msg_too_long", lambda p: p.web.chat_update(channel=p.channel, ts=p.own, text=LONG)),
    ("chat.update", "no_text", lambda p: p.web.api_call("chat.update", json={"channel": p.channel, "ts": p.own})),
    ("chat.delete", "message_not_found", lambda p: p.web.chat_delete(channel=p.channel, ts="1.000001")),
    ("chat.delete", "cant_delete_message", lambda p: p.web.chat_delete(channel=p.channel, ts=p.ts)),
    (
        "chat.postEphemeral",
        "user_not_in_channel",
        lambda p: p.web.chat_postEphemeral(channel=p.channel, user=p.slack.world.user("zoe").id, text="x"),
    ),
    (
        "chat.getPermalink",
        "message_not_found",
        lambda p: p.web.chat_getPermalink(channel=p.channel, message_ts="1.000001"),
    ),
    ("reactions.add", "invalid_name", lambda p: p.web.reactions_add(channel=p.channel, timestamp=p.ts, name=":eyes:")),
    (
        "reactions.add",
        "message_not_found",
        lambda p: p.web.reactions_add(channel=p.channel, timestamp="1.000001", name="eyes"),
    ),
    ("reactions.add", "bad_timestamp", lambda p: p.web.reactions_add(channel=p.channel, timestamp="soon", name="eyes")),
    ("reactions.add", "is_archived", archived_reaction),
    (
        "reactions.remove",
        "no_reaction",
        lambda p: p.web.reactions_remove(channel=p.channel, timestamp=p.ts, name="eyes"),
    ),
    ("conversations.history", "not_in_channel", lambda p: p.web.conversations_history(channel=p.id("elsewhere"))),
    ("conversations.history", "channel_not_found", lambda p: p.web.conversations_history(channel=p.id("secret"))),
    (
        "conversations.history",
        "invalid_cursor",
        lambda p: p.web.conversations_history(channel=p.channel, cursor="nonsense"),
    ),
    (
        "conversations.history",
        "invalid_ts_oldest",
        lambda p: p.web.conversations_history(channel=p.channel, oldest="yesterday"),
    ),
    (
        "conversations.replies",
        "thread_not_found",
        lambda p: p.web.conversations_replies(channel=p.channel, ts="1.000001"),
    ),
    ("conversations.list", "invalid_types", lambda p: p.web.conversations_list(types="all")),
    ("conversations.join", "is_archived", lambda p: p.web.conversations_join(channel=p.id("attic"))),
    ("conversations.open", "users_list_not_supplied", lambda p: p.web.api_call("conversations.open")),
    ("conversations.open", "user_not_found", lambda p: p.web.conversations_open(users="U404")),
    ("users.info", "user_not_found", lambda p: p.web.users_info(user="U404")),
    ("bots.info", "bot_not_found", lambda p: p.web.bots_info(bot="B404")),
    ("usergroups.users.list", "no_such_subteam", lambda p: p.web.usergroups_users_list(usergroup="S404")),
    ("files.info", "file_not_found", lambda p: p.web.files_info(file="F404")),
    ("views.publish", "invalid_arguments", lambda p: p.web.views_publish(user_id=p.rita, view={"type": "modal"})),
    (
        "oauth.v2.access",
        "bad_client_secret",
        lambda p: p.web.oauth_v2_access(client_id=p.slack.world.client_id, client_secret="no", code="x"),
    ),
    (
        "oauth.v2.access",
        "invalid_code",
        lambda p: p.web.oauth_v2_access(
            client_id=p.slack.world.client_id, client_secret=p.slack.world.client_secret, code="x"
        ),
    ),
    ("unknown_method", "unknown_method", lambda p: p.web.api_call("chat.postCard")),
]


@pytest.mark.parametrize(("page", "expected", "call"), REFUSALS, ids=[f"{page}:{name}" for page, name, _ in REFUSALS])
async def test_it_refuses_what_slack_refuses(place: Place, page: str, expected: str, call: Refusal) -> None:
    assert (await error(call(place)))["error"] == expected, page


@pytest.mark.parametrize(
    ("token", "expected"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("app", "not_allowed_token_type")],
    ids=lambda one: f"apis/web-api:{one}",
)
async def test_it_refuses_wrong_tokens(place: Place, token: str, expected: str) -> None:
    web = web_client(place.slack, place.slack.app_token if token == "app" else token)
    assert (await error(web.auth_test()))["error"] == expected


async def test_a_revoked_token_is_refused(place: Place) -> None:
    place.slack.revoke()
    assert (await error(place.web.auth_test()))["error"] == "token_revoked"


async def test_a_missing_scope_is_named(place: Place) -> None:
    """apis/web-api: missing_scope with needed and provided"""
    place.slack.set_scopes(BOT_SCOPES - {"chat:write", "groups:history"})
    body = await error(place.web.chat_postMessage(channel=place.channel, text="x"))
    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
    assert "chat:write" not in body["provided"].split(",")
    private = place.slack.add_channel("inner", private=True)
    assert (await error(place.web.conversations_history(channel=private)))["needed"] == "groups:history"
