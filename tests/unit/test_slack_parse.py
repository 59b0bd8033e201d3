import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.parse import Item, Known, Us, edit_in, event_of, joined_by, wanted_by
from vigil_bot.model.conversation import Author, AuthorKind, Role
from vigil_bot.model.event import (
    BotJoined,
    BotRemoved,
    Event,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)

PAYLOADS = Path(__file__).parents[1] / "payloads" / "slack"
US = Us(
    team_id="T0ACME0001",
    user_id="U0VIGIL001",
    bot_id="B0VIGIL001",
    app_id="A0VIGIL001",
    url="https://acme.slack.com/",
)
NAMES = {"U0VIGIL001": "vigil", "U0ANN00001": "ann", "U0RITA0001": "rita", "S0ONCALL01": "oncall"}
CHANNEL, ROOT, REPLY = "C0SUPPORT1", "1767950000.000100", "1767950060.000200"


def event_in(name: str) -> Mapping[str, object]:
    found = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["event"]
    assert isinstance(found, dict)
    return found


def parsed(name: str, thread_id: str | None = None) -> Event | None:
    """What a captured event becomes, with everybody known."""
    event = event_in(name)
    wanted = wanted_by(event, US)
    person = wanted.person and Author(id=wanted.person, name=NAMES.get(wanted.person, ""), role=Role.REQUESTER)
    return event_of(event, US, Known(person=person or None, names=NAMES, thread_id=thread_id))


def posted(name: str) -> MessagePosted:
    found = parsed(name)
    assert isinstance(found, MessagePosted)
    return found


IGNORED = (
    *("channel_join", "channel_topic", "reaction_to_file", "member_joined_channel", "message_changed_preview"),
    *("user_change", "team_join", "subteam_members_changed", "tokens_revoked", "app_uninstalled", "app_home_opened"),
)


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_part_of_the_conversation_is_ignored(name: str) -> None:
    assert parsed(name) is None


TEXTS = {
    "message": "checkout returns 502 & the log says <timeout>",
    "message_mention": "@vigil can you look with @ann at the incident (https://status.example.org/incidents/7)? 🙏",
    "message_reply": "restarting now",
    "thread_broadcast": "fixed: the pool was exhausted",
    "file_share": "this is what I see",
    "file_share_connect": "",
    "me_message": "is looking",
    "message_direct": "how do I reset my token?",
    "message_code": "it prints\n```if a < b:\n  raise```",
    "message_forwarded": "same as yesterday?\nAnn\nrestart the gateway",
    "bot_message": "[FIRING:1] HighLatency (https://prometheus.example.org/graph)\np99 is 4.2 s for 10 min\n"
    "severity: critical\njob: checkout",
    "bot_blocks": "db1 is full\n*Host* `db1` open (https://monitor.example.org/1)\n*Used*\n99 %\n"
    "• free https://example.org/a\n• call @oncall\n> write failed\ndisk | used\n/var | 99 %\ndisk usage\nsince 10:00 icon",
    "message_own": "This was answered before.",
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_messages_become_plain_text(name: str) -> None:
    assert posted(name).message.text == TEXTS[name]


def test_a_message_of_a_person() -> None:
    message = posted("message").message
    assert (message.id, message.conversation.key) == (ROOT, f"slack/T0ACME0001/{CHANNEL}/{ROOT}")
    assert message.author == Author(id="U0RITA0001", name="rita", role=Role.REQUESTER)
    assert (message.sent_at, message.edited_at, message.reply_to) == (1767950000.0001, None, None)
    assert message.permalink == f"https://acme.slack.com/archives/{CHANNEL}/p1767950000000100"
    assert not message.mentions_us


def test_a_reply() -> None:
    message = posted("message_reply").message
    assert (message.conversation.thread_id, message.reply_to) == (ROOT, ROOT)
    link = f"https://acme.slack.com/archives/{CHANNEL}/p1767950060000200?thread_ts={ROOT}&cid={CHANNEL}"
    assert message.permalink == link


def test_a_mention_arrives_once_though_slack_tells_of_it_twice() -> None:
    first, second = posted("message_mention"), posted("app_mention")
    assert first.key == second.key
    assert first.message.mentions_us
    assert second.message.mentions_us


def test_direct_messages_are_meant_for_us() -> None:
    assert posted("message_direct").message.mentions_us


def test_files_that_are_still_there_are_attached() -> None:
    (shot,) = posted("file_share").message.attachments
    assert (shot.id, shot.name, shot.media_type, shot.size_bytes) == (
        "F0SHOT0001",
        "screenshot.png",
        "image/png",
        48211,
    )
    (shared,) = posted("file_share_connect").message.attachments
    assert (shared.id, shared.name) == ("F0SHARED01", "file")


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("bot_message", Author(id="B0ALERT001", kind=AuthorKind.BOT, name="Alertmanager")),
        ("bot_blocks", Author(id="B0MONITOR1", kind=AuthorKind.BOT, name="Monitor")),
        ("message_own", Author(id="U0VIGIL001", kind=AuthorKind.SELF)),
    ],
)
def test_programs_are_told_from_people(name: str, author: Author) -> None:
    assert posted(name).message.author == author
    assert wanted_by(event_in(name), US).person is None


