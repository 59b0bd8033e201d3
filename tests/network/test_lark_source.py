"""Events arrive over lark-oapi's own long connection, and are acknowledged once they are stored."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from pydantic import JsonValue

from adapters.lark.config import LarkConfig
from adapters.lark.people import People
from adapters.lark.socket import LongConnection
from tests.network.lark_source import APP, CHAT, TENANT, Object, Running, Tables, Wire, item, payload, running, until
from vigil_bot.clock import SystemClock
from vigil_bot.errors import AccessDenied, PlatformUnavailable
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.model.event import BotJoined, BotRemoved, MessageDeleted, MessagePosted, ReactionChanged
from vigil_bot.model.policy import Reach


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Wire().open() as opened:
        yield opened


@pytest.fixture
async def bot(wire: Wire) -> AsyncIterator[Running]:
    async with running(wire, whole_groups=("oc_incident",)) as ready:
        yield ready


async def test_a_message_is_stored_when_lark_hears_that_it_arrived(bot: Running) -> None:
    assert (await bot.wire.push(payload("text")))["code"] == 200
    (posted,) = bot.core.of(MessagePosted)
    assert posted.message.text == "@Vigil @韩梅 数据库连接不上，报错 ORA-12514"
    assert posted.message.mentions_us
    assert posted.conversation.workspace_id == TENANT
    assert bot.source.last_events().keys() == {CHAT}


async def test_a_large_event_in_parts_arrives_whole(bot: Running) -> None:
    assert (await bot.wire.push(payload("post"), parts=4))["code"] == 200
    assert "kubectl rollout undo" in bot.core.texts()[0]


async def test_what_could_not_be_stored_is_delivered_again_and_stored_once(bot: Running) -> None:
    bot.core.full = True
    assert (await bot.wire.push(payload("text")))["code"] == 500
    bot.core.full = False
    assert [(await bot.wire.push(payload("text")))["code"] for _ in range(2)] == [200, 200]
    assert (len(bot.core.events), bot.core.attempts) == (1, 3)


@pytest.mark.parametrize("name", ["chat_updated", "unknown"])
async def test_events_that_we_know_nothing_of_are_acknowledged(bot: Running, name: str) -> None:
    unknown: Object = {"schema": "2.0", "header": {"event_type": "im.new_v9"}}
    envelope = payload(name) if name != "unknown" else unknown
    assert (await bot.wire.push(envelope))["code"] == 200
    assert bot.core.events == {}


async def test_an_event_that_makes_no_sense_is_acknowledged(bot: Running) -> None:
    nonsense: list[JsonValue] = [[], None, "x", {"header": 5}, {}]
    assert [(await bot.wire.push(odd))["code"] for odd in nonsense] == [200] * 5


CHAT_INFO = f"/open-apis/im/v1/chats/{CHAT}"


async def test_who_reads_in_a_chat_is_told_once_and_again_when_the_chat_changes(bot: Running) -> None:
    bot.tables.answers[CHAT_INFO] = {"chat_mode": "group", "chat_type": "private"}
    for name in ("text", "reply"):
        await bot.wire.push(payload(name))
    assert bot.reaches == [(CHAT, Reach.PRIVATE)]
    bot.tables.answers[CHAT_INFO] = {"chat_mode": "group", "chat_type": "private", "external": True}
    await bot.wire.push(payload("chat_updated"))
    await bot.wire.push(payload("image"))
    assert bot.reaches[1:] == [(CHAT, Reach.SHARED)]


async def test_a_chat_that_we_may_not_ask_about_counts_as_private(bot: Running) -> None:
    bot.tables.answers[CHAT_INFO] = AccessDenied("no permission")
    await bot.wire.push(payload("text"))
    assert (bot.reaches, len(bot.core.texts())) == ([(CHAT, Reach.PRIVATE)], 1)


async def test_a_message_is_stored_also_while_lark_does_not_say_who_reads(bot: Running) -> None:
    bot.tables.answers[CHAT_INFO] = PlatformUnavailable("busy")
    await bot.wire.push(payload("text"))
    assert (bot.reaches, len(bot.core.texts())) == ([], 1)


async def test_a_topic_and_a_chain_of_replies_are_one_conversation_each(bot: Running) -> None:
    for name in ("text", "reply", "topic_root", "topic_reply"):
        await bot.wire.push(payload(name))
    assert [one.conversation.thread_id for one in bot.core.of(MessagePosted)] == [*["om_text"] * 2, *["om_topic"] * 2]


async def test_a_group_for_one_incident_is_one_conversation(bot: Running) -> None:
    for name in ("text", "reply", "topic_reply"):
        await bot.wire.push(payload(name, chat_id="oc_incident"))
    assert {one.conversation.key for one in bot.core.of(MessagePosted)} == {f"lark/{TENANT}/oc_incident"}


async def test_a_recall_and_reactions_find_the_thread_of_their_message(bot: Running) -> None:
    for name in ("text", "reply", "reaction_created", "reaction_deleted", "recalled"):
        assert (await bot.wire.push(payload(name)))["code"] == 200
    added, removed = bot.core.of(ReactionChanged)
    assert (added.emoji, added.added, removed.added) == ("✅", True, False)
    assert added.conversation.thread_id == removed.conversation.thread_id == "om_text"
    (gone,) = bot.core.of(MessageDeleted)
    assert (gone.message_id, gone.conversation.thread_id) == ("om_text", "om_text")


async def test_a_reaction_on_a_message_of_long_ago_is_looked_up(bot: Running) -> None:
    bot.tables.history.append(item("om_reply", "long ago", at=1_600_000_000, root_id="om_old"))
    await bot.wire.push(payload("reaction_created"))
    (added,) = bot.core.of(ReactionChanged)
    assert (added.conversation.channel_id, added.conversation.thread_id) == (CHAT, "om_old")


async def test_a_reaction_on_what_is_not_ours_to_read_is_acknowledged(bot: Running) -> None:
    assert (await bot.wire.push(payload("reaction_created")))["code"] == 200
    assert bot.core.events == {}


async def test_our_own_messages_are_known_as_ours(bot: Running) -> None:
    own = payload("text")
    own["event"]["sender"] = {"sender_id": {"app_id": APP}, "sender_type": "app", "tenant_key": TENANT}  # type: ignore[index, call-overload]
    await bot.wire.push(own)
    (posted,) = bot.core.of(MessagePosted)
    assert (posted.message.author.kind, posted.message.mentions_us) == (AuthorKind.SELF, False)
    assert bot.talk.commands == []


async def test_being_added_and_removed_is_heard(bot: Running) -> None:
    for name in ("bot_added", "bot_deleted"):
        await bot.wire.push(payload(name))
    assert [len(bot.core.of(kind)) for kind in (BotJoined, BotRemoved)] == [1, 1]


async def test_pressing_a_button_is_answered_with_what_to_show(bot: Running) -> None:
    answer = await bot.wire.push(payload("card_action"))
    assert answer["data"] == {"toast": {"type": "success", "content": "stored"}}
    assert len(bot.talk.pressed) == 1


async def test_the_menu_is_heard(bot: Running) -> None:
    await bot.wire.push(payload("menu"))
    assert len(bot.talk.chosen) == 1


async def test_a_command_is_carried_out_once_and_is_no_part_of_the_conversation(bot: Running) -> None:
    assert [(await bot.wire.push(payload("private")))["code"] for _ in range(2)] == [200, 200]
    assert (bot.talk.commands, bot.core.texts()) == (["status"], [])


async def test_a_command_that_takes_long_is_acknowledged_meanwhile(bot: Running) -> None:
    slow = payload("private", message_id="om_slow", content='{"text": "ask why is it down"}')
    assert (await bot.wire.push(slow))["code"] == 200
    assert bot.core.texts() == []
    bot.talk.hold.set()


async def test_words_to_us_that_are_no_command_are_a_message(bot: Running) -> None:
    await bot.wire.push(payload("text"))
    assert len(bot.core.texts()) == 1


async def test_forwarded_messages_are_unfolded_and_stored_even_if_lark_does_not_say_what_they_are(bot: Running) -> None:
    items = [item("om_f1", "ORA-12514?", at=1, upper_message_id="om_bundle")]
    bot.tables.answers["/open-apis/im/v1/messages/om_bundle"] = {"items": [*items]}
    await bot.wire.push(payload("merge_forward"))
    await bot.wire.push(payload("merge_forward", message_id="om_other"))
    assert bot.core.texts() == ["ou_asker: ORA-12514?", "[forwarded messages]"]


async def test_a_timeline_is_cut_as_it_is_asked_for(wire: Wire) -> None:
    async with running(wire, thread_of=lambda said: f"case of {said.author.id}") as bot:
        for name in ("text", "reply", "topic_root"):
            await bot.wire.push(payload(name))
        threads = [one.conversation.thread_id for one in bot.core.of(MessagePosted)]
        assert threads == ["case of ou_asker", "case of ou_analyst", "om_topic"]


async def test_a_connection_that_the_library_gives_up_is_begun_anew(bot: Running) -> None:
    bot.wire.refuses = True
    await bot.wire.cut()
    await until(lambda: bot.wire.refused > 1)
    assert not bot.source.healthy()
    bot.wire.refuses = False
    await bot.until_healthy()
    assert (await bot.wire.push(payload("text")))["code"] == 200


async def test_a_mistake_in_a_command_does_not_end_the_receiving(bot: Running) -> None:
    bot.talk.breaks = True
    assert (await bot.wire.push(payload("private")))["code"] == 200
    assert (await bot.wire.push(payload("menu")))["code"] == 200
    assert (await bot.wire.push(payload("text", message_id="om_after", mentions=[])))["code"] == 200
    assert len(bot.core.texts()) == 1


async def test_names_and_roles_come_from_lark_and_strangers_always_ask(wire: Wire) -> None:
    members = [("ou_asker", "李雷", TENANT), ("ou_analyst", "Ann", TENANT), ("ou_stranger", "Bob", "another_tenant")]
    tables = Tables(members=[{"member_id": who, "name": name, "tenant_key": of} for who, name, of in members])
    group = "/open-apis/contact/v3/group/g1/member/simplelist"
    tables.answers[group] = {"memberlist": [{"member_id": "ou_analyst"}, {"member_id": "ou_stranger"}]}
    async with running(wire, tables=tables, analysts=("g1",)) as bot:
        for name in ("text", "reply", "stranger"):
            await bot.wire.push(payload(name))
        authors = [one.message.author for one in bot.core.of(MessagePosted)]
    assert [author.name for author in authors] == ["李雷", "Ann", "Bob"]
    assert [author.role for author in authors] == [Role.REQUESTER, Role.ANALYST, Role.REQUESTER]


async def test_with_every_member_an_analyst_a_stranger_who_reacts_is_none(wire: Wire) -> None:
    tables = Tables(members=[{"member_id": "ou_asker", "name": "Eve", "tenant_key": "another_tenant"}])
    async with running(wire, tables=tables, analysts=("members",)) as bot:
        await bot.wire.push(payload("reply"))
        await bot.wire.push(payload("reaction_created"))
        (added,) = bot.core.of(ReactionChanged)
        (posted,) = bot.core.of(MessagePosted)
    assert added.author.role is Role.REQUESTER
    assert posted.message.author.role is Role.ANALYST


async def test_analysts_are_people_chats_and_departments_with_those_below(wire: Wire) -> None:
    tables = Tables(members=[{"member_id": "ou_c", "name": "C", "tenant_key": TENANT}])
    tables.answers["/open-apis/contact/v3/departments/od-1/children"] = {"items": [{"open_department_id": "od-2"}]}
    tables.answers["/open-apis/contact/v3/users/find_by_department"] = {"items": [{"open_id": "ou_d"}]}
    async with running(wire, tables=tables, analysts=("ou_a", "oc_team", "od-1")) as bot:
        people = People(bot.config, tables, SystemClock())
        await people.refresh()
        roles = {who: people.role_of(who, workspace_id=TENANT) for who in ("ou_a", "ou_c", "ou_d", "ou_x")}
    assert [*roles.values()] == [Role.ANALYST] * 3 + [Role.REQUESTER]
    asked = [params["department_id"] for path, params in tables.asked if path.endswith("find_by_department")]
    assert asked[-2:] == ["od-1", "od-2"]


async def test_when_the_analysts_cannot_be_read_nobody_is_taken_for_a_requester(wire: Wire) -> None:
    tables = Tables(answers={"/open-apis/contact/v3/group/g1/member/simplelist": AccessDenied("no")})
    async with running(wire, tables=tables, analysts=("g1",)) as bot:
        await bot.wire.push(payload("text"))
        assert [one.message.author.role for one in bot.core.of(MessagePosted)] == [Role.UNKNOWN]


async def test_the_thread_of_the_library_ends_with_the_source(wire: Wire) -> None:
    async with running(wire):
        assert "lark" in [thread.name for thread in threading.enumerate()]
    await until(lambda: not wire.connections)
    assert "lark" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("turns", [0, 1, 3, 10, 30])
async def test_it_can_be_stopped_while_it_connects(wire: Wire, turns: int) -> None:
    config = LarkConfig(app_id=APP, app_secret="s3cret", domain=wire.url)
    connection = LongConnection(config, _nothing, connected=lambda: None, lost=lambda: None, retry_s=0.01)
    running = asyncio.create_task(connection.run())
    for _ in range(turns):
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.wait([running])
    await until(lambda: "lark" not in [thread.name for thread in threading.enumerate()])


async def _nothing(envelope: JsonValue) -> JsonValue:
    return envelope
