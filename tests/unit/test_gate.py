"""The gate: may we look at a message?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.decision import Reason
from vigil_bot.model.policy import Mode, Mute, MuteScope, Policy, QuietHours
from vigil_bot.proactive.gate import gate, muted, quiet_until, user_target

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="t")
MESSAGE = Message(id="m", conversation=REF, author=Author(id="u"), text="help", sent_at=100.0)
ON = Policy(mode=Mode.ON)


def test_a_persons_message_passes() -> None:
    assert gate(MESSAGE, ON, [], now=100.0) is None


@pytest.mark.parametrize(
    ("message", "policy", "reason"),
    [
        (MESSAGE, Policy(mode=Mode.OFF), Reason.MODE_OFF),
        (replace(MESSAGE, author=Author(id="us", kind=AuthorKind.SELF)), ON, Reason.OWN_MESSAGE),
        (replace(MESSAGE, author=Author(id="b1", kind=AuthorKind.BOT)), ON, Reason.BOT_MESSAGE),
        (replace(MESSAGE, deleted=True), ON, Reason.DELETED),
    ],
)
def test_each_closed_gate_has_its_reason(message: Message, policy: Policy, reason: Reason) -> None:
    assert gate(message, policy, [], now=100.0) is reason


def test_an_alert_bot_that_is_listed_is_read() -> None:
    alert = replace(MESSAGE, author=Author(id="grafana", kind=AuthorKind.BOT))
    assert gate(alert, replace(ON, read_bots=("grafana",)), [], now=100.0) is None


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (MuteScope.THREAD, REF.key),
        (MuteScope.CHANNEL, REF.channel.key),
        (MuteScope.USER, user_target(REF, "u")),
    ],
)
def test_a_mute_of_thread_channel_or_person_closes_the_gate(scope: MuteScope, target: str) -> None:
    mute = Mute(scope=scope, target=target, by="u", at=1.0)
    assert gate(MESSAGE, ON, [mute], now=100.0) is Reason.MUTED


def test_a_mute_of_another_thread_or_person_does_not() -> None:
    other = Mute(scope=MuteScope.THREAD, target=REF.key + "x", by="u", at=1.0)
    person = Mute(scope=MuteScope.USER, target=user_target(REF, "v"), by="v", at=1.0)
    assert gate(MESSAGE, ON, [other, person], now=100.0) is None


@given(until=st.floats(0, 1e9), now=st.floats(0, 1e9))
def test_a_timed_mute_holds_exactly_until_its_end(until: float, now: float) -> None:
    mute = Mute(scope=MuteScope.THREAD, target=REF.key, by="u", at=0.0, until=until)
    assert muted(REF, "u", [mute], now=now) is (now < until)


def test_quiet_hours_pass_midnight_in_their_own_zone() -> None:
    quiet = QuietHours(start_min=22 * 60, end_min=7 * 60, zone="Asia/Shanghai")
    at_23_in_shanghai = 1_700_000_000.0 - 1_700_000_000.0 % 86_400 + 15 * 3600
    until = quiet_until(quiet, now=at_23_in_shanghai)

    assert until is not None
    assert until - at_23_in_shanghai == 8 * 3600
    assert quiet_until(quiet, now=until) is None


@given(now=st.floats(0, 4e9), start=st.integers(0, 1439), end=st.integers(0, 1439))
def test_the_end_of_quiet_hours_is_never_in_the_past_nor_a_day_away(now: float, start: int, end: int) -> None:
    until = quiet_until(QuietHours(start_min=start, end_min=end), now=now)
    assert until is None or now - 60 < until <= now + 86_400
