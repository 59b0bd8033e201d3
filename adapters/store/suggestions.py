"""Suggestions and their states."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, or_, select, update

from adapters.store import codec, counts, receipts
from adapters.store.database import Row, Session
from adapters.store.dialect import insert
from adapters.store.tables import suggestion as table
from vigil_bot.model.knowledge import EntryUse
from vigil_bot.model.suggestion import Suggestion, SuggestionState

_ADD = insert(table).on_conflict_do_nothing()
COLUMNS = (table.c.body, table.c.state, table.c.posted_id)
_GET = select(*COLUMNS).where(table.c.id == bindparam("of_id"))
_IN = select(*COLUMNS).where(table.c.conversation == bindparam("conversation")).order_by(table.c.created_at, table.c.id)
_SENT_SINCE = (
    select(table.c.sent_at)
    .where(
        table.c.channel == bindparam("channel"),
        table.c.sent_at >= bindparam("since"),
        table.c.state != SuggestionState.DROPPED.value,
    )
    .order_by(table.c.sent_at)
)
_SET = update(table).where(table.c.id == bindparam("of_id")).values(state=bindparam("becomes"))
_MOVE = (
    update(table)
    .where(table.c.id == bindparam("of_id"), table.c.state.in_([bindparam("was"), bindparam("or_was")]))
    .values(state=bindparam("becomes"))
)
IS_VISIBLE = or_(*(table.c.state == state.value for state in (SuggestionState.POSTED, SuggestionState.CORRECTED)))
_CORRECT = (
    update(table)
    .where(table.c.id == bindparam("of_id"), IS_VISIBLE)
    .values(state=bindparam("becomes"), body=bindparam("body"))
)
_SENT_AT = update(table).where(table.c.id == bindparam("of_id")).values(sent_at=bindparam("now"))
_POSTED_AS = update(table).where(table.c.id == bindparam("of_id")).values(posted_id=bindparam("posted_id"))


def add(session: Session, suggestions: Sequence[Suggestion]) -> None:
    """Store suggestions; one that is stored already is left as it is."""
    rows = [
        {
            "id": suggestion.id,
            "conversation": suggestion.conversation,
            "channel": codec.channel_of(suggestion.conversation),
            "state": suggestion.state.value,
            "created_at": suggestion.created_at,
            "sent_at": None,
            "posted_id": suggestion.posted_id,
            "body": codec.SUGGESTION.encode(suggestion),
        }
        for suggestion in suggestions
    ]
    session.write_many(_ADD, rows)


def get(session: Session, suggestion_id: str) -> Suggestion | None:
    """Return a suggestion."""
    row = session.row(_GET, of_id=suggestion_id)
    return None if row is None else read(row)


def made_in(session: Session, conversation: str) -> list[Suggestion]:
    """Return the suggestions made in a thread, oldest first."""
    return [read(row) for row in session.rows(_IN, conversation=conversation)]


def sent_since(session: Session, channel: str, *, since: float) -> list[float]:
    """Return when suggestions were sent in a channel, oldest first."""
    return [at for (at,) in session.rows(_SENT_SINCE, channel=channel, since=since)]


def set_states(session: Session, states: Iterable[tuple[str, SuggestionState]]) -> None:
    """Change states."""
    session.write_many(_SET, [{"of_id": of_id, "becomes": state.value} for of_id, state in states])


def correct(session: Session, suggestion: Suggestion) -> bool:
    """Store what a suggestion has become; False if people cannot see it any more."""
    body = codec.SUGGESTION.encode(suggestion)
    return session.write(_CORRECT, of_id=suggestion.id, becomes=suggestion.state.value, body=body) > 0


def start(session: Session, suggestion_id: str, *, now: float) -> None:
    """A drafted suggestion is being posted."""
    if _move(session, suggestion_id, SuggestionState.POSTING):
        session.write(_SENT_AT, of_id=suggestion_id, now=now)


def finish(session: Session, suggestion_id: str, *, posted_id: str | None) -> None:
    """A suggestion stands on the platform; what it cites has been used once more."""
    if posted_id is not None:
        session.write(_POSTED_AS, of_id=suggestion_id, posted_id=posted_id)
    suggestion = get(session, suggestion_id)
    if suggestion is None or not _move(session, suggestion_id, SuggestionState.POSTED):
        return
    cited = dict.fromkeys(citation.entry_id for citation in suggestion.citations)
    counts.add(session, [EntryUse(entry_id=entry_id, reused=1) for entry_id in cited])


def drop(session: Session, suggestion_id: str, *, why: str) -> None:
    """A suggestion will not be posted; its receipt says why."""
    suggestion = get(session, suggestion_id)
    if suggestion is not None and _move(session, suggestion_id, SuggestionState.DROPPED):
        receipts.annotate(session, suggestion, note=f"dropped: {why}")


def _move(session: Session, suggestion_id: str, becomes: SuggestionState) -> bool:
    """Take a suggestion that nobody withdrew one step further."""
    was, or_was = SuggestionState.DRAFTED.value, SuggestionState.POSTING.value
    return session.write(_MOVE, of_id=suggestion_id, was=was, or_was=or_was, becomes=becomes.value) > 0


def read(row: Row) -> Suggestion:
    """Return a suggestion from its COLUMNS."""
    body, state, posted_id = row
    return replace(codec.SUGGESTION.decode(body), state=SuggestionState(state), posted_id=posted_id)
