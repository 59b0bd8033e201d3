"""What a solved case teaches, in the words of the people in it; pure."""

import re
from collections.abc import Container, Iterable, Sequence

from adapters.reasoner.asides import is_aside, is_reply, speaks_to_helper, trimmed, wonders
from adapters.reasoner.cues import (
    is_promise,
    is_question,
    says_it_failed,
    says_something,
    says_who_solved,
    strip_social,
    tells_a_problem,
    tells_the_cause,
    tells_the_solution,
    tells_what_to_do,
)
from adapters.reasoner.environment import environment_of
from adapters.reasoner.people import names_of, requester_id, said_by_people
from adapters.reasoner.question import asking_lines
from adapters.reasoner.solution import decisive, problem_messages, replied_at, solving_messages
from adapters.reasoner.text import cut, terms, units, weight, without_quotations
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.model.knowledge import DraftEntry, Quoted

TITLE_CHARS = 90
MAX_ISSUE = 8  # sentences
MAX_RESOLUTION = 14
_MIN_ISSUE_WEIGHT = 2
_MIN_ANSWER_WEIGHT = 2
_MIN_ASKED_WEIGHT = 4  # content words of a question that is one by itself
_CLAUSE_END = re.compile(r"[,;:，；：]\s*")
_ANAPHORA = re.compile(r"^\W*(?:yes|no|that|this|it|both|same|right|exactly)\b\W*", re.IGNORECASE)


def learn(conversation: Conversation, case: Case) -> DraftEntry | None:
    """Return what a solved case teaches, every sentence with its message; None when there is no answer worth keeping."""
    names = names_of(conversation)
    problem = problem_messages(conversation, case)
    issue = _issue(problem, names, replied=replied_at(conversation, problem) if problem else 0.0)
    opening = {m.id for m in problem if m.sent_at < replied_at(conversation, problem)}
    asker = requester_id(conversation, case)
    tip = _tip(conversation, case, names) if case.learn_ids else None
    solving = solving_messages(conversation, case)
    settled = {m.id for m in decisive(conversation, case, said_by_people(conversation))}
    resolution = _resolution(solving, issue, names, asker=asker, settled=settled)
    if tip is not None and not resolution:
        return tip
    if weight(" ".join(q.text for q in issue)) < _MIN_ISSUE_WEIGHT or not resolution:
        return None
    return DraftEntry(
        title=_title([q for q in issue if q.message_id in opening] or issue, conversation.title or ""),
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


def _issue(problem: Sequence[Message], names: Iterable[str], *, replied: float) -> tuple[Quoted, ...]:
    """Return what is wrong: all that was told at first, and of what came after a reply only new questions and symptoms."""
    told = [m for m in problem if m.sent_at < replied and (m is problem[0] or not is_reply(m.text, names))]
    first = [q for m in told for q in _asked(m, names)]
    asked = first if weight(" ".join(q.text for q in first)) >= _MIN_ISSUE_WEIGHT else []
    later = [m for m in problem if m.sent_at >= replied or not asked]
    asked = [*asked, *(q for m in later for q in (_added(m, names) if asked else _asked(m, names)))]
    return _unique(asked)[:MAX_ISSUE]


def _asked(message: Message, names: Iterable[str]) -> list[Quoted]:
    lines = asking_lines(message.text, names)
    told = [line for line in lines if weight(line) and (tells_a_problem(line) or not is_promise(line))]
    return [Quoted(text=line, message_id=message.id) for line in told]


def _added(message: Message, names: Iterable[str]) -> list[Quoted]:
    """Return what a requester's later message adds to the problem; half a dialogue, such as a reply or "still the same", is none."""
    said = _asked(message, names)
    reply = units(message.text)[0].text if is_reply(message.text, names) else ""
    return [
        q
        for q in said
        if q.text not in reply
        and not (says_it_failed(q.text) or speaks_to_helper(q.text) or is_aside(q.text))
        and (tells_a_problem(q.text) or (is_question(q.text) and weight(q.text) >= _MIN_ASKED_WEIGHT))
    ]


def _resolution(
    messages: Sequence[Message],
    issue: Sequence[Quoted],
    names: Iterable[str],
    *,
    asker: str | None,
    settled: Container[str],
) -> tuple[Quoted, ...]:
    kept: list[Quoted] = []
    for message in messages:
        told = message.author.id == asker and not says_who_solved(message.text)
        kept += _sentences(message, names, told=told, settled=message.id in settled)
    asked = {q.text for q in issue}
    kept = [q for q in _unique(kept) if q.text not in asked]
    return tuple(kept[:MAX_RESOLUTION]) if any(_answers(q.text) for q in kept) else ()


def _sentences(message: Message, names: Iterable[str], *, told: bool, settled: bool = False) -> list[Quoted]:
    """Return what a message says about the solution; of the requester's own words only those that tell it.

    Args:
        settled: Whether the requester agreed with it: then even a question ("did you mean ...?") may be the answer.
    """
    kept: list[str] = []
    found = units(without_quotations(message.text))
    for at, unit in enumerate(found):
        said = unit.text if unit.fence else strip_social(unit.text, names)
        text = said if unit.fence else trimmed(said)
        tells = says_something(text, least=_MIN_ANSWER_WEIGHT) or (settled and wonders(text))
        wanted = tells and (unit.fence or (tells_the_solution(text) if told else not is_aside(said)))
        leads = not is_aside(said) and text.endswith((":", "：")) and at + 1 < len(found) and found[at + 1].fence
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