def test_another_installation_of_ours_is_still_ours() -> None:
    theirs = {**event_in("message_own"), "user": "U9", "bot_id": "B9"}
    found = event_of(theirs, US)
    assert isinstance(found, MessagePosted)
    assert found.message.author.kind is AuthorKind.SELF


def test_an_edit_carries_the_new_words_and_when_they_came() -> None:
    edited = parsed("message_changed")
    assert isinstance(edited, MessageEdited)
    assert (edited.message.id, edited.message.text) == (ROOT, "checkout returns 503")
    assert edited.at == edited.message.edited_at == 1767950200.0


def test_an_alert_that_changes_its_blocks_is_an_edit_though_slack_does_not_call_it_so() -> None:
    edited = parsed("message_changed_by_bot")
    assert isinstance(edited, MessageEdited)
    assert edited.message.text == "db1 is full: resolved"
    assert edited.at == 1767950200.0001


def test_an_edit_in_the_history_has_the_same_key_as_the_edit_that_was_told() -> None:
    told = parsed("message_changed")
    in_history = {**event_in("message_changed")["message"], "channel": CHANNEL}  # type: ignore[dict-item]
    found = event_of(in_history, US)
    assert isinstance(found, MessagePosted)
    edit = edit_in(found)
    assert told is not None
    assert edit is not None
    assert edit.key == told.key


@pytest.mark.parametrize(
    ("name", "message_id"),
    [("message_deleted", REPLY), ("message_changed_tombstone", ROOT), ("message_deleted_bare", REPLY)],
)
def test_deletions(name: str, message_id: str) -> None:
    gone = parsed(name, thread_id=ROOT)
    assert isinstance(gone, MessageDeleted)
    assert (gone.message_id, gone.conversation.thread_id) == (message_id, ROOT)


def test_what_does_not_name_its_thread_asks_for_it() -> None:
    item = Item(channel_id=CHANNEL, message_id=REPLY)
    assert wanted_by(event_in("reaction_added"), US).item == item
    assert wanted_by(event_in("message_deleted_bare"), US).item == item
    assert wanted_by(event_in("message_deleted"), US).item is None


@pytest.mark.parametrize(
    ("name", "emoji", "added", "author_id", "kind"),
    [
        ("reaction_added", "✅", True, "U0RITA0001", AuthorKind.HUMAN),
        ("reaction_removed", "👍", False, "U0RITA0001", AuthorKind.HUMAN),
        ("reaction_own", "👀", True, "U0VIGIL001", AuthorKind.SELF),
    ],
)
def test_reactions(name: str, emoji: str, added: bool, author_id: str, kind: AuthorKind) -> None:  # noqa: FBT001
    found = parsed(name, thread_id=ROOT)
    assert isinstance(found, ReactionChanged)
    assert (found.emoji, found.added, found.author.id, found.author.kind) == (emoji, added, author_id, kind)
    assert found.conversation.thread_id == ROOT


