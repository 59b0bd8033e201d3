"""lark-oapi itself talks to the fake: its REST client, its WebSocket client, and its handler of callbacks.

The library takes 5 s to import, which is why no other test of the fake does.
"""

import asyncio
import importlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.servers.lark import FakeLark
from tests.servers.lark_parts.frames import Frame, decode, encode
from tests.servers.lark_parts.library import Callbacks, Ear, filled, load, ok

CARD = {
    "schema": "2.0",
    "body": {
        "elements": [
            {"tag": "markdown", "content": "**重启监听器**"},
            {
                "tag": "button",
                "text": {"tag": "plain_text", "content": "有用"},
                "behaviors": [{"type": "callback", "value": {"action": "accept"}}],
            },
        ]
    },
}


@pytest.fixture(scope="module")
def sdk() -> Any:
    return load()


@pytest.fixture
async def lark() -> AsyncIterator[FakeLark]:
    async with FakeLark() as fake:
        yield fake


@pytest.fixture
def client(sdk: Any, lark: FakeLark) -> Any:
    return sdk.lark.Client.builder().app_id(lark.app_id).app_secret(lark.app_secret).domain(lark.url).timeout(5).build()


async def test_it_answers_in_a_topic_and_changes_its_card(sdk: Any, client: Any, lark: FakeLark) -> None:
    rita = lark.add_user("rita")
    chat = lark.add_chat("support", members=[rita])
    asked = lark.say(chat, "rita", "ORA-12514?")
    im, messages = sdk.im, client.im.v1.message
    body = filled(
        im.ReplyMessageRequestBody.builder(),
        content=json.dumps(CARD),
        msg_type="interactive",
        reply_in_thread=True,
        uuid="key-1",
    )
    request = filled(im.ReplyMessageRequest.builder(), message_id=asked, request_body=body)
    first, again = await ok(messages.areply(request)), await ok(messages.areply(request))
    assert first.message_id == again.message_id
    assert first.thread_id.startswith("omt_")
    assert first.root_id == first.parent_id == asked
    body = filled(im.PatchMessageRequestBody.builder(), content=json.dumps(CARD | {"header": {"title": plain("新")}}))
    await ok(messages.apatch(filled(im.PatchMessageRequest.builder(), message_id=first.message_id, request_body=body)))
    assert lark.card(first.message_id)["header"]["title"]["content"] == "新"
    assert [one.id for one in lark.thread(asked)] == [first.message_id]
    listed = await ok(
        messages.alist(
            filled(im.ListMessageRequest.builder(), container_id_type="thread", container_id=first.thread_id)
        )
    )
    assert [one.message_id for one in listed.items] == [asked, first.message_id]


def plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}


async def test_it_reacts_and_takes_the_reaction_back(sdk: Any, client: Any, lark: FakeLark) -> None:
    lark.add_user("rita")
    message = lark.say(lark.add_chat("support", members=["rita"]), "rita", "hello")
    im, reactions = sdk.im, client.im.v1.message_reaction
    emoji = filled(im.Emoji.builder(), emoji_type="THUMBSUP")
    body = filled(im.CreateMessageReactionRequestBody.builder(), reaction_type=emoji)
    made = await ok(
        reactions.acreate(filled(im.CreateMessageReactionRequest.builder(), message_id=message, request_body=body))
    )
    listed = await ok(reactions.alist(filled(im.ListMessageReactionRequest.builder(), message_id=message)))
    assert [one.operator.operator_id for one in listed.items] == [lark.app_id]
    gone = filled(im.DeleteMessageReactionRequest.builder(), message_id=message, reaction_id=made.reaction_id)
    await ok(reactions.adelete(gone))
    assert lark.reactions(message) == []


