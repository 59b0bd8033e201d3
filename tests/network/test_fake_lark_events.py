"""Events of the fake: what an app hears, how often, and over which way; the library is in test_fake_lark_sdk.py."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.lark import FakeLark
from tests.servers.lark_parts.frames import Frame, decode, encode
from tests.servers.lark_parts.plain import PlainApp


@pytest.fixture
async def lark() -> AsyncIterator[FakeLark]:
    async with FakeLark() as fake:
        for name in ("王五", "axel"):
            fake.add_user(name)
        yield fake


@pytest.fixture
async def app(lark: FakeLark) -> AsyncIterator[PlainApp]:
    async with PlainApp(lark.url, lark.app_id, lark.app_secret) as app:
        await app.listen()
        await lark.connected()
        yield app


@pytest.fixture
def chat(lark: FakeLark) -> str:
    return lark.add_chat("值班", members=["王五", "axel"])


async def test_a_message_names_people_by_keys(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/events/receive."""
    message = lark.say(chat, "王五", "@Vigil @axel 看看 @all")
    (event,) = await app.heard(1)
    assert event["schema"] == "2.0"
    assert event["header"]["token"] == lark.verification_token
    assert event["header"]["tenant_key"] == event["event"]["sender"]["tenant_key"] == lark.tenant_key
    told = event["event"]["message"]
    assert (told["message_id"], told["chat_type"], told["message_type"]) == (message, "group", "text")
    assert json.loads(told["content"]) == {"text": "@_user_1 @_user_2 看看 @_all"}
    assert [(one["key"], one["name"]) for one in told["mentions"]] == [("@_user_1", "Vigil"), ("@_user_2", "axel")]
    assert told["mentions"][0]["id"]["open_id"] == lark.bot
    assert {"root_id", "parent_id", "thread_id"}.isdisjoint(told)


