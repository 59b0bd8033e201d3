"""The client against Lark's REST interface over real sockets: the port's promises, and every way that Lark refuses."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from adapters.lark.api import LarkApi
from adapters.lark.client import PAGE, LarkClient
from adapters.lark.faults import Denied, Gone, Refused, fault
from tests.network.lark_rest import APP, SECRET, TENANT, UUID_S, Failure, Json, LarkRest
from vigil_bot.clock import SimulatedClock
from vigil_bot.errors import AccessDenied, PlatformUnavailable, RateLimited, TargetGone
from vigil_bot.model.card import Button, Card, CardKind, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.ports.chat import ChatClient

START = 1_700_000_000.0


@pytest.fixture
async def lark() -> AsyncIterator[LarkRest]:
    async with LarkRest() as running:
        yield running


@pytest.fixture
def clock(lark: LarkRest) -> SimulatedClock:
    clock = SimulatedClock(START)
    lark.now = clock.now
    return clock


@pytest.fixture
async def api(lark: LarkRest, clock: SimulatedClock) -> AsyncIterator[LarkApi]:
    async with LarkApi(APP, SECRET, lark.url, clock, timeout_s=2.0, chat_limit_s=0.01) as api:
        yield api


@pytest.fixture
def client(api: LarkApi, clock: SimulatedClock) -> ChatClient:
    return LarkClient(api, clock)


def card(title: str, text: str = "") -> Card:
    return Card(
        kind=CardKind.SUGGESTION,
        title=title,
        blocks=(QuoteBlock(text=text or "Restart it."),),
        buttons=(Button(action="helpful", label="Helpful", value="s1"),),
    )


def thread(lark: LarkRest, text: str = "it does not start", chat: str = "oc_1") -> ConversationRef:
    root = lark.say("ou_asker", text, chat=chat)
    return ConversationRef(platform="lark", workspace_id=TENANT, channel_id=chat, thread_id=root)


def title_of(message: Json) -> str:
    shown = message["card"]
    assert isinstance(shown, dict)
    return json.dumps(shown.get("header") or shown["body"], ensure_ascii=False)


async def test_a_card_is_posted_into_its_topic_once(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    ids = await asyncio.gather(*(client.post(ref, card("once"), key="k") for _ in range(3)))
    (posted,) = lark.cards(ref.thread_id or "")
    assert set(ids) == {posted["message_id"]}
    assert posted["thread_id"]
    assert "once" in title_of(posted)
    (call,) = lark.asked("POST", "/reply")
    assert call.body["reply_in_thread"] is True
    assert len(str(call.body["uuid"])) <= 50


async def test_a_card_for_a_whole_group_is_no_reply(lark: LarkRest, client: ChatClient) -> None:
    posted = await client.post(thread(lark).channel, card("hello"), key="k")
    assert [one["message_id"] for one in lark.cards()] == [posted]
    assert not lark.asked("POST", "/reply")


async def test_where_there_are_no_topics_the_card_is_a_plain_reply(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    lark.fail("POST", "/reply", Failure(code=230071))
    await client.post(ref, card("first"), key="k1")
    await client.post(ref, card("second"), key="k2")
    assert [call.body["reply_in_thread"] for call in lark.asked("POST", "/reply")] == [True, False, False]
    assert len(lark.cards(ref.thread_id or "")) == 2
    assert await client.find(ref, key="k1") is not None


@pytest.mark.parametrize("how", ["close", "hang"])
async def test_a_post_whose_answer_was_lost_is_found_and_not_doubled(
    lark: LarkRest, api: LarkApi, clock: SimulatedClock, client: ChatClient, how: str
) -> None:
    ref = thread(lark)
    assert await client.find(ref, key="k") is None
    lark.fail("POST", "/reply", Failure(accept=True, text=how))
    with pytest.raises(PlatformUnavailable):
        await client.post(ref, card("once"), key="k")
    (posted,) = lark.cards(ref.thread_id or "")
    assert await client.find(ref, key="k") == posted["message_id"]
    assert await client.find(ref, key="other") is None
    again = await LarkClient(api, clock).post(ref, card("once"), key="k")  # as after a crash, if nobody asked
    assert again == posted["message_id"]
    assert len(lark.cards(ref.thread_id or "")) == 1


async def test_a_post_is_found_when_lark_has_forgotten_its_uuid(
    lark: LarkRest, clock: SimulatedClock, client: ChatClient
) -> None:
    ref = thread(lark)
    posted = await client.post(ref, card("重启服务"), key="k")
    whole = await client.post(ref.channel, card("hello"), key="k2")
    clock.advance(UUID_S * 3)
    assert await client.find(ref, key="k") == posted
    assert await client.find(ref.channel, key="k2") == whole
    clock.advance(86_400.0)
    assert await client.find(ref, key="k") is None


async def test_a_post_is_found_behind_many_others(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    posted = await client.post(ref, card("late"), key="k")
    for number in range(PAGE + 5):
        lark.say("ou_asker", f"message {number}", root=ref.thread_id or "")
    assert await client.find(ref, key="k") == posted
    assert len([call for call in lark.asked("GET", "/messages") if call.query["container_id_type"] == "thread"]) == 2


async def test_a_mark_that_somebody_else_posted_is_not_taken_for_ours(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    posted = await client.post(ref, card("mine"), key="k")
    lark.messages[posted]["sender"] = {"id": "cli_other", "sender_type": "app"}
    assert await client.find(ref, key="k") is None


async def test_a_lost_post_in_a_thread_whose_message_was_recalled_is_not_there(
    lark: LarkRest, client: ChatClient
) -> None:
    ref = thread(lark)
    lark.messages[ref.thread_id or ""]["deleted"] = True
    assert await client.find(ref, key="k") is None
    with pytest.raises(TargetGone):
        await client.post(ref, card("late"), key="k")


async def test_a_card_is_edited_in_place(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    posted = await client.post(ref, card("before"), key="k")
    await client.edit(ref, posted, card("之后"))
    (found,) = lark.cards(ref.thread_id or "")
    assert "之后" in title_of(found)


async def test_a_recalled_card_cannot_be_edited(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    posted = await client.post(ref, card("before"), key="k")
    await client.delete(ref, posted)
    await client.delete(ref, posted)
    assert lark.cards(ref.thread_id or "") == []
    with pytest.raises(TargetGone):
        await client.edit(ref, posted, card("after"))


async def test_one_person_only_sees_an_ephemeral_card(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    await client.post_ephemeral(ref, card("psst"), reader_id="ou_analyst", key="k")
    await client.post_ephemeral(ref, card("psst"), reader_id="ou_analyst", key="k")
    (whisper,) = lark.whispers
    assert (whisper["chat_id"], whisper["open_id"]) == ("oc_1", "ou_analyst")
    assert '"private": "yes"' in json.dumps(whisper["card"])
    assert lark.cards(ref.thread_id or "") == []


async def test_a_reader_who_is_not_in_the_group_is_gone(lark: LarkRest, client: ChatClient) -> None:
    with pytest.raises(TargetGone):
        await client.post_ephemeral(thread(lark), card("psst"), reader_id="ou_stranger", key="k")


@pytest.mark.parametrize("mode", ["topic", "p2p"])
async def test_where_lark_shows_no_card_to_one_person_it_goes_to_their_own_chat(
    lark: LarkRest, client: ChatClient, mode: str
) -> None:
    lark.chats["oc_1"]["chat_mode"] = mode
    ref = thread(lark)
    await client.post_ephemeral(ref, card("psst"), reader_id="ou_analyst", key="k")
    assert lark.whispers == []
    assert [one["chat_id"] for one in lark.cards()] == ["p2p_ou_analyst"]


async def test_a_chat_that_we_may_not_ask_about_is_taken_for_a_group(lark: LarkRest, client: ChatClient) -> None:
    lark.fail("GET", "/chats/oc_1", Failure(code=99991672))
    await client.post_ephemeral(thread(lark), card("psst"), reader_id="ou_analyst", key="k")
    assert len(lark.whispers) == 1


async def test_reactions_come_and_go_once(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    message = ref.thread_id or ""
    for _ in range(2):
        await client.react(ref, message, "👍")
    assert [one["reaction_type"] for one in lark.reactions[message]] == [{"emoji_type": "THUMBSUP"}]
    for _ in range(2):
        await client.react(ref, message, "👍", remove=True)
    assert lark.reactions[message] == []


async def test_a_reaction_that_goes_away_meanwhile_is_no_error(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    await client.react(ref, ref.thread_id or "", "🧠")
    (one,) = lark.reactions[ref.thread_id or ""]
    lark.fail("DELETE", f"/reactions/{one['reaction_id']}", Failure(code=231011))
    await client.react(ref, ref.thread_id or "", "🧠", remove=True)
    assert len(lark.asked("DELETE", f"/reactions/{one['reaction_id']}")) == 1


async def test_a_message_has_the_address_that_lark_gives_it(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    message = ref.thread_id or ""
    assert await client.permalink(ref, message) is None  # this is no domain of Lark's
    lark.messages[message]["message_app_link"] = "https://applink.larksuite.com/client/thread/open?open_thread_id=omt_1"
    assert await client.permalink(ref, message) == lark.messages[message]["message_app_link"]
    lark.messages[message]["deleted"] = True
    assert await client.permalink(ref, message) is None
    assert await client.permalink(ref, "om_nothing") is None


async def test_a_card_that_is_far_too_long_is_still_taken(lark: LarkRest, client: ChatClient) -> None:
    ref = thread(lark)
    blocks = tuple(TextBlock(markdown="日志 <at id=all></at> " * 300) for _ in range(40))
    await client.post(ref, Card(kind=CardKind.REPLY, title="找到了", blocks=blocks), key="k")
    (found,) = lark.cards(ref.thread_id or "")
    assert "已截断" in json.dumps(found["card"], ensure_ascii=False)
    assert "<at" not in json.dumps(found["card"])


async def test_messages_to_one_chat_keep_lark_s_pace(lark: LarkRest, clock: SimulatedClock) -> None:
    loop = asyncio.get_running_loop()
    refs = [thread(lark) for _ in range(12)]
    async with LarkApi(APP, SECRET, lark.url, clock, chat_limit_s=0.2) as api:
        client = LarkClient(api, clock)
        began = loop.time()
        await asyncio.gather(*(client.post(ref, card("x"), key=str(n)) for n, ref in enumerate(refs)))
        took = loop.time() - began
        for chat in ("oc_2", "oc_3"):
            lark.chats[chat] = {"chat_mode": "group"}
            began = loop.time()
            await client.post(thread(lark, chat=chat), card("x"), key=chat)
            assert loop.time() - began < 0.2
    assert took >= 0.4  # five at once, five after 0.2 s, two after 0.4 s


async def test_the_token_is_fetched_once_and_renewed_before_its_end(
    lark: LarkRest, api: LarkApi, clock: SimulatedClock
) -> None:
    await asyncio.gather(*(api.call("GET", "/open-apis/im/v1/chats/oc_1") for _ in range(5)))
    assert lark.tokens == 1
    clock.advance(7200 - 301)
    await api.call("GET", "/open-apis/im/v1/chats/oc_1")
    assert lark.tokens == 1
    clock.advance(2)
    await asyncio.gather(*(api.call("GET", "/open-apis/im/v1/chats/oc_1") for _ in range(5)))
    assert lark.tokens == 2


async def test_a_token_that_lark_has_forgotten_is_renewed_once(lark: LarkRest, api: LarkApi) -> None:
    await api.call("GET", "/open-apis/im/v1/chats/oc_1")
    lark.token = "t-of-somebody-else"
    await asyncio.gather(*(api.call("GET", "/open-apis/im/v1/chats/oc_1") for _ in range(5)))
    assert lark.tokens == 2


async def test_a_token_that_stays_refused_is_not_renewed_for_ever(lark: LarkRest, api: LarkApi) -> None:
    lark.fail("GET", "/oc_1", *(Failure(code=99991663, message="Invalid access token") for _ in range(3)))
    with pytest.raises(AccessDenied, match="VIGIL_LARK_APP_SECRET"):
        await api.call("GET", "/open-apis/im/v1/chats/oc_1")
    assert lark.tokens == 2


async def test_wrong_credentials_say_what_to_check(lark: LarkRest, clock: SimulatedClock) -> None:
    async with LarkApi(APP, "wrong-s3cret", lark.url, clock) as api:
        with pytest.raises(AccessDenied) as caught:
            await api.call("GET", "/open-apis/im/v1/chats/oc_1")
    assert "VIGIL_LARK_APP_SECRET" in str(caught.value)
    assert "wrong-s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(code=99991400, status=400, headers={"x-ogw-ratelimit-reset": "7"}),
        Failure(code=99991400, status=429, headers={"x-ogw-ratelimit-reset": "7"}),
        Failure(status=429, text="slow down", headers={"x-ogw-ratelimit-reset": "7"}),
        Failure(code=230020, headers={"x-ogw-ratelimit-reset": "7"}),
    ],
)
async def test_a_limit_says_how_long_to_wait(lark: LarkRest, client: ChatClient, failure: Failure) -> None:
    ref = thread(lark)
    lark.fail("POST", "/reply", failure)
    with pytest.raises(RateLimited) as caught:
        await client.post(ref, card("x"), key="k")
    assert caught.value.retry_after_s == 7.0
    assert await client.post(ref, card("x"), key="k")


@pytest.mark.parametrize(
    "failure",
    [
        Failure(code=0, status=502, text="<html>bad gateway</html>"),
        Failure(code=2200, status=500),
        Failure(code=230049),
        Failure(code=0, status=200, text="<html>a proxy's page</html>"),
        Failure(accept=True, text="close"),
        Failure(accept=True, text="hang"),
    ],
)
async def test_what_may_succeed_later_is_unavailable(lark: LarkRest, client: ChatClient, failure: Failure) -> None:
    ref = thread(lark)
    lark.fail("POST", "/reply", failure)
    with pytest.raises(PlatformUnavailable):
        await client.post(ref, card("x"), key="k")
    assert len(lark.asked("POST", "/reply")) == 1


async def test_a_lark_that_is_not_there_is_unavailable(clock: SimulatedClock) -> None:
    async with LarkApi(APP, SECRET, "http://127.0.0.1:1", clock) as api:
        with pytest.raises(PlatformUnavailable):
            await api.call("GET", "/open-apis/im/v1/chats")


async def test_a_closed_api_is_unavailable(api: LarkApi) -> None:
    await api.call("GET", "/open-apis/im/v1/chats/oc_1")
    await api.close()
    with pytest.raises(PlatformUnavailable):
        await api.call("GET", "/open-apis/im/v1/chats/oc_1")


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (230002, AccessDenied, "Add the bot to the group"),
        (230006, AccessDenied, "feature Bot"),
        (230018, AccessDenied, "group administrator"),
        (230035, AccessDenied, "group administrator"),
        (230028, AccessDenied, "rules on content"),
        (230050, AccessDenied, "history"),
        (99991662, AccessDenied, "Enable the app"),
        (230011, TargetGone, "recalled"),
        (230110, TargetGone, "recalled"),
        (230019, TargetGone, "topic"),
        (232009, TargetGone, "dissolved"),
        (230013, TargetGone, "person"),
        (230025, Refused, "230025"),
    ],
)
async def test_refusals_say_what_they_mean(
    lark: LarkRest, client: ChatClient, code: int, kind: type[Exception], hint: str
) -> None:
    ref = thread(lark)
    lark.fail("POST", "/reply", Failure(code=code, message="what the customer wrote"))
    with pytest.raises(kind, match=hint) as caught:
        await client.post(ref, card("x"), key="k")
    assert "customer" not in str(caught.value)
    assert isinstance(caught.value, Refused)
    assert caught.value.code == code


def test_a_missing_permission_is_named() -> None:
    message = "Access denied. One of the following scopes is required: [im:message, im:message:send_as_bot]. app link: https://x.y/z"
    error = fault("POST /x", 99991672, status=400, message=message)
    assert isinstance(error, Denied)
    assert "im:message or im:message:send_as_bot" in str(error)
    assert "im:message.group_msg" in str(fault("GET /x", 230027, message="need im:message.group_msg"))
    assert "it needs" in str(fault("GET /x", 230027))


def test_a_card_that_lark_cannot_make_names_the_inner_code() -> None:
    message = (
        "Failed to create card content, ext=ErrCode: 200621; ErrMsg: parse card json err; ErrorValue: secret words"
    )
    error = fault("POST /x", 230099, status=400, message=message)
    assert "200621" in str(error)
    assert "secret" not in str(error)
    assert not isinstance(error, Gone | Denied)


def test_a_wait_that_makes_no_sense_is_none() -> None:
    for reset in (None, "", "soon", "-1", "1" * 12):
        error = fault("GET /x", 99991400, reset=reset)
        assert isinstance(error, RateLimited)
        assert error.retry_after_s is None
