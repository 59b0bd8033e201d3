import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.errors import InputError
from vigil_bot.model.conversation import Author, AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.event import Event, MessagePosted, ReactionChanged
from vigil_bot.replay import jsonl
from vigil_bot.replay.thread import ReplayThread, Skipped, of_conversation, plain_id, timeline
from vigil_bot.replay.threads import SourceKind, kind_of, read

PAYLOADS = Path(__file__).parent.parent / "payloads" / "threads"


def read_lines(path: Path, *lines: object) -> tuple[list[ReplayThread], list[Skipped]]:
    encoded = (line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines)
    path.write_bytes(b"\n".join(encoded))
    skipped: list[Skipped] = []
    return list(jsonl.read(path, report=skipped.append)), skipped


def thread(thread_id: str = "t1", *messages: dict[str, object], **more: object) -> dict[str, object]:
    return {"thread_id": thread_id, "channel": "c", "messages": list(messages), **more}


def message(message_id: str = "m1", *, ts: float = 5.0, text: str = "hello", **more: object) -> dict[str, object]:
    return {"id": message_id, "author": "ann", "ts": ts, "text": text, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "threads.jsonl"


def test_a_threads_file_is_read_with_all_that_it_says() -> None:
    skipped: list[Skipped] = []
    first, second = read(PAYLOADS / "small.jsonl", report=skipped.append)
    assert not skipped
    assert first.ref == ConversationRef(platform="slack", workspace_id="T1", channel_id="ops", thread_id="t1")
    assert (first.title, first.closed_at, first.labels) == ("Disk full", 1700003600.0, {"resolved": True})
    assert [m.author.role for m in first.messages] == [Role.REQUESTER, Role.ANALYST, Role.UNKNOWN]
    assert [m.author.kind for m in first.messages] == [AuthorKind.HUMAN, AuthorKind.HUMAN, AuthorKind.BOT]
    assert first.messages[1].reply_to == "m1"
    assert second.ref.workspace_id == "replay"
    assert second.messages[1].author.role is Role.UNKNOWN


def test_the_platform_and_workspace_given_fill_in_what_the_file_leaves_out() -> None:
    first, second = read(PAYLOADS / "small.jsonl", report=print, platform="gitter", workspace="W")
    assert (first.ref.platform, first.ref.workspace_id) == ("slack", "T1")
    assert (second.ref.platform, second.ref.workspace_id) == ("gitter", "W")


def test_a_reaction_without_a_time_comes_with_the_last_message() -> None:
    first, _ = read(PAYLOADS / "small.jsonl", report=print)
    reactions = [event for event in first.events if isinstance(event, ReactionChanged)]
    assert [(r.emoji, r.author.role, r.at) for r in reactions] == [
        ("eyes", Role.ANALYST, 1700000010.0),
        ("white_check_mark", Role.REQUESTER, 1700000700.0),
    ]


def test_broken_lines_are_reported_by_number_and_nothing_else_is_lost(path: Path) -> None:
    good = [thread(f"t{i}", message(f"m{i}")) for i in range(4)]
    broken: list[object] = [
        b'{"thread_id": "x", "messa',
        b'{"thread_id": "\xff\xfe", "channel": "c", "messages": []}',
        thread("x", {"id": "m", "author": "a", "text": "no time"}),
        thread("x", message(ts=float("nan"))),
        thread("x", message(ts=1700000000000)),
        [1, 2],
        thread("x", message(text="y" * (2 * 1024 * 1024))),
    ]
    threads, skipped = read_lines(path, good[0], *broken[:4], b"", good[1], good[2], *broken[4:], good[3])
    assert [t.ref.thread_id for t in threads] == ["t0", "t1", "t2", "t3"]
    assert [s.line for s in skipped] == [2, 3, 4, 5, 9, 10, 11]
    assert skipped[2].why == "messages.0.ts: is missing"
    assert "epoch seconds" in skipped[4].why
    assert "1,000,000 characters" in skipped[6].why
    assert all(s.lost and "yyy" not in str(s) for s in skipped)


def test_a_line_too_long_to_hold_is_passed_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 200)
    threads, skipped = read_lines(path, thread("a", message()), thread("b", message(text="x" * 900)), thread("c"))
    assert [t.ref.thread_id for t in threads] == ["a", "c"]
    assert [s.line for s in skipped] == [2]


