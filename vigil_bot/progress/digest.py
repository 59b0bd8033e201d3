"""What somebody missed, and what one shift hands to the next, as cards; pure.

Only what the reader may see may be given to these functions.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vigil_bot.model.card import Block, Card, CardKind, Link, LinksBlock, TextBlock
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.decision import Abstain, DecisionRecord, Reason
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.progress.court import Debt, Owed, debts
from vigil_bot.progress.shown import length, name_of, quoted
from vigil_bot.texts.text import Moment, Text, plural

MAX_LINES = 8  # of a section
_TITLE_CHARS = 80
_NEARLY = frozenset({Reason.BELOW_THRESHOLD, Reason.SHADOW, Reason.NOT_GROUNDED})
_PLACES = {
    "untaken": Text("Open, nobody on it"),
    "stalled": Text("Stalled"),
    "open": Text("In progress"),
    "requester": Text("Waiting on the requester"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A case with the thread that it is about."""

    case: Case
    conversation: Conversation


Section = tuple[str, list[Link]]


def last_wrote(threads: Iterable[Thread], reader_id: str) -> float | None:
    """Return when somebody last wrote in any of the threads."""
    said = (m.sent_at for t in threads for m in t.conversation.messages if m.author.id == reader_id)
    return max(said, default=None)


def catchup(threads: Sequence[Thread], *, reader_id: str, since: float) -> Card:
    """Return what happened since a time: what waits for the reader first, then what is new, went on, and is solved.

    A thread stands in the first section that it fits. since is usually `last_wrote`, or when the reader's last shift ended.
    """
    shown = set[str]()
    mine = [(t, debt) for t in threads for debt in debts(t.case, t.conversation)[:1] if debt.by_id == reader_id]
    fresh = [(t, _new_messages(t, reader_id, since)) for t in threads]
    moved = [(t, count) for t, count in fresh if count]

    def take(chosen: Iterable[tuple[Thread, str]]) -> list[Link]:
        links = [_link(t, note) for t, note in chosen if t.case.conversation not in shown]
        shown.update(t.case.conversation for t, _ in chosen)
        return links

    def counted(wanted: Callable[[Case], bool]) -> list[tuple[Thread, str]]:
        return [
            (t, plural("{count} new message", "{count} new messages", count=count))
            for t, count in moved
            if wanted(t.case)
        ]

    sections = [
        (Text("Waiting for you"), take([(t, _owed_note(debt, t.conversation)) for t, debt in mine])),
        (Text("Resolved"), take(counted(lambda case: case.state.over))),
        (Text("New"), take(counted(lambda case: case.opened_at > since))),
        (Text("Went on"), take(counted(lambda _: True))),
    ]
    at = Moment(since)
    return _card(Text("What you missed since {at}", at=at), sections, Text("Nothing new since {at}.", at=at))


def handoff(
    threads: Sequence[Thread],
    *,
    now: float,
    since: float,
    stalled_after_s: float,
    decisions: Sequence[DecisionRecord] = (),
    entries: Sequence[KnowledgeEntry] = (),
) -> Card:
    """Return what the next shift takes over, and what was learned and nearly said since a time."""
    running = sorted((t for t in threads if not t.case.state.over), key=lambda t: (_level(t.case), t.case.waited_since))
    promised = [(t, debt) for t in running for debt in debts(t.case, t.conversation) if debt.owed is Owed.PROMISE]
    promised.sort(key=lambda owed: (owed[1].due_at is None, owed[1].due_at or 0.0))
    with_promise = {t.case.conversation for t, _ in promised}
    rest = [t for t in running if t.case.conversation not in with_promise]
    places = [_place(t.case, now=now, stalled_after_s=stalled_after_s) for t in rest]

    def waiting(place: str) -> list[Link]:
        chosen = [t for t, at in zip(rest, places, strict=True) if at == place]
        return [_link(t, Text("for {long}", long=length(now - t.case.waited_since))) for t in chosen]

    sections = [
        (Text("Promised"), [_link(t, _owed_note(d, t.conversation, now=now)) for t, d in promised]),
        *((name, waiting(place)) for place, name in _PLACES.items()),
        (Text("Newly learned"), [_entry_link(e) for e in entries if e.created_at > since]),
        (Text("Nearly said"), _nearly_said(decisions, threads, since)),
    ]
    return _card(Text("Hand-off"), sections, Text("Nothing is open, and nothing is new."))


