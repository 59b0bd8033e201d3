"""Everything that is stored comes back from JSON as it was."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store import codec
from vigil_bot.errors import StoreError
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Author, ConversationRef, Message
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.event import Event
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.knowledge import EntryVersion, KnowledgeEntry
from vigil_bot.model.policy import Mute
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.work import Post

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
st.register_type_strategy(int, st.integers(-(2**62), 2**62))

STORED: list[tuple[codec.Codec[Any], Any]] = [
    (codec.MESSAGE, Message),
    (codec.EVENT, Event),
    (codec.POST, Post),
    (codec.DECISION, DecisionRecord),
    (codec.SUGGESTION, Suggestion),
    (codec.FEEDBACK, Feedback),
    (codec.MUTE, Mute),
    (codec.CASE, Case),
    (codec.ENTRY, KnowledgeEntry),
    (codec.ENTRY_VERSION, EntryVersion),
]


@pytest.mark.parametrize(("of", "kind"), STORED)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_a_value_comes_back_as_it_was(of: codec.Codec[Any], kind: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))

    again = of.decode(of.encode(value))
    assert again == value
    assert type(again) is type(value)
    assert all(type(getattr(again, f.name)) is type(getattr(value, f.name)) for f in fields(again))


def test_values_are_decoded_into_frozen_dataclasses() -> None:
    ref = ConversationRef(platform="p", workspace_id="w", channel_id="c")
    said = Message(id="1", conversation=ref, author=Author(id="a"), text="x", sent_at=1.5)
    again = codec.MESSAGE.decode(codec.MESSAGE.encode(said))
    assert is_dataclass(again)
    assert hash(again) == hash(said)


def test_text_that_is_not_unicode_is_refused_without_quoting_it() -> None:
    ref = ConversationRef(platform="p", workspace_id="w", channel_id="c")
    said = Message(id="1", conversation=ref, author=Author(id="a"), text="secret \ud800", sent_at=1.5)
    with pytest.raises(StoreError) as caught:
        codec.MESSAGE.encode(said)
    assert "secret" not in str(caught.value)


@given(parts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=3, max_size=4))
def test_the_channel_of_a_key_is_that_of_its_conversation(parts: list[str]) -> None:
    ref = ConversationRef(
        platform=parts[0], workspace_id=parts[1], channel_id=parts[2], thread_id=parts[3] if parts[3:] else None
    )
    assert codec.channel_of(ref.key) == ref.channel.key
    assert codec.channel_of(f"{ref.channel.key}#some/body#1") == ref.channel.key
    assert codec.ref_of(codec.key_of(ref)) == ref
