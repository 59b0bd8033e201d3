"""The one living card of a case; pure."""

from datetime import UTC, datetime

from vigil_bot.model.card import Block, Button, ButtonStyle, Card, CardKind, FactsBlock
from vigil_bot.model.case import Case, CaseState, Promise, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.progress.words import RESOLVED_BY, SIDES, STATES, WORDS, language_of

_UNITS = ((86_400.0, "d", "天"), (3_600.0, "h", "小时"), (60.0, "min", "分钟"))


def worth_showing(case: Case) -> bool:
    """Whether people gain by seeing the card: from the first reply of an analyst on, or once it is over or was reopened."""
    return case.state is not CaseState.OPEN or bool(case.answer_ids or case.promises or case.reopened)


def status_card(case: Case, conversation: Conversation, *, now: float) -> Card:
    """Return where a case stands: state, owner, whose move, promises; never what somebody said."""
    language = _language(case, conversation)
    words = WORDS[language]
    facts = [
        *_people(case, conversation, language),
        *((words["promised"], _promise(p, conversation, language, now=now)) for p in _open_promises(case)),
        *_outcome(case, language),
    ]
    blocks: tuple[Block, ...] = (FactsBlock(facts=tuple(facts)),) if facts else ()
    button = (
        Button(action="reopen", label=words["reopen"], value=case.conversation)
        if case.state.over
        else Button(action="resolve", label=words["resolve"], value=case.conversation, style=ButtonStyle.PRIMARY)
    )
    title = STATES[language][case.state]
    if case.reopened and not case.state.over:
        title = f"{title} ({words['reopened']})"
    return Card(kind=CardKind.STATUS, title=title, blocks=blocks, buttons=(button,), footer=words["footer"])


def _language(case: Case, conversation: Conversation) -> str:
    problem = next((m for m in conversation.messages if m.id in case.problem_ids), None)
    return language_of(problem.text) if problem is not None and problem.text else case.language


def _people(case: Case, conversation: Conversation, language: str) -> list[tuple[str, str]]:
    words = WORDS[language]
    facts = []
    if case.owner_id is not None:
        facts.append((words["owner"], _name(case.owner_id, conversation)))
    if case.next_mover is not Side.NOBODY:
        side = SIDES[language][case.next_mover]
        facts.append((words["next"], f"{side}, {words['since']} {_clock(case.changed_at)}"))
    return facts


def _outcome(case: Case, language: str) -> list[tuple[str, str]]:
    words = WORDS[language]
    facts = []
    if case.first_answer_at is not None:
        facts.append((words["first_answer"], _length(max(0.0, case.first_answer_at - case.opened_at), language)))
    if case.state.over and case.resolved_by is not None:
        facts.append((words["because"], RESOLVED_BY[language][case.resolved_by]))
    if case.resolution_note:
        facts.append((words["note"], case.resolution_note))
    return facts


def _open_promises(case: Case) -> list[Promise]:
    return [] if case.state.over else [p for p in case.promises if p.message_id in case.evidence]


def _promise(promise: Promise, conversation: Conversation, language: str, *, now: float) -> str:
    words = WORDS[language]
    who = _name(promise.author_id, conversation)
    if promise.due_at is None:
        return f"{who}, {words['no_time']}"
    overdue = f" ({words['overdue']})" if promise.due_at < now else ""
    return f"{who}, {words['due']} {_clock(promise.due_at)}{overdue}"


def _name(author_id: str, conversation: Conversation) -> str:
    names = (m.author.name for m in conversation.messages if m.author.id == author_id and m.author.name)
    return next(names, author_id)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _length(seconds: float, language: str) -> str:
    unit_s, *names = next((unit for unit in _UNITS if seconds >= 2 * unit[0]), _UNITS[-1])
    return f"{seconds / unit_s:.0f} {names[language == 'zh']}"
