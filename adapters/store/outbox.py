"""The outbox: intended calls to a platform, each carried out once."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, literal_column, select, update

from adapters.store import applying, codec, leases, suggestions, timers
from adapters.store.database import Row, Session
from adapters.store.dialect import insert
from adapters.store.mutes import silenced
from adapters.store.tables import PENDING, UNSENT, inbox
from adapters.store.tables import outbox as table
from vigil_bot.errors import LeaseLost
from vigil_bot.model.conversation import AuthorKind, ConversationRef
from vigil_bot.model.event import ActionInvoked, ReactionChanged
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.model.work import Post, PostOp, PostState, Timer, TimerKind, Turn

_ADD = (
    insert(table)
    .values(
        key=bindparam("key"),
        conversation=bindparam("conversation"),
        state=literal_column("'new'"),
        ready_at=bindparam("now"),
        attempts=literal_column("0"),
        body=bindparam("body"),
    )
    .on_conflict_do_nothing()
)
_columns = (table.c.body, table.c.state, table.c.message_id, table.c.attempts, table.c.ready_at)
_UNSENT = select(*_columns).where(table.c.conversation == bindparam("conversation"), UNSENT).order_by(table.c.id)
_GET = select(*_columns).where(table.c.key == bindparam("of_key"))
_GESTURES = select(inbox.c.body).where(
    inbox.c.conversation == bindparam("conversation"),
    PENDING,
    inbox.c.ready_at <= bindparam("now"),
    inbox.c.kind.in_([literal_column("'reaction_changed'"), literal_column("'action_invoked'")]),
)
_POSTED_AS = select(table.c.conversation).where(table.c.message_id == bindparam("message_id"))
_this = table.c.key == bindparam("of_key")
_START = update(table).where(_this, table.c.state == bindparam("was")).values(state=literal_column("'sending'"))
_END = (
    update(table)
    .where(_this, UNSENT)
    .values(state=bindparam("becomes"), message_id=bindparam("message_id"), ended_at=bindparam("now"))
)
_LATER = update(table).where(_this, UNSENT).values(ready_at=bindparam("at"), attempts=table.c.attempts + 1)

_MOVED_ON = "the thread moved on"
_MUTED = "muted"
_SPEAKING = (PostOp.POST, PostOp.EPHEMERAL, PostOp.EDIT, PostOp.REACT)


def add(session: Session, posts: Sequence[Post], *, now: float) -> None:
    """Store intended posts; one whose key is stored already is left as it is."""
    rows = [
        {
            "key": post.key,
            "conversation": codec.key_of(post.conversation),
            "now": now,
            "body": codec.POST.encode(post),
        }
        for post in posts
    ]
    session.write_many(_ADD, rows)


def unsent(session: Session, conversation: str, *, now: float) -> list[Post]:
    """Return posts to send, oldest first, up to the first that has to wait: none overtakes another."""
    ready = []
    for row in session.rows(_UNSENT, conversation=conversation):
        if row[4] > now:
            break
        ready.append(_post(row))
    return ready


def get(session: Session, key: str) -> Post | None:
    """Return the post with this key."""
    row = session.row(_GET, of_key=key)
    return None if row is None else _post(row)


def thread_of(session: Session, channel: ConversationRef, message_id: str) -> ConversationRef | None:
    """Return the thread of a channel that we posted a message in."""
    refs = (codec.ref_of(key) for (key,) in session.rows(_POSTED_AS, message_id=message_id))
    return next((ref for ref in refs if ref.channel == channel.channel), None)


def start(session: Session, post: Post, *, owner: str, now: float) -> bool:
    """Mark a post as being sent, or drop it because it makes no sense any more."""
    key = codec.key_of(post.conversation)
    version = leases.check(session, key, owner=owner, now=now)
    stored = get(session, post.key)
    if stored is None or stored.state in (PostState.SENT, PostState.DROPPED):
        return False
    if stored.state is not post.state:  # another turn of the same owner is at it
        raise LeaseLost
    why = _why_not(session, stored, version=version, now=now)
    if why:
        drop(session, stored, why=why, now=now, anew=why in (_MOVED_ON, _MUTED))
        return False
    session.write(_START, of_key=post.key, was=stored.state.value)
    if stored.suggestion_id is not None and stored.op in _SPEAKING:
        suggestions.start(session, stored.suggestion_id, now=now)
    return True


def finish(session: Session, post: Post, *, message_id: str | None, now: float) -> None:
    """Mark a post as sent."""
    if not session.write(_END, of_key=post.key, becomes=PostState.SENT.value, message_id=message_id, now=now):
        return
    if post.suggestion_id is not None and post.op in _SPEAKING:
        suggestions.finish(session, post.suggestion_id, posted_id=message_id)


def drop(session: Session, post: Post, *, why: str, now: float, anew: bool = False) -> None:
    """Give a post up, and its suggestion with it; anew has what that was about decided on again."""
    if not session.write(_END, of_key=post.key, becomes=PostState.DROPPED.value, message_id=None, now=now):
        return
    if post.suggestion_id is not None and post.op in _SPEAKING:
        suggestions.drop(session, post.suggestion_id, why=why)
    if post.suggestion_id is not None and anew:
        timers.arm(session, codec.key_of(post.conversation), [Timer(kind=TimerKind.EVALUATE, due_at=now)])


def retry(session: Session, post: Post, *, at: float) -> None:
    """Send a post again at this time."""
    session.write(_LATER, of_key=post.key, at=at)


def fail(session: Session, turn: Turn, *, error: str, now: float, retry_at: float | None) -> None:
    """Put off the posts of a turn that had nothing but posts and failed, or give them up."""
    for post in turn.posts:
        if retry_at is None:
            drop(session, post, why=error, now=now)
        else:
            retry(session, post, at=retry_at)


def _why_not(session: Session, post: Post, *, version: int, now: float) -> str:
    """Why a post must not be sent any more; "" when it may be."""
    if post.guard is not None and (post.guard != version or _asked_of(session, post, now=now)):
        return _MOVED_ON
    if post.expires_at is not None and now > post.expires_at:
        return "it came too late"
    if post.heeds_mutes and silenced(session, post.conversation, None, now=now):
        return _MUTED
    return (
        _why_not_said(session, post, post.suggestion_id, now=now) if post.suggestion_id and post.op in _SPEAKING else ""
    )


def _why_not_said(session: Session, post: Post, suggestion_id: str, *, now: float) -> str:
    """Why a suggestion must not be shown any more; "" when it may be."""
    suggestion = suggestions.get(session, suggestion_id)
    if suggestion is None:
        return ""
    if suggestion.state in (SuggestionState.WITHDRAWN, SuggestionState.DROPPED):
        return f"it was {suggestion.state.value}"
    asked = applying.find(session, codec.key_of(post.conversation.channel), suggestion.message_id)
    asker = asked.author.id if asked is not None else None
    return _MUTED if silenced(session, post.conversation, asker, now=now) else ""


def _asked_of(session: Session, post: Post, *, now: float) -> bool:
    """Whether a person put an emoji on something or pressed a button meanwhile, which may silence us."""
    waiting = session.rows(_GESTURES, conversation=codec.key_of(post.conversation), now=now)
    gestures = (codec.EVENT.decode(body) for (body,) in waiting)
    return any(isinstance(g, ReactionChanged | ActionInvoked) and g.author.kind is AuthorKind.HUMAN for g in gestures)


def _post(row: Row) -> Post:
    body, state, message_id, attempts, _ = row
    return replace(codec.POST.decode(body), state=PostState(state), message_id=message_id, attempts=attempts)
