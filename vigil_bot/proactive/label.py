"""Tell what a draft turned out to be worth, from what people then said and pressed; pure."""

from collections.abc import Sequence

from vigil_bot.model.conversation import Conversation, ConversationRef
from vigil_bot.model.decision import DecisionRecord, Reason, Suggest
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.label import Label, Truth
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.proactive.decide import MAX_SIMILARITY_TO_SAID
from vigil_bot.replay.outcomes import Outcome, judge

_TRUTH = {
    Outcome.AGREED: Truth.RIGHT,
    Outcome.CONTRADICTED: Truth.WRONG,
    Outcome.ADDED_NOTHING: Truth.WRONG,
    Outcome.UNKNOWN: Truth.UNKNOWN,
}
_THRESHOLD_DECIDED = (Reason.USEFUL, Reason.SHADOW, Reason.BELOW_THRESHOLD)
_SEEN = (SuggestionState.POSTED, SuggestionState.CORRECTED)


def label_of(
    record: DecisionRecord,
    conversation: Conversation,
    *,
    suggestion: Suggestion | None = None,
    feedback: Sequence[Feedback] = (),
) -> Label:
    """Return the worth of a receipt's draft, from its thread as it stands now.

    What people pressed or wrote about it counts more than what they said in the thread; as many against as for it is against.
    """
    decision = record.decision
    return Label(
        record_id=record.id,
        channel=ConversationRef.from_key(record.conversation).channel.key,
        at=record.at,
        score=decision.score if isinstance(decision, Suggest) else record.signals.relevance,
        truth=_verdict(feedback) if feedback else _outcome(record, conversation),
        posted=suggestion is not None and (suggestion.posted_id is not None or suggestion.state in _SEEN),
        eligible=_threshold_decided(record),
    )


def _threshold_decided(record: DecisionRecord) -> bool:
    """Whether it would have been said with a lower threshold, and was not for any other reason."""
    signals = record.signals
    sayable = signals.grounded and signals.similarity_to_said < MAX_SIMILARITY_TO_SAID
    return record.reason in _THRESHOLD_DECIDED and sayable


def _verdict(feedback: Sequence[Feedback]) -> Truth:
    good = sum(said.verdict.good for said in feedback)
    return Truth.RIGHT if good > len(feedback) - good else Truth.WRONG


def _outcome(record: DecisionRecord, conversation: Conversation) -> Truth:
    question = next((m for m in conversation.messages if m.id == record.message_id), None)
    if question is None or question.deleted:
        return Truth.UNKNOWN
    said = [m for m in conversation.messages if not m.deleted]
    outcome = judge(
        record.text,
        [m for m in said if m.sent_at > record.at],
        asker_id=question.author.id,
        earlier=[m for m in said if m.sent_at <= record.at],
    )
    return _TRUTH[outcome]
