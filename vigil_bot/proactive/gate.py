"""May we look at a message at all? Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from vigil_bot.model.conversation import AuthorKind, ConversationRef, Message
from vigil_bot.model.decision import Reason
from vigil_bot.model.policy import Mode, Mute, MuteScope, Policy, QuietHours


def gate(message: Message, policy: Policy, mutes: Sequence[Mute], *, now: float) -> Reason | None:
    """Return why a message must not be evaluated, or None; the order is that of Reason."""
    if policy.mode is Mode.OFF:
        return Reason.MODE_OFF
    if unheard := _unheard(message, policy):
        return unheard
    if message.deleted:
        return Reason.DELETED
    if muted(message.conversation, message.author.id, mutes, now=now):
        return Reason.MUTED
    if now - (message.edited_at or message.sent_at) > policy.answer_within_s:
        return Reason.TOO_LATE
    return None


def _unheard(message: Message, policy: Policy) -> Reason | None:
    """Return why an author is not listened to."""
    if message.author.kind is AuthorKind.SELF:
        return Reason.OWN_MESSAGE
    unread = message.author.kind is AuthorKind.BOT and message.author.id not in policy.read_bots
    return Reason.BOT_MESSAGE if unread else None


def muted(ref: ConversationRef, author_id: str, mutes: Sequence[Mute], *, now: float) -> bool:
    """Whether a mute of the thread, the channel or the person is in force."""
    targets = {
        MuteScope.THREAD: ref.key,
        MuteScope.CHANNEL: ref.channel.key,
        MuteScope.USER: user_target(ref, author_id),
    }
    return any(mute.holds(now) and targets[mute.scope] == mute.target for mute in mutes)


def user_target(ref: ConversationRef, author_id: str) -> str:
    """Return the target of a mute of one person in one channel."""
    return f"{ref.channel.key}#{author_id}"


def quiet_until(quiet: QuietHours | None, *, now: float) -> float | None:
    """Return when the quiet hours that hold now end, or None outside of them."""
    if quiet is None or quiet.start_min == quiet.end_min:
        return None
    local = datetime.fromtimestamp(now, ZoneInfo(quiet.zone))
    minute = local.hour * 60 + local.minute
    passed = (minute - quiet.start_min) % 1440
    length = (quiet.end_min - quiet.start_min) % 1440
    if passed >= length:
        return None
    return now + (length - passed) * 60 - local.second