def test_the_same_message_given_twice_is_taken_once(path: Path) -> None:
    threads, skipped = read_lines(path, thread("t", message("m1")), thread("t", message("m1"), message("m2", ts=6.0)))
    assert [[m.id for m in t.messages] for t in threads] == [["m1"], ["m2"]]
    assert [(s.line, s.lost) for s in skipped] == [(2, False)]


def test_ids_that_only_a_thread_makes_unique_stay_apart_and_readable(path: Path) -> None:
    lines = [thread(t, message("m1", text=t), message("m2", reply_to="m1")) for t in ("a", "b")]
    (first, second), skipped = read_lines(path, *lines)
    keys = [event.key for t in (first, second) for event in t.events]
    assert not skipped
    assert len(set(keys)) == 4
    assert [plain_id(m.id) for m in second.messages] == ["m1", "m2"]
    assert second.messages[1].reply_to == second.messages[0].id


def test_two_different_messages_with_one_id_in_a_thread_are_both_kept(path: Path) -> None:
    [one], _ = read_lines(path, thread("t", message(text="a"), message(text="b"), message(text="c")))
    assert [m.text for m in one.messages] == ["a", "b", "c"]
    assert len({m.id for m in one.messages}) == 3


def test_the_timeline_is_by_time_thread_and_position_whatever_the_order_of_the_file(path: Path) -> None:
    lines = [thread("a", message("1", ts=9), message("2", ts=3)), thread("b", message("3", ts=3), message("4", ts=3))]
    one, _ = read_lines(path, *lines)
    other, _ = read_lines(path, *reversed(lines))
    assert _ids(timeline(one)) == ["2", "3", "4", "1"] == _ids(timeline(other))


def test_odd_characters_are_kept_but_for_nul(path: Path) -> None:
    [one], skipped = read_lines(
        path, b"\xef\xbb\xbf" + json.dumps(thread("t", message(text="a\x00b\u2028\U0001f600"))).encode()
    )
    assert not skipped
    assert one.messages[0].text == "ab\u2028\U0001f600"


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=6))
def test_no_garbage_stops_the_reading(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("garbage") / "threads.jsonl"
    threads, skipped = read_lines(path, *lines, thread("t", message()))
    assert [t.ref.thread_id for t in threads] == ["t"]
    assert all(s.lost for s in skipped)


def test_a_stored_transcript_is_a_thread_without_our_own_posts() -> None:
    ref = ConversationRef(platform="local", workspace_id="local", channel_id="c", thread_id="t")
    people = [Author(id="ann"), Author(id="bot", kind=AuthorKind.SELF)]
    said = [Message(id=a.id, conversation=ref, author=a, text="x", sent_at=1.0) for a in people]
    stored = of_conversation(Conversation(ref=ref, messages=tuple(said), title="T"))
    assert [m.id for m in stored.messages] == ["ann"]
    assert (stored.ref, stored.title) == (ref, "T")


def test_kinds_are_told_apart(tmp_path: Path) -> None:
    assert kind_of(PAYLOADS / "small.jsonl") is SourceKind.THREADS
    assert kind_of(PAYLOADS / "lark.json") is SourceKind.LARK
    assert kind_of(PAYLOADS.parent / "slack_export") is SourceKind.SLACK
    renamed = tmp_path / "threads.txt"
    renamed.write_bytes(b"broken\n" + (PAYLOADS / "small.jsonl").read_bytes())
    assert kind_of(renamed) is SourceKind.THREADS


@pytest.mark.parametrize("content", [b"", b"name,text\n1,2\n", b'{"a": 1}', b"PK\x03\x04 no zip"])
def test_what_is_no_source_is_refused_with_a_hint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "source.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"source\.txt"):
        kind_of(path)


def test_a_missing_source_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InputError, match="Slack export"):
            kind_of(path)


def _ids(events: list[Event]) -> list[str]:
    return [event.message.id for event in events if isinstance(event, MessagePosted)]
