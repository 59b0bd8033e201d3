"""Say it, or not, and why; pure. Silence wins every tie."""

from vigil_bot.model.decision import Abstain, Decision, Defer, React, Reason, Signals, Suggest
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.gate import quiet_until

AGREED = "✅"  # put on a person's answer that says what is known
MAX_SIMILARITY_TO_SAID = 0.6  # share of the draft's words that already stand in the thread


def before_search(signals: Signals, policy: Policy, *, now: float) -> Decision | None:
    """Return the decision that needs no look at the knowledge base, or None."""
    blocked = _not_wanted(signals)
    if blocked is not None:
        return Abstain(reason=blocked)
    if signals.handled_until is not None and now < signals.handled_until:
        return Defer(until=signals.handled_until, reason=Reason.BEING_HANDLED)
    quiet = quiet_until(policy.quiet_hours, now=now)
    if quiet is not None:
        return Defer(until=quiet, reason=Reason.QUIET_HOURS)
    return _over_budget(signals, policy, now=now)


def decide(signals: Signals, policy: Policy, *, now: float) -> Decision:
    """Return what to do with a draft, from everything that was measured."""
    early = before_search(signals, policy, now=now)
    if early is not None:
        agrees = early.reason is Reason.ANSWERED_BY_PERSON and policy.react and signals.agrees_with is not None
        return React(emoji=AGREED, reason=Reason.AGREES) if agrees else early
    unsaid = _not_worth_saying(signals, policy)
    return Suggest(score=signals.relevance) if unsaid is None else Abstain(reason=unsaid)


def _not_wanted(signals: Signals) -> Reason | None:
    gates = (
        (signals.muted, Reason.MUTED),
        (not signals.intent.asks, Reason.NOT_A_REQUEST),
        (signals.avoided, Reason.TOPIC),
        (signals.out_of_scope, Reason.OUT_OF_SCOPE),
        (signals.foreign, Reason.LANGUAGE),
        (signals.analyst_asking, Reason.ANALYST_ASKING),
        (signals.resolved, Reason.RESOLVED),
        (signals.answered_by is not None, Reason.ANSWERED_BY_PERSON),
    )
    return next((reason for closed, reason in gates if closed), None)


def _not_worth_saying(signals: Signals, policy: Policy) -> Reason | None:
    gates = (
        (signals.other_environment, Reason.OTHER_ENVIRONMENT),
        (signals.relevance <= 0.0, Reason.NOTHING_FOUND),
        (signals.relevance < policy.min_relevance, Reason.BELOW_THRESHOLD),
        (not signals.grounded, Reason.NOT_GROUNDED),
        (signals.other_language, Reason.OTHER_LANGUAGE),
        (signals.similarity_to_said >= MAX_SIMILARITY_TO_SAID, Reason.ALREADY_SAID),
    )
    return next((reason for closed, reason in gates if closed), None)


def _over_budget(signals: Signals, policy: Policy, *, now: float) -> Decision | None:
    posted_at = signals.last_posted_at
    if posted_at is not None and abs(now - posted_at) < policy.cooldown_s:  # a clock that was ahead may have stored it
        return Defer(until=posted_at + policy.cooldown_s, reason=Reason.COOLDOWN)
    if signals.posted_today >= policy.max_per_day:
        return Abstain(reason=Reason.DAILY_LIMIT)
    if signals.posted_in_thread >= policy.max_per_thread:
        return Abstain(reason=Reason.THREAD_LIMIT)
    return None
