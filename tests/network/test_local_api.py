"""The API of the local chat, asked over HTTP."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from tests.network.local_server import serve
from tests.network.stranger import NOW, Stranger, stranger
from vigil_bot.clock import SimulatedClock
from vigil_bot.model.card import Button, Card, CardKind, FactsBlock
from vigil_bot.model.conversation import AuthorKind, ConversationRef, Role
from vigil_bot.model.event import ActionInvoked, MessageDeleted, MessageEdited, MessagePosted, ReactionChanged

CARD = Card(
    kind=CardKind.SUGGESTION,
    title="Solved before",
    blocks=(FactsBlock(facts=(("Entry", "e1"),)),),
    buttons=(Button(action="helpful", label="Helpful", value="s1"),),
)


async def test_a_first_message_begins_a_thread_and_the_core_hears_of_it_before_the_answer(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        first = await a.say("How do I renew the certificate?")
        reply = await a.say("On the host @vigil", first["id"])
        assert first["thread_id"] == first["id"]
        assert reply["thread_id"] == first["id"]
        assert reply["ts"] > first["ts"]
        asked, answered = a.served.core.events.values()
        assert isinstance(asked, MessagePosted)
        assert isinstance(answered, MessagePosted)
        assert asked.message.author.role is Role.REQUESTER
        assert asked.conversation == answered.conversation
        assert asked.conversation.key == f"local/local/support/{first['id']}"
        assert asked.message.permalink == f"/#/c/support/m/{first['id']}"
        assert (asked.message.mentions_us, answered.message.mentions_us) == (False, True)


async def test_the_same_client_id_posts_once(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        both = await asyncio.gather(*(a.say("hello", client_id="c1") for _ in range(2)))
        assert both[0] == both[1]
        assert len(await a.read()) == 1
        assert len(a.served.core.events) == 1


async def test_messages_posted_at_once_have_different_ids_that_sort_by_time(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        posted = await asyncio.gather(*(a.say(f"message {number}") for number in range(50)))
        by_time = sorted(posted, key=lambda message: message["ts"])
        assert len({message["id"] for message in posted}) == 50
        assert [message["id"] for message in by_time] == sorted(message["id"] for message in posted)
        assert [message["id"] for message in await a.read()] == [message["id"] for message in by_time]


async def test_after_gives_only_what_is_newer_and_last_only_the_newest(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        one, two, three = [await a.say(text) for text in ("one", "two", "three")]
        assert [message["id"] for message in await a.read(f"after={one['ts']!r}")] == [two["id"], three["id"]]
        assert [message["text"] for message in await a.read("last=2")] == ["two", "three"]
        assert [message["text"] for message in await a.read(f"thread_id={two['id']}")] == ["two"]


async def test_a_message_is_edited_and_deleted(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        posted = await a.say("before")
        status, edited = await a.ask("PATCH", f"/api/messages/{posted['id']}", {"text": "after", "author": "rita"})
        assert (status, edited["text"], edited["edited_at"] > posted["ts"]) == (200, "after", True)
        assert (await a.ask("PATCH", f"/api/messages/{posted['id']}", {"text": "mine", "author": "eve"}))[0] == 403
        for _ in range(2):
            assert (await a.ask("DELETE", f"/api/messages/{posted['id']}"))[0] == 200
        assert await a.read() == []
        assert (await a.ask("PATCH", f"/api/messages/{posted['id']}", {"text": "again"}))[0] == 404
        kinds = [type(event) for event in a.served.core.events.values()]
        assert kinds == [MessagePosted, MessageEdited, MessageDeleted]


async def test_reactions_are_counted_once_a_person_and_can_be_taken_away(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        posted = await a.say("it works")
        path = f"/api/messages/{posted['id']}/reactions"
        for author in ("rita", "rita", "amir"):
            status, message = await a.ask("POST", path, {"author": author, "emoji": "✅"})
            assert status == 200
        assert [(r["emoji"], r["author"]) for r in message["reactions"]] == [("✅", "rita"), ("✅", "amir")]
        await a.ask("POST", path, {"author": "rita", "emoji": "✅", "remove": True})
        assert [r["author"] for r in (await a.read())[0]["reactions"]] == ["amir"]
        heard = [event for event in a.served.core.events.values() if isinstance(event, ReactionChanged)]
        assert [(event.author.id, event.added) for event in heard] == [("rita", True), ("amir", True), ("rita", False)]
        assert heard[0].author.role is Role.REQUESTER


async def test_a_button_of_a_card_is_an_action(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        asked = await a.say("why?")
        ref = ConversationRef(
            platform="local", workspace_id="local", channel_id="support", thread_id=asked["thread_id"]
        )
        card_id = await a.served.client.post(ref, CARD, key="s1")
        shown = (await a.read())[1]
        assert (shown["kind"], shown["author"], shown["thread_id"]) == ("bot", "Vigil Bot", asked["id"])
        assert shown["text"] == "Solved before\nEntry: e1"
        assert shown["card"]["buttons"] == [
            {"action": "helpful", "label": "Helpful", "value": "s1", "style": "default"}
        ]
        press = {"author": "rita", "action": "helpful", "value": "s1"}
        assert (await a.ask("POST", f"/api/messages/{card_id}/actions", press))[0] == 200
        assert (await a.ask("POST", f"/api/messages/{asked['id']}/actions", press))[0] == 404
        events = await a.served.core.has(3)
        own = next(e for e in events if isinstance(e, MessagePosted) and e.message.id == card_id)
        assert own.message.author.kind is AuthorKind.SELF
        pressed = next(e for e in events if isinstance(e, ActionInvoked))
        assert (pressed.action, pressed.value, pressed.author.id) == ("helpful", "s1", "rita")
        assert (await a.ask("PATCH", f"/api/messages/{card_id}", {"text": "mine"}))[0] == 403


async def test_a_card_for_one_reader_is_shown_to_nobody_else(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        asked = await a.say("why?")
        ref = ConversationRef(
            platform="local", workspace_id="local", channel_id="support", thread_id=asked["thread_id"]
        )
        await a.served.client.post_ephemeral(ref, CARD, reader_id="amir", key="s1/amir")
        assert len(await a.read("after=0")) == 1
        assert len(await a.read("viewer=rita")) == 1
        seen = await a.read("viewer=amir")
        assert seen[1]["only_for"] == "amir"
        press = {"author": "amir", "action": "helpful", "value": "s1"}
        await a.ask("POST", f"/api/messages/{seen[1]['id']}/actions", press)
        assert [type(event) for event in a.served.core.events.values()] == [MessagePosted, ActionInvoked]


async def test_a_command_is_answered_with_a_card(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        asked = await a.say("why?")
        body = {"author": "rita", "channel": "support", "thread_id": asked["id"], "text": "/vigil why m-1"}
        status, answer = await a.ask("POST", "/api/commands", body)
        assert (status, answer["card"]["title"]) == (200, "Heard")
        assert a.served.core.commands[0].text == "why m-1"
        assert a.served.core.commands[0].author.role is Role.REQUESTER
        for wrong, expected in (({"text": "hi"}, 400), ({"channel": "no"}, 404), ({"thread_id": "no"}, 404)):
            assert (await a.ask("POST", "/api/commands", {**body, **wrong}))[0] == expected


async def test_channels_are_made_once_and_may_have_any_name(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        for name in ("值班", "again"):
            status, made = await a.ask("POST", "/api/channels", {"id": "值班 1", "name": name})
            assert (status, made) == (200, {"id": "值班 1", "name": "值班"})
        listed = (await a.ask("GET", "/api/channels"))[1]["channels"]
        assert [channel["id"] for channel in listed] == ["support", "值班 1"]
        body = {"author": "李雷", "role": "analyst", "text": "重启后磁盘又满了"}
        assert (await a.ask("POST", "/api/channels/%E5%80%BC%E7%8F%AD%201/messages", body))[0] == 200
        assert (await a.ask("GET", "/api/channels/值班 1/messages"))[1]["messages"][0]["author"] == "李雷"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"author": "rita", "text": "\xff"}', 400),
        (b"not json", 400),
        (b"", 400),
        ([], 400),
        ({"author": "rita"}, 400),
        ({"author": "rita", "text": "  "}, 400),
        ({"author": "rita", "text": "a\x00b"}, 400),
        ({"author": "", "text": "x"}, 400),
        ({"author": "vigil bot", "text": "x"}, 400),
        ({"author": "rita", "text": "x", "role": "king"}, 400),
        ({"author": "rita", "text": "x" * 40_001}, 400),
        ({"author": "rita", "text": "x", "thread_id": "m-none"}, 404),
        ({"author": "rita", "text": "x" * 1_100_000}, 413),
    ],
)
async def test_a_wrong_message_gets_an_error_with_a_hint_and_is_not_quoted(
    tmp_path: Path, body: object, status: int
) -> None:
    async with stranger(tmp_path) as a:
        got, answer = await a.ask("POST", "/api/channels/support/messages", body)
        assert got == status
        assert set(answer) == {"error", "hint"}
        assert answer["hint"]
        assert "rita" not in json.dumps(answer)
        assert await a.read() == []
        assert not a.served.core.events


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/channels/nowhere/messages", {"author": "rita", "text": "x"}, 404),
        ("GET", "/api/channels/nowhere/messages", None, 404),
        ("GET", "/api/channels/support/messages?after=soon", None, 400),
        ("GET", "/api/channels/support/messages?after=nan", None, 400),
        ("POST", "/api/channels", {"id": "a/b", "name": "x"}, 400),
        ("PATCH", "/api/messages/m-none", {"text": "x"}, 404),
        ("DELETE", "/api/messages/m-none", None, 404),
        ("POST", "/api/messages/m-none/reactions", {"author": "rita", "emoji": "👍"}, 404),
        ("POST", "/api/messages/m-none/reactions", {"author": "rita", "emoji": "a b"}, 400),
        ("POST", "/api/messages/m-none/actions", {"author": "rita", "action": "x"}, 404),
        ("GET", "/api/nothing", None, 404),
        ("PUT", "/api/channels", {}, 405),
    ],
)
async def test_what_is_not_there_or_not_right_is_said_so(
    tmp_path: Path, method: str, path: str, body: object, status: int
) -> None:
    async with stranger(tmp_path) as a:
        got, answer = await a.ask(method, path, body)
        assert (got, set(answer)) == (status, {"error", "hint"})


async def test_writes_are_refused_until_the_source_runs(tmp_path: Path) -> None:
    async with stranger(tmp_path, running=False) as a:
        status, answer = await a.ask("POST", "/api/channels/support/messages", {"author": "rita", "text": "x"})
        assert (status, bool(answer["hint"])) == (503, True)
        assert (await a.ask("GET", "/api/channels"))[0] == 200
        assert (await a.ask("GET", "/readyz"))[0] == 503


async def test_a_message_that_the_core_cannot_store_is_refused_and_can_be_sent_again(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        a.served.core.full = True
        body = {"author": "rita", "text": "help", "client_id": "c1"}
        assert (await a.ask("POST", "/api/channels/support/messages", body))[0] == 503
        a.served.core.full = False
        assert (await a.ask("POST", "/api/channels/support/messages", body))[0] == 200
        assert len(a.served.core.events) == 1
        assert len(await a.read()) == 1


async def test_what_the_core_missed_is_handed_over_when_it_starts_again(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    async with serve(tmp_path / "local.db", clock) as before, aiohttp.ClientSession() as session:
        a = Stranger(before, session)
        await a.say("stored")
        before.core.full = True
        body = {"author": "rita", "text": "not stored"}
        assert (await a.ask("POST", "/api/channels/support/messages", body))[0] == 503
    async with serve(tmp_path / "local.db", clock) as after:
        (event,) = await after.core.has(1)
        assert isinstance(event, MessagePosted)
        assert event.message.text == "not stored"


async def _next_event(stream: aiohttp.StreamReader) -> dict[str, str]:
    fields: dict[str, str] = {}
    async with asyncio.timeout(5):
        while line := (await stream.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
    return fields


async def test_the_stream_tells_what_happens_and_what_was_missed(tmp_path: Path) -> None:
    async with stranger(tmp_path) as a:
        async with a.session.get(a.served.url + "/api/events?viewer=rita") as stream:
            assert stream.content_type == "text/event-stream"
            assert (await _next_event(stream.content))["event"] == "hello"
            first = await a.say("one")
            heard = await _next_event(stream.content)
            assert heard["event"] == "message_posted"
            assert json.loads(heard["data"])["message"]["id"] == first["id"]
        await a.say("two")
        async with a.session.get(a.served.url + "/api/events", headers={"Last-Event-ID": heard["id"]}) as stream:
            await _next_event(stream.content)
            assert json.loads((await _next_event(stream.content))["data"])["message"]["text"] == "two"
            await a.say("three")
            assert json.loads((await _next_event(stream.content))["data"])["message"]["text"] == "three"
        async with a.session.get(a.served.url + "/api/events", headers={"Last-Event-ID": "999"}) as stream:
            await _next_event(stream.content)
            assert (await _next_event(stream.content))["event"] == "reset"
            await a.say("four")
            assert json.loads((await _next_event(stream.content))["data"])["message"]["text"] == "four"
        assert (await a.ask("GET", "/api/events", headers={"Last-Event-ID": "x"}))[0] == 400