async def test_without_the_permission_only_mentions_arrive(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """events/receive: im:message.group_msg for all of a group, im:message.p2p_msg for messages to the bot alone."""
    lark.revoke("im:message.group_msg")
    lark.say(chat, "王五", "nobody hears")
    lark.say(chat, "王五", "@all nobody hears this either")
    heard = [lark.mention(chat, "王五", "you do"), lark.direct("axel", "and this")]
    await app.heard(2)
    await lark.settled()
    assert {one["message"]["message_id"] for one in app.of("im.message.receive_v1")} == set(heard)
    lark.revoke("im:message.p2p_msg:readonly", "im:message.group_at_msg:readonly")
    lark.mention(chat, "王五", "deaf")
    lark.direct("axel", "deaf")
    await lark.settled()
    assert len(app.events) == 2


CONTENTS: dict[str, dict[str, Any]] = {
    "post": {"title": "", "content": [[{"tag": "text", "text": "hi"}, {"tag": "at", "user_id": "axel"}]]},
    "image": {"image_key": "img_v3_1"},
    "file": {"file_key": "file_v3_1", "file_name": "a.log"},
    "audio": {"file_key": "file_v3_1", "duration": 2000},
    "sticker": {"file_key": "file_v3_1"},
    "interactive": {"title": "CPU", "elements": [[{"tag": "text", "text": "90 %"}]]},
    "share_chat": {"chat_id": "oc_1"},
    "share_user": {"user_id": "ou_1"},
}


@pytest.mark.parametrize("kind", sorted(CONTENTS))
async def test_every_type_of_message_arrives(app: PlainApp, lark: FakeLark, chat: str, kind: str) -> None:
    """im-v1/message/events/message_content."""
    lark.say(chat, "王五", kind=kind, content=CONTENTS[kind])
    (event,) = await app.heard(1)
    told = event["event"]["message"]
    assert told["message_type"] == kind
    if kind == "post":
        assert json.loads(told["content"])["content"][0][1]["user_id"] == told["mentions"][0]["key"] == "@_user_1"
    else:
        assert json.loads(told["content"]) == CONTENTS[kind]


async def test_replies_topics_and_bundles_say_what_they_are(app: PlainApp, lark: FakeLark, chat: str) -> None:
    first = lark.say(chat, "王五", "1")
    lark.say(chat, "axel", "2", reply_to=first)
    lark.say(chat, "axel", "3", reply_to=first, in_thread=True)
    lark.forward(chat, "王五", [first])
    topics = lark.add_chat("topics", mode="topic", members=["axel"])
    lark.say(topics, "axel", "4")
    told = [event["event"]["message"] for event in await app.heard(5)]
    told.sort(key=lambda one: int(one["create_time"]))
    relations = [{key: one[key] for key in ("root_id", "parent_id", "thread_id") if key in one} for one in told]
    thread = lark.message(first).thread
    assert relations[:3] == [
        {},
        {"root_id": first, "parent_id": first},
        {"root_id": first, "parent_id": first, "thread_id": thread},
    ]
    assert (told[3]["message_type"], told[3]["content"]) == ("merge_forward", "Merged and Forwarded Message")
    assert told[4]["chat_type"] == "topic_group"
    assert relations[4].keys() == {"thread_id"}


async def test_the_bot_hears_of_chats_reactions_and_its_menu(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """im-v1/chat/events, im-v1/chat-member-bot/events, im-v1/message-reaction/events, application-v6/bot/events/menu."""
    message = lark.say(chat, "王五", "1")
    lark.react(message, "axel", "THUMBSUP")
    lark.unreact(message, "axel", "THUMBSUP")
    lark.recall(message, "group_owner")
    lark.rename(chat, "事故 42", "王五")
    lark.kick_bot(chat, "王五")
    lark.say(chat, "王五", "not heard")
    lark.invite_bot(chat, "王五")
    lark.menu("axel", "status")
    lark.enter("axel")
    lark.disband(chat, "王五")
    await app.heard(10)
    await lark.settled()
    kinds = sorted(one["header"]["event_type"] for one in app.events)
    assert kinds == sorted(
        [
            "im.message.receive_v1",
            "im.message.reaction.created_v1",
            "im.message.reaction.deleted_v1",
            "im.message.recalled_v1",
            "im.chat.updated_v1",
            "im.chat.member.bot.deleted_v1",
            "im.chat.member.bot.added_v1",
            "application.bot.menu_v6",
            "im.chat.access_event.bot_p2p_chat_entered_v1",
            "im.chat.disbanded_v1",
        ]
    )
    (recalled,) = app.of("im.message.recalled_v1")
    assert recalled["recall_type"] == "group_owner"
    (menu,) = app.of("application.bot.menu_v6")
    assert (menu["event_key"], menu["operator"]["operator_name"]) == ("status", "axel")


async def test_a_change_of_a_message_is_told_by_nobody(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """The list of events (event-subscription-guide/event-list) has none, nor has lark-oapi 1.7.5."""
    message = lark.say(chat, "王五", "prot")
    lark.edit(message, "port")
    await lark.settled()
    assert [one["header"]["event_type"] for one in app.events] == ["im.message.receive_v1"]


async def test_what_is_not_subscribed_is_not_delivered(app: PlainApp, lark: FakeLark, chat: str) -> None:
    lark.unsubscribe("im.message.receive_v1")
    lark.say(chat, "王五", "1")
    lark.send_event("im.chat.never_heard_of_v9", {"chat_id": chat})
    (event,) = await app.heard(1)
    assert event["header"]["event_type"] == "im.chat.never_heard_of_v9"


async def test_an_event_comes_again_with_its_id_until_it_is_acknowledged(
    app: PlainApp, lark: FakeLark, chat: str
) -> None:
    """event-subscription-guide/overview: again after 15 s, 5 min, 1 h and 6 h, here hundredths of a second."""
    assert lark.delivery.retry_delays_s == (15.0, 300.0, 3600.0, 21600.0)
    lark.tune(retry_delays_s=[0.01] * 4)

    def fail_twice(_event: dict[str, Any]) -> None:
        if len(app.events) < 3:
            raise RuntimeError("the disk is full")

    app.answer = fail_twice
    lark.say(chat, "王五", "1")
    await app.heard(3)
    assert len({one["header"]["event_id"] for one in app.events}) == 1
    await lark.settled()
    assert lark.log()[0].attempts == ["code 500", "code 500", ""]


async def test_an_app_that_says_nothing_is_asked_again(lark: FakeLark, app: PlainApp, chat: str) -> None:
    lark.tune(ack_within_s=0.05, retry_delays_s=[])
    await app.deafen()
    lark.say(chat, "王五", "1")
    await lark.settled()
    (sent,) = lark.log()
    assert sent.attempts[0] in {"timeout", "connection_failed"}
    assert sent.given_up


async def test_events_come_twice_late_and_out_of_order_on_demand(app: PlainApp, lark: FakeLark, chat: str) -> None:
    lark.tune(copies=2)
    lark.say(chat, "王五", "1")
    await app.heard(2)
    lark.tune(copies=1)
    lark.hold()
    ids = [lark.say(chat, "王五", text) for text in ("2", "3")]
    await lark.settled()
    assert len(app.events) == 2
    lark.release("reversed")
    await app.heard(4)
    assert [one["event"]["message"]["message_id"] for one in app.events[2:]] == ids[::-1]
    lark.again()
    assert (await app.heard(5))[4]["header"]["event_id"] == lark.log()[-1].event_id


async def test_one_of_several_connections_gets_an_event(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """event-subscription-guide (long connection): in a cluster one client at random receives."""
    async with PlainApp(lark.url, lark.app_id, lark.app_secret) as other:
        await other.listen()
        await lark.connected(2)
        for number in range(20):
            lark.say(chat, "王五", str(number))
        await lark.settled()
        assert len(app.events) + len(other.events) == 20
        assert min(len(app.events), len(other.events)) > 0


async def test_a_pong_carries_the_settings(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """lark_oapi/ws/client.py reads them from it."""
    lark.say(chat, "王五", "1")
    await app.heard(1)
    assert json.loads(app.pongs[0].payload)["PingInterval"] == 120


@given(
    st.binary(max_size=300),
    st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4),
    st.integers(0, 2**63),
)
def test_a_frame_is_the_same_after_its_way(payload: bytes, headers: dict[str, str], number: int) -> None:
    frame = Frame(method=1, headers=headers, payload=payload, seq_id=number)
    assert decode(encode(frame)) == frame


def test_bytes_that_are_no_frame_are_told_apart() -> None:
    frame = Frame(method=1, headers={"type": "event"}, payload=b"{}")
    assert decode(encode(frame)) == frame
    for wrong in (b"", b"\x08", b"\xff" * 20, encode(frame)[:-1]):
        with pytest.raises(ValueError, match="frame"):
            decode(wrong)


# ---- over HTTP


@pytest.fixture
async def posts(lark: FakeLark) -> AsyncIterator[list[tuple[dict[str, str], bytes]]]:
    """Requests to a request URL that fails the first of them."""
    got: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.json_response({}, status=200 if len(got) > 1 else 503)

    app = web.Application()
    app.router.add_post("/lark", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    lark.tune(request_url=f"{site.name}/lark", retry_delays_s=[0.01])
    yield got
    await runner.cleanup()


async def test_a_callback_is_signed_and_comes_again(
    posts: list[tuple[dict[str, str], bytes]], lark: FakeLark, chat: str
) -> None:
    """event-subscription-guide (security verification): sha256(timestamp + nonce + encrypt key + body)."""
    lark.say(chat, "王五", "机密")
    while not lark.log()[0].acknowledged:
        await lark.settled()
    assert lark.log()[0].attempts == ["status 503", ""]
    for headers, body in posts:
        stamp, nonce = headers["X-Lark-Request-Timestamp"], headers["X-Lark-Request-Nonce"]
        proof = hashlib.sha256((stamp + nonce + lark.encrypt_key).encode() + body).hexdigest()
        assert headers["X-Lark-Signature"] == proof
        assert set(json.loads(body)) == {"encrypt"}
        assert "机密" not in body.decode()
