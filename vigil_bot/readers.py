"""Who the analysts of a channel are, and where they are told things: at their desk, else privately."""

from collections.abc import Callable

from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.gate import muted

SEEN_WINDOW_S = 30 * 86_400.0  # who wrote as an analyst since then is one, where the policy names nobody


async def analysts_of(
    channel: ConversationRef, policy: Policy, transcript: Transcript, *, now: float
) -> tuple[str, ...]:
    """Return the ids of those whom the policy of a channel names, else of those who were seen to help there."""
    if policy.analysts:
        return policy.analysts
    return tuple(await transcript.analysts_seen(channel.channel, since=now - SEEN_WINDOW_S))


def desk_of(policy: Policy, source: ConversationRef) -> ConversationRef | None:
    """Return the channel where the analysts of another one are told things, if there is one."""
    if not policy.desk:
        return None
    if "/" in policy.desk:
        return ConversationRef.from_key(policy.desk).channel
    return ConversationRef(platform=source.platform, workspace_id=source.workspace_id, channel_id=policy.desk)


async def open_desk(
    channel: ConversationRef,
    policy: Policy,
    ledger: Ledger,
    policy_of: Callable[[ConversationRef], Policy],
    *,
    now: float,
) -> ConversationRef | None:
    """Return the desk of a channel's analysts if there is one and nobody has silenced us there."""
    place = desk_of(policy, channel)
    if place is None or policy_of(place).mode is Mode.OFF:
        return None
    mutes = await ledger.mutes([place.key], now=now)
    return None if muted(place, "", mutes, now=now) else place
