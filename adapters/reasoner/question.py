"""The question that stands alone, from the asking messages and what the same person said just before; pure."""

from collections.abc import Iterable, Sequence

from adapters.reasoner.cues import asks_for_help_only, is_empty, is_question, strip_social, tells_a_problem
from adapters.reasoner.people import names_of
from adapters.reasoner.text import cut, language, terms, units, weight, without_quotations
from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.suggestion import Question

MAX_CHARS = 600
MAX_TELLING_LINES = 3
_MAX_LINE_CHARS = 240
_MAX_BEFORE = 4  # messages of the burst before the first asking one
_BURST_S = 900.0
_ENOUGH = 4  # terms: fewer, and a question points at something said before


def standalone(conversation: Conversation, message_ids: Sequence[str]) -> Question:
    """Return what the asker wants to know, at most MAX_CHARS long; empty when nothing is left of the messages."""
    wanted = set(message_ids)
    asking = [m for m in conversation.messages if m.id in wanted]
    names = names_of(conversation)
    own = [line for m in asking for line in asking_lines(m.text, names)]
    before = _before(conversation, asking, bare=len(set(terms(" ".join(own)))) < _ENOUGH) if asking else []
    context = [line for m in before for line in asking_lines(m.text, names)]
    title = conversation.title or ""
    lines = [title, *context, *own] if _adds(title, [*context, *own]) else [*context, *own]
    text = "\n".join(_fit(lines, keep_last=len(own)))
    used = tuple(m.id for m in [*before, *asking])
    return Question(text=text, message_ids=used, language=language(text))


def asking_lines(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return the sentences of a problem or a question without social talk, code reduced to its telling lines."""
    lines: list[str] = []
    for unit in units(without_quotations(text)):
        if unit.fence:
            lines += telling_lines(unit.text)
            continue
        line = strip_social(unit.text, names)
        if line and not is_empty(line) and not asks_for_help_only(line) and not _is_stack_frame(line):
            lines.append(line)
    return list(dict.fromkeys(lines))


def telling_lines(fence: str) -> list[str]:
    """Return the lines of code or output that say what went wrong, or the first ones when none does."""
    lines = [line.strip() for line in fence.strip("`~").split("\n")]
    lines = [line for line in lines if weight(line) and not _is_stack_frame(line) and not line.isalpha()]
    telling = [line for line in lines if tells_a_problem(line)]
    return [cut(line, _MAX_LINE_CHARS) for line in (telling or lines[:2])[:MAX_TELLING_LINES]]


def _is_stack_frame(line: str) -> bool:
    return line.startswith(("at ", 'File "', "... ")) and ("(" in line or '"' in line or line.endswith("more"))


def _before(conversation: Conversation, asking: Sequence[Message], *, bare: bool) -> list[Message]:
    """Return what belongs to the question: the asker's burst before it; for a bare "same here", also what it points at."""
    first = conversation.messages.index(asking[0])
    earlier = [m for m in conversation.messages[:first] if m.is_human]
    own: list[Message] = []
    at = asking[0].sent_at
    for message in reversed(earlier):
        if message.author.id != asking[0].author.id or len(own) == _MAX_BEFORE:
            continue
        if at - message.sent_at > _BURST_S and not bare:
            break
        own.append(message)
        at = message.sent_at
    if bare and not any(asking_lines(m.text) for m in own):
        own += [m for m in _opening(earlier) if m not in own]
    return sorted(own, key=lambda m: (m.sent_at, m.id))


def _opening(earlier: Sequence[Message]) -> list[Message]:
    """Return the first messages of a thread, as long as the same person writes."""
    opening: list[Message] = []
    for message in earlier:
        if opening and message.author.id != opening[0].author.id:
            break
        opening.append(message)
    return opening[:_MAX_BEFORE]


def _adds(title: str, lines: Sequence[str]) -> bool:
    said = set(terms(" ".join(lines)))
    return bool(set(terms(title)) - said)


def _fit(lines: Sequence[str], *, keep_last: int) -> list[str]:
    """Return as many lines as fit, in order: what asks and what fails before the rest, the asking messages before the others."""
    unique = list(dict.fromkeys(lines))
    own = set(lines[len(lines) - keep_last :])

    def rank(at: int) -> tuple[bool, bool, int]:
        line = unique[at]
        return (line not in own, not (is_question(line) or tells_a_problem(line)), at)

    left, chosen = MAX_CHARS, set()
    for at in sorted(range(len(unique)), key=rank):
        need = len(unique[at]) + 1
        if need <= left:
            chosen.add(at)
            left -= need
    if not chosen and unique:
        return [cut(unique[min(range(len(unique)), key=rank)], MAX_CHARS)]
    return [unique[at] for at in sorted(chosen)]
