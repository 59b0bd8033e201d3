"""How long the cases of a replay took, as people dealt with them; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.progress.times import Spread, Times, spread, times_of
from vigil_bot.simulation import CaseChange

ALL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What was usual in a channel, "" for all of them; None where it never happened."""

    channel: str
    cases: int
    first_answer: Spread | None
    resolution: Spread | None
    on_analyst: Spread | None
    on_requester: Spread | None


def waiting_times(changes: Sequence[CaseChange]) -> list[Waiting]:
    """Return what was usual over all, and by channel, those with the most cases first."""
    if not changes:
        return []
    end = max(change.at for change in changes)
    histories: dict[str, list[Case]] = {}
    for change in changes:
        histories.setdefault(change.case.conversation, []).append(change.case)
    by_channel: dict[str, list[Times]] = {}
    for conversation, history in histories.items():
        times = times_of(history, now=end)
        if times is not None:
            by_channel.setdefault(ConversationRef.from_key(conversation).channel_id, []).append(times)
    every = [times for found in by_channel.values() for times in found]
    named = sorted(by_channel.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_waiting(ALL, every), *(_waiting(channel, found) for channel, found in named)]


def as_json(waiting: Iterable[Waiting]) -> JsonValue:
    """Return it as it stands in summary.json: the median and what nine of ten do not exceed, in seconds."""
    return [
        {
            "channel": one.channel,
            "cases": one.cases,
            "first_answer_s": _pair(one.first_answer),
            "resolution_s": _pair(one.resolution),
            "on_analyst_s": _pair(one.on_analyst),
            "on_requester_s": _pair(one.on_requester),
        }
        for one in waiting
    ]


def _waiting(channel: str, times: Sequence[Times]) -> Waiting:
    return Waiting(
        channel=channel,
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
