"""What is remembered of long threads never changes what is read of them, and stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.store import codec, transcript
from adapters.store.transcript import LONG, LongThreads
from vigil_bot.model.conversation import Author, ConversationRef, Message

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m0")


def message(number: int, text: str) -> Message:
    return Message(id=f"m{number}", conversation=REF, author=Author(id="r"), text=text, sent_at=float(number))


def rows_of(messages: list[Message]) -> list[tuple[str]]:
    return [(codec.MESSAGE.encode(one),) for one in messages]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.lists(st.sampled_from("xyz"), max_size=LONG + 5)), max_size=6)
)
def test_a_thread_is_read_as_it_is_now_whatever_was_read_before(reads: list[tuple[str, list[str]]]) -> None:
    known = LongThreads()
    for key, texts in reads:
        messages = [message(number, text) for number, text in enumerate(texts)]
        assert known.decoded(key, rows_of(messages)) == tuple(messages)


@pytest.mark.parametrize("place", [0, LONG // 2, LONG - 1])
def test_an_edit_and_a_deletion_anywhere_in_a_long_thread_are_seen(place: int) -> None:
    known = LongThreads()
    messages = [message(number, "as it was") for number in range(LONG)]
    known.decoded("a", rows_of(messages))
    edited = [*messages[:place], message(place, "edited"), *messages[place + 1 :]]
    assert known.decoded("a", rows_of(edited)) == tuple(edited)
    left = messages[:place] + messages[place + 1 :]
    assert known.decoded("a", rows_of(left)) == tuple(left)


def test_what_goes_on_is_decoded_only_where_it_is_new() -> None:
    known = LongThreads()
    messages = [message(number, "hello") for number in range(LONG + 1)]
    before = known.decoded("a", rows_of(messages[:-1]))
    after = known.decoded("a", rows_of(messages))
    assert all(one is other for one, other in zip(before, after, strict=False))


def test_threads_that_were_not_read_for_long_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "REMEMBERED", 2 * LONG)
    known = LongThreads()
    messages = [message(number, "hello") for number in range(LONG)]
    for key in ("a", "b", "a", "c"):
        known.decoded(key, rows_of(messages))
    assert set(known._read) == {"a", "c"}
