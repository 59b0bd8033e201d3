"""What the REST interface of the fake refuses, with the platform's codes, and what goes wrong on demand."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.servers.lark import FakeLark
from tests.servers.lark_parts.plain import BY_CHAT, IM, PlainApp


@pytest.fixture
def clock() -> list[float]:
    return [1_790_000_000.0]


@pytest.fixture
async def lark(clock: list[float]) -> AsyncIterator[FakeLark]:
    async with FakeLark(now=lambda: clock[0]) as fake:
        fake.add_user("rita")
        yield fake


@pytest.fixture
async def app(lark: FakeLark) -> AsyncIterator[PlainApp]:
    async with PlainApp(lark.url, lark.app_id, lark.app_secret) as app:
        yield app


@pytest.fixture
def chat(lark: FakeLark) -> str:
    return lark.add_chat("support", members=["rita"])


async def test_tokens_are_asked_for(app: PlainApp, lark: FakeLark) -> None:
    """server-docs/api-call-guide/generic-error-code."""
    assert (await app.call("GET", "bot/v3/info", token=""))["code"] == 99991661
    assert (await app.call("GET", "bot/v3/info", token="t-wrong"))["code"] == 99991663
    await app.sign_in()
    lark.expire_token()
    refused = await app.get("bot/v3/info")
    assert (refused["code"], refused["status"]) == (99991663, 400)
    wrong = {"app_id": lark.app_id, "app_secret": "wrong"}
    assert (await app.call("POST", "auth/v3/tenant_access_token/internal", wrong, token=""))["code"] == 10014


async def test_a_missing_permission_is_named(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """generic-error-code, 99991672."""
    lark.revoke("im:message", "im:message:send_as_bot")
    refused = await app.send(chat, "hi")
    assert refused["code"] == 99991672
    assert "im:message:send_as_bot" in refused["msg"]
    assert {one["subject"] for one in refused["error"]["permission_violations"]} >= {"im:message"}


async def test_a_group_s_history_needs_a_permission_of_its_own(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/list."""
    lark.revoke("im:message.group_msg")
    place = {"container_id_type": "chat", "container_id": chat}
    assert (await app.get(f"{IM}/messages", **place))["code"] == 230027
    direct = lark.add_chat(mode="p2p", members=["rita"])
    assert (await app.get(f"{IM}/messages", container_id_type="chat", container_id=direct))["code"] == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"receive_id": ""}, 99992402),
        ({"receive_id": "oc_nowhere"}, 230001),
        ({"msg_type": "telegram"}, 230001),
        ({"content": "not json"}, 230001),
        ({"content": '{"txt": "hi"}'}, 230001),
        ({"content": {"text": "hi"}}, 9499),
        ({"uuid": "x" * 51}, 230001),
    ],
)
async def test_parameters_are_checked(app: PlainApp, chat: str, fields: dict[str, object], code: int) -> None:
    """ugTN1YjL4UTN24CO1UjN/trouble-shooting/how-to-resolve-error-230001; generic-error-code."""
    body = {"receive_id": chat, "msg_type": "text", "content": '{"text": "hi"}'} | fields
    refused = await app.call("POST", f"{IM}/messages", body, params=BY_CHAT)
    assert (refused["code"], refused["status"]) == (code, 400)


async def test_a_topic_is_no_receiver(app: PlainApp, lark: FakeLark) -> None:
    """reference/im-v1/message/create, receive_id_type: one writes into a topic by a reply only."""
    thread = lark.message(lark.say(lark.add_chat("topics", mode="topic", members=["rita"]), "rita", "1")).thread
    body = {"receive_id": thread, "msg_type": "text", "content": '{"text": "hi"}'}
    refused = await app.call("POST", f"{IM}/messages", body, params={"receive_id_type": "thread_id"})
    assert (refused["code"], refused["error"]["field_violations"][0]["field"]) == (99992402, "receive_id_type")


