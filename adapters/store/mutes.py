"""Silence that people asked for."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, or_, select

from adapters.store import codec
from adapters.store.database import Session
from adapters.store.dialect import insert
from adapters.store.tables import mute as table
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mute, MuteScope

_new = insert(table)
_PUT = _new.on_conflict_do_update(
    index_elements=["scope", "target"], set_={"ends_at": _new.excluded.ends_at, "body": _new.excluded.body}
)
_END = delete(table).where(table.c.scope == bindparam("scope"), table.c.target == bindparam("target"))
_holds = or_(table.c.ends_at.is_(None), table.c.ends_at > bindparam("now"))
_IN_CHANNEL = select(table.c.body).where(table.c.channel == bindparam("channel"), _holds).order_by(table.c.target)


def put(session: Session, mutes: Sequence[Mute]) -> None:
    """Put mutes in force, each replacing an earlier one of the same scope and target."""
    rows = [
        {
            "scope": mute.scope.value,
            "target": mute.target,
            "channel": codec.channel_of(mute.target),
            "ends_at": mute.until,
            "body": codec.MUTE.encode(mute),
        }
        for mute in mutes
    ]
    session.write_many(_PUT, rows)


def end(session: Session, scope: MuteScope, target: str) -> bool:
    """End a mute; False if there was none."""
    return session.write(_END, scope=scope.value, target=target) > 0


def on(session: Session, targets: Sequence[str], *, now: float) -> list[Mute]:
    """Return the mutes in force on any of these targets."""
    channels = dict.fromkeys(codec.channel_of(target) for target in targets)
    return [mute for channel in channels for mute in _in_channel(session, channel, now) if mute.target in targets]


def around(session: Session, ref: ConversationRef, *, now: float) -> tuple[Mute, ...]:
    """Return the mutes in force on a thread, its channel, and any person in the channel."""
    key = codec.key_of(ref)
    mutes = _in_channel(session, codec.channel_of(key), now)
    return tuple(mute for mute in mutes if mute.scope is not MuteScope.THREAD or mute.target == key)


def silenced(session: Session, ref: ConversationRef, author_id: str | None, *, now: float) -> bool:
    """Whether a thread, its channel, or this person there is muted."""
    person = f"{codec.key_of(ref.channel)}#{author_id}"
    return any(mute.scope is not MuteScope.USER or mute.target == person for mute in around(session, ref, now=now))


def _in_channel(session: Session, channel: str, now: float) -> list[Mute]:
    return [codec.MUTE.decode(body) for (body,) in session.rows(_IN_CHANNEL, channel=channel, now=now)]
