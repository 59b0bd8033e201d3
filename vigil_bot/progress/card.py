"""The one living card of a case; pure."""

from vigil_bot.model.card import Block, Button, ButtonStyle, Card, CardKind, FactsBlock
from vigil_bot.model.case import Case, CaseState, Promise, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.progress.missing import named
from vigil_bot.progress.moves import open_promises
from vigil_bot.progress.shown import clock, length, name_of
from vigil_bot.progress.words import RESOLVED_BY, SIDES, STATES, WORDS, language_of


def worth_showing(case: Case) -> bool:
    """Whether people gain by seeing the card: from the first reply of an analyst on, or once it is over or was reopened."""
    return case.state is not CaseState.OPEN or bool(case.answer_ids or case.promises or case.reopened)


def status_card(case: Case, conversation: Conversation, *, now: float) -> Card:
    """Return where a case stands: state, owner, whose move, promises; never what somebody said."""
    language = _language(case, conversation)
    words = WORDS[language]
    facts = [
        *_people(case, conversation, language),
        *((words["promised"], _promise(p, conversation, language, now=now)) for p in open_promises(case)),
        *_missing(case, language),
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
        facts.append((words["owner"], name_of(case.owner_id, conversation)))
    if case.next_mover is not Side.NOBODY:
        side = SIDES[language][case.next_mover]
        facts.append((words["next"], f"{side}, {words['since']} {clock(case.changed_at)}"))
    return facts


def _missing(case: Case, language: str) -> list[tuple[str, str]]:
    names = [] if case.state.over else named(case.missing_facts, language)
    return [(WORDS[language]["missing"], (", ", "、")[language == "zh"].join(names))] if names else []


def _outcome(case: Case, language: str) -> list[tuple[str, str]]:
    words = WORDS[language]
    facts = []
    if case.first_answer_at is not None:
        facts.append((words["first_answer"], length(max(0.0, case.first_answer_at - case.opened_at), language)))
    if case.state.over and case.resolved_by is not None:
        facts.append((words["because"], RESOLVED_BY[language][case.resolved_by]))
    if case.resolution_note:
        facts.append((words["note"], case.resolution_note))
    return facts


def _promise(promise: Promise, conversation: Conversation, language: str, *, now: float) -> str:
    words = WORDS[language]
    who = name_of(promise.author_id, conversation)
    if promise.due_at is None:
        return f"{who}, {words['no_time']}"
    overdue = f" ({words['overdue']})" if promise.due_at < now else ""
    return f"{who}, {words['due']} {clock(promise.due_at)}{overdue}"