async def test_a_bot_that_is_not_there_says_nothing(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/create: 230002, 230006, 230018, 232009; reply: 230011."""
    message = lark.say(chat, "rita", "1")
    lark.mute(chat, "rita")
    assert (await app.send(chat, "hi"))["code"] == 230018
    lark.mute(chat, "rita", muted=False)
    lark.kick_bot(chat, "rita")
    assert (await app.send(chat, "hi"))["code"] == 230002
    assert (await app.reply(message, "hi"))["code"] == 230002
    lark.invite_bot(chat, "rita")
    lark.recall(message)
    assert (await app.reply(message, "hi"))["code"] == 230011
    assert (await app.reply("om_never", "hi"))["code"] == 99992354
    lark.disband(chat, "rita")
    assert (await app.send(chat, "hi"))["code"] == 232009
    lark.world.app.bot_ability = False
    assert (await app.send(chat, "hi"))["code"] == 230006


async def test_a_person_must_be_there_for_the_app(app: PlainApp, lark: FakeLark) -> None:
    """reference/im-v1/message/create: 230013, 230029."""
    by = {"receive_id_type": "open_id"}
    body = {"receive_id": lark.world.user("rita").open_id, "msg_type": "text", "content": '{"text": "hi"}'}
    lark.change_user("rita", available=False)
    assert (await app.call("POST", f"{IM}/messages", body, params=by))["code"] == 230013
    lark.change_user("rita", resigned=True)
    assert (await app.call("POST", f"{IM}/messages", body, params=by))["code"] == 230029
    lark.change_user("rita", resigned=False, available=True)
    assert (await app.call("POST", f"{IM}/messages", body, params=by))["code"] == 0
    assert len(lark.messages(lark.add_chat(mode="p2p", members=["rita"]))) == 1


async def test_five_messages_a_second_fit_into_a_chat(
    app: PlainApp, lark: FakeLark, chat: str, clock: list[float]
) -> None:
    """reference/im-v1/message/create: 5 a second to a group, by all its bots; patch: 5 a second for a message."""
    codes = [(await app.send(chat, str(number)))["code"] for number in range(6)]
    assert codes == [0, 0, 0, 0, 0, 230020]
    assert (await app.send(lark.add_chat("other", members=["rita"]), "elsewhere"))["code"] == 0
    clock[0] += 1.0
    card = {"schema": "2.0", "body": {"elements": []}}
    message = (await app.send_card(chat, card))["data"]["message_id"]
    body = {"content": json.dumps(card)}
    codes = [(await app.call("PATCH", f"{IM}/messages/{message}", body))["code"] for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 230020]


async def test_fifty_calls_a_second_fit_into_a_method(app: PlainApp, chat: str) -> None:
    """api-call-guide/frequency-control: 429 with 99991400, and in x-ogw-ratelimit-reset how long to wait."""
    codes = [(await app.get(f"{IM}/chats/{chat}"))["code"] for _ in range(50)]
    assert set(codes) == {0}
    refused = await app.get(f"{IM}/chats/{chat}")
    assert (refused["code"], refused["status"]) == (99991400, 429)
    assert refused["headers"]["x-ogw-ratelimit-reset"] == "1"


async def test_messages_have_a_size(app: PlainApp, chat: str) -> None:
    """reference/im-v1/message/create: 150 KB for a text, 30 KB for cards and rich text, of the request's body."""
    assert (await app.send(chat, "x" * 140_000))["code"] == 0
    assert (await app.send(chat, "x" * 154_000))["code"] == 230025
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "x" * 31_000}]}}
    assert (await app.send_card(chat, card))["code"] == 230025


async def test_only_cards_of_its_own_are_changed_and_for_two_weeks(
    app: PlainApp, lark: FakeLark, chat: str, clock: list[float]
) -> None:
    """reference/im-v1/message/patch: 230012, 230054, 230011, 230031."""
    card = {"schema": "2.0", "body": {"elements": []}}
    body = {"content": json.dumps(card)}
    theirs, text = lark.say(chat, "rita", "hi"), (await app.send(chat, "hi"))["data"]["message_id"]
    assert (await app.call("PATCH", f"{IM}/messages/{theirs}", body))["code"] == 230012
    assert (await app.call("PATCH", f"{IM}/messages/{text}", body))["code"] == 230054
    gone, old = [(await app.send_card(chat, card))["data"]["message_id"] for _ in range(2)]
    lark.recall(gone)
    assert (await app.call("PATCH", f"{IM}/messages/{gone}", body))["code"] == 230011
    clock[0] += 14 * 86_400 + 1
    await app.sign_in()
    assert (await app.call("PATCH", f"{IM}/messages/{old}", body))["code"] == 230031


async def test_reactions_are_lark_s_own(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message-reaction/create and delete; emojis-introduce: the case of a name matters."""
    message = lark.say(chat, "rita", "hi")
    path = f"{IM}/messages/{message}/reactions"
    assert (await app.call("POST", path, {"reaction_type": {"emoji_type": "ThumbsUp"}}))["code"] == 231001
    assert (await app.call("POST", path, {"reaction_type": {"emoji_type": "ThumbsDown"}}))["code"] == 0
    lark.react(message, "rita", "DONE")
    (hers,) = [one.id for one in lark.reactions(message) if not one.by_app]
    assert (await app.call("DELETE", f"{path}/{hers}"))["code"] == 231007
    assert (await app.call("DELETE", f"{path}/nothing"))["code"] == 231011
    listed = (await app.get(path, reaction_type="DONE"))["data"]["items"]
    assert [one["operator"]["operator_type"] for one in listed] == ["user"]
    lark.recall(message)
    assert (await app.call("POST", path, {"reaction_type": {"emoji_type": "DONE"}}))["code"] == 231003


# ---- faults


async def test_a_call_fails_as_asked(app: PlainApp, lark: FakeLark, chat: str) -> None:
    await app.sign_in()
    lark.fail("POST", "/messages", "status", status=502, times=2)
    assert [(await app.send(chat, "hi"))["status"] for _ in range(3)] == [502, 502, 200]
    lark.fail("*", "/messages", "code", code=230049, message="The message is being sent.")
    assert (await app.send(chat, "hi"))["code"] == 230049
    lark.fail("POST", "/messages", "close")
    with pytest.raises(aiohttp.ClientError):
        await app.send(chat, "never seen")
    lark.fail("POST", "/messages", "slow", seconds=0.05)
    assert (await app.send(chat, "late"))["code"] == 0
    assert [json.loads(one.content)["text"] for one in lark.messages(chat)] == ["hi", "late"]


async def test_a_message_may_arrive_though_nobody_says_so(app: PlainApp, lark: FakeLark, chat: str) -> None:
    await app.sign_in()
    lark.fail("POST", "/messages", "accept_then_close")
    with pytest.raises(aiohttp.ClientError):
        await app.send(chat, "one", uuid="k1")
    lark.fail("POST", "/messages", "accept_then_hang")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app.send(chat, "two", uuid="k2"), 0.2)
    assert (await app.send(chat, "one", uuid="k1"))["code"] == 0
    assert len(lark.messages(chat)) == 2
