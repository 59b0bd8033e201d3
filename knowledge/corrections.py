"""What an analyst puts right after a suggestion ("no, it is ..."), as an entry that waits for a person; pure."""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import replace

from knowledge.audience import narrower
from knowledge.distill_entry import content_hash
from knowledge.instructions import steers
from knowledge.sentences import commands, terms
from vigil_bot.model.conversation import Conversation, Message, Role
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source
from vigil_bot.model.suggestion import Suggestion

MIN_TERMS = 2
_PREFIX = "c-"
_CORRECTS = re.compile(
    r"^\W*(?:@\S{1,30}[,:]?\s+|\S{1,30}[,:]\s*)?(?:(?:sorry|careful)\b[\s,.:;!—–-]+(?=no\b|(?:that|this|it)(?:['’]s|\s+is)\b))?(?:"
    r"(?:no|nope|nah|wrong|not\s+quite)\b(?:\s*[,.:;!—–-]+\s*|\s+(?=(?:it|that|this|the|you|use|run)\b))(?:(?:that|this|it)(?:['’]s|\s+is)\s+(?:wrong|not\s+(?:it|right|correct|true)|outdated|out\s+of\s+date)[\s,.:;!—–-]*)?"
    r"|(?:that|this|it)(?:['’]s|\s+is)\s+(?:wrong|not\s+(?:it|right|correct|true)|incorrect|outdated|out\s+of\s+date|no\s+longer\s+(?:true|right|correct))[\s,.:;!—–-]*"
    r"|(?:do\s+not|don['’]t)\s+(?:do|run|use)\s+(?:that|this|it)[\s,.:;!—–-]+"
    r"|(?:actually|correction)[\s,.:;!—–-]+"
    r"|(?:不对|不是(?:的|这样的?)?|错了|有误|这个不对|这是错的|别(?:这么|这样)(?:做|弄)|更正|纠正一下|已经?过时了?)[\s，。,.:：；;!！]+"
    r")(?P<right>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_OF_ONESELF = re.compile(r"^(?:i\b|we\b|not\s+yet|there\s+(?:is|are)\b|thanks?\b|我|还没)", re.IGNORECASE)
_LEAD = re.compile(
    r"^\W*(?:(?:it|that)(?:['’]s|\s+is)\s+(?=\S)|(?:应该|应当|正确的?(?:做法|方法|答案)?|其实)(?:是|为)?[:：]?\s*)",
    re.IGNORECASE,
)


def correction_in(text: str) -> str | None:
    """Return what is right instead, in somebody's "no, it is ..."; None if it is no correction, or says nothing new."""
    match = _CORRECTS.match(text.strip())
    if match is None:
        return None
    right = _LEAD.sub("", match.group("right"), count=1).strip()
    tells = len(terms(right)) >= MIN_TERMS or bool(commands(right))
    about_it = bool(commands(right)) or (tells and not _OF_ONESELF.match(right))
    return right if about_it and not right.endswith(("?", "？")) and not steers(right) else None


def correcting(conversation: Conversation, suggestion: Suggestion, analysts: Collection[str]) -> Message | None:
    """Return the first message of an analyst after a suggestion that puts it right.

    A role comes from the platform or the policy; what a requester says is a verdict, no correction.
    """
    for message in conversation.messages:
        if not message.is_human or message.sent_at <= suggestion.created_at:
            continue
        analyst = message.author.id in analysts or conversation.role_of(message.author) is Role.ANALYST
        if analyst and correction_in(message.text) is not None:
            return message
    return None


def reworded(stored: KnowledgeEntry, said: KnowledgeEntry) -> bool:
    """Whether an analyst has changed the words of a correction since, and nobody has changed the entry itself."""
    learned = stored.content_hash == content_hash(stored.issue, stored.resolution)
    return learned and stored.resolution != said.resolution


def said_in(entry: KnowledgeEntry, thread: str) -> bool:
    """Whether an entry is what an analyst said in this thread, to put a suggestion right."""
    return entry.id.startswith(_PREFIX) and entry.sources[:1] != () and entry.sources[0].thread_id == thread


def correction(
    entry: KnowledgeEntry,
    message: Message,
    suggestion: Suggestion,
    *,
    heard_by: Audience,
    redact: Callable[[str], str],
    now: float,
) -> tuple[KnowledgeEntry, KnowledgeEntry] | None:
    """Return the entry as the analyst says it is, and the one that was cited: both wait for a person to decide.

    heard_by are those who may see what is said in the message's channel.
    """
    right, audience = correction_in(message.text), narrower(entry.audience, heard_by)
    if right is None or audience is None:
        return None
    resolution = redact(right)
    digest = hashlib.sha256(f"{suggestion.id}\0{message.id}\0{entry.id}".encode()).hexdigest()[:16]
    source = Source(
        thread_id=message.conversation.key,
        message_ids=(message.id,),
        permalink=message.permalink,
        evidence=EvidenceClass.ANALYST_SAID,
        author_ids=(message.author.id,),
    )
    new = KnowledgeEntry(
        id=f"{_PREFIX}{digest}",
        title=entry.title,
        issue=entry.issue,
        environment=entry.environment,
        resolution=resolution,
        confidence=Confidence.NOT_VALIDATED,
        audience=audience,
        sources=(source, *entry.sources),
        created_at=now,
        updated_at=now,
        content_hash=content_hash(entry.issue, resolution),
        contradicts=(entry.id,),
    )
    return new, replace(entry, contradicts=tuple(dict.fromkeys((*entry.contradicts, new.id))))
