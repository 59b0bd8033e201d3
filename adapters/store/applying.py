"""What an event changes in the transcript."""

from dataclasses import replace

from sqlalchemy import bindparam, case, literal_column, null, select, update

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import DONE, analyst, inbox, message
from vigil_bot.model.conversation import AuthorKind, Message, Reaction, Role
from vigil_bot.model.event import MessageDeleted, MessageEdited, ReactionChanged

Change = MessageEdited | MessageDeleted | ReactionChanged
"""An event about a message that was there before."""

_ADD = insert(message).on_conflict_do_nothing()
_GET = select(message.c.body).where(message.c.id == bindparam("id"), message.c.channel == bindparam("channel"))
_SET = (
    update(message)
    .where(message.c.id == bindparam("of_id"), message.c.channel == bindparam("of_channel"))
    .values(body=bindparam("body"), permalink=bindparam("permalink"))
)
_seen = insert(analyst)
_SEEN = _seen.on_conflict_do_update(
    index_elements=["channel", "author_id"],
    set_={"seen_at": _seen.excluded.seen_at},
    where=analyst.c.seen_at < _seen.excluded.seen_at,
)
_WAITING = select(inbox.c.body).where(inbox.c.waits_for == bindparam("name")).order_by(inbox.c.at, inbox.c.id)
_WAITED = (
    update(inbox)
    .where(inbox.c.waits_for == bindparam("name"))
    .values(waits_for=null(), body=case((DONE, literal_column("''")), else_=inbox.c.body))
)


def find(session: Session, channel: str, message_id: str) -> Message | None:
    """Return a stored message."""
    row = session.row(_GET, id=message_id, channel=channel)
    return None if row is None else codec.MESSAGE.decode(row[0])


def waiting_name(channel: str, message_id: str) -> str:
    """Return the name under which changes of a message wait for the message, when they come first."""
    return f"{channel}:{message_id}"


def post(session: Session, new: Message, channel: str) -> bool:
    """Store a message, with what waited for it; return whether the thread moved on."""
    added = session.write(
        _ADD,
        id=new.id,
        channel=channel,
        conversation=codec.key_of(new.conversation),
        sent_at=new.sent_at,
        author_id=new.author.id,
        permalink=new.permalink,
        body=codec.MESSAGE.encode(new),
    )
    if not added:
        return False
    if new.author.role is Role.ANALYST:
        session.write(_SEEN, channel=channel, author_id=new.author.id, seen_at=new.sent_at)
    _catch_up(session, new, channel)
    return new.author.kind is not AuthorKind.SELF


def change(session: Session, stored: Message, event: Change, channel: str) -> bool:
    """Change a stored message; return whether the thread moved on."""
    changed = changed_by(stored, event)
    if changed == stored:
        return False
    body = codec.MESSAGE.encode(changed)
    session.write(_SET, of_id=stored.id, of_channel=channel, body=body, permalink=changed.permalink)
    return not isinstance(event, ReactionChanged) and stored.author.kind is not AuthorKind.SELF


def changed_by(stored: Message, event: Change) -> Message:
    """Return a message as it is after an event; one that is older than what is known changes nothing."""
    if stored.deleted:
        return stored
    match event:
        case MessageEdited():
            return _edited(stored, event)
        case MessageDeleted():
            return replace(stored, text="", attachments=(), deleted=True)
        case ReactionChanged():
            return _reacted(stored, event)


def _catch_up(session: Session, new: Message, channel: str) -> None:
    name = waiting_name(channel, new.id)
    waiting = session.rows(_WAITING, name=name)
    for (body,) in waiting:
        event, stored = codec.EVENT.decode(body), find(session, channel, new.id)
        if stored is not None and isinstance(event, MessageEdited | MessageDeleted | ReactionChanged):
            change(session, stored, event, channel)
    if waiting:
        session.write(_WAITED, name=name)


def _edited(stored: Message, event: MessageEdited) -> Message:
    if stored.edited_at is not None and event.at <= stored.edited_at:
        return stored
    new = event.message
    return replace(
        stored,
        text=new.text,
        edited_at=event.at,
        mentions_us=new.mentions_us,
        attachments=new.attachments,
        permalink=stored.permalink or new.permalink,
    )


def _reacted(stored: Message, event: ReactionChanged) -> Message:
    same = [r for r in stored.reactions if (r.emoji, r.author_id) == (event.emoji, event.author.id)]
    if any(reaction.at > event.at for reaction in same):
        return stored
    others = tuple(reaction for reaction in stored.reactions if reaction not in same)
    new = (Reaction(emoji=event.emoji, author_id=event.author.id, at=event.at),) if event.added else ()
    return replace(stored, reactions=others + new)
