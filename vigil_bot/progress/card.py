"""The one living card of a case; pure."""

import math
from collections.abc import Iterable, Sequence
from hashlib import sha256

from vigil_bot.model.card import Block, Button, ButtonStyle, Card, CardKind, FactsBlock, Link, LinksBlock
from vigil_bot.model.case import Case, CaseState, Promise, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState
from vigil_bot.progress.missing import named
from vigil_bot.progress.moves import due_promise, open_promises
from vigil_bot.progress.shown import length, name_of, quoted
from vigil_bot.progress.words import RESOLVED_BY, SIDES, STATES
from vigil_bot.redact import redact
from vigil_bot.texts.text import Moment, Text, listed, plural

ANSWERS_SHOWN = 3
_TITLE_CHARS = 80


def worth_showing(case: Case) -> bool:
    """Whether people gain by seeing the card: from the first reply of an analyst on, or once it is over or was reopened."""
    if case.learn_ids and set(case.problem_ids) <= set(case.learn_ids):
        return False  # nobody asked for anything: a message was marked to be learned
    return case.state is not CaseState.OPEN or bool(case.answer_ids or case.promises or case.reopened)


def status_card(
    case: Case,
    conversation: Conversation,
    *,
    now: float,
    cited: Sequence[Citation] = (),
    nudge_after_s: float = math.inf,
) -> Card:
    """Return where a case stands: state, owner, whose move, promises, where the answers are; never what somebody said.

    Args:
        cited: The past cases that everybody was pointed to here.
        nudge_after_s: How long after the last message the case is looked at again.
    """
    facts = [
        *_people(case, conversation),
        *((Text("Promised"), _promise(promise, conversation, now=now)) for promise in open_promises(case)),
        *_missing(case),
        *_linked(case),
        *_outcome(case),
        *_next_check(case, nudge_after_s),
    ]
    blocks: list[Block] = [FactsBlock(facts=tuple(facts))] if facts else []
    known = [*_answers(case, conversation), *_solved_before(cited)]
    if known:
        blocks.append(LinksBlock(links=tuple(known)))
    if case.related:
        blocks.append(LinksBlock(links=tuple(_related(case))))
    button = (
        Button(action="reopen", label=Text("Reopen"), value=case.conversation)
        if case.state.over
        else Button(action="resolve", label=Text("Resolve"), value=case.conversation, style=ButtonStyle.PRIMARY)
    )
    title = STATES[case.state]
    if case.reopened and not case.state.over:
        title = Text("{state} (reopened)", state=title)
    footer = Text("This card is kept up to date.")
    return Card(kind=CardKind.STATUS, title=title, blocks=tuple(blocks), buttons=(button, *_apart(case)), footer=footer)


def mark_of(card: Card) -> str:
    """Return what tells whether a card shows the same as another: 16 hexadecimal digits."""
    return sha256(repr(card).encode()).hexdigest()[:16]


def cited_openly(suggestions: Iterable[Suggestion]) -> list[Citation]:
    """Return what the suggestions rest on that stand in a thread for all to see."""
    seen = (s for s in suggestions if s.state is SuggestionState.POSTED and not s.private)
    return [citation for suggestion in seen for citation in suggestion.citations]


def desk_reminder(text: str, case: Case, conversation: Conversation, *, words: bool, now: float) -> Card:
    """Return what analysts read at their desk of a case that waits for them.

    Args:
        words: Whether those who read there may read what was said.
    """
    first = conversation.message(next(iter(case.problem_ids), ""))
    said = redact(quoted(first.text, _TITLE_CHARS)) if first is not None and words else ""
    waited = Text("for {long}", long=length(now - case.waited_since))
    link = Link(title=said or Text("The thread"), url=first.permalink if first is not None else None, note=waited)
    return Card(kind=CardKind.NOTICE, title=text, blocks=(LinksBlock(links=(link,)),))


def _people(case: Case, conversation: Conversation) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if case.severity is not None:
        facts.append((Text("Severity"), case.severity.value))
    if case.owner_id is not None:
        facts.append((Text("Owner"), name_of(case.owner_id, conversation)))
    if case.next_mover is not Side.NOBODY:
        since = Text("{who}, since {at}", who=SIDES[case.next_mover], at=Moment(case.waited_since))
        facts.append((Text("Next move"), since))
    return facts


def _missing(case: Case) -> list[tuple[str, str]]:
    names = [] if case.state.over else named(case.missing_facts)
    return [(Text("Still needed"), listed(names))] if names else []


def _answers(case: Case, conversation: Conversation) -> list[Link]:
    """Return where the newest answers stand, as far as a platform links to them."""
    given = [m for m in conversation.messages if m.id in case.answer_ids and m.permalink and not m.deleted]
    return [
        Link(title=Text("Answer by {who}", who=name_of(m.author.id, conversation)), url=m.permalink)
        for m in given[-ANSWERS_SHOWN:]
    ]


def _solved_before(cited: Sequence[Citation]) -> list[Link]:
    """Return the past cases that the suggestions in the thread rest on, each once."""
    once = {citation.entry_id: citation for citation in cited}
    return [Link(title=Text("Solved before: {title}", title=c.title), url=c.permalink) for c in once.values()]


def _next_check(case: Case, nudge_after_s: float) -> list[tuple[str, str]]:
    """Return when somebody is reminded: of a promise when it falls due, else when nobody writes any more."""
    if case.state.over:
        return []
    promise = due_promise(case)
    if promise is not None and promise.due_at is not None:
        return [(Text("Next check"), Moment(promise.due_at))]
    if not math.isfinite(nudge_after_s):
        return []
    return [(Text("Next check"), Text("{long} after the last message", long=length(nudge_after_s)))]


def _linked(case: Case) -> list[tuple[str, str]]:
    if not case.related_count:
        return []
    count = plural("{count} other thread", "{count} other threads", count=case.related_count)
    return [(Text("Same problem"), count)]


def _related(case: Case) -> list[Link]:
    return [
        Link(title=Text("Thread {number}", number=number), url=thread.permalink)
        for number, thread in enumerate(case.related, 1)
    ]


def _apart(case: Case) -> list[Button]:
    """Return the button that takes a thread out of what it is linked with."""
    if not case.related_count or case.state.over:
        return []
    return [Button(action="unlink", label=Text("Not the same problem"), value=case.conversation)]


def _outcome(case: Case) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if case.first_answer_at is not None:
        facts.append((Text("First answer after"), length(max(0.0, case.first_answer_at - case.opened_at))))
    if case.state.over and case.resolved_by is not None:
        facts.append((Text("Because"), RESOLVED_BY[case.resolved_by]))
    if case.resolution_note:
        facts.append((Text("Note"), case.resolution_note))
    return facts


def _promise(promise: Promise, conversation: Conversation, *, now: float) -> str:
    who = name_of(promise.author_id, conversation)
    if promise.due_at is None:
        return Text("{who}, no time given", who=who)
    if promise.due_at < now:
        return Text("{who}, due {at} (overdue)", who=who, at=Moment(promise.due_at))
    return Text("{who}, due {at}", who=who, at=Moment(promise.due_at))
