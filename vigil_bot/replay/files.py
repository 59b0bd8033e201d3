"""Write what a replay found into a folder: all files or none, the same bytes for the same findings."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

from pydantic import JsonValue

from vigil_bot.errors import InputError, StoreError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.decision import Signals
from vigil_bot.model.knowledge import Source
from vigil_bot.replay.report import render
from vigil_bot.replay.run import JudgedDecision, Learned, ReplayRun
from vigil_bot.replay.summary import summarize
from vigil_bot.replay.thread import plain_id
from vigil_bot.simulation import CaseChange

FILES = ("decisions.jsonl", "cases.jsonl", "knowledge.jsonl", "summary.json", "report.html")
_TIME_DIGITS = 6
_SCORE_DIGITS = 6
_SIGNALS = tuple(field.name for field in fields(Signals))


def prepare(out: Path) -> None:
    """Make the folder, before anything that takes long.

    Raises:
        InputError: If it is a file, holds something that is not from a replay, or cannot be made.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file.", hint="Name a folder for the results.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        strange = sorted(path.name for path in out.iterdir() if path.name not in {*FILES, *map(_part, FILES)})
    except OSError as error:
        raise InputError(f"{out} cannot be used ({error.strerror}).", hint="Name another folder.") from error
    if strange:
        raise InputError(
            f"{out} holds files that are not from a replay, such as {strange[0]}.", hint="Name a new or empty folder."
        )


def write(run: ReplayRun, out: Path) -> None:
    """Write all five files under temporary names, then give them their names.

    Raises:
        InputError: If the folder is not ours to write to. StoreError: If the disk is full or fails; earlier files stay.
    """
    prepare(out)
    summary = summarize(run)
    contents: tuple[Iterable[str], ...] = (
        _lines(decision_line(one) for one in run.records),
        _lines(case_line(change) for change in run.case_changes),
        _lines(entry_line(learned) for learned in run.learned),
        (json.dumps(summary, ensure_ascii=False, indent=2, sort_keys=True), "\n"),
        (render(run, summary),),
    )
    try:
        for name, content in zip(FILES, contents, strict=True):
            with (out / _part(name)).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.writelines(content)
        for name in FILES:
            (out / _part(name)).replace(out / name)
    except OSError as error:
        for name in FILES:
            with contextlib.suppress(OSError):
                (out / _part(name)).unlink()
        raise StoreError(
            f"{out} cannot be written ({error.strerror}).", hint="Make room or name another folder."
        ) from error


def decision_line(one: JudgedDecision) -> dict[str, JsonValue]:
    """Return a line of decisions.jsonl."""
    record = one.record
    return {
        "thread_id": one.thread_id,
        "channel": _ref(record.conversation).channel_id,
        "message_id": plain_id(record.message_id),
        "at": round(record.at, _TIME_DIGITS),
        "intent": one.intent.value,
        "decision": record.decision.kind,
        "reason": record.reason.value,
        "score": round(one.score, _SCORE_DIGITS),
        "text": record.text,
        "citations": list(record.citations),
        "signals": _signals(record.signals),
        "model_calls": record.model_calls,
        "tokens": record.tokens,
        "outcome": None if one.outcome is None else one.outcome.value,
    }


def case_line(change: CaseChange) -> dict[str, JsonValue]:
    """Return a line of cases.jsonl."""
    ref = _ref(change.case.conversation)
    return {
        "thread_id": ref.thread_id or "",
        "channel": ref.channel_id,
        "at": round(change.at, _TIME_DIGITS),
        "state": change.case.state.value,
        "next_mover": change.case.next_mover.value,
        "evidence": [plain_id(message_id) for message_id in change.case.evidence],
    }


def entry_line(learned: Learned) -> dict[str, JsonValue]:
    """Return a line of knowledge.jsonl: an entry as it can be imported, and when it was learned."""
    entry = learned.entry
    return {
        "id": entry.id,
        "title": entry.title,
        "issue": entry.issue,
        "environment": entry.environment,
        "resolution": entry.resolution,
        "cause": entry.cause,
        "confidence": entry.confidence.value,
        "audience": {"workspace": entry.audience.workspace, "channels": list(entry.audience.channels)},
        "sources": [_source(source) for source in entry.sources],
        "created_at": round(entry.created_at, _TIME_DIGITS),
        "learned_at": round(learned.learned_at, _TIME_DIGITS),
    }


def _source(source: Source) -> dict[str, JsonValue]:
    return {
        "permalink": source.permalink,
        "thread_id": None if source.thread_id is None else _thread_id(source.thread_id),
        "message_ids": [plain_id(message_id) for message_id in source.message_ids],
    }


def _thread_id(key: str) -> str:
    """Return the id that a thread has in the source; what is not a conversation key stays as it is."""
    try:
        return _ref(key).thread_id or key
    except ValueError:
        return key


@lru_cache(maxsize=1024)
def _ref(key: str) -> ConversationRef:
    return ConversationRef.from_key(key)


def _signals(signals: Signals) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {}
    for name in _SIGNALS:
        value = getattr(signals, name)
        values[name] = round(value, _SCORE_DIGITS) if isinstance(value, float) else value
    if signals.answered_by is not None:
        values["answered_by"] = plain_id(signals.answered_by)
    return values


def _lines(values: Iterable[dict[str, JsonValue]]) -> Iterator[str]:
    for value in values:
        yield json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n"


def _part(name: str) -> str:
    return f".{name}.part"
