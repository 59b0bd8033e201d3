"""Does the threshold hold the target precision: on simulated channels whose truth is known, and on replayed threads."""

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.benchmarks._labelled import CHANNEL, answered, read_decisions, replayed
from vigil_bot.model.label import Label, Truth
from vigil_bot.model.policy import Policy
from vigil_bot.proactive.calibrate import NEVER, WINDOW_S, Calibration, Scope, calibrate

ROOT = Path(__file__).parents[2]
FILES = ("livechat_docker_2016_2017", "zulip_2022h1")
TARGETS = (0.6, 0.75, 0.9)
DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
FLOOR = 0.3  # in the measurement drafts are made from here on, so that there is something to choose from
KNOWN = 0.7  # of simulated drafts, the share whose worth people's words tell
LEARNED = 0.6  # of a replayed period, the share that is learned from


@dataclass(kw_only=True)
class Channel:
    """A simulated channel; what it posted is counted while it is built up.

    quality is the log-odds that a draft with score 0.6 is right, slope how fast they grow with the score, turn the week in
    which they change by `change`, at once or over half a year.
    """

    key: str
    a_week: float
    quality: float
    slope: float
    turn: float
    change: float
    gradual: bool
    labels: list[Label] = field(default_factory=list)
    drafts: int = 0
    posts: int = 0
    right: float = 0.0
    pooled: int = 0

    def chance(self, score: float, week: float) -> float:
        """Return the true chance that a draft is right."""
        turned = max(0.0, week - self.turn)
        share = min(1.0, turned / 26) if self.gradual else float(turned > 0)
        return 1 / (1 + math.exp(-(self.quality + share * self.change + self.slope * (score - 0.6))))


def channel(key: str, draw: random.Random, *, weeks: int) -> Channel:
    """Make a channel: of each six, two stay as they are, one gets worse at once, one slowly, two get better."""
    kind = draw.randrange(6)
    return Channel(
        key=key,
        a_week=draw.choice((3, 6, 12, 25)),
        quality=draw.gauss(0.8, 0.8),
        slope=draw.choice((2.0, 6.0, 12.0)),
        turn=draw.uniform(weeks * 0.3, weeks * 0.8) if kind > 1 else math.inf,
        change=-1.0 if kind in (2, 3) else 1.0,
        gradual=kind in (3, 5),
    )


def simulate(policy: Policy, *, channels: int, weeks: int, seed: int, neighbours: int = 5) -> list[Channel]:
    """Let channels in workspaces of some neighbours speak by the thresholds that their labels allow, week by week."""
    draw = random.Random(seed)  # noqa: S311 -- to be repeated
    made = [channel(f"sim/w{i // neighbours}/c{i}", draw, weeks=weeks) for i in range(channels)]
    for start in range(0, channels, neighbours):
        workspace = made[start : start + neighbours]
        for week in range(weeks):
            now = week * WEEK_S  # what was said in the last day is not labelled yet
            labels = [one for c in workspace for one in c.labels if now - WINDOW_S <= one.at <= now - DAY_S]
            found = [calibrate(labels, policy, channel=c.key, now=now) for c in workspace]
            for c, calibration in zip(workspace, found, strict=True):
                _one_week(c, calibration, week, draw)
    return made


def _one_week(c: Channel, calibration: Calibration, week: int, draw: random.Random) -> None:
    limit = NEVER if calibration.threshold is None else calibration.threshold
    for place in range(max(1, round(draw.gauss(c.a_week, math.sqrt(c.a_week))))):
        at = week + draw.random()
        score = FLOOR + (1 - FLOOR) * draw.betavariate(2.0, 2.0)
        chance = c.chance(score, at)
        said = score >= limit
        c.drafts += 1
        c.posts += said
        c.pooled += said and calibration.scope is Scope.POOLED
        c.right += chance if said else 0.0
        truth = Truth.RIGHT if draw.random() < chance else Truth.WRONG
        seen = truth if draw.random() < KNOWN else Truth.UNKNOWN
        c.labels.append(
            Label(
                record_id=f"{c.key}/{week}/{place}", channel=c.key, at=at * WEEK_S, score=score, truth=seen, posted=said
            )
        )


def missed(channels: Sequence[Channel], target: float) -> tuple[int, int]:
    """Return how many channels spoke, and how many of those fell short of the target, by their true chances."""
    spoke = [c for c in channels if c.posts]
    return len(spoke), sum(c.right < target * c.posts for c in spoke)


