"""After a storm: the records of the platforms and the books of the program, as the history that is checked."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from adapters.lark.render import mark_of
from tests.flow.storm_checks import History, Posted, Silence, Talk
from tests.flow.storm_people import Played
from tests.flow.storm_rooms import Record, Room
from tests.flow.storm_script import PlaceName

TOO_LATE = "dropped: it came too late"
TURN_S = 3.0  # what is stored while a turn goes on is worked on in the next one
WORK = {
    "events": "SELECT count(*) FROM inbox WHERE state = 'pending'",
    "posts": "SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')",
    "evaluations": "SELECT count(*) FROM timer WHERE kind = 'evaluate'",
}


@dataclass(frozen=True, kw_only=True)
class Books:
    """What the program wrote down."""

    stored: Mapping[str, Sequence[str]]  # conversation -> message ids, in the transcript's order
    home: Mapping[tuple[str, str], str]  # platform, message id -> conversation
    reasons: Mapping[tuple[str, str], str]  # conversation, message id -> reason of the newest receipt
    late: frozenset[tuple[str, str]]  # conversation, message id whose newest receipt says that its post came too late
    suggestions: Mapping[str, float | None]  # id, the key of its post too -> when it was last decided to send it
    posts: tuple[str, ...]  # keys
    dead: tuple[str, ...]
    disordered: tuple[str, ...]


def unfinished(home: Path) -> tuple[str, ...]:
    """Return what the program still has to do."""
    with _opened(home) as rows:
        counts = {what: rows.execute(query).fetchone()[0] for what, query in WORK.items()}
    return tuple(f"{count} {what}" for what, count in counts.items() if count)


def read_books(home: Path, world_time: Callable[[float], float | None]) -> Books:
    """Read the program's database."""
    with _opened(home) as rows:
        stored: dict[str, list[str]] = defaultdict(list)
        places: dict[tuple[str, str], str] = {}
        for conversation, message_id in rows.execute("SELECT conversation, id FROM message ORDER BY sent_at, id"):
            stored[conversation].append(message_id)
            places[conversation.partition("/")[0].partition(":")[0], message_id] = conversation
        found = rows.execute("SELECT conversation, message_id, body FROM decision ORDER BY seq")
        receipts = {(conversation, message_id): json.loads(body) for conversation, message_id, body in found}
        dead = rows.execute("SELECT conversation, kind, error FROM inbox WHERE state = 'dead'").fetchall()
        return Books(
            stored=stored,
            home=places,
            reasons={of: receipt["decision"]["reason"] for of, receipt in receipts.items()},
            late=frozenset(of for of, receipt in receipts.items() if receipt["note"] == TOO_LATE),
            suggestions={
                suggestion_id: None if sent_at is None else world_time(sent_at)
                for suggestion_id, sent_at in rows.execute("SELECT id, sent_at FROM suggestion")
            },
            posts=tuple(row[0] for row in rows.execute("SELECT key FROM outbox")),
            dead=tuple(f"{conversation}: {kind} ({error})" for conversation, kind, error in dead),
            disordered=tuple(_disordered(rows, world_time)),
        )


def history_of(
    played: Sequence[Played],
    books: Books,
    *,
    silences: Sequence[Silence],
    excused: Sequence[tuple[float, float]],
    undone: Sequence[str],
    knowledge: Sequence[str],
) -> History:
    """Put together all that happened."""
    keys: dict[PlaceName, list[str]] = defaultdict(list)
    posts: dict[tuple[PlaceName, str], list[Posted]] = defaultdict(list)
    marks = {mark_of(key): key for key in books.posts}
    for room in _rooms(played):
        for record in room.records(marks):
            keys[room.place].append(record.key)
            if record.key in books.suggestions:
                posts[room.place, record.thread].append(_posted(record, books.suggestions[record.key]))
    return History(
        talks=tuple(_talk(one, posts[one.room.place, one.said[0]], books) for one in played),
        keys={place: tuple(of) for place, of in keys.items()},
        silences=tuple(silences),
        excused=tuple(excused),
        disordered=books.disordered,
        dead=books.dead,
        unfinished=tuple(undone),
        knowledge=tuple(knowledge),
    )


def _rooms(played: Sequence[Played]) -> list[Room]:
    return list({id(one.room): one.room for one in played}.values())


def _posted(record: Record, began: float | None) -> Posted:
    return Posted(key=record.key, began=began, at=record.at, text=record.text, gone=record.gone)


def _talk(one: Played, posts: Sequence[Posted], books: Books) -> Talk:
    place, said = one.room.place, set(one.said)
    conversation = books.home.get((place, one.said[0]), "")
    return Talk(
        place=place,
        number=one.script.number,
        scene=one.script.scene,
        said=tuple(one.said),
        answer=one.script.answer,
        asked=one.asked,
        asked_at=one.asked_at,
        told_at=one.told_at,
        posts=tuple(posts),
        stored=tuple(message_id for message_id in books.stored.get(conversation, ()) if message_id in said),
        reasons={message_id: why for (of, message_id), why in books.reasons.items() if of == conversation},
        late=frozenset(message_id for of, message_id in books.late if of == conversation),
    )


def _disordered(rows: sqlite3.Connection, world_time: Callable[[float], float | None]) -> list[str]:
    """Return conversations in which an event was worked on after a later one, though it was stored long before."""
    found: Counter[str] = Counter()
    latest: dict[str, tuple[float, float]] = {}
    query = "SELECT conversation, at, ready_at, ended_at FROM inbox WHERE state = 'done'"
    mapped = ((c, at, world_time(stored), world_time(ended)) for c, at, stored, ended in rows.execute(query))
    done = [(c, at, stored, ended) for c, at, stored, ended in mapped if stored is not None and ended is not None]
    for conversation, at, stored_at, ended_at in sorted(done, key=lambda row: (row[3], row[1])):
        last_at, last_ended = latest.get(conversation, (at, ended_at))
        if at < last_at and stored_at + TURN_S < last_ended < ended_at:
            found[conversation] += 1
        latest[conversation] = max((at, ended_at), (last_at, last_ended))
    return [f"{conversation}: {count} events" for conversation, count in found.items()]


def _opened(home: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(f"file:{home / 'vigil.db'}?mode=ro", uri=True, timeout=30))
