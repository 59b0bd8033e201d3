"""What an emoji, a button or words after a suggestion mean; pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from vigil_bot.model.conversation import Conversation, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.knowledge import EntryUse
from vigil_bot.model.suggestion import Suggestion


class Effect(StrEnum):
    """What a person asks for besides a verdict."""

    MUTE_THREAD = "mute"
    WITHDRAW = "withdraw"
    LEARN = "learn"
    SEND = "send"
    RESOLVE = "resolve"
    REOPEN = "reopen"


_EMOJI: dict[str, Verdict | Effect] = {
    "👍": Verdict.HELPFUL,
    "+1": Verdict.HELPFUL,
    "thumbsup": Verdict.HELPFUL,
    "✅": Verdict.HELPFUL,
    "✔️": Verdict.HELPFUL,
    "✔": Verdict.HELPFUL,
    "white_check_mark": Verdict.HELPFUL,
    "heavy_check_mark": Verdict.HELPFUL,
    "👎": Verdict.NOT_HELPFUL,
    "-1": Verdict.NOT_HELPFUL,
    "thumbsdown": Verdict.NOT_HELPFUL,
    "❌": Verdict.NOT_HELPFUL,
    "x": Verdict.NOT_HELPFUL,
    "🧠": Effect.LEARN,
    "brain": Effect.LEARN,
    "📌": Effect.LEARN,
    "pushpin": Effect.LEARN,
    "🔇": Effect.MUTE_THREAD,
    "mute": Effect.MUTE_THREAD,
    "🗑️": Effect.WITHDRAW,
    "🗑": Effect.WITHDRAW,
    "wastebasket": Effect.WITHDRAW,
}

_ACTIONS: dict[str, Verdict | Effect] = {
    "helpful": Verdict.HELPFUL,
    "not_helpful": Verdict.NOT_HELPFUL,
    "solved": Verdict.RESOLVED,
    "dismiss": Verdict.DISMISSED,
    **{effect.value: effect for effect in Effect},
}

_REFUSAL = re.compile(
    r"\b(?:(?:that|this|it|which)\s+(?:did|does|do)(?:n['’]?t|\s+not)\s+(?:help|work|fix)|not\s+helpful|wrong\s+answer"
    r"|(?:that|this)(?:['’]s|\s+is)\s+(?:wrong|not\s+it|unrelated|irrelevant|a\s+different\s+(?:problem|issue)))"
    r"|不对|没用|没有用|不是这个(?:问题|原因)?|答非所问|不管用",
    re.IGNORECASE,
)
_NAME = r"@?vigil(?:[\s_-]?bot)?"
_HUSH = (
    r"(?:be\s+(?:quiet|silent)|quiet|shut\s+up|shush|hush|stop(?:\s+(?:it|that|this|talking|posting|replying))?|mute|silence"
    r"|go\s+away|leave\s+us\s+alone|安静|闭嘴|别(?:说|吵|回复)(?:了|话)*|停(?=\W|$|吧|一?下)|静音|走开)"
)
_PLEASE = r"(?:(?:please|pls|can\s+you|could\s+you|just|请|麻烦)[\s,，]*)?"
_QUIET = re.compile(
    rf"^\W*(?:(?:hey|hi|ok(?:ay)?|dear|嘿)[\s,]+)?{_NAME}(?![\w-])[\s,:，：]*{_PLEASE}{_HUSH}(?![a-z0-9_-])"
    rf"|^\W*{_PLEASE}{_HUSH}[\s,，]*{_PLEASE}{_NAME}\W*(?:please\W*)?$",
    re.IGNORECASE,
)


def of_emoji(emoji: str) -> Verdict | Effect | None:
    """Return what an emoji (character, or name without colons) on a suggestion means."""
    return _EMOJI.get(emoji.strip(":"))


def of_action(action: str) -> Verdict | Effect | None:
    """Return what a button means."""
    return _ACTIONS.get(action)


def asks_for_quiet(text: str) -> bool:
    """Whether the words tell us to be quiet ("vigil be quiet", "vigil 安静")."""
    return len(text) <= 80 and _QUIET.search(text) is not None  # noqa: PLR2004 -- a longer text talks about something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that may be a verdict on a suggestion, with what is known of its place in the thread."""

    message: Message
    role: Role
    intent: Intent
    human_answer_between: bool


def of_words(said: Said, suggestion: Suggestion) -> Feedback | None:
    """Return the verdict in what somebody wrote after a suggestion.

    A requester who says that it works, with no person's answer in between, says it of the suggestion.
    """
    if said.message.sent_at < suggestion.created_at or said.human_answer_between:
        return None
    verdict: Verdict | None = None
    if _REFUSAL.search(said.message.text):
        verdict = Verdict.NOT_HELPFUL
    elif said.intent is Intent.CONFIRMATION and said.role is not Role.ANALYST:
        verdict = Verdict.RESOLVED
    if verdict is None:
        return None
    return Feedback(
        suggestion_id=suggestion.id,
        author_id=said.message.author.id,
        verdict=verdict,
        source=FeedbackSource.REPLY,
        at=said.message.sent_at,
        comment=said.message.text[:500],
    )


def knows(conversation: Conversation, author_id: str, analysts: Collection[str]) -> bool:
    """Whether somebody can say that an answer is right: an analyst, or whoever asked."""
    opener = conversation.opener
    spoke_as_analyst = any(m.author.id == author_id and m.author.role is Role.ANALYST for m in conversation.messages)
    return author_id in analysts or spoke_as_analyst or (opener is not None and opener.id == author_id)


def uses(
    suggestion: Suggestion, verdict: Verdict, before: Verdict | None, *, right_at: float = 0.0
) -> tuple[EntryUse, ...]:
    """Return what a verdict changes in the trust of the cited entries.

    Args:
        before: The same person's earlier verdict.
        right_at: When it was given, if the person's word says that an entry is right; 0 if it does not.
    """
    helpful = int(verdict.good) - int(before is not None and before.good)
    unhelpful = int(not verdict.good) - int(before is not None and not before.good)
    if not helpful and not unhelpful:
        return ()
    found_right = right_at if verdict.good else 0.0
    return tuple(
        EntryUse(entry_id=c.entry_id, helpful=helpful, unhelpful=unhelpful, right_at=found_right)
        for c in suggestion.citations
    )
