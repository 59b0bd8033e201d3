"""What an emoji, a button or words after a suggestion mean."""

import pytest

from vigil_bot.feedback import Effect, Said, asks_for_quiet, knows, of_action, of_emoji, of_words, uses
from vigil_bot.model.conversation import Author, AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.feedback import FeedbackSource, Verdict
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="t")
CITED = Citation(entry_id="e1", version=1, title="t", quote="q")
SUGGESTION = Suggestion(
    id="s1",
    conversation=REF.key,
    message_id="m1",
    text="restart it",
    citations=(CITED,),
    state=SuggestionState.POSTED,
    created_at=100.0,
)


def said(text: str, intent: Intent, *, role: Role = Role.REQUESTER, between: bool = False, at: float = 200.0) -> Said:
    message = Message(id="m2", conversation=REF, author=Author(id="u"), text=text, sent_at=at)
    return Said(message=message, role=role, intent=intent, human_answer_between=between)


@pytest.mark.parametrize(
    ("emoji", "meaning"),
    [
        ("👍", Verdict.HELPFUL),
        (":+1:", Verdict.HELPFUL),
        ("❌", Verdict.NOT_HELPFUL),
        ("🔇", Effect.MUTE_THREAD),
        ("🗑️", Effect.WITHDRAW),
        ("🎉", None),
    ],
)
def test_emoji_by_character_and_by_name(emoji: str, meaning: Verdict | Effect | None) -> None:
    assert of_emoji(emoji) is meaning


def test_buttons_mean_verdicts_and_effects() -> None:
    assert of_action("solved") is Verdict.RESOLVED
    assert of_action("mute") is Effect.MUTE_THREAD
    assert of_action("unknown") is None


@pytest.mark.parametrize(
    "text", ["vigil be quiet", "@vigil, stop", "Vigil Bot: please be quiet", "vigil 安静", "shut up vigil"]
)
def test_words_that_ask_for_quiet(text: str) -> None:
    assert asks_for_quiet(text)


@pytest.mark.parametrize(
    "text", ["the night was quiet", "vigil said restart it, should I stop the pod?", "stop the vigil job"]
)
def test_words_that_do_not(text: str) -> None:
    assert not asks_for_quiet(text)


def test_the_requesters_confirmation_speaks_for_the_suggestion() -> None:
    feedback = of_words(said("that fixed it", Intent.CONFIRMATION), SUGGESTION)
    assert feedback is not None
    assert (feedback.verdict, feedback.source) == (Verdict.RESOLVED, FeedbackSource.REPLY)


@pytest.mark.parametrize("text", ["that didn't help", "this is wrong", "没用", "不是这个问题"])
def test_a_refusal_in_words_speaks_against_it(text: str) -> None:
    feedback = of_words(said(text, Intent.PROBLEM_REPORT), SUGGESTION)
    assert feedback is not None
    assert feedback.verdict is Verdict.NOT_HELPFUL


def test_a_confirmation_after_a_persons_answer_is_not_ours() -> None:
    assert of_words(said("that fixed it", Intent.CONFIRMATION, between=True), SUGGESTION) is None


def test_words_before_the_suggestion_are_no_verdict_on_it() -> None:
    assert of_words(said("that didn't help", Intent.CHATTER, at=50.0), SUGGESTION) is None


def test_a_verdict_that_changes_moves_the_trust_by_both() -> None:
    (use,) = uses(SUGGESTION, Verdict.NOT_HELPFUL, Verdict.HELPFUL)
    assert (use.entry_id, use.helpful, use.unhelpful) == ("e1", -1, 1)


def test_the_same_verdict_again_moves_nothing() -> None:
    assert uses(SUGGESTION, Verdict.RESOLVED, Verdict.HELPFUL) == ()


@pytest.mark.parametrize(("verdict", "right_at"), [(Verdict.HELPFUL, 90.0), (Verdict.NOT_HELPFUL, 0.0)])
def test_a_good_verdict_says_when_an_entry_was_right(verdict: Verdict, right_at: float) -> None:
    (use,) = uses(SUGGESTION, verdict, None, right_at=90.0)
    assert use.right_at == right_at


@pytest.mark.parametrize(("who", "expected"), [("asker", True), ("ann", True), ("listed", True), ("friend", False)])
def test_who_can_say_that_an_answer_is_right(who: str, *, expected: bool) -> None:
    def line(author_id: str, role: Role = Role.UNKNOWN) -> Message:
        author = Author(id=author_id, kind=AuthorKind.HUMAN, role=role)
        return Message(id=author_id, conversation=REF, author=author, sent_at=1.0, text="hm")

    said_here = (line("asker"), line("ann", Role.ANALYST), line("friend"))
    assert knows(Conversation(ref=REF, messages=said_here), who, ("listed",)) is expected
