"""What the REST interface of the fake allows: paths below open.feishu.cn/document say where each rule comes from."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.servers.lark import FakeLark
from tests.servers.lark_parts.plain import IM, PlainApp

DAY_S = 86_400.0


@pytest.fixture
def clock() -> list[float]:
    return [1_790_000_000.0]


@pytest.fixture
async def lark(clock: list[float]) -> AsyncIterator[FakeLark]:
    async with FakeLark(now=lambda: clock[0]) as fake:
        for name in ("rita", "axel"):
            fake.add_user(name)
        yield fake


@pytest.fixture
async def app(lark: FakeLark) -> AsyncIterator[PlainApp]:
    async with PlainApp(lark.url, lark.app_id, lark.app_secret) as app:
        yield app


@pytest.fixture
def chat(lark: FakeLark) -> str:
    return lark.add_chat("support", members=["rita", "axel"])


async def test_a_token_is_given_again_until_half_an_hour_is_left(
    app: PlainApp, lark: FakeLark, clock: list[float]
) -> None:
    """authentication-management/access-token/tenant_access_token_internal."""
    first = await app.sign_in()
    clock[0] += 5000
    assert await app.sign_in() == first
    clock[0] += 1000
    second = await app.sign_in()
    assert second != first
    assert (await app.call("GET", "bot/v3/info", token=first))["code"] == 99991663
    assert (await app.call("GET", "bot/v3/info", token=second))["bot"]["open_id"] == lark.bot


async def test_a_key_sends_once_within_an_hour(app: PlainApp, lark: FakeLark, chat: str, clock: list[float]) -> None:
    """reference/im-v1/message/create, uuid: at most one message within an hour; at most 50 characters."""
    first, again = await app.send(chat, "one", uuid="k"), await app.send(chat, "two", uuid="k")
    assert first["data"]["message_id"] == again["data"]["message_id"]
    clock[0] += 3601
    assert (await app.send(chat, "three", uuid="k"))["data"]["message_id"] != first["data"]["message_id"]
    assert (await app.send(chat, "four", uuid="k" * 51))["code"] == 230001
    assert [json.loads(one.content)["text"] for one in lark.messages(chat)] == ["one", "three"]


async def test_replies_say_what_they_answer(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/intro: root_id is the first of the chain, parent_id the one above."""
    first = lark.say(chat, "rita", "1")
    second = lark.say(chat, "axel", "2", reply_to=first)
    third = (await app.reply(second, "3"))["data"]
    assert (third["root_id"], third["parent_id"]) == (first, second)
    assert "thread_id" not in third
    assert [one.id for one in lark.thread(first)] == [second, third["message_id"]]


