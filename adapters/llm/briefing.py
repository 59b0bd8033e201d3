"""What a model is told about: threads and entries as JSON, cut to size, everything hidden that must not leave; pure."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from adapters.llm.text import clean, names, terms
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import AuthorKind, Conversation, Message
from vigil_bot.model.knowledge import KnowledgeEntry

Data = str | int | bool | Sequence["Data"] | Mapping[str, "Data"]

MAX_MESSAGE_CHARS = 2_000
MAX_ENTRY_CHARS = 3_000
MAX_MESSAGES = 60
FIRST_MESSAGES = 10  # of a long thread: how it began; the rest is how it ended
MAX_SAID = 20
_ALIAS = re.compile(r"\buser-\d+\b")
_PROPER = re.compile(r"\w{2,}[ ._]\w|[a-z]\d|[A-Z][a-z]{2,}[A-Z]|[\u4e00-\u9fff]{2,4}$")  # Jane Doe, jdoe7, 李雷
_ENOUGH = 5  # terms and names: a message with fewer points at something said before
_LEANING = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|same|still|again|also|too|either|above|previous|one|there|so|then|else)\b"
    r"|这|那|它|还是|仍然|依然|也是|一样|同样|同问|上面|之前|刚才|又|另外",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """Messages by their number, as a model sees them, and the names that stand for the people."""

    messages: Mapping[int, Message]
    texts: Mapping[int, str]
    aliases: Mapping[str, str]  # author id -> name

    @property
    def people(self) -> tuple[str, ...]:
        """The names that people really have, as far as they cannot be mistaken for a word."""
        found = {m.author.name for m in self.messages.values()}
        return tuple(sorted(name for name in found if _PROPER.search(name)))

    def real(self, text: str) -> str:
        """Return the text with the people's own names."""
        called = {self.aliases[m.author.id]: m.author.name or m.author.id for m in self.messages.values()}
        return _ALIAS.sub(lambda found: called.get(found[0], found[0]), text)


def brief(conversation: Conversation, hide: Callable[[str], str]) -> Briefing:
    """Number the messages of a thread; of a long one, its beginning and its end."""
    standing = [m for m in conversation.messages if not m.deleted and m.text.strip()]
    if len(standing) > MAX_MESSAGES:
        standing = [*standing[:FIRST_MESSAGES], *standing[FIRST_MESSAGES - MAX_MESSAGES :]]
    aliases: dict[str, str] = {}
    for message in standing:
        aliases.setdefault(message.author.id, f"user-{len(aliases) + 1}")
    return Briefing(
        messages=dict(enumerate(standing, 1)),
        texts={number: told(m.text, hide, MAX_MESSAGE_CHARS) for number, m in enumerate(standing, 1)},
        aliases=aliases,
    )


def told(text: str, hide: Callable[[str], str], max_chars: int) -> str:
    """Return a text as it may leave: hidden first, then cut, so that no half of a secret is left over."""
    hidden = hide(clean(text))
    return hidden if len(hidden) <= max_chars else re.sub(r"<[\w-]{0,12}$", "", hidden[:max_chars]) + " …"


def thread_data(
    briefing: Briefing, conversation: Conversation, marks: Mapping[str, Collection[str]]
) -> list[dict[str, Data]]:
    """Return the messages as data; marks are what they are in the case -> ids of the messages."""
    rows: list[dict[str, Data]] = []
    for number, message in briefing.messages.items():
        row: dict[str, Data] = {
            "number": number,
            "who": briefing.aliases[message.author.id],
            "role": conversation.role_of(message.author).value
            if message.author.kind is AuthorKind.HUMAN
            else message.author.kind.value,
            "text": briefing.texts[number],
        }
        given = [mark for mark, ids in marks.items() if message.id in ids]
        rows.append({**row, "marks": given} if given else row)
    return rows


def marks_of(case: Case | None) -> dict[str, tuple[str, ...]]:
    """Return what the messages are in a case."""
    if case is None:
        return {}
    return {"problem": case.problem_ids, "answer": case.learn_ids or case.answer_ids, "evidence": case.evidence}


def entry_text(entry: KnowledgeEntry, hide: Callable[[str], str]) -> tuple[str, str]:
    """Return all of an entry, and what of it answers, as a model sees them."""
    answers = "\n".join(part for part in (entry.cause or "", entry.resolution) if part)
    about = "\n".join(part for part in (entry.title, entry.issue, entry.environment) if part)
    return told(about, hide, MAX_ENTRY_CHARS), told(answers, hide, MAX_ENTRY_CHARS)


def user_message(data: Mapping[str, Data]) -> str:
    """Return data as one JSON object: what stands in a string cannot end it."""
    return json.dumps(data, ensure_ascii=False)


def said_in(conversation: Conversation) -> tuple[str, ...]:
    """Return what stands in a thread, the newest last."""
    return tuple(m.text for m in conversation.messages if not m.deleted and m.text.strip())[-MAX_SAID:]


def stands_alone(conversation: Conversation, message_ids: Collection[str]) -> bool:
    """Whether the last asking message is understood without the thread: nobody spoke before, or it says enough itself."""
    asking = [m for m in conversation.messages if m.id in message_ids]
    if not asking:
        return True
    before = conversation.messages[: conversation.messages.index(asking[0])]
    if not any(not m.deleted and m.text.strip() for m in before):
        return True
    text = asking[-1].text
    return len(terms(text) | names(text)) >= _ENOUGH and not _LEANING.search(text)


def solving(briefing: Briefing, case: Case) -> frozenset[int]:
    """Return the numbers of people's messages that may hold the solution: none of the problem, none before the first answer."""
    wanted = [n for n, m in briefing.messages.items() if m.is_human and m.id in case.learn_ids]
    if wanted:
        return frozenset(wanted)
    people = [n for n, m in briefing.messages.items() if m.is_human and m.id not in case.problem_ids]
    first = next((n for n in people if briefing.messages[n].id in case.answer_ids), 0)
    return frozenset(n for n in people if n >= first)
