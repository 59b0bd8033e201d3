"""Say what a calibration rests on, for the settings of a channel; pure."""

from vigil_bot.proactive.calibrate import NEVER, Calibration, Scope
from vigil_bot.texts.text import Moment, Text, message, sentences

_SHOWN = message(
    "I speak from a score of {now} up. {wrong} of the {n} labelled drafts {whose} since {since} that reach it were wrong;"
    " with {confidence} confidence it is less than {bound} of them, and {allowed} are allowed."
)
_NONE_REACHES = message("I speak from a score of {now} up, which no labelled draft {whose} has reached yet.")
_TOO_LITTLE = message(
    "Too little evidence: {n} labelled drafts, {wrong} of them wrong. To hold a precision of {target} with {confidence}"
    " confidence, at least {missing} more must prove right."
)
_NOT_SHOWN = message(
    "The evidence does not show a precision of {target} with {confidence} confidence: of {n} labelled drafts {whose},"
    " {wrong} were wrong. At least {missing} more must prove right."
)
_UNTIL_THEN = message("Until then the score that must be reached is {now}.")
_BACKED_OFF = message("I have backed off to {now}, because recent ones were wrong or ignored.")
_SILENCED = message("I have fallen silent, because recent ones were wrong or ignored at every score.")
_WHOSE = {
    Scope.CHANNEL: Text("of this channel"),
    Scope.POOLED: Text("of this workspace's channels"),
    Scope.NONE: Text("of this channel"),
}


def in_words(calibration: Calibration) -> str:
    """Return one to three sentences that a person understands."""
    values = {
        "now": f"{calibration.in_force:.2f}",
        "n": calibration.n,
        "wrong": calibration.wrong,
        "whose": _WHOSE[calibration.scope],
        "bound": _percent(calibration.bound),
        "allowed": _percent(1.0 - calibration.target),
        "target": _percent(calibration.target),
        "confidence": _percent(calibration.confidence),
        "missing": calibration.missing,
        "since": "" if calibration.since is None else Moment(calibration.since),
    }
    return sentences(Text(one, **values) for one in _messages(calibration))


def _messages(calibration: Calibration) -> list[str]:
    silent = calibration.in_force >= NEVER
    if calibration.threshold is not None:
        reached = _SHOWN if calibration.n else _NONE_REACHES
        return [_SILENCED] if silent else [reached, *[_BACKED_OFF] * calibration.backed_off]
    evidence = _TOO_LITTLE if calibration.scope is Scope.NONE else _NOT_SHOWN
    return [evidence, (_SILENCED if silent else _BACKED_OFF) if calibration.backed_off else _UNTIL_THEN]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