def show_simulation(*, channels: int, weeks: int, seed: int, confidence: float) -> bool:
    """Print a row for each target; return whether the stated risk was kept in all."""
    print(f"\n{channels} simulated channels, {weeks} weeks, seed {seed}, stated risk {1 - confidence:.2f}\n")
    print("| target | channels that spoke | missed | share | precision | coverage | of it pooled | always speaking |")
    print("|---|---|---|---|---|---|---|---|")
    kept = True
    for target in TARGETS:
        policy = Policy(target_precision=target, confidence=confidence, min_relevance=FLOOR)
        made = simulate(policy, channels=channels, weeks=weeks, seed=seed)
        spoke, short = missed(made, target)
        posts, drafts = sum(c.posts for c in made), sum(c.drafts for c in made)
        kept = kept and short <= (1 - confidence) * max(1, spoke)
        worth = [one.truth for c in made for one in c.labels if one.truth is not Truth.UNKNOWN]
        print(
            f"| {target} | {spoke} | {short} | {_share(short, spoke)} | {_share(sum(c.right for c in made), posts)}"
            f" | {_share(posts, drafts)} | {_share(sum(c.pooled for c in made), posts)}"
            f" | {_share(worth.count(Truth.RIGHT), len(worth))} |",
            flush=True,
        )
    return kept


def show_recorded(name: str, labels: Sequence[Label], *, floor: float = FLOOR) -> None:
    """Print what a threshold chosen on the first part of a period did on the rest of it."""
    drafts = [one for one in labels if one.score >= floor]
    if not drafts:
        return
    judged = sum(one.truth is not Truth.UNKNOWN for one in drafts)
    cut = sorted(one.at for one in drafts)[int(LEARNED * (len(drafts) - 1))]
    later = [one for one in drafts if one.at > cut]
    for target in TARGETS:
        policy = Policy(target_precision=target, min_relevance=floor)
        once = calibrate([one for one in drafts if one.at <= cut], policy, channel=CHANNEL, now=cut)
        fixed = [] if once.threshold is None else [one for one in later if one.score >= once.threshold]
        daily = list(_followed(drafts, later, policy))
        chosen = "none" if once.threshold is None else f"{once.threshold:.2f}"
        cells = (name, f"{judged} of {len(drafts)}", target, chosen, once.missing, _found(fixed, later))
        print("|", " | ".join(map(str, (*cells, _found(daily, later)))), "|", flush=True)


def _followed(labels: Sequence[Label], later: Sequence[Label], policy: Policy) -> Iterator[Label]:
    """Go through the later drafts that a threshold worked out anew each day, from what was known a day before, lets pass."""
    daily: dict[float, Calibration] = {}
    for one in later:
        today = one.at // DAY_S * DAY_S
        if today not in daily:
            known = [label for label in labels if label.at <= today - DAY_S]
            daily[today] = calibrate(known, policy, channel=one.channel, now=today)
        limit = daily[today].threshold
        if limit is not None and one.score >= limit:
            yield one


def _found(said: Sequence[Label], all_of_it: Sequence[Label]) -> str:
    judged = [one.truth for one in said if one.truth is not Truth.UNKNOWN]
    return f"{_share(len(said), len(all_of_it))} | {_share(judged.count(Truth.RIGHT), len(judged))} of {len(judged)}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def recorded(options: argparse.Namespace) -> Iterator[tuple[str, list[Label]]]:
    """Go through what was replayed, or replay what there is."""
    for path in options.decisions:
        yield path.parent.name, read_decisions(path)
    if not options.decisions:
        yield from replayed(options.data, options.files, floor=FLOOR)


def main(argv: Sequence[str] | None = None) -> int:
    """Print tables; fail when the simulation missed more often than stated."""
    parser = argparse.ArgumentParser(prog="bench calibration", description=__doc__)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--confidence", type=float, default=0.9)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--files", nargs="*", default=FILES, help="names in threads/ to replay")
    parser.add_argument("--decisions", type=Path, nargs="*", default=[], help="decisions.jsonl of earlier replays")
    options = parser.parse_args(argv)
    kept = show_simulation(
        channels=options.channels, weeks=options.weeks, seed=options.seed, confidence=options.confidence
    )
    print("\nLearned from the first part of the drafts, measured on the rest; then worked out anew each day\n")
    print("| drafts | labelled | target | threshold | missing | coverage | precision | daily: coverage | precision |")
    print("|---|---|---|---|---|---|---|---|---|")
    show_recorded("FAQ questions", answered(options.data, seed=options.seed), floor=0.0)
    for name, labels in recorded(options):
        show_recorded(name, labels)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
