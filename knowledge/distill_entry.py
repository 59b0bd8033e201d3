"""An entry from a grounded draft: its words redacted, its audience, its source; pure."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import assert_never

from vigil_bot.model.conversation import Conversation, ConversationRef, Message
from vigil_bot.model.knowledge import Audience, Confidence, DraftEntry, EvidenceClass, KnowledgeEntry, Quoted, Source
from vigil_bot.model.policy import LearnedAudience, Policy, Reach

TITLE_CHARS = 90
_OWN_LINE = re.compile(r"```|[-*•]\s|\d{1,2}[.)、]")


def entry_of(
    draft: DraftEntry,
    conversation: Conversation,
    *,
    evidence: EvidenceClass,
    audience: Audience,
    permalink: Callable[[Message], str | None],
    redact: Callable[[str], str],
    now: float,
) -> KnowledgeEntry:
    """Return the entry of a thread, not validated yet; the words of every author are redacted."""
    issue = redact(_running_text(draft.issue))
    resolution = redact(_running_text(draft.resolution))
    source = Source(
        thread_id=conversation.ref.key,
        message_ids=tuple(dict.fromkeys(q.message_id for q in (*draft.issue, *draft.resolution))),
        permalink=_link(draft, conversation, permalink),
        evidence=evidence,
        author_ids=_authors(draft, conversation),
    )
    return KnowledgeEntry(
        id=entry_id(conversation.ref.key),
        title=redact(draft.title)[:TITLE_CHARS],
        issue=issue,
        resolution=resolution,
        environment=redact(draft.environment),
        cause=redact(draft.cause) if draft.cause else None,
        confidence=Confidence.NOT_VALIDATED,
        audience=audience,
        sources=(source,),
        created_at=now,
        updated_at=now,
        content_hash=content_hash(issue, resolution),
    )


def entry_id(conversation: str) -> str:
    """Return the id of the entry that a thread leads to."""
    return "e-" + hashlib.sha256(conversation.encode()).hexdigest()[:16]


def content_hash(issue: str, resolution: str) -> str:
    """Return what identifies the words of an entry; another hash than the stored one says that a person changed them."""
    return hashlib.sha256(f"{issue}\0{resolution}".encode()).hexdigest()


def audience_of(ref: ConversationRef, policy: Policy) -> Audience:
    """Return who may see what was learned in a channel."""
    match policy.audience:
        case LearnedAudience.CHANNEL:
            shared = policy.reach is Reach.SHARED
            return Audience(workspace=ref.workspace_id, channels=(ref.channel_id,), guests=shared)
        case LearnedAudience.WORKSPACE:
            return Audience(workspace=ref.workspace_id)
        case LearnedAudience.EVERYONE:
            return Audience()
        case _:
            assert_never(policy.audience)


def _authors(draft: DraftEntry, conversation: Conversation) -> tuple[str, ...]:
    messages = (conversation.message(q.message_id) for q in (*draft.issue, *draft.resolution))
    return tuple(dict.fromkeys(m.author.id for m in messages if m is not None))


def _running_text(quoted: Sequence[Quoted]) -> str:
    """Return sentences as text: those of one message run on, each message, list line and fence begins a line."""
    text = ""
    for at, quote in enumerate(quoted):
        if at:
            before = quoted[at - 1]
            line = (
                before.message_id != quote.message_id
                or _OWN_LINE.match(quote.text)
                or before.text.endswith(("```", ":"))
            )
            text += "\n" if line else "" if text[-1] in "。！？；：" else " "
        text += quote.text
    return text


def _link(draft: DraftEntry, conversation: Conversation, permalink: Callable[[Message], str | None]) -> str | None:
    """Return a link to the first message of the solution that has one, else of the problem."""
    for quoted in (*draft.resolution, *draft.issue):
        message = conversation.message(quoted.message_id)
        link = (message.permalink or permalink(message)) if message is not None else None
        if link:
            return link
    return None
