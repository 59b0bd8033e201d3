"""A word to a requester who has waited long: the last step as it was said, whom it waits for, the next update; pure.

Nothing in it is made up: without a step there is none, and without a promise no time is named.
"""

from dataclasses import replace

from vigil_bot.model.card import Block, Card, CardKind, FactsBlock, QuoteBlock
from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import Timer, TimerKind
from vigil_bot.progress.court import Debt, debts
from vigil_bot.progress.shown import name_of, quoted
from vigil_bot.texts.text import Moment, Text

_QUOTE_CHARS = 200


def update_due_at(case: Case, *, after_s: float) -> float | None:
    """Return when the requester should hear something: after so long without a word of the analysts' side.

    None while the next move is not the analysts', and once it was said and nothing is new. A promise that is still to come
    is word enough until it falls due.
    """
    if case.state.over or case.next_mover is not Side.ANALYST:
        return None
    heard_at = max(case.opened_at, case.changed_at, case.analyst_at or 0.0)
    if case.told_at is not None and case.told_at >= heard_at:
        return None
    promised = [p.due_at for p in case.promises if p.kept_at is None and p.due_at is not None]
    return max([heard_at + after_s, *promised])


def update_timer(case: Case, policy: Policy) -> Timer:
    """Return when to look whether the requester should hear something; unset where that is never."""
    due_at = update_due_at(case, after_s=policy.update_after_s) if policy.update_after_s else None
    return Timer(kind=TimerKind.UPDATE, due_at=due_at)


def progress_update(case: Case, conversation: Conversation, *, after_s: float, now: float) -> tuple[Case, Card | None]:
    """Return the case, noting that the requester was told, and what to tell them; no card while it is too early."""
    due = update_due_at(case, after_s=after_s)
    if due is None or now < due:
        return case, None
    step = _last_step(case, conversation)
    owed = next(iter(debts(case, conversation)), None)
    blocks: list[Block] = []
    if step is not None:
        who = name_of(step.author.id, conversation)
        told = Text("{who}, {at}", who=who, at=Moment(step.sent_at))
        blocks.append(FactsBlock(facts=((Text("Last step"), told),)))
        blocks.append(QuoteBlock(text=quoted(step.text, _QUOTE_CHARS)))
    if owed is not None:
        blocks.append(FactsBlock(facts=tuple(_waiting(owed, conversation, now=now))))
    taken = step is not None or case.owner_id is not None
    title = Text("Still being worked on") if taken else Text("Still waiting for an analyst")
    return replace(case, told_at=now), Card(kind=CardKind.NOTICE, title=title, blocks=tuple(blocks))


def _last_step(case: Case, conversation: Conversation) -> Message | None:
    """Return the newest answer or promise of the analysts' side, or what else the state rests on, if it still stands."""
    steps = {*case.answer_ids, *case.evidence, *(promise.message_id for promise in case.promises)}
    told = (m for m in reversed(conversation.messages) if m.id in steps and m.author.id != case.requester_id)
    return next((m for m in told if m.is_human and m.text.strip()), None)


def _waiting(owed: Debt, conversation: Conversation, *, now: float) -> list[tuple[str, str]]:
    who = Text("an analyst") if owed.by_id is None else name_of(owed.by_id, conversation)
    facts: list[tuple[str, str]] = [(Text("Waiting for"), who)]
    if owed.due_at is not None:
        label = Text("Was promised for") if owed.overdue(now) else Text("Next update by")
        facts.append((label, Moment(owed.due_at)))
    return facts
