"""Play the scenes of `tests/scenes/behaviour*.jsonl`: a few messages with their times, and what is right to do about each.

A step says, edits, deletes, reacts, presses, gives a command, corrects an entry, or makes the platform fail so many calls.
What is right for a message is a verdict (post, edit, whisper, withdraw, react, silent, wait) and the reason of its receipt;
`a|b` allows either reason, ` / ` either pair.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict

from pydantic import TypeAdapter

from tests.fakes.world import CHANNEL, START, World
from vigil_bot.commands.cards import why_card
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import AuthorKind, Message, Role
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.suggestion import Suggestion, SuggestionState

SCENES = Path(__file__).parents[1] / "scenes"
END_S = 120.0
_ANALYSTS = ("anna", "ben", "小王", "老李")
_STANDING = (SuggestionState.POSTED, SuggestionState.CORRECTED)

Step = TypedDict(
    "Step",
    {
        "at": float,
        "by": str,
        "id": str,
        "in": str,
        "say": str,
        "kind": str,
        "ago": float,
        "edit": str,
        "delete": str,
        "text": str,
        "emoji": str,
        "on": str,
        "added": bool,
        "press": str,
        "command": str,
        "correct": str,
        "fails": int,
    },
    total=False,
)


class Scene(TypedDict, total=False):
    """One scene; shows and lacks are words in the answer to a message, eyes whom 👀 was put on, reactions what stands at the end."""

    name: str
    about: str
    know: list[str]
    policy: dict[str, object]
    steps: list[Step]
    right: dict[str, str]
    total: int
    end: float
    shows: dict[str, str]
    lacks: dict[str, str]
    eyes: list[str]
    reactions: dict[str, str]


def scenes(name: str) -> list[Scene]:
    """Read the scenes of a file."""
    return [json.loads(line) for line in (SCENES / f"{name}.jsonl").read_text("utf-8").splitlines()]


def entries() -> Mapping[str, KnowledgeEntry]:
    """Read what may be known in a scene."""
    lines = (SCENES / "behaviour_entries.jsonl").read_text("utf-8").splitlines()
    known = (TypeAdapter(KnowledgeEntry).validate_json(line) for line in lines)
    return {entry.id: entry for entry in known}


@dataclass
class Played:
    """A scene that was played to its end."""

    here: World
    scene: Scene
    said: dict[str, Message] = field(default_factory=dict)

    async def faults(self) -> list[str]:
        """Return what did not come out right, each line with what was decided instead."""
        faults = []
        for name, right in self.scene["right"].items():
            verdict, reason = await self._came_out(name)
            if not any(_fits(verdict, reason, one) for one in right.split(" / ")):
                faults.append(f"{name}: {verdict} {reason} instead of {right}")
        faults += await self._faults_of_words()
        standing = [card for _, card in self.here.chat.cards.values() if card.kind == "suggestion"]
        total = self.scene.get("total", sum(r.split()[0] in ("post", "edit") for r in self.scene["right"].values()))
        if len(standing) != total:
            faults.append(f"{len(standing)} answers stand instead of {total}")
        return [*faults, *self._faults_of_reactions()]

    async def receipts(self) -> str:
        """Return the receipts of all messages, as a person would read them."""
        pages = []
        for name, message in self.said.items():
            record, suggestion = await self._decided(message)
            page = "no receipt" if record is None else why_card(record, suggestion.state if suggestion else None).text
            pages.append(f"--- {name}, {message.author.id}: {message.text}\n{page}")
        return "\n".join(pages)

    async def _came_out(self, name: str) -> tuple[str, str]:
        message = self.said[name]
        record, suggestion = await self._decided(message)
        reason = record.reason.value if record else "none"
        state = suggestion.state if suggestion else None
        if suggestion is not None and state in _STANDING and suggestion.posted_id in self.here.chat.cards:
            return "edit" if suggestion.posted_id in self.here.chat.edits else "post", reason
        if suggestion is not None and state in _STANDING and suggestion.private:
            return "whisper", reason
        if state is SuggestionState.WITHDRAWN:
            return "withdraw", reason
        if state is SuggestionState.DROPPED and record is not None and record.suggestion_id:
            return "silent", "dropped"
        if record is None or record.decision.kind == "defer":
            return "wait", reason
        return ("react" if record.decision.kind == "react" else "silent"), reason

    async def _decided(self, message: Message) -> tuple[DecisionRecord | None, Suggestion | None]:
        ledger, key = self.here.parts.store.ledger, message.conversation.key
        made = [s for s in await ledger.suggestions_in(key) if s.message_id == message.id]
        return await ledger.decision(key, message.id), made[-1] if made else None

    async def _faults_of_words(self) -> list[str]:
        faults = []
        for what, wanted in (("shows", True), ("lacks", False)):
            words: dict[str, str] = self.scene.get(what, {})  # type: ignore[assignment]
            for name, word in words.items():
                card = await self._answer(name)
                if card is None or (word in card.text) is not wanted:
                    faults.append(f"{name}: the answer {'does not show' if wanted else 'shows'} {word!r}")
        return faults

    async def _answer(self, name: str) -> Card | None:
        _, suggestion = await self._decided(self.said[name])
        _, card = self.here.chat.cards.get((suggestion and suggestion.posted_id) or "", (None, None))
        return card

    def _faults_of_reactions(self) -> list[str]:
        names = {message.id: name for name, message in self.said.items()}
        stand = {names[message_id]: "".join(emoji) for message_id, emoji in self.here.chat.reactions.items() if emoji}
        seen = [names[message_id] for message_id, emoji in self.here.chat.reacted if emoji == "👀"]
        faults = [f"reactions {stand}"] if stand != self.scene.get("reactions", stand) else []
        return [*faults, *([f"👀 was put on {seen}"] if seen != self.scene.get("eyes", seen) else [])]


async def play(here: World, scene: Scene) -> Played:
    """Play a scene to its end."""
    known = entries()
    await here.know(*(known[entry_id] for entry_id in scene["know"]))
    for name, value in scene.get("policy", {}).items():
        await here.parts.policies.set(CHANNEL, name, json.dumps(value), here.parts.store.ledger)
    played = Played(here, scene)
    for step in scene["steps"]:
        await here.wait(max(0.0, START + step["at"] - here.clock.now() - 1.0))
        await _step(played, step)
    await here.wait(scene.get("end", END_S))
    return played


async def _step(played: Played, step: Step) -> None:
    here, said = played.here, played.said
    if "say" in step:
        said[step["id"]] = await _say(played, step)
    elif "edit" in step:
        await here.edit(said[step["edit"]], step["text"])
    elif "delete" in step:
        await here.delete(said[step["delete"]])
    elif "emoji" in step:
        thread, message_id, _ = await _target(played, step["on"])
        await here.react(message_id, step["emoji"], thread=thread, by=step["by"], added=step.get("added", True))
    elif "press" in step:
        thread, message_id, value = await _target(played, step["on"])
        await here.press(message_id, step["press"], value, thread=thread, by=step["by"])
    elif "command" in step:
        thread_id = said[step["in"]].conversation.thread_id if "in" in step else None
        await here.command(step["command"], thread=thread_id, by=step["by"])
        await here.wait(0.0)
    elif "correct" in step:
        entry = await here.parts.base.get(step["correct"])
        assert entry is not None
        corrected = replace(entry, resolution=step["text"])
        await here.parts.base.put(corrected, kind=ChangeKind.EDIT, by="anna", why="", at=here.clock.now())
    else:
        here.chat.fail_next = step["fails"]


async def _say(played: Played, step: Step) -> Message:
    thread = played.said[step["in"]].conversation.thread_id if "in" in step else None
    return await played.here.say(
        step["say"],
        by=step["by"],
        role=Role.ANALYST if step["by"] in _ANALYSTS else Role.UNKNOWN,
        thread=thread,
        kind=AuthorKind(step.get("kind", "human")),
        ago_s=step.get("ago", 0.0),
    )


async def _target(played: Played, on: str) -> tuple[str, str, str]:
    """Return thread, message and suggestion of `q`, a message, or `bot:q`, what answers it."""
    name = on.removeprefix("bot:")
    message = played.said[name]
    thread = message.conversation.thread_id or ""
    if name == on:
        return thread, message.id, ""
    made = await played.here.parts.store.ledger.suggestions_in(message.conversation.key)
    suggestion = next(s for s in reversed(made) if s.message_id == message.id)
    return thread, suggestion.posted_id or "", suggestion.id


def _fits(verdict: str, reason: str, right: str) -> bool:
    wanted, _, reasons = right.partition(" ")
    same = verdict == wanted or (reason == "none" and wanted == "silent" and verdict == "wait")
    return same and (not reasons or reason in reasons.split("|"))