def _place(case: Case, *, now: float, stalled_after_s: float) -> str:
    if case.next_mover is Side.REQUESTER:
        return "requester"
    if case.state is CaseState.OPEN and case.owner_id is None:
        return "untaken"
    return "stalled" if now - max(case.waited_since, case.analyst_at or 0.0) > stalled_after_s else "open"


def _nearly_said(decisions: Sequence[DecisionRecord], threads: Sequence[Thread], since: float) -> list[Link]:
    by_key = {t.case.conversation: t for t in threads}
    kept = [
        record
        for record in decisions
        if record.at > since and record.text and isinstance(record.decision, Abstain) and record.reason in _NEARLY
    ]
    kept.sort(key=lambda record: -record.signals.relevance)
    links = []
    for record in kept:
        thread = by_key.get(record.conversation)
        note = Text("score {score}", score=f"{record.signals.relevance:.2f}")
        url = _url(thread, record.message_id) if thread is not None else None
        links.append(Link(title=quoted(record.text, _TITLE_CHARS), url=url, note=note))
    return links


def _new_messages(thread: Thread, reader_id: str, since: float) -> int:
    said = thread.conversation.messages
    return sum(m.is_human and m.sent_at > since and m.author.id != reader_id for m in said)


def _owed_note(debt: Debt, conversation: Conversation, *, now: float | None = None) -> str:
    if debt.owed is not Owed.PROMISE:
        return Text("since {at}", at=Moment(debt.since))
    who = name_of(debt.by_id, conversation) if debt.by_id is not None else "?"
    if debt.due_at is None:
        return Text("{who}, no time given", who=who)
    if now is not None and debt.overdue(now):
        return Text("{who}, overdue since {at}", who=who, at=Moment(debt.due_at))
    return Text("{who}, due {at}", who=who, at=Moment(debt.due_at))


def _link(thread: Thread, note: str) -> Link:
    first = next(iter(thread.case.problem_ids), None)
    problem = thread.conversation.message(first) if first is not None else None
    text = problem.text if problem is not None else thread.conversation.title or ""
    level = thread.case.severity
    title = quoted(text if level is None else f"{level}: {text}", _TITLE_CHARS) if text else Text("(no text)")
    return Link(title=title, url=_url(thread, first), note=note)


def _level(case: Case) -> str:
    """Return what the worst come first by, and those of which nobody says how bad they are last."""
    return "P9" if case.severity is None else case.severity.value


def _url(thread: Thread, message_id: str | None) -> str | None:
    message = thread.conversation.message(message_id) if message_id is not None else None
    return message.permalink if message is not None else None


def _entry_link(entry: KnowledgeEntry) -> Link:
    url = next((source.permalink for source in entry.sources if source.permalink), None)
    return Link(title=quoted(entry.title or entry.issue, _TITLE_CHARS), url=url)


def _card(title: str, sections: Sequence[Section], empty: str) -> Card:
    blocks: list[Block] = []
    for name, links in sections:
        if not links:
            continue
        heading = Text("**{name}** ({count})", name=name, count=len(links))
        blocks += [TextBlock(markdown=heading), LinksBlock(links=tuple(links[:MAX_LINES]))]
        if len(links) > MAX_LINES:
            blocks.append(TextBlock(markdown=Text("{count} more", count=len(links) - MAX_LINES)))
    if not blocks:
        blocks.append(TextBlock(markdown=empty))
    return Card(kind=CardKind.REPLY, title=title, blocks=tuple(blocks))
