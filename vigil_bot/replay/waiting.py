"""How long the cases of a replay took, as people dealt with them; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.progress.times import Spread, Times, spread, times_of
from vigil_bot.progress.topics import by_topic, problem_of
from vigil_bot.replay.thread import ReplayThread
from vigil_bot.simulation import CaseChange

ALL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What was usual in a channel or of a topic, "" for all of them; None where it never happened."""

    about: str
    cases: int
    first_answer: Spread | None
    resolution: Spread | None
    on_analyst: Spread | None
    on_requester: Spread | None


def waiting_times(changes: Sequence[CaseChange]) -> list[Waiting]:
    """Return what was usual over all, and by channel, those with the most cases first."""
    if not changes:
        return []
    by_channel: dict[str, list[Times]] = {}
    for conversation, times in _times(changes).items():
        by_channel.setdefault(ConversationRef.from_key(conversation).channel_id, []).append(times)
    every = [times for found in by_channel.values() for times in found]
    named = sorted(by_channel.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_waiting(ALL, every), *(_waiting(channel, found) for channel, found in named)]


def times_by_topic(changes: Sequence[CaseChange], threads: Iterable[ReplayThread]) -> list[Waiting]:
    """Return what was usual of each topic that the cases have, those with the most cases first."""
    cases = {change.case.conversation: change.case for change in changes}
    said: dict[str, list[Message]] = {}
    titles: dict[str, str | None] = {}
    for thread in threads:
        said.setdefault(thread.ref.key, []).extend(thread.messages)
        titles.setdefault(thread.ref.key, thread.title)
    problems = {key: problem_of(case, said.get(key, []), titles.get(key)) for key, case in cases.items()}
    return [_waiting(topic, taken) for topic, taken in by_topic(problems, _times(changes))]


def as_json(waiting: Iterable[Waiting], *, named: str = "channel") -> JsonValue:
    """Return it as it stands in summary.json: the median and what nine of ten do not exceed, in seconds."""
    return [
        {
            named: one.about,
            "cases": one.cases,
            "first_answer_s": _pair(one.first_answer),
            "resolution_s": _pair(one.resolution),
            "on_analyst_s": _pair(one.on_analyst),
            "on_requester_s": _pair(one.on_requester),
        }
        for one in waiting
    ]


def _times(changes: Sequence[CaseChange]) -> dict[str, Times]:
    """Return how long cases took; what still waits counts until the last change of any."""
    end = max((change.at for change in changes), default=0.0)
    histories: dict[str, list[Case]] = {}
    for change in changes:
        histories.setdefault(change.case.conversation, []).append(change.case)
    measured = ((conversation, times_of(cases, now=end)) for conversation, cases in histories.items())
    return {conversation: times for conversation, times in measured if times is not None}


def _waiting(about: str, times: Sequence[Times]) -> Waiting:
    return Waiting(
        about=about,
        cases=len(times),
        first_answer=spread([t.first_answer_s for t in times if t.first_answer_s is not None]),
        resolution=spread([t.resolution_s for t in times if t.resolution_s is not None]),
        on_analyst=spread([t.on_analyst_s for t in times]),
        on_requester=spread([t.on_requester_s for t in times]),
    )


def _pair(found: Spread | None) -> JsonValue:
    if found is None:
        return None
    return {"count": found.count, "median": round(found.median, 1), "ninetieth": round(found.ninetieth, 1)}
