"""Events and history of Lark become events of the core, whatever arrives."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.lark import parse
from adapters.lark.parse import Received, Us
from vigil_bot.model.conversation import Author, AuthorKind, Message
from vigil_bot.model.event import BotJoined, BotRemoved, MessageDeleted, MessageEdited, MessagePosted

PAYLOADS = Path(__file__).parents[1] / "payloads" / "lark"
TENANT, CHAT = "2ca1d211f64f6438", "oc_7f3e"
US = Us(app_id="cli_a1b2c3", open_id="ou_bot")
ME = Author(id="ou_asker")


def payload(name: str) -> JsonValue:
    value: JsonValue = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return value


def what(name: str) -> Received:
    found = parse.received(payload(name))
    assert found is not None
    return found


def message(name: str, us: Us = US, author: Author = ME) -> Message:
    return parse.message_of(what(name), us, workspace_id=TENANT, author=author, thread_of=parse.own_thread)


def history() -> list[Received]:
    items = payload("history")
    assert isinstance(items, list)
    return [one for item in items if (one := parse.from_history(item)) is not None]


def test_a_text_names_who_is_mentioned_and_keeps_its_time() -> None:
    said = message("text")
    assert said.text == "@Vigil @韩梅 数据库连接不上，报错 ORA-12514"
    assert said.sent_at == 1_700_000_000.0
    assert said.mentions_us
    assert said.reply_to is None
    assert said.conversation.key == f"lark/{TENANT}/{CHAT}/om_text"


def test_a_reply_belongs_to_the_message_that_its_chain_begins_with() -> None:
    said = message("reply")
    assert (said.conversation.thread_id, said.reply_to) == ("om_text", "om_text")
    assert not said.mentions_us


def test_a_topic_is_one_conversation_from_its_first_message_on() -> None:
    first, answer = message("topic_root"), message("topic_reply")
    assert first.conversation == answer.conversation
    assert first.conversation.thread_id == "om_topic"


def test_a_group_that_is_one_case_is_one_conversation() -> None:
    us = Us(app_id="cli_a1b2c3", open_id="ou_bot", whole_groups=frozenset({CHAT}))
    assert {message(name, us).conversation.key for name in ("text", "reply", "topic_reply")} == {
        f"lark/{TENANT}/{CHAT}"
    }


def test_a_timeline_can_be_cut_in_another_way_but_topics_stay_whole() -> None:
    def cut(name: str) -> str | None:
        found = parse.message_of(
            what(name), US, workspace_id=TENANT, author=ME, thread_of=lambda said: f"cut {said.conversation.thread_id}"
        )
        return found.conversation.thread_id

    assert [cut(name) for name in ("text", "reply", "topic_root")] == ["cut om_text", "cut om_text", "om_topic"]


def test_what_is_said_to_the_bot_alone_is_said_to_the_bot() -> None:
    assert message("private").mentions_us
    assert parse.words_to_us(what("private"), US) == "status"
    assert parse.words_to_us(what("text"), US) == "@韩梅 数据库连接不上，报错 ORA-12514"
    assert parse.words_to_us(what("reply"), US) is None


def test_words_after_a_mention_in_rich_text_are_found() -> None:
    words = parse.words_to_us(what("post"), US)
    assert words is not None
    assert "Vigil" not in words
    assert words.startswith("发布失败 Step 1: the runbook")


def test_a_mention_is_no_mention_of_us_while_we_do_not_know_who_we_are() -> None:
    assert not message("text", Us(app_id="cli_a1b2c3")).mentions_us


@pytest.mark.parametrize(
    ("message_id", "kind"),
    [("om_text", AuthorKind.HUMAN), ("om_ours", AuthorKind.SELF), ("om_alarm", AuthorKind.BOT)],
)
def test_people_bots_and_we_ourselves_are_told_apart(message_id: str, kind: AuthorKind) -> None:
    assert [parse.author_kind(one, US) for one in history() if one.id == message_id] == [kind]


def test_the_history_gives_the_same_message_as_the_event() -> None:
    listed = parse.message_of(history()[0], US, workspace_id=TENANT, author=ME, thread_of=parse.own_thread)
    assert listed == message("text")


def test_the_history_tells_of_edits_and_recalls() -> None:
    told = {
        one.id: parse.events_of(
            parse.message_of(one, US, workspace_id=TENANT, author=ME, thread_of=parse.own_thread), one
        )
        for one in history()
    }
    posted, edited = told["om_edited"]
    assert isinstance(posted, MessagePosted)
    assert isinstance(edited, MessageEdited)
    assert edited.at == 1_700_000_040.0
    (gone,) = told["om_gone"]
    assert isinstance(gone, MessageDeleted)
    assert [event.kind for event in told["om_text"]] == ["message_posted"]


def test_a_recall_names_its_message() -> None:
    gone = parse.recalled(payload("recalled"), message("text").conversation)
    assert (gone.message_id, gone.at) == ("om_text", 1_700_000_300.0)


def test_a_reaction_comes_and_goes() -> None:
    where = message("reply").conversation
    names = {"DONE": "✅"}
    added, removed = (
        parse.reaction(payload(name), where, author=ME, emoji_of=names.__getitem__)
        for name in ("reaction_created", "reaction_deleted")
    )
    assert (added.emoji, added.added, added.at) == ("✅", True, 1_700_000_200.0)
    assert (removed.added, removed.at) == (False, 1_700_000_210.0)
    assert parse.reacted_by(payload("reaction_created")) == ("ou_asker", "user")
    assert parse.reacted_by(payload("reaction_by_app")) == ("cli_a1b2c3", "app")


def test_we_learn_that_we_were_added_or_are_gone() -> None:
    joined = parse.membership(payload("bot_added"))
    assert isinstance(joined, BotJoined)
    assert joined.by == Author(id="ou_boss")
    assert isinstance(parse.membership(payload("bot_deleted")), BotRemoved)
    assert isinstance(parse.membership(payload("disbanded")), BotRemoved)


@pytest.mark.parametrize("vital", ["message_id", "chat_id", "create_time"])
def test_a_message_without_what_is_vital_is_none(vital: str) -> None:
    envelope = payload("text")
    assert isinstance(envelope, dict)
    event = envelope["event"]
    assert isinstance(event, dict)
    inner = event["message"]
    assert isinstance(inner, dict)
    del inner[vital]
    assert parse.received(envelope) is None


KEYS = st.sampled_from(
    [
        "event",
        "message",
        "header",
        "sender",
        "sender_id",
        "open_id",
        "message_id",
        "chat_id",
        "create_time",
        "content",
        "mentions",
        "key",
        "name",
        "id",
        "message_type",
        "update_time",
        "updated",
        "deleted",
        "body",
        "event_type",
        "items",
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["post", "1700000000000"])
)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=6),
    max_leaves=30,
)


@given(ANY_JSON)
def test_no_json_whatever_raises(value: JsonValue) -> None:
    for found in (parse.received(value), parse.from_history(value)):
        if found is not None:
            said = parse.message_of(found, US, workspace_id="t", author=ME, thread_of=parse.own_thread)
            parse.events_of(said, found)
            parse.words_to_us(found, US)
            said.text.encode()
    parse.membership(value)
    parse.reacted_by(value)
    parse.workspace_of(value)
    where = message("text").conversation
    parse.recalled(value, where)
    parse.reaction(value, where, author=ME, emoji_of=str)


@given(
    inner=ANY_JSON, kind=st.sampled_from(["text", "post", "interactive", "image", "file", "share_chat", "todo", "?"])
)
def test_no_content_of_a_message_raises(inner: JsonValue, kind: str) -> None:
    item: JsonValue = {
        "message_id": "om_1",
        "chat_id": "oc_1",
        "create_time": "1700000000000",
        "msg_type": kind,
        "body": {"content": json.dumps(inner)},
    }
    found = parse.from_history(item)
    assert found is not None
    said = parse.message_of(found, US, workspace_id="t", author=ME, thread_of=parse.own_thread)
    said.text.encode()  # a database takes it
    assert "\0" not in said.text
