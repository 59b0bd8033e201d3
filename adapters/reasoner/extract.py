"""What a solved case teaches, in the words of the people in it; pure."""

import re
from collections.abc import Iterable, Sequence

from adapters.reasoner.cues import (
    is_promise,
    is_question,
    says_something,
    strip_social,
    tells_a_problem,
    tells_the_cause,
    tells_the_solution,
    tells_what_to_do,
)
from adapters.reasoner.environment import environment_of
from adapters.reasoner.people import names_of, requester_id
from adapters.reasoner.question import asking_lines
from adapters.reasoner.solution import problem_messages, solving_messages
from adapters.reasoner.text import cut, terms, units, weight, without_quotations
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.knowledge import DraftEntry, Quoted

TITLE_CHARS = 90
MAX_ISSUE = 8  # sentences
MAX_RESOLUTION = 14
_MIN_ISSUE_WEIGHT = 2
_MIN_ANSWER_WEIGHT = 2
_CLAUSE_END = re.compile(r"[,;:，；：]\s*")
_ANAPHORA = re.compile(r"^\W*(?:yes|no|that|this|it|both|same|right|exactly)\b\W*", re.IGNORECASE)


def learn(conversation: Conversation, case: Case) -> DraftEntry | None:
    """Return what a solved case teaches, every sentence with its message; None when there is no answer worth keeping."""
    names = names_of(conversation)
    problem = problem_messages(conversation, case)
    issue = _issue(problem, names)
    asker = requester_id(conversation, case)
    tip = _tip(conversation, case, names) if case.learn_ids else None
    resolution = _resolution(solving_messages(conversation, case), issue, names, asker=asker)
    if tip is not None and not resolution:
        return tip
    if weight(" ".join(q.text for q in issue)) < _MIN_ISSUE_WEIGHT or not resolution:
        return None
    return DraftEntry(
        title=_title(issue, conversation.title or ""),
        issue=issue,
        resolution=resolution,
        environment=environment_of(m.text for m in conversation.messages if m.author.id == asker and m.is_human),
        cause=next((q.text for q in resolution if tells_the_cause(q.text) and not q.text.startswith("```")), None),
    )


def _tip(conversation: Conversation, case: Case, names: Iterable[str]) -> DraftEntry | None:
    """Return what a message teaches that tells both the problem and what to do, with nobody having asked."""
    for message in conversation.messages:
        if message.id not in case.learn_ids or not message.is_human:
            continue
        said = [q for q in _sentences(message, names, told=False) if not is_question(q.text)]
        if not _advises([q.text for q in said]) or weight(" ".join(q.text for q in said)) < 2 * _MIN_ANSWER_WEIGHT:
            continue
        issue, rest = said[:1], said[1:]
        resolution = rest if any(_answers(q.text) for q in rest) else said
        title = _title(issue, conversation.title or "")
        return DraftEntry(title=title, issue=tuple(issue), resolution=tuple(resolution[:MAX_RESOLUTION]))
    return None


def _advises(sentences: Sequence[str]) -> bool:
    """Whether somebody says what to do, also after a condition, or at least more than that something goes wrong."""
    clauses = [clause for sentence in sentences for clause in _CLAUSE_END.split(sentence)]
    told = any(tells_what_to_do(clause) or "`" in clause for clause in clauses)
    return told or (len(sentences) > 1 and not all(map(tells_a_problem, sentences[1:])))


def _issue(problem: Sequence[Message], names: Iterable[str]) -> tuple[Quoted, ...]:
    lines = [(line, m.id) for m in problem for line in asking_lines(m.text, names)]
    quoted = [Quoted(text=line, message_id=at) for line, at in lines if tells_a_problem(line) or not is_promise(line)]
    return _unique(quoted)[:MAX_ISSUE]


def _resolution(
    messages: Sequence[Message], issue: Sequence[Quoted], names: Iterable[str], *, asker: str | None
) -> tuple[Quoted, ...]:
    kept: list[Quoted] = []
    for message in messages:
        kept += _sentences(message, names, told=message.author.id == asker)
    asked = {q.text for q in issue}
    kept = [q for q in _unique(kept) if q.text not in asked]
    return tuple(kept[:MAX_RESOLUTION]) if any(_answers(q.text) for q in kept) else ()


def _sentences(message: Message, names: Iterable[str], *, told: bool) -> list[Quoted]:
    """Return what a message says about the solution; of the requester's own words only those that tell it."""
    kept: list[str] = []
    found = units(without_quotations(message.text))
    for at, unit in enumerate(found):
        text = unit.text if unit.fence else strip_social(unit.text, names)
        wanted = says_something(text, least=_MIN_ANSWER_WEIGHT) and (unit.fence or not told or tells_the_solution(text))
        leads = text.endswith((":", "：")) and at + 1 < len(found) and found[at + 1].fence
        if wanted or (leads and text):
            kept.append(text)
    return [Quoted(text=text, message_id=message.id) for text in kept]


def _answers(sentence: str) -> bool:
    """Whether a sentence could help somebody who reads it alone."""
    least = _MIN_ANSWER_WEIGHT if tells_what_to_do(sentence) else _MIN_ANSWER_WEIGHT + 1
    return weight(_ANAPHORA.sub("", sentence)) >= least or sentence.startswith("```")


def _unique(quoted: Sequence[Quoted]) -> tuple[Quoted, ...]:
    """Return sentences without those that an earlier one has already."""
    kept: list[Quoted] = []
    said = ""
    for quote in quoted:
        words = " ".join(quote.text.lower().strip(" ()").split())
        if words not in said:
            kept.append(quote)
            said += f"\n{words}"
    return tuple(kept)


def _title(issue: Sequence[Quoted], topic: str) -> str:
    """Return one line: the thread's own title if it says something, else the sentence of the issue that says what is wrong."""
    if len(set(terms(topic))) >= _MIN_ISSUE_WEIGHT:
        return cut(topic, TITLE_CHARS)
    lines = [q.text for q in issue if weight(q.text) >= _MIN_ISSUE_WEIGHT] or [issue[0].text]
    best = next((t for t in lines if tells_a_problem(t)), next((t for t in lines if is_question(t)), lines[0]))
    return cut(best.replace("`", "").rstrip("。.!！:："), TITLE_CHARS)
