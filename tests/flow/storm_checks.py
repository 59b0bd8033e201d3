"""What must hold after a storm, checked on the records of the platforms and the books of the program. Pure.

Times are the world's, as the platforms saw them. `told_at` is when the program had told the platform that it had stored
what somebody did, so that from then on it knew.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.flow.storm_script import PlaceName, Scene

IN_FLIGHT_S = 3.0  # a call that left before cannot be called back, and a computer with much to do is slow
AT_ONCE_S = 0.05  # within which two processes note the same moment
TAKEN_BACK = ("dropped", "deleted")  # scenes whose question is taken back, and what was said about it too
TOLD = ("answered", "quieted", "hushed", "commanded", "deleted")  # in which something forbids to speak from then on


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A suggestion as the platform has it.

    `began` is when the program decided for the last time that it may be sent, by its own books; `at` when the platform
    had it. Both are None where the program's clock does not tell. `gone` says that it was taken back.
    """

    key: str
    text: str
    began: float | None = None
    at: float | None = None
    gone: bool = False

    def since(self, moment: float) -> float:
        """Return how long after a moment, from which on nothing was to be said, it was said all the same; 0 if it was not."""
        began = (self.began or 0.0) - moment - AT_ONCE_S
        posted = (self.at or 0.0) - moment - IN_FLIGHT_S
        return max(began, posted, 0.0)


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A conversation: what people said, as the platform has it, and what the program made of it."""

    place: PlaceName
    number: int
    scene: Scene
    said: tuple[str, ...]  # message ids in the platform's order
    answer: str = ""  # what a good answer has in it
    asked: str | None = None  # the question's message id
    asked_at: float = 0.0
    told_at: float | None = None
    posts: tuple[Posted, ...] = ()
    stored: tuple[str, ...] = ()  # message ids in the order of the transcript
    reasons: Mapping[str, str] = field(default_factory=dict)  # message id -> why, of the newest receipt
    late: frozenset[str] = frozenset()  # message ids whose suggestion was found too old when it was to be sent

    @property
    def name(self) -> str:
        return f"{self.place} {self.number} ({self.scene})"

    @property
    def seen(self) -> tuple[Posted, ...]:
        """The posts that people still see."""
        return tuple(post for post in self.posts if not post.gone)


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A time in which nothing was to be said in the channel of the scene "switched"."""

    place: PlaceName
    begin: float
    end: float


@dataclass(frozen=True, kw_only=True)
class History:
    """All that happened."""

    talks: tuple[Talk, ...]
    keys: Mapping[PlaceName, tuple[str, ...]] = field(default_factory=dict)  # of everything that was ever posted
    silences: tuple[Silence, ...] = ()
    excused: tuple[tuple[float, float], ...] = ()  # when the clock was wrong, so that what was just made may look old
    disordered: tuple[str, ...] = ()  # events that were worked on after later ones, though they were stored before
    dead: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()


Check = Callable[[History], Iterator[str]]


def broken(history: History) -> list[str]:
    """Return all promises that were broken."""
    return [f"{check.__name__}: {what}" for check in CHECKS for what in check(history)]


def lost(history: History) -> Iterator[str]:
    """Every message is stored, but for one that was taken back before the program heard of it."""
    for talk in history.talks:
        gone = talk.asked if talk.scene == "deleted" else None
        yield from (f"{talk.name}: {one}" for one in talk.said if one not in talk.stored and one != gone)


def without_receipt(history: History) -> Iterator[str]:
    """Every message has a receipt."""
    for talk in history.talks:
        yield from (f"{talk.name}: {one}" for one in talk.said if one in talk.stored and one not in talk.reasons)


def posted_twice(history: History) -> Iterator[str]:
    """What was to be posted once stands there once."""
    for place, keys in history.keys.items():
        yield from (f"{place}: {key} {count} times" for key, count in Counter(keys).items() if count > 1)


def answered_twice(history: History) -> Iterator[str]:
    """A question gets one suggestion; one that was put in other words may get another when the first was taken back."""
    for talk in history.talks:
        most = 2 if talk.scene in ("reworded", "dropped") else 1
        if len(talk.posts) > most or len(talk.seen) > 1:
            yield f"{talk.name}: {len(talk.posts)} posts, {len(talk.seen)} of them to be seen"


def unwanted(history: History) -> Iterator[str]:
    """Nobody sees a suggestion where no question is, or no more."""
    for talk in history.talks:
        if talk.posts if talk.scene == "chatter" else talk.scene in TAKEN_BACK and talk.told_at and talk.seen:
            yield talk.name


def too_late(history: History) -> Iterator[str]:
    """Nothing is said once it is known that it must not be."""
    for talk in history.talks:
        for post in talk.posts:
            if talk.scene in TOLD and talk.told_at is not None and (late_s := post.since(talk.told_at)):
                yield f"{talk.name}: {late_s:.2f} s after it knew better"


def in_silence(history: History) -> Iterator[str]:
    """Nothing is said in a channel while it is switched off."""
    for silence in history.silences:
        for talk in history.talks:
            if talk.scene != "switched" or talk.place != silence.place:
                continue
            for post in talk.posts:
                late_s = post.since(silence.begin)
                if late_s and max(post.began or 0.0, post.at or 0.0) < silence.end:
                    yield f"{talk.name}: {late_s:.2f} s after it was switched off"


def wrong(history: History) -> Iterator[str]:
    """What people see answers the question as it stands."""
    for talk in history.talks:
        if talk.scene == "reworded" and talk.told_at is None:
            continue  # the platform had given up telling it
        yield from (f"{talk.name}: {post.key}" for post in talk.seen if talk.answer not in post.text)


def unanswered(history: History) -> Iterator[str]:
    """What was to be posted is posted."""
    for talk in history.talks:
        if talk.scene not in ("asked", "reworded") or talk.seen or talk.asked is None:
            continue
        excused = talk.asked in talk.late and any(begin <= talk.asked_at <= end for begin, end in history.excused)
        if talk.reasons.get(talk.asked) == "useful" and not excused:
            yield talk.name


def out_of_order(history: History) -> Iterator[str]:
    """Messages stand and are worked on in the order in which they were said."""
    for talk in history.talks:
        said = tuple(one for one in talk.said if one in talk.stored)
        if talk.stored != said:
            yield f"{talk.name}: its transcript"
    yield from history.disordered


def given_up(history: History) -> Iterator[str]:
    """Nothing is given up."""
    yield from history.dead


def left_undone(history: History) -> Iterator[str]:
    """It comes to rest with nothing left to do."""
    yield from history.unfinished


def at_odds(history: History) -> Iterator[str]:
    """Entries and vectors agree, or are put right."""
    yield from history.knowledge


CHECKS: tuple[Check, ...] = (
    *(lost, without_receipt, posted_twice, answered_twice, unwanted, too_late, in_silence, wrong, unanswered),
    *(out_of_order, given_up, left_undone, at_odds),
)