async def test_it_learns_who_and_where_people_are(sdk: Any, client: Any, lark: FakeLark) -> None:
    department = lark.add_department("DBA")
    rita, eve = lark.add_user("rita", department=department), lark.add_user("eve", external=True)
    chat, group = lark.add_chat("support", members=[rita, eve]), lark.add_group(["rita"])
    im, contact = sdk.im, sdk.contact
    found = await ok(client.im.v1.chat.aget(filled(im.GetChatRequest.builder(), chat_id=chat)))
    assert (found.name, found.chat_mode, found.external) == ("support", "group", True)
    listed = await ok(client.im.v1.chat.alist(filled(im.ListChatRequest.builder())))
    assert [one.chat_id for one in listed.items] == [chat]
    request = filled(im.GetChatMembersRequest.builder(), chat_id=chat, member_id_type="open_id")
    people = await ok(client.im.v1.chat_members.aget(request))
    assert [(one.member_id, one.tenant_key == lark.tenant_key) for one in people.items] == [(rita, True), (eve, False)]
    user = await ok(
        client.contact.v3.user.aget(filled(contact.GetUserRequest.builder(), user_id=rita, user_id_type="open_id"))
    )
    assert (user.user.name, user.user.department_ids) == ("rita", [department])
    request = filled(contact.BatchUserRequest.builder(), user_ids=[rita, eve], user_id_type="open_id")
    assert [one.open_id for one in (await ok(client.contact.v3.user.abatch(request))).items] == [rita]
    request = filled(contact.SimplelistGroupMemberRequest.builder(), group_id=group, member_id_type="open_id")
    assert [m.member_id for m in (await ok(client.contact.v3.group_member.asimplelist(request))).memberlist] == [rita]
    scopes = await ok(client.application.v6.scope.alist(sdk.application.ListScopeRequest.builder().build()))
    assert "im:message.group_msg" in {one.scope_name for one in scopes.scopes if one.grant_status == 1}


async def test_it_loads_up_an_image_and_fetches_one_from_a_message(sdk: Any, client: Any, lark: FakeLark) -> None:
    lark.add_user("rita")
    chat, key = lark.add_chat("support", members=["rita"]), lark.add_file("shot.png", b"\x89PNG", kind="image")
    message = lark.say(chat, "rita", kind="image", content={"image_key": key})
    im = sdk.im
    request = filled(im.GetMessageResourceRequest.builder(), message_id=message, file_key=key, type="image")
    fetched = await client.im.v1.message_resource.aget(request)
    assert fetched.file.read() == b"\x89PNG"
    body = filled(im.CreateImageRequestBody.builder(), image_type="message", image=io.BytesIO(b"GIF89a"))
    request = filled(im.CreateImageRequest.builder(), request_body=body)
    made = await asyncio.to_thread(client.im.v1.image.create, request)
    assert lark.world.files[made.data.image_key].content == b"GIF89a"


async def test_a_refusal_reaches_the_library_with_code_and_reset(sdk: Any, client: Any, lark: FakeLark) -> None:
    lark.add_user("rita")
    chat = lark.add_chat("support", members=["rita"])
    lark.fail("GET", f"/chats/{chat}", "code", code=99991400, reset=7)
    answer = await client.im.v1.chat.aget(filled(sdk.im.GetChatRequest.builder(), chat_id=chat))
    assert (answer.code, answer.raw.status_code) == (99991400, 429)
    assert answer.raw.headers["x-ogw-ratelimit-reset"] == "7"


# ---- the long connection


@pytest.fixture
async def ear(sdk: Any, lark: FakeLark) -> AsyncIterator[Ear]:
    ear = Ear(sdk, lark)
    await ear.open()
    await lark.connected()
    yield ear
    await ear.close()


async def test_events_arrive_over_the_long_connection(ear: Ear, lark: FakeLark) -> None:
    lark.add_user("rita")
    chat = lark.add_chat("支持", members=["rita"])
    message = lark.say(chat, "rita", "@Vigil 数据库连接不上")
    lark.react(message, "rita", "DONE")
    lark.recall(message)
    lark.rename(chat, "值班", by="rita")
    lark.menu("rita", "status")
    await lark.settled()
    (event,) = ear.of("message")
    assert json.loads(event.message.content) == {"text": "@_user_1 数据库连接不上"}
    assert event.message.mentions[0].id.open_id == lark.bot
    assert [e.reaction_type.emoji_type for e in ear.of("reaction")] == ["DONE"]
    assert [e.message_id for e in ear.of("recalled")] == [message]
    assert [(e.before_change.name, e.after_change.name) for e in ear.of("updated")] == [("支持", "值班")]
    assert [e.event_key for e in ear.of("menu")] == ["status"]
    assert all(sent.acknowledged for sent in lark.log())
    assert lark.delivery.pings == 1


async def test_a_pressed_button_gets_its_toast_and_its_new_card(
    ear: Ear, lark: FakeLark, client: Any, sdk: Any
) -> None:
    lark.add_user("rita")
    chat = lark.add_chat("support", members=["rita"])
    body = filled(
        sdk.im.CreateMessageRequestBody.builder(), receive_id=chat, msg_type="interactive", content=json.dumps(CARD)
    )
    request = filled(sdk.im.CreateMessageRequest.builder(), receive_id_type="chat_id", request_body=body)
    made = await ok(client.im.v1.message.acreate(request))
    shown = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "谢谢"}]}}
    ear.card = {"type": "raw", "data": shown}
    answer = await lark.press(made.message_id, "rita", "有用")
    assert answer["toast"]["content"] == "ok"
    (event,) = ear.of("card")
    assert (event.action.value, event.context.open_message_id) == ({"action": "accept"}, made.message_id)
    assert lark.card(made.message_id) == shown


