"""What people say and do in a storm, worked out from its seed alone: the same plan, the same script. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PlaceName = Literal["local", "slack", "lark"]
PLACES: tuple[PlaceName, ...] = ("local", "slack", "lark")
Do = Literal["say", "edit", "delete", "react", "command"]
Mark = Literal["", "question", "turn"]
Scene = Literal[
    "chatter", "asked", "answered", "quieted", "hushed", "commanded", "deleted", "reworded", "dropped", "switched"
]
SCENES: tuple[Scene, ...] = (
    *("asked", "asked", "asked", "answered", "quieted", "hushed", "commanded", "deleted"),
    *("reworded", "dropped", "switched", "switched", "chatter", "chatter"),
)
CHATTER = ("good morning all", "deploy went fine", "see you tomorrow", "早上好", "nice weekend everybody", "+1")
QUIET = ("vigil be quiet", "vigil 安静", "vigil stop", "be quiet vigil")
ANSWERS = ("Raise the pool size in its settings and restart it please.", "把它设置里的连接池调大，然后重启服务。")
LONG_AGO = 1_700_000_000.0
RACE_S = 1.6  # what keeps the bot silent comes this long after the question at most; it is evaluated after 0.3 s
REWORDED = 100_000  # added to the number of a service when its question is about another one after all


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything."""

    messages: int
    conversations: int
    kills: int
    seed: int
    phases: int = 2  # between them hours pass
    at_once: int = 12  # conversations that are going on at a time


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that a person does; what is edited, deleted or reacted to is the question."""

    do: Do
    author: str
    text: str = ""
    after_s: float = 0.0
    mark: Mark = ""


@dataclass(frozen=True, kw_only=True)
class Script:
    """A conversation, act by act."""

    number: int
    place: PlaceName
    scene: Scene
    acts: tuple[Act, ...]

    @property
    def answer(self) -> str:
        """What a good answer to its question has in it, as it stands at the end."""
        return setting(self.number + (REWORDED if self.scene == "reworded" else 0))


def setting(number: int) -> str:
    return f"svc{number}.pool.size"


def in_chinese(number: int) -> bool:
    """Whether people ask in Chinese about a service; the entry about it is then in Chinese too."""
    return number % 4 == 0


def question(number: int) -> str:
    if in_chinese(number):
        return f"升级以后 svc{number} 一直报错 SVC-{1000 + number}，请问怎么解决？"
    return f"since the upgrade svc{number} throws SVC-{1000 + number}, how do I fix it?"


def entry(number: int) -> dict[str, str | float]:
    """Return what is known of a fault, from long before: what is younger than a clock shows is not used."""
    if in_chinese(number):
        return {
            "id": f"e{number}",
            "created_at": LONG_AGO,
            "issue": f"升级以后服务 svc{number} 一直报错 SVC-{1000 + number}",
            "resolution": f"把 `{setting(number)}` 设置为 {number % 1000 + 50}，然后重启 svc{number}。",
        }
    return {
        "id": f"e{number}",
        "created_at": LONG_AGO,
        "issue": f"service svc{number} fails with error SVC-{1000 + number} after the upgrade",
        "resolution": f"Set `{setting(number)}` to {number % 1000 + 50} and restart svc{number}.",
    }


def scripts(plan: Plan) -> list[Script]:
    """Write the conversations of a storm."""
    dice = random.Random(plan.seed)
    share, more = divmod(plan.messages, plan.conversations)
    return [_script(number, share + (number < more), dice) for number in range(plan.conversations)]


def _script(number: int, lines: int, dice: random.Random) -> Script:
    place, scene = dice.choice(PLACES), dice.choice(SCENES)
    if place == "lark" and scene in ("reworded", "dropped"):
        scene = "answered"  # Lark tells nobody of an edit
    asks = Act(do="say", author="rita", text=question(number), mark="question")
    middle = _MIDDLES[scene](asks, number, dice)
    said = sum(act.do == "say" for act in middle)
    before = dice.randint(1, max(1, lines - said - 1))
    after = max(0, lines - said - before)
    acts = (*_small_talk(before, dice), *middle, *_small_talk(after, dice))
    return Script(number=number, place=place, scene=scene, acts=acts)


def _small_talk(lines: int, dice: random.Random) -> list[Act]:
    return [Act(do="say", author="bob", text=dice.choice(CHATTER), after_s=dice.uniform(0, 0.1)) for _ in range(lines)]


def _either(asks: Act, turn: Act, dice: random.Random) -> list[Act]:
    """The turn, at random before the question or soon after it."""
    late = Act(do=turn.do, author=turn.author, text=turn.text, after_s=dice.uniform(0, RACE_S), mark="turn")
    return [turn, asks] if dice.random() < 0.4 else [asks, late]


def _after(asks: Act, do: Do, author: str, text: str, dice: random.Random) -> list[Act]:
    return [asks, Act(do=do, author=author, text=text, after_s=dice.uniform(0, RACE_S), mark="turn")]


def _quieted(asks: Act, _: int, dice: random.Random) -> list[Act]:
    return _either(asks, Act(do="say", author="bob", text=dice.choice(QUIET), mark="turn"), dice)


def _commanded(asks: Act, _: int, dice: random.Random) -> list[Act]:
    return _either(asks, Act(do="command", author="anna", text="mute", mark="turn"), dice)


_MIDDLES: dict[Scene, Callable[[Act, int, random.Random], list[Act]]] = {
    "chatter": lambda *_: [],
    "asked": lambda asks, *_: [asks],
    "switched": lambda asks, *_: [asks],
    "answered": lambda asks, _, dice: _after(asks, "say", "anna", dice.choice(ANSWERS), dice),
    "quieted": _quieted,
    "hushed": lambda asks, _, dice: _after(asks, "react", "bob", "🔇", dice),
    "commanded": _commanded,
    "deleted": lambda asks, _, dice: _after(asks, "delete", "rita", "", dice),
    "reworded": lambda asks, number, dice: _after(asks, "edit", "rita", question(number + REWORDED), dice),
    "dropped": lambda asks, _, dice: _after(asks, "edit", "rita", "never mind, wrong channel", dice),
}
