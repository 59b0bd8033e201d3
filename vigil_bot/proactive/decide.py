"""Say it, or not, and why; pure. Silence wins every tie."""

from vigil_bot.model.decision import Abstain, Decision, Defer, Reason, Signals, Suggest
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.gate import quiet_until

MAX_SIMILARITY_TO_SAID = 0.6  # share of the draft's words that already stand in the thread


def before_search(signals: Signals, policy: Policy, *, now: float) -> Decision | None:
    """Return the decision that needs no look at the knowledge base, or None."""
    blocked = _not_wanted(signals)
    if blocked is not None:
        return Abstain(reason=blocked)
    quiet = quiet_until(policy.quiet_hours, now=now)
    if quiet is not None:
        return Defer(until=quiet, reason=Reason.QUIET_HOURS)
    return _over_budget(signals, policy, now=now)


def decide(signals: Signals, policy: Policy, *, now: float) -> Decision:
    """Return what to do with a draft, from everything that was measured."""
    early = before_search(signals, policy, now=now)
    if early is not None:
        return early
    if signals.relevance <= 0.0:
        return Abstain(reason=Reason.NOTHING_FOUND)
    if signals.relevance < policy.min_relevance:
        return Abstain(reason=Reason.BELOW_THRESHOLD)
    if not signals.grounded:
        return Abstain(reason=Reason.NOT_GROUNDED)
    if signals.similarity_to_said >= MAX_SIMILARITY_TO_SAID:
        return Abstain(reason=Reason.ALREADY_SAID)
    return Suggest(score=signals.relevance)


def _not_wanted(signals: Signals) -> Reason | None:
    if signals.muted:
        return Reason.MUTED
    if not signals.intent.asks:
        return Reason.NOT_A_REQUEST
    if signals.analyst_asking:
        return Reason.ANALYST_ASKING
    if signals.resolved:
        return Reason.RESOLVED
    if signals.answered_by is not None:
        return Reason.ANSWERED_BY_PERSON
    return None


def _over_budget(signals: Signals, policy: Policy, *, now: float) -> Decision | None:
    if signals.last_posted_at is not None and now < signals.last_posted_at + policy.cooldown_s:
        return Defer(until=signals.last_posted_at + policy.cooldown_s, reason=Reason.COOLDOWN)
    if signals.posted_today >= policy.max_per_day:
        return Abstain(reason=Reason.DAILY_LIMIT)
    if signals.posted_in_thread >= policy.max_per_thread:
        return Abstain(reason=Reason.THREAD_LIMIT)
    return None