async def test_in_a_topic_everything_answers_its_first_message(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/intro (note) and reply: a reply to a message of a topic is in the topic by itself."""
    first = lark.say(chat, "rita", "1")
    second = (await app.reply(first, "2", reply_in_thread=True))["data"]
    third = (await app.reply(second["message_id"], "3"))["data"]
    assert third["root_id"] == third["parent_id"] == first
    assert second["thread_id"] == third["thread_id"] == lark.message(first).thread
    fourth = lark.say(chat, "rita", "4", thread=third["thread_id"])
    assert lark.message(fourth).root == first


async def test_in_a_group_of_topics_each_message_begins_one(lark: FakeLark) -> None:
    """im-v1/message/thread-introduction."""
    chat = lark.add_chat("topics", mode="topic", members=["rita"])
    one, two = (lark.message(lark.say(chat, "rita", text)) for text in ("1", "2"))
    assert one.thread.startswith("omt_")
    assert one.thread != two.thread
    assert one.root == ""


async def test_a_text_with_names_keeps_who_was_named(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/create_json: <at user_id=...>; @_all for everybody."""
    rita = lark.world.user("rita").open_id
    sent = await app.send(chat, f'<at user_id="{rita}">x</at> <at user_id="all">everybody</at> look')
    assert json.loads(sent["data"]["body"]["content"]) == {"text": "@_user_1 @_all look"}
    assert [(m["id"], m["name"]) for m in sent["data"]["mentions"]] == [(rita, "rita")]


async def test_the_history_of_a_chat_has_pages_times_and_orders(
    app: PlainApp, lark: FakeLark, chat: str, clock: list[float]
) -> None:
    """reference/im-v1/message/list: seconds, at most 50 a page; a topic stands there as its first message."""
    ids = []
    for number in range(5):
        ids.append(lark.say(chat, "rita", str(number)))
        clock[0] += 10
    lark.say(chat, "axel", "in a topic", reply_to=ids[1], in_thread=True)
    place = {"container_id_type": "chat", "container_id": chat}
    page = (await app.get(f"{IM}/messages", **place, page_size="3"))["data"]
    assert ([one["message_id"] for one in page["items"]], page["has_more"]) == (ids[:3], True)
    rest = (await app.get(f"{IM}/messages", **place, page_size="3", page_token=page["page_token"]))["data"]
    assert ([one["message_id"] for one in rest["items"]], rest["has_more"]) == (ids[3:], False)
    down = (await app.get(f"{IM}/messages", **place, sort_type="ByCreateTimeDesc"))["data"]["items"]
    assert [one["message_id"] for one in down] == ids[::-1]
    start, end = "1790000010", "1790000020"
    some = (await app.get(f"{IM}/messages", **place, start_time=start, end_time=end))["data"]["items"]
    assert [one["message_id"] for one in some] == ids[1:3]
    assert (await app.get(f"{IM}/messages", **place, page_size="51"))["code"] == 230001


async def test_the_history_of_a_topic_has_all_of_it_and_takes_no_times(
    app: PlainApp, lark: FakeLark, chat: str
) -> None:
    """reference/im-v1/message/list: start_time and end_time are not supported for threads."""
    first = lark.say(chat, "rita", "1")
    second = lark.say(chat, "axel", "2", reply_to=first, in_thread=True)
    place = {"container_id_type": "thread", "container_id": lark.message(first).thread}
    items = (await app.get(f"{IM}/messages", **place))["data"]["items"]
    assert [one["message_id"] for one in items] == [first, second]
    assert (await app.get(f"{IM}/messages", **place, start_time="1"))["code"] == 230001


async def test_a_message_says_that_it_was_changed_or_taken_back(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/get: updated with update_time, deleted without the content."""
    message = lark.say(chat, "rita", "prot 1521")
    lark.edit(message, "port 1521")
    (item,) = (await app.get(f"{IM}/messages/{message}"))["data"]["items"]
    assert json.loads(item["body"]["content"]) == {"text": "port 1521"}
    assert item["updated"] is True
    assert int(item["update_time"]) > int(item["create_time"])
    lark.recall(message)
    (item,) = (await app.get(f"{IM}/messages/{message}"))["data"]["items"]
    assert (item["deleted"], item["body"]["content"]) == (True, "This message was recalled")


async def test_a_forwarded_bundle_is_read_at_all_depths(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/get: merge_forward comes with its messages, each with upper_message_id."""
    first, second = lark.say(chat, "rita", "1"), lark.say(chat, "axel", "2")
    inner = lark.forward(chat, "rita", [first])
    outer = lark.forward(chat, "axel", [inner, second])
    items = (await app.get(f"{IM}/messages/{outer}"))["data"]["items"]
    assert [one["msg_type"] for one in items] == ["merge_forward", "merge_forward", "text", "text"]
    assert items[0]["body"]["content"] == "Merged and Forwarded Message"
    assert [one.get("upper_message_id") for one in items] == [
        None,
        outer,
        items[1]["message_id"],
        outer,
    ]


async def test_a_card_reads_raw_or_hardly(app: PlainApp, chat: str) -> None:
    """reference/im-v1/message/get, card_msg_content_type; a card of version 2 is otherwise a plea to update."""
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "hi"}]}}
    sent = (await app.send_card(chat, card))["data"]["message_id"]
    (item,) = (await app.get(f"{IM}/messages/{sent}"))["data"]["items"]
    assert "请升级" in item["body"]["content"]
    (item,) = (await app.get(f"{IM}/messages/{sent}", card_msg_content_type="raw_card_content"))["data"]["items"]
    assert json.loads(json.loads(item["body"]["content"])["json_card"]) == card


