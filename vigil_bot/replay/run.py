"""What a replay found: every decision beside what people said afterwards; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vigil_bot.model.conversation import Author, ConversationRef, Message
from vigil_bot.model.decision import DecisionRecord, Intent, Reason, Suggest
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.redact import redact
from vigil_bot.replay.outcomes import Outcome, is_answer, judge
from vigil_bot.replay.thread import ReplayThread, Skipped
from vigil_bot.replay.waiting import Waiting
from vigil_bot.simulation import CaseChange

SHOWN = 10  # best and worst suggestions that are shown with their threads
_MAX_SAID = 6
_MAX_CHARS = 700
_NOT_ASKED = (Reason.MODE_OFF, Reason.OWN_MESSAGE, Reason.BOT_MESSAGE, Reason.DELETED, Reason.MERGED)
_BAD = (Outcome.CONTRADICTED, Outcome.ADDED_NOTHING)  # worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of an excerpt, redacted and cut."""

    author: str
    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What is shown of a thread: the question, the sources of the suggestion, and what people said after the decision."""

    title: str
    question: Line
    sources: tuple[str, ...]
    said: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDecision:
    """A decision, and how its draft compares with what people said; outcome is None where there is no draft.

    first_human_answer_at is the time of the first answer by another person after the question, looked up for drafts only.
    """

    record: DecisionRecord
    thread_id: str
    outcome: Outcome | None = None
    first_human_answer_at: float | None = None
    excerpt: Excerpt | None = None

    @property
    def intent(self) -> Intent:
        """What the message was taken for."""
        return self.record.signals.intent

    @property
    def is_request(self) -> bool:
        """Whether it was somebody's request that could have been answered by itself."""
        return self.intent.asks and self.record.reason not in _NOT_ASKED

    @property
    def suggested(self) -> bool:
        """Whether it would have been said."""
        return isinstance(self.record.decision, Suggest)

    @property
    def score(self) -> float:
        """The score that the threshold is held against, in [0, 1]."""
        decision = self.record.decision
        return decision.score if isinstance(decision, Suggest) else self.record.signals.relevance

    @property
    def ahead_s(self) -> float | None:
        """How long before the first human answer it came; negative if it came after."""
        return None if self.first_human_answer_at is None else self.first_human_answer_at - self.record.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """An entry as it was at the end, and when it was learned."""

    entry: KnowledgeEntry
    learned_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRun:
    """Everything that a replay found; threads, messages and events count what was read.

    The sequences are gone through several times. wall_s and peak_mib are all that differs between two runs.
    """

    threads: int
    messages: int
    events: int
    records: Sequence[JudgedDecision]
    skipped: Sequence[Skipped] = ()
    case_changes: Sequence[CaseChange] = ()
    by_topic: Sequence[Waiting] = ()
    learned: Sequence[Learned] = ()
    wall_s: float
    peak_mib: float
    versions: Mapping[str, str]


def judged(records: Iterable[DecisionRecord], threads: Iterable[ReplayThread]) -> list[JudgedDecision]:
    """Return the newest receipt of each message with its outcome, by time; excerpts for the best and the worst."""
    newest: dict[tuple[str, str], DecisionRecord] = {}
    for record in records:
        known = newest.get((record.conversation, record.message_id))
        if known is None or record.at >= known.at:
            newest[record.conversation, record.message_id] = record
    by_key = _joined(threads)
    ordered = sorted(newest.values(), key=lambda r: (r.at, r.conversation, r.message_id))
    results = [_judged(record, by_key.get(record.conversation)) for record in ordered]
    shown = {id(one) for one in (*best(results), *worst(results))}
    return [
        replace(one, excerpt=_excerpt(one.record, by_key[one.record.conversation])) if id(one) in shown else one
        for one in results
    ]


def best(records: Iterable[JudgedDecision], limit: int = SHOWN) -> list[JudgedDecision]:
    """Return suggestions that people agreed with, the surest first, each answer once."""
    good = [one for one in records if one.suggested and one.outcome is Outcome.AGREED]
    good.sort(key=lambda one: (-one.score, -(one.ahead_s or 0.0), one.record.at, one.record.id))
    return [*_each_answer_once(good)][:limit]


def worst(records: Iterable[JudgedDecision], limit: int = SHOWN) -> list[JudgedDecision]:
    """Return suggestions that people contradicted, then those that added nothing, the surest first, each answer once."""
    bad = [one for one in records if one.suggested and one.outcome in _BAD]
    bad.sort(key=lambda one: (one.outcome is not _BAD[0], -one.score, one.record.at, one.record.id))
    return [*_each_answer_once(bad)][:limit]


def _joined(threads: Iterable[ReplayThread]) -> dict[str, ReplayThread]:
    """Return the threads by key; a source may give one in several parts."""
    by_key: dict[str, ReplayThread] = {}
    for thread in threads:
        key = thread.ref.key
        first = by_key.get(key)
        by_key[key] = thread if first is None else replace(first, events=(*first.events, *thread.events))
    return by_key


def _each_answer_once(records: Iterable[JudgedDecision]) -> Iterator[JudgedDecision]:
    seen: set[str] = set()
    for one in records:
        if one.record.text not in seen:
            seen.add(one.record.text)
            yield one


def _judged(record: DecisionRecord, thread: ReplayThread | None) -> JudgedDecision:
    thread_id = ConversationRef.from_key(record.conversation).thread_id or ""
    messages = sorted(thread.messages, key=lambda m: m.sent_at) if thread is not None and record.text else []
    question = next((m for m in messages if m.id == record.message_id), None)
    if question is None:
        return JudgedDecision(record=record, thread_id=thread_id)
    asker_id = question.author.id
    answers = (m for m in messages if m.sent_at >= question.sent_at and is_answer(m, asker_id=asker_id))
    first = next(answers, None)
    return JudgedDecision(
        record=record,
        thread_id=thread_id,
        outcome=judge(
            record.text,
            [m for m in messages if m.sent_at > record.at],
            asker_id=asker_id,
            earlier=[m for m in messages if m.sent_at <= record.at],
        ),
        first_human_answer_at=first.sent_at if first is not None else None,
    )


def _excerpt(record: DecisionRecord, thread: ReplayThread) -> Excerpt:
    messages = sorted(thread.messages, key=lambda m: m.sent_at)
    question = next(m for m in messages if m.id == record.message_id)
    # What made a suggestion add nothing stands between the question and the decision.
    after = [m for m in messages if m.sent_at >= question.sent_at and m.id != question.id]
    titles = {considered.entry_id: considered.title for considered in record.considered}
    return Excerpt(
        title=thread.title or "",
        question=_line(question),
        sources=tuple(titles.get(entry_id) or entry_id for entry_id in record.citations),
        said=tuple(_line(m) for m in after[:_MAX_SAID]),
    )


def _line(message: Message) -> Line:
    text = redact(message.text).strip()
    cut = text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1].rstrip()}…"
    return Line(author=_named(message.author), at=message.sent_at, text=cut)


def _named(author: Author) -> str:
    return author.name or author.id
