"""What a draft turned out to be worth, from what people said and pressed."""

from dataclasses import replace

import pytest

from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals, Suggest
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.label import Truth
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.proactive.label import label_of

THREAD = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1", thread_id="1")
ASKER, HELPER = Author(id="rita"), Author(id="ann", role=Role.ANALYST)
DRAFT = "Raise max_connections to 400 in postgresql.conf and restart the pooler."
RECORD = DecisionRecord(
    id="r1",
    conversation=THREAD.key,
    message_id="q",
    at=100.0,
    decision=Abstain(reason=Reason.BELOW_THRESHOLD),
    signals=Signals(intent=Intent.QUESTION, relevance=0.4, grounded=True),
    text=DRAFT,
)


def said(text: str, *, at: float = 200.0, by: Author = HELPER, message_id: str = "a") -> Message:
    return Message(id=message_id, conversation=THREAD, author=by, text=text, sent_at=at)


QUESTION = said("The pooler refuses new clients since noon, what can I do?", at=50.0, by=ASKER, message_id="q")


def thread(*messages: Message) -> Conversation:
    return Conversation(ref=THREAD, messages=(QUESTION, *messages))


def verdict(what: Verdict, by: str = "rita") -> Feedback:
    return Feedback(suggestion_id="s1", author_id=by, verdict=what, source=FeedbackSource.BUTTON, at=300.0)


AGREES = said("You have to raise max_connections to 400 in postgresql.conf, then restart the pooler.")


@pytest.mark.parametrize(
    ("later", "truth"),
    [
        ([AGREES], Truth.RIGHT),
        ([said("Do not raise max_connections in postgresql.conf, that never helps the pooler.")], Truth.WRONG),
        ([replace(AGREES, sent_at=90.0)], Truth.WRONG),
        ([], Truth.UNKNOWN),
        ([replace(AGREES, deleted=True)], Truth.UNKNOWN),
    ],
)
def test_what_people_said_tells_the_worth_of_a_draft(later: list[Message], truth: Truth) -> None:
    label = label_of(RECORD, thread(*later))
    assert (label.truth, label.channel, label.workspace) == (truth, "slack/T1/C1", "slack/T1")
    assert (label.score, label.at, label.posted, label.eligible) == (0.4, 100.0, False, True)


@pytest.mark.parametrize(
    ("verdicts", "truth"),
    [
        ([verdict(Verdict.NOT_HELPFUL)], Truth.WRONG),
        ([verdict(Verdict.ADOPTED)], Truth.RIGHT),
        ([verdict(Verdict.HELPFUL), verdict(Verdict.DISMISSED, by="ann")], Truth.WRONG),
        (
            [verdict(Verdict.HELPFUL), verdict(Verdict.RESOLVED, by="ann"), verdict(Verdict.NOT_HELPFUL, by="bo")],
            Truth.RIGHT,
        ),
    ],
)
def test_a_verdict_counts_more_than_the_thread_and_a_tie_is_against(verdicts: list[Feedback], truth: Truth) -> None:
    assert label_of(RECORD, thread(AGREES), feedback=verdicts).truth is truth


def test_what_people_saw_is_known_and_has_the_score_that_it_was_said_with() -> None:
    record = replace(RECORD, decision=Suggest(score=0.7), suggestion_id="s1")
    drafted = Suggestion(
        id="s1",
        conversation=THREAD.key,
        message_id="q",
        text=DRAFT,
        citations=(),
        state=SuggestionState.DRAFTED,
        created_at=100.0,
    )
    assert not label_of(record, thread(), suggestion=drafted).posted
    assert label_of(record, thread(), suggestion=replace(drafted, state=SuggestionState.POSTED)).posted
    withdrawn = replace(drafted, state=SuggestionState.WITHDRAWN, posted_id="m9")
    label = label_of(record, thread(), suggestion=withdrawn)
    assert (label.posted, label.score) == (True, 0.7)


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, decision=Abstain(reason=Reason.ALREADY_SAID)),
        replace(RECORD, signals=replace(RECORD.signals, grounded=False)),
        replace(RECORD, signals=replace(RECORD.signals, similarity_to_said=0.6)),
    ],
)
def test_a_draft_that_something_else_kept_back_is_no_evidence_for_a_threshold(record: DecisionRecord) -> None:
    assert not label_of(record, thread(AGREES)).eligible


def test_of_a_question_that_is_gone_nothing_can_be_told() -> None:
    gone = Conversation(ref=THREAD, messages=(replace(QUESTION, deleted=True), AGREES))
    assert label_of(RECORD, gone).truth is Truth.UNKNOWN
    assert label_of(RECORD, Conversation(ref=THREAD)).truth is Truth.UNKNOWN