async def test_a_text_of_its_own_can_be_changed_twenty_times(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message/update."""
    lark.unlimit()
    message = (await app.send(chat, "1"))["data"]["message_id"]
    body = {"msg_type": "text", "content": '{"text": "2"}'}
    codes = [(await app.call("PUT", f"{IM}/messages/{message}", body))["code"] for _ in range(21)]
    assert codes == [0] * 20 + [230072]
    other = lark.say(chat, "rita", "mine")
    assert (await app.call("PUT", f"{IM}/messages/{other}", body))["code"] == 230071


async def test_the_bot_takes_back_its_own_within_a_day(
    app: PlainApp, lark: FakeLark, chat: str, clock: list[float]
) -> None:
    """reference/im-v1/message/delete."""
    message, other = (await app.send(chat, "1"))["data"]["message_id"], lark.say(chat, "rita", "mine")
    assert (await app.call("DELETE", f"{IM}/messages/{message}"))["code"] == 0
    assert lark.message(message).recalled
    assert (await app.call("DELETE", f"{IM}/messages/{message}"))["code"] == 230011
    assert (await app.call("DELETE", f"{IM}/messages/{other}"))["code"] == 230026
    late = (await app.send(chat, "2"))["data"]["message_id"]
    clock[0] += DAY_S + 1
    await app.sign_in()
    assert (await app.call("DELETE", f"{IM}/messages/{late}"))["code"] == 230026


async def test_one_person_sees_a_card_until_it_is_deleted(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """im-v1/message-card/send-message-cards-that-are-only-visible-to-certain-people: groups only, no topics."""
    rita = lark.world.user("rita").open_id
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "only you"}]}}
    body = {"chat_id": chat, "open_id": rita, "msg_type": "interactive", "card": card}
    made = await app.call("POST", "ephemeral/v1/send", body)
    assert [(one.id, one.only_for) for one in lark.whispers("rita")] == [(made["data"]["message_id"], rita)]
    assert lark.whispers("axel") == []
    assert lark.messages(chat) == []
    gone = await app.call("POST", "ephemeral/v1/delete", {"message_id": made["data"]["message_id"]})
    assert gone["code"] == 0
    assert lark.whispers() == []
    topics = lark.add_chat("topics", mode="topic", members=["rita"])
    assert (await app.call("POST", "ephemeral/v1/send", body | {"chat_id": topics}))["code"] == 18053
    assert (await app.call("POST", "ephemeral/v1/send", body | {"open_id": "ou_nobody"}))["code"] == 11206
    patch = await app.call("PATCH", f"{IM}/messages/{made['data']['message_id']}", {"content": json.dumps(card)})
    assert patch["code"] == 99992354  # reference/im-v1/message/patch: cards that one person sees cannot be changed


async def test_people_of_other_companies_and_hidden_fields_are_out_of_reach(
    app: PlainApp, lark: FakeLark, chat: str
) -> None:
    """reference/contact-v3/user/get (41050); a field is there with its permission only."""
    rita, eve = lark.world.user("rita").open_id, lark.add_user("eve", external=True)
    assert (await app.get(f"contact/v3/users/{eve}"))["code"] == 41050
    assert (await app.get(f"contact/v3/users/{rita}"))["data"]["user"]["name"] == "rita"
    lark.revoke("contact:user.base:readonly")
    assert "name" not in (await app.get(f"contact/v3/users/{rita}"))["data"]["user"]
    lark.join(chat, "eve")
    members = (await app.get(f"{IM}/chats/{chat}/members", member_id_type="open_id"))["data"]
    assert [one["tenant_key"] == lark.tenant_key for one in members["items"]] == [True, True, False]
    assert members["member_total"] == 3


async def test_departments_have_people_and_children(app: PlainApp, lark: FakeLark) -> None:
    """reference/contact-v3/user/find_by_department and department/children."""
    top = lark.add_department("IT")
    below = lark.add_department("DBA", parent=top)
    dan = lark.add_user("dan", department=below)
    found = (await app.get("contact/v3/users/find_by_department", department_id=below))["data"]["items"]
    assert [one["open_id"] for one in found] == [dan]
    children = (await app.get("contact/v3/departments/0/children", fetch_child="true"))["data"]["items"]
    assert [one["open_department_id"] for one in children] == [top, below]


async def test_the_app_sees_its_permissions_and_subscriptions(app: PlainApp, lark: FakeLark) -> None:
    """reference/application-v6/scope/list and application/get."""
    lark.revoke("im:message.group_msg")
    names = {one["scope_name"] for one in (await app.get("application/v6/scopes"))["data"]["scopes"]}
    assert "im:message" in names
    assert "im:message.group_msg" not in names
    found = (await app.get(f"application/v6/applications/{lark.app_id}", lang="en_us"))["data"]["app"]
    assert "im.message.receive_v1" in found["event"]["subscribed_events"]
    assert found["callback_info"]["subscribed_callbacks"] == ["card.action.trigger"]


async def test_a_file_is_read_from_the_message_that_has_it(app: PlainApp, lark: FakeLark, chat: str) -> None:
    """reference/im-v1/message-resource/get."""
    key = lark.add_file("alert.log", b"ORA-12514")
    message = lark.say(chat, "rita", kind="file", content={"file_key": key, "file_name": "alert.log"})
    other = lark.say(chat, "rita", "no file")
    path = f"{IM}/messages/{message}/resources/{key}"
    assert (await app.get(path, type="file"))["text"] == "ORA-12514"
    assert (await app.get(path, type="image"))["code"] == 234001
    assert (await app.get(f"{IM}/messages/{other}/resources/{key}", type="file"))["code"] == 234003


async def test_what_was_said_before_the_bot_came_is_in_the_history(
    app: PlainApp, lark: FakeLark, chat: str, clock: list[float]
) -> None:
    later = lark.say(chat, "rita", "now")
    earlier = lark.say(chat, "axel", "last week", at=clock[0] - 7 * DAY_S, silent=True)
    items = (await app.get(f"{IM}/messages", container_id_type="chat", container_id=chat))["data"]["items"]
    assert [one["message_id"] for one in items] == [earlier, later]
    assert len(lark.log()) == 1
