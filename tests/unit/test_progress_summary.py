"""The summary of a fault that one analyst reports on: the updates that say most, in their order."""

from adapters.reasoner.summarize import summary
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role

REF = ConversationRef(platform="local", workspace_id="w", channel_id="c", thread_id="m0")
UPDATES = (
    "We are investigating elevated errors of the payments gateway.",
    "We are continuing to investigate.",
    "We have identified an expired certificate as the root cause and are rotating it.",
    "We are continuing to investigate.",
    "The certificate was replaced at 14:20, error rates are back to normal.",
)


def reported(*texts: str, role: Role = Role.ANALYST) -> Conversation:
    author = Author(id="ops", role=role)
    said = (
        Message(id=f"m{place}", conversation=REF, author=author, text=text, sent_at=60.0 * place)
        for place, text in enumerate(texts)
    )
    return Conversation(ref=REF, messages=tuple(said))


def test_updates_that_add_nothing_are_left_out() -> None:
    assert summary(reported(*UPDATES), None)[1:-1] == [f"ops: “{UPDATES[2]}”", f"ops: “{UPDATES[4]}”"]


def test_a_report_without_updates_has_no_answer_yet() -> None:
    assert "Nobody has offered an answer yet." in summary(reported(UPDATES[0]), None)
