"""What a message is: scenes of short messages, and what must hold for any text."""

import json
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.conversation import Role
from vigil_bot.model.decision import Intent
from vigil_bot.proactive.intent import THANKS_SCORE, Guess, classify
from vigil_bot.proactive.intent_text import HEAD_CHARS, TAIL_CHARS, cut

KNOWN_MISSES = 6


class Scene(TypedDict, total=False):
    text: str
    role: str
    starts_thread: bool
    after_answer: bool
    intent: str
    known_miss: str


PATH = Path(__file__).parent.parent / "scenes" / "intent.jsonl"
SCENES: list[Scene] = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
TOLD = [scene for scene in SCENES if "known_miss" not in scene]
MISSED = [scene for scene in SCENES if "known_miss" in scene]


def guess(scene: Scene) -> Guess:
    return classify(
        scene["text"],
        role=Role(scene["role"]),
        starts_thread=scene["starts_thread"],
        after_answer=scene.get("after_answer", False),
    )


def reply(text: str, role: Role = Role.REQUESTER) -> Guess:
    return classify(text, role=role, starts_thread=False)


@pytest.mark.parametrize("scene", TOLD, ids=lambda scene: scene["text"][:40])
def test_a_message_is_told(scene: Scene) -> None:
    assert guess(scene).intent == scene["intent"]


def test_the_known_misses_are_few_and_still_missed() -> None:
    assert len(MISSED) == KNOWN_MISSES
    assert [scene["text"] for scene in MISSED if guess(scene).intent == scene["intent"]] == []


def test_the_scenes_cover_every_intent_in_both_languages() -> None:
    seen = {(scene["intent"], guess(scene).language) for scene in SCENES}
    assert seen == {(intent, language) for intent in Intent for language in ("en", "zh")}


def test_thanks_alone_after_an_answer_confirm_weakly() -> None:
    thanks = classify("thank you!", role=Role.REQUESTER, starts_thread=False, after_answer=True)
    assert thanks.intent is Intent.CONFIRMATION
    assert thanks.score <= THANKS_SCORE < reply("that fixed it, thank you!").score
    assert reply("thank you!").intent is Intent.CHATTER


def test_the_same_words_mean_different_things_by_who_says_them() -> None:
    assert reply("已经恢复了").intent is Intent.CONFIRMATION
    assert reply("已经恢复了", Role.ANALYST).intent is Intent.ANSWER
    assert reply("does it work now?", Role.ANALYST).intent is Intent.QUESTION


@pytest.mark.parametrize("text", ["", "   ", "🎉", "...", "\n\n", "<@U123>"])
def test_a_message_without_words_is_chatter(text: str) -> None:
    assert not reply(text).intent.asks


def test_code_quotes_and_links_are_not_read_as_words() -> None:
    words = cut("> it fails\nsee ```how do I fix the error?``` and `kubectl get` at https://x.test/why?is=it <@U1>")
    assert words.tokens == ("^", "see", "<code>", "and", "<code>", "at", "<url>", "<at>", "^")


def test_of_a_long_message_the_beginning_and_the_end_are_read() -> None:
    filler = "lorem ipsum dolor " * 20_000
    assert reply(f"{filler} how do we fix this error?").intent.asks
    assert reply(f"it still fails with the same error. {filler}").intent.asks
    assert len(cut(filler).raw) <= HEAD_CHARS + TAIL_CHARS + 1


@given(text=st.text(max_size=400), role=st.sampled_from(Role), starts=st.booleans(), after=st.booleans())
def test_any_text_gets_an_intent_with_a_probability(*, text: str, role: Role, starts: bool, after: bool) -> None:
    first = classify(text, role=role, starts_thread=starts, after_answer=after)
    assert first == classify(text, role=role, starts_thread=starts, after_answer=after)
    assert 0.0 <= first.score <= 1.0


@given(
    st.lists(st.sampled_from([s["text"] for s in SCENES] + ["?", "`", "```", ">", "<@", "https://", "^"]), max_size=6)
)
def test_pieces_of_messages_in_any_order_get_an_intent(pieces: list[str]) -> None:
    assert 0.0 <= reply(" ".join(pieces)).score <= 1.0


@pytest.mark.parametrize(
    "piece", ["`", "```", "<@", "> ", "https://", "nick:", "?? ", "的", "eta ", "[[", "http", "\n>"]
)
def test_no_text_takes_long(piece: str) -> None:
    assert 0.0 <= reply(piece * 50_000).score <= 1.0
