"""Say what a calibration rests on, for the settings of a channel; pure."""

from datetime import UTC, datetime

from vigil_bot.proactive.calibrate import NEVER, Calibration, Scope


def in_words(calibration: Calibration, *, language: str = "en") -> str:
    """Return one to three sentences that a person understands."""
    words = _WORDS.get(language, _WORDS["en"])
    values = {
        "now": f"{calibration.in_force:.2f}",
        "n": calibration.n,
        "wrong": calibration.wrong,
        "whose": words[f"of_{calibration.scope.value}"],
        "bound": _percent(calibration.bound),
        "allowed": _percent(1.0 - calibration.target),
        "target": _percent(calibration.target),
        "confidence": _percent(calibration.confidence),
        "missing": calibration.missing,
        "since": "" if calibration.since is None else f"{datetime.fromtimestamp(calibration.since, UTC):%Y-%m-%d}",
    }
    return words["space"].join(words[name].format(**values) for name in _said(calibration))


def _said(calibration: Calibration) -> list[str]:
    """Return the names of the sentences."""
    silent = calibration.in_force >= NEVER
    if calibration.threshold is not None:
        shown = ["shown"] if calibration.n else ["none_reaches"]
        return ["silenced"] if silent else [*shown, *["backed_off"] * calibration.backed_off]
    evidence = "too_little" if calibration.scope is Scope.NONE else "not_shown"
    return [evidence, ("silenced" if silent else "backed_off") if calibration.backed_off else "until_then"]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


_WORDS = {
    "en": {
        "space": " ",
        "shown": "I speak from a score of {now} up. {wrong} of the {n} labelled drafts {whose} since {since} that reach it were"
        " wrong; with"
        " {confidence} confidence it is less than {bound} of them, and {allowed} are allowed.",
        "none_reaches": "I speak from a score of {now} up, which no labelled draft {whose} has reached yet.",
        "too_little": "Too little evidence: {n} labelled drafts, {wrong} of them wrong. To hold a precision of {target} with"
        " {confidence} confidence, at least {missing} more must prove right.",
        "not_shown": "The evidence does not show a precision of {target} with {confidence} confidence: of {n} labelled drafts"
        " {whose}, {wrong} were wrong. At least {missing} more must prove right.",
        "until_then": "Until then the score that must be reached is {now}.",
        "backed_off": "I have backed off to {now}, because recent ones were wrong or ignored.",
        "silenced": "I have fallen silent, because recent ones were wrong or ignored at every score.",
        "of_channel": "of this channel",
        "of_pooled": "of this workspace's channels",
        "of_none": "of this channel",
    },
    "zh": {
        "space": "",
        "shown": "得分达到 {now} 我才开口。{since} 以来{whose}达到该分数的 {n} 条已标注草稿中有 {wrong} 条是错的；以 {confidence} 的置信度，错误不到"
        " {bound}（允许 {allowed}）。",
        "none_reaches": "得分达到 {now} 我才开口，{whose}还没有已标注的草稿达到这个分数。",
        "too_little": "证据太少：{n} 条已标注草稿，其中 {wrong} 条是错的。要以 {confidence} 的置信度保证 {target} 的准确率，至少还需要"
        " {missing} 条被证明是对的。",
        "not_shown": "现有证据不能以 {confidence} 的置信度表明准确率达到 {target}：{whose} {n} 条已标注草稿中有 {wrong} 条是错的。至少还需要"
        " {missing} 条被证明是对的。",
        "until_then": "在此之前，需要达到的分数是 {now}。",
        "backed_off": "因为最近的建议有误或无人理会，我已退到 {now}。",
        "silenced": "因为最近的建议在各个分数上都有误或无人理会，我已停止发言。",
        "of_channel": "本频道",
        "of_pooled": "本工作区各频道",
        "of_none": "本频道",
    },
}
