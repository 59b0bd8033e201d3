"""What happens in the local chat becomes the core's events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.local.parse import event_of, message_of, permalink_of
from adapters.local.values import Change, ChangeKind, Channel, ChatMessage, Person, Reacted
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.model.event import ActionInvoked, MessageDeleted, MessageEdited, MessagePosted, ReactionChanged

SUPPORT = Channel(id="support", name="support")
POSTED = ChatMessage(
    id="m-2",
    channel_id="support",
    thread_id="m-1",
    author="rita",
    kind=AuthorKind.HUMAN,
    role=Role.REQUESTER,
    text="hello",
    ts=5.0,
)


def change(kind: ChangeKind, message: ChatMessage | None = POSTED) -> Change:
    by = Person(name="amir", role=Role.ANALYST)
    return Change(
        kind=kind, at=7.0, channel=SUPPORT, message=message, by=by, emoji="✅", action="helpful", value="s1", seq=9
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ChangeKind.MESSAGE_POSTED, MessagePosted),
        (ChangeKind.MESSAGE_EDITED, MessageEdited),
        (ChangeKind.MESSAGE_DELETED, MessageDeleted),
        (ChangeKind.REACTION_ADDED, ReactionChanged),
        (ChangeKind.REACTION_REMOVED, ReactionChanged),
        (ChangeKind.ACTION_INVOKED, ActionInvoked),
    ],
)
def test_each_change_of_a_message_is_one_event_in_its_thread(kind: ChangeKind, expected: type) -> None:
    event = event_of(change(kind))
    assert type(event) is expected
    assert event is not None
    assert event.conversation.key == "local/local/support/m-1"


def test_a_new_channel_is_no_event() -> None:
    assert event_of(change(ChangeKind.CHANNEL_CREATED, None)) is None
    assert event_of(change(ChangeKind.CHANNEL_CREATED)) is None


def test_a_card_for_one_reader_is_no_event_but_its_button_is() -> None:
    card = POSTED.model_copy(update={"reader": "amir", "kind": AuthorKind.SELF})
    assert event_of(change(ChangeKind.MESSAGE_POSTED, card)) is None
    pressed = event_of(change(ChangeKind.ACTION_INVOKED, card))
    assert isinstance(pressed, ActionInvoked)
    assert (pressed.id, pressed.action, pressed.value, pressed.author.role) == ("9", "helpful", "s1", Role.ANALYST)


def test_a_reaction_tells_who_and_whether_it_was_added() -> None:
    event = event_of(change(ChangeKind.REACTION_REMOVED))
    assert isinstance(event, ReactionChanged)
    assert (event.emoji, event.added, event.author.id, event.at) == ("✅", False, "amir", 7.0)


def test_a_message_keeps_what_it_is() -> None:
    row = POSTED.model_copy(update={"reactions": (Reacted(emoji="👍", author="amir", ts=6.0),), "edited_at": 6.5})
    message = message_of(row)
    assert (message.reply_to, message.sent_at, message.edited_at) == ("m-1", 5.0, 6.5)
    assert [(r.emoji, r.author_id, r.at) for r in message.reactions] == [("👍", "amir", 6.0)]
    assert message_of(row.model_copy(update={"thread_id": "m-2"})).reply_to is None


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@vigil help", True),
        ("please, @Vigil-Bot!", True),
        ("问一下@vigil怎么办", True),
        ("问一下 @vigil 怎么办", True),
        ("mail me@vigil.example", False),
        ("vigil", False),
        ("@vigilant", False),
    ],
)
def test_a_mention_is_seen(text: str, mentioned: bool) -> None:  # noqa: FBT001
    assert message_of(POSTED.model_copy(update={"text": text})).mentions_us is mentioned


def test_our_own_card_never_mentions_us() -> None:
    own = POSTED.model_copy(update={"kind": AuthorKind.SELF, "text": "@vigil"})
    assert not message_of(own).mentions_us


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_address_has_six_parts_and_no_spaces(channel: str) -> None:
    address = permalink_of(channel, "m-1")
    assert address.split("/")[:3] == ["", "#", "c"]
    assert len(address.split("/")) == 6
    assert not any(character.isspace() for character in address)