def test_coming_and_going() -> None:
    joined, left, private = parsed("member_joined_channel_us"), parsed("channel_left"), parsed("group_left")
    assert isinstance(joined, BotJoined)
    assert (joined.conversation.channel_id, joined.by and joined.by.name) == (CHANNEL, "ann")
    assert isinstance(left, BotRemoved)
    assert isinstance(private, BotRemoved)
    assert private.conversation.channel_id == "G0PRIVATE1"


def test_the_history_tells_of_our_joining_and_of_nobody_elses() -> None:
    message = {"type": "message", "subtype": "group_join", "user": US.user_id, "ts": ROOT}
    found = joined_by(message, US, CHANNEL)
    assert found is not None
    assert found.at == 1767950000.0001
    assert joined_by(event_in("channel_join"), US, CHANNEL) is None


def test_every_captured_payload_is_looked_at() -> None:
    seen = {
        *IGNORED,
        *TEXTS,
        *("app_mention", "message_changed", "message_changed_by_bot", "message_changed_tombstone", "message_deleted"),
        *("message_deleted_bare", "reaction_added", "reaction_removed", "reaction_own", "member_joined_channel_us"),
        *("channel_left", "group_left"),
    }
    assert {path.stem for path in PAYLOADS.glob("*.json")} == seen


WORDS = st.sampled_from(
    [
        *("type", "subtype", "message", "previous_message", "channel", "user", "text", "ts", "thread_ts", "blocks"),
        *("elements", "attachments", "files", "item", "edited", "id", "bot_id", "bot_profile", "rows", "fields"),
        *("event_ts", "deleted_ts", "reaction", "title", "is_share", "from_url", "style", "size", "mode", "url"),
    ]
)
VALUES = st.sampled_from(
    [
        *("message", "message_changed", "message_deleted", "reaction_added", "rich_text", "rich_text_list", "section"),
        *("rich_text_section", "table", "context", "image", "user", "emoji", "link", "bot_message", "tombstone"),
        *(
            "1767950000.000100",
            "9" * 400,
            "-1",
            "nan",
            "C1",
            "U0VIGIL001",
            "<@U1|",
            "<!subteam^S1>",
            "<@>",
            ":x:",
            "\ud800\x00",
        ),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=8),
    max_leaves=40,
)
EVENTS = st.dictionaries(WORDS, JSON, max_size=12).flatmap(
    lambda rest: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["message", "app_mention", "reaction_added", "member_joined_channel", "channel_left"]
            )
        },
        optional={
            "channel": st.just("C1") | JSON,
            "ts": st.just("1767950000.000100") | JSON,
            "event_ts": st.just("1767950000.000100") | JSON,
            "user": st.just("U1") | JSON,
            "subtype": st.sampled_from(["message_changed", "message_deleted", "bot_message", ""]) | JSON,
        },
    ).map(lambda known: rest | known)
)


@given(EVENTS | st.dictionaries(st.text(), JSON))
def test_nothing_that_comes_makes_it_fail(event: dict[str, object]) -> None:
    wanted_by(event, US)
    found = event_of(event, US)
    if isinstance(found, MessagePosted | MessageEdited):
        found.message.text.encode("utf-8")
        assert "\x00" not in found.message.text
    assert found is None or found.key


def test_blocks_nested_without_end_do_not_make_it_fail() -> None:
    block: dict[str, object] = {"type": "rich_text_section", "elements": [{"type": "text", "text": "deep"}]}
    for _ in range(500):
        block = {"type": "rich_text_list", "elements": [block]}
    message = {**event_in("bot_blocks"), "text": "", "blocks": [{"type": "rich_text", "elements": [block]}]}
    assert isinstance(event_of(message, US), MessagePosted)