async def test_an_event_in_parts_is_one_event(ear: Ear, lark: FakeLark) -> None:
    lark.add_user("rita")
    lark.tune(parts=3)
    lark.say(lark.add_chat("support", members=["rita"]), "rita", "很长 " * 2000)
    await lark.settled()
    assert len(ear.of("message")) == 1


async def test_what_the_app_could_not_store_comes_again(ear: Ear, lark: FakeLark) -> None:
    lark.add_user("rita")
    lark.tune(retry_delays_s=[0.01, 0.01])
    ear.fails = 2
    lark.say(lark.add_chat("support", members=["rita"]), "rita", "hello")
    while not lark.log()[0].acknowledged:
        await lark.settled()
        await asyncio.sleep(0)
    assert lark.log()[0].attempts == ["code 500", "code 500", ""]
    assert len(ear.of("message")) == 1


@pytest.mark.usefixtures("ear")
async def test_a_type_that_nobody_registered_fails_as_long_as_it_is_tried(lark: FakeLark) -> None:
    """lark_oapi/event/dispatcher_handler.py raises "processor not found"."""
    lark.tune(retry_delays_s=[])
    lark.send_event("im.chat.never_heard_of_v9", {"chat_id": "oc_1"})
    await lark.settled()
    assert lark.log()[0].attempts == ["code 500"]
    assert lark.log()[0].given_up


async def test_the_client_connects_again_when_it_is_cut_off(ear: Ear, lark: FakeLark) -> None:
    lark.add_user("rita")
    chat = lark.add_chat("support", members=["rita"])
    await lark.hang_up()
    await lark.opened(2)
    lark.say(chat, "rita", "still there?")
    await lark.settled()
    lark.cut()
    await lark.opened(3)
    lark.say(chat, "rita", "and now?")
    await lark.settled()
    assert len(ear.of("message")) == 2


async def test_a_wrong_secret_and_too_many_connections_end_the_client(sdk: Any, lark: FakeLark) -> None:
    """What is no fault of the server is raised as ClientException, which start() does not try again."""
    wrong = Ear(sdk, lark, secret="wrong")
    with pytest.raises(wrong.module.ClientException):
        await wrong.open()
    lark.tune(max_connections=0)
    with pytest.raises(wrong.module.ClientException, match="exceeded"):
        await Ear(sdk, lark).open()


@pytest.mark.usefixtures("sdk")
async def test_the_frames_are_those_of_the_library() -> None:
    pb = importlib.import_module("lark_oapi.ws.pb.pbbp2_pb2")
    headers = {"type": "event", "message_id": "m1", "sum": "1", "seq": "0", "trace_id": "跟踪"}
    ours = Frame(method=1, seq_id=3, log_id=2**40, service=33554678, headers=headers, payload=b"\x00{}" * 300)
    theirs = pb.Frame()
    theirs.ParseFromString(encode(ours))
    assert {one.key: one.value for one in theirs.headers} == headers
    assert (theirs.SeqID, theirs.LogID, theirs.service, theirs.method) == (3, 2**40, 33554678, 1)
    assert decode(theirs.SerializeToString()) == ours


# ---- callbacks over HTTP


@pytest.fixture
async def callbacks(sdk: Any, lark: FakeLark) -> AsyncIterator[Callbacks]:
    callbacks = Callbacks(sdk, lark)
    app = web.Application()
    app.router.add_post("/lark", callbacks.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    lark.tune(request_url=f"{site.name}/lark", retry_delays_s=[])
    yield callbacks
    await runner.cleanup()


async def test_signed_and_encrypted_callbacks_are_what_the_library_expects(
    callbacks: Callbacks, lark: FakeLark
) -> None:
    lark.add_user("rita")
    lark.say(lark.add_chat("support", members=["rita"]), "rita", "你好")
    await lark.settled()
    assert [json.loads(one.event.message.content)["text"] for one in callbacks.heard] == ["你好"]
    answer = await lark.verify_url()
    assert json.loads(answer["text"]) == {"challenge": answer["challenge"]}
    assert (await lark.verify_url(token="not-ours"))["status"] == 500
    assert (await lark.post_callback(lark.log()[0].payload, signed=False))[0] == 500
