"""In whose court the ball is: who owes what to whom, since when, due when; pure."""

from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.case import Case, Promise, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.progress.moves import open_promises, side_of_promise


class Owed(StrEnum):
    """What somebody owes: a first word, an answer, what they promised, a reply to a question, a word on whether it worked."""

    PICK_UP = "pick_up"
    ANSWER = "answer"
    PROMISE = "promise"
    REPLY = "reply"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Something that a side owes; by_id is None where nobody in particular does, message_id says what it rests on."""

    owed: Owed
    side: Side
    by_id: str | None
    to_id: str | None
    since: float
    due_at: float | None = None
    message_id: str | None = None

    def overdue(self, now: float) -> bool:
        """Whether it was due before this time."""
        return self.due_at is not None and self.due_at < now


def debts(case: Case, conversation: Conversation) -> tuple[Debt, ...]:
    """Return what people owe in a case, the next move first; nothing once it is over."""
    if case.state.over:
        return ()
    promised = [_promised(case, promise) for promise in open_promises(case)]
    theirs = [debt for debt in promised if debt.side is case.next_mover]
    others = [debt for debt in promised if debt.side is not case.next_mover]
    return (*(theirs or [_next_move(case, conversation)]), *others)


def _promised(case: Case, promise: Promise) -> Debt:
    side = side_of_promise(case, promise)
    return Debt(
        owed=Owed.PROMISE,
        side=side,
        by_id=promise.author_id,
        to_id=case.requester_id if side is Side.ANALYST else case.owner_id,
        since=promise.said_at,
        due_at=promise.due_at,
        message_id=promise.message_id,
    )


def _next_move(case: Case, conversation: Conversation) -> Debt:
    last = case.evidence[-1] if case.evidence else None
    if case.next_mover is Side.REQUESTER:
        asked_by = conversation.message(last) if last is not None else None
        return Debt(
            owed=Owed.VERDICT if last in case.answer_ids else Owed.REPLY,
            side=Side.REQUESTER,
            by_id=case.requester_id,
            to_id=asked_by.author.id if asked_by is not None else case.owner_id,
            since=case.waited_since,
            message_id=last,
        )
    return Debt(
        owed=Owed.PICK_UP if case.owner_id is None and case.analyst_at is None else Owed.ANSWER,
        side=Side.ANALYST,
        by_id=case.owner_id,
        to_id=case.requester_id,
        since=case.waited_since,
        message_id=last,
    )
