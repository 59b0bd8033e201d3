"""The gate and the decision as a channel lives on: mutes come and go, limits are moved, time passes."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.decision import Decision, Defer, Intent, Reason, Signals, Suggest
from vigil_bot.model.policy import Mode, Mute, MuteScope, Policy, QuietHours
from vigil_bot.proactive.decide import MAX_SIMILARITY_TO_SAID, decide
from vigil_bot.proactive.gate import gate, muted, user_target

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="t")
MESSAGE = Message(id="m", conversation=REF, author=Author(id="u"), text="help", sent_at=0.0)
TARGETS = {
    MuteScope.THREAD: REF.key,
    MuteScope.CHANNEL: REF.channel.key,
    MuteScope.USER: user_target(REF, "u"),
}
SHARE = st.floats(0, 1)
SIGNALS = st.builds(
    Signals,
    intent=st.sampled_from([Intent.QUESTION, Intent.PROBLEM_REPORT, Intent.CHATTER]),
    relevance=SHARE,
    grounded=st.sampled_from([True, True, False]),
    similarity_to_said=SHARE,
    answered_by=st.sampled_from([None, None, "a"]),
    agrees_with=st.sampled_from([None, "a"]),
    avoided=st.sampled_from([False, False, True]),
    out_of_scope=st.sampled_from([False, False, True]),
    foreign=st.sampled_from([False, False, True]),
    other_environment=st.sampled_from([False, False, True]),
    other_language=st.sampled_from([False, False, True]),
    handled_until=st.none() | st.floats(0, 5_000),
    resolved=st.sampled_from([False, False, True]),
    analyst_asking=st.sampled_from([False, False, True]),
    posted_today=st.integers(0, 6),
    posted_in_thread=st.integers(0, 4),
    last_posted_at=st.none() | st.floats(0, 5_000),
)


class Deciding(RuleBasedStateMachine):
    """A channel in which anything may change between two decisions."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.policy = Policy(mode=Mode.ON)
        self.mutes: dict[MuteScope, Mute] = {}
        self.signals = Signals(intent=Intent.QUESTION, relevance=0.9, grounded=True)

    @rule(seconds=st.floats(0, 5_000))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(scope=st.sampled_from(MuteScope), for_s=st.none() | st.floats(1, 5_000))
    def somebody_mutes(self, scope: MuteScope, for_s: float | None) -> None:
        until = None if for_s is None else self.now + for_s
        self.mutes[scope] = Mute(scope=scope, target=TARGETS[scope], by="u", at=self.now, until=until)

    @rule(scope=st.sampled_from(MuteScope))
    def somebody_unmutes(self, scope: MuteScope) -> None:
        self.mutes.pop(scope, None)

    @rule(signals=SIGNALS)
    def something_else_is_measured(self, signals: Signals) -> None:
        self.signals = signals

    @rule(
        least=SHARE,
        day=st.integers(0, 6),
        thread=st.integers(0, 4),
        cooldown_s=st.floats(0, 4_000),
        quiet=st.none() | st.builds(QuietHours, start_min=st.integers(0, 1439), end_min=st.integers(0, 1439)),
        react=st.booleans(),
    )
    def the_rules_change(
        self, *, least: float, day: int, thread: int, cooldown_s: float, quiet: QuietHours | None, react: bool
    ) -> None:
        self.policy = replace(
            self.policy,
            min_relevance=least,
            max_per_day=day,
            max_per_thread=thread,
            cooldown_s=cooldown_s,
            quiet_hours=quiet,
            react=react,
        )

    @rule(mode=st.sampled_from(Mode))
    def the_mode_changes(self, mode: Mode) -> None:
        self.policy = replace(self.policy, mode=mode)

    @invariant()
    def a_mute_is_silence(self) -> None:
        in_force = any(mute.holds(self.now) for mute in self.mutes.values())
        silenced = muted(REF, "u", list(self.mutes.values()), now=self.now)
        assert silenced is in_force
        if silenced:
            assert self._decided(muted=True).reason is Reason.MUTED
            assert self._gate() in (Reason.MUTED, Reason.MODE_OFF, Reason.TOO_LATE)

    @invariant()
    def off_is_off_whatever_else_holds(self) -> None:
        if self.policy.mode is Mode.OFF:
            assert self._gate() is Reason.MODE_OFF

    @invariant()
    def silence_wins_every_tie(self) -> None:
        assert not isinstance(self._decided(posted_today=self.policy.max_per_day), Suggest)
        assert not isinstance(self._decided(posted_in_thread=self.policy.max_per_thread), Suggest)
        assert not isinstance(self._decided(similarity_to_said=MAX_SIMILARITY_TO_SAID), Suggest)
        assert not isinstance(self._decided(relevance=0.0), Suggest)

    @invariant()
    def what_is_said_was_asked_is_grounded_and_nobody_answered_it(self) -> None:
        if isinstance(self._decided(), Suggest):
            signals = self.signals
            assert signals.intent.asks
            assert signals.grounded
            assert signals.answered_by is None
            assert signals.relevance >= self.policy.min_relevance
            assert signals.handled_until is None or self.now >= signals.handled_until
            assert not any((signals.avoided, signals.out_of_scope, signals.foreign))
            assert not any((signals.other_environment, signals.other_language))

    @invariant()
    def stricter_rules_never_make_it_speak(self) -> None:
        policy = self.policy
        looser = (
            replace(policy, min_relevance=policy.min_relevance / 2),
            replace(policy, max_per_day=policy.max_per_day + 1),
            replace(policy, max_per_thread=policy.max_per_thread + 1),
            replace(policy, cooldown_s=policy.cooldown_s / 2),
            replace(policy, quiet_hours=None),
        )
        if isinstance(self._decided(), Suggest):
            assert all(isinstance(decide(self.signals, one, now=self.now), Suggest) for one in looser)

    @invariant()
    def what_is_put_off_is_put_off_to_later(self) -> None:
        decision = self._decided()
        if isinstance(decision, Defer):
            assert self.now - 60 < decision.until <= self.now + 86_400 + 5_000

    def _decided(self, **change: object) -> Decision:
        return decide(replace(self.signals, **change), self.policy, now=self.now)  # type: ignore[arg-type]

    def _gate(self) -> Reason | None:
        by_self = replace(MESSAGE, author=Author(id="us", kind=AuthorKind.SELF))
        assert gate(by_self, self.policy, [], now=self.now) is not None
        return gate(MESSAGE, self.policy, list(self.mutes.values()), now=self.now)


TestDeciding = Deciding.TestCase
TestDeciding.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
