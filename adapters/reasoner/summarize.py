"""A thread in a few lines, each in somebody's words; pure."""

from adapters.reasoner.cues import says_something, strip_social, tells_the_cause, tells_the_solution, tells_what_to_do
from adapters.reasoner.people import is_analyst, names_of, requester_id, said_by_people
from adapters.reasoner.question import asking_lines
from adapters.reasoner.solution import problem_messages, solving_messages
from adapters.reasoner.text import cut, language, terms, units, without_quotations
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Conversation, Message

MAX_SAID = 3
_QUOTE_CHARS = 160
_UPDATE_CHARS = 320
_LEAST_NEWS = 2  # words
_TELLING = 4  # as good as so many new words
_WORDS = {
    "en": {
        "problem": "Problem ({who}): “{text}”",
        "said": "{who}: “{text}”",
        "nothing": "Nobody has offered an answer yet.",
        "promise": "Promised by {who}: “{text}”",
        "state": "State: {state}{move}. {people} people, {messages} messages.",
        "open": "open",
        "waiting_on_analyst": "waiting on the analyst",
        "waiting_on_requester": "waiting on the requester",
        "resolved": "resolved",
        "closed": "closed",
        "requester": ", the requester is next",
        "analyst": ", an analyst is next",
    },
    "zh": {
        "problem": "问题（{who}）：“{text}”",
        "said": "{who}：“{text}”",
        "nothing": "还没有人给出答复。",
        "promise": "{who} 承诺：“{text}”",
        "state": "状态：{state}{move}。{people} 人参与，{messages} 条消息。",
        "open": "处理中",
        "waiting_on_analyst": "等待处理人",
        "waiting_on_requester": "等待提问者",
        "resolved": "已解决",
        "closed": "已关闭",
        "requester": "，下一步在提问者",
        "analyst": "，下一步在处理人",
    },
}


def summary(conversation: Conversation, case: Case | None) -> list[str]:
    """Return three to six lines: the problem, what was offered by whom, what was promised, the state; none for an empty thread."""
    people = said_by_people(conversation)
    if not people:
        return []
    seen = case or _unseen(conversation, people)
    words = _WORDS[language("\n".join(m.text for m in people))]
    problem = problem_messages(conversation, seen) or people[:1]
    reports = is_analyst(conversation, problem[0]) and len({m.author.id for m in people}) == 1
    problem = problem[:1] if reports else problem
    names = names_of(conversation)
    asked = " ".join(line for m in problem for line in asking_lines(m.text, names)) or problem[0].text
    lines = [words["problem"].format(who=_who(problem[0]), text=cut(asked, _QUOTE_CHARS))]
    told = _updates(conversation, problem[0], words) if reports else _offers(conversation, seen, words)
    lines += told or [words["nothing"]]
    lines += _promise(conversation, seen, words)
    return [*lines, _state(people, seen, words)]


def _unseen(conversation: Conversation, people: list[Message]) -> Case:
    """Return a case for a thread that has none yet."""
    at = people[0].sent_at
    return Case(
        conversation=conversation.ref.key,
        state=CaseState.OPEN,
        opened_at=at,
        changed_at=at,
        requester_id=requester_id(conversation, None),
    )


def _offers(conversation: Conversation, case: Case, words: dict[str, str]) -> list[str]:
    names = names_of(conversation)
    lines = []
    for message in solving_messages(conversation, case):
        said = [u.text if u.fence else strip_social(u.text, names) for u in units(without_quotations(message.text))]
        text = " ".join(s for s in said if says_something(s))
        if text:
            lines.append(words["said"].format(who=_who(message), text=cut(text, _QUOTE_CHARS)))
    return lines[:MAX_SAID]


def _updates(conversation: Conversation, report: Message, words: dict[str, str]) -> list[str]:
    """Return what an analyst wrote after reporting a fault: the newest update, and those that add most to what stands there."""
    told = [m for m in said_by_people(conversation) if m.sent_at > report.sent_at]
    known, chosen = set(terms(report.text)), list[Message]()
    while told and len(chosen) < MAX_SAID:
        best = max(told, key=lambda m: (_news(m.text, known) if chosen else 0, m.sent_at))
        told.remove(best)
        if _news(best.text, known) < _LEAST_NEWS and chosen:
            break
        chosen.append(best)
        known.update(terms(best.text))
    chosen.sort(key=lambda m: m.sent_at)
    return [words["said"].format(who=_who(m), text=cut(m.text, _UPDATE_CHARS)) for m in chosen]


def _news(text: str, known: set[str]) -> int:
    """Return how much a message adds: words not yet said, and more where it tells the cause or what was done."""
    new = len(set(terms(text)) - known)
    telling = sum(tells(text) for tells in (tells_the_cause, tells_the_solution, tells_what_to_do))
    return new and new + _TELLING * telling


def _promise(conversation: Conversation, case: Case, words: dict[str, str]) -> list[str]:
    """Return the newest promise of an open case."""
    if case.state.over or not case.promises:
        return []
    message = conversation.message(case.promises[-1].message_id)
    if message is None or message.deleted:
        return []
    return [words["promise"].format(who=_who(message), text=cut(message.text, _QUOTE_CHARS))]


def _state(people: list[Message], case: Case, words: dict[str, str]) -> str:
    move = "" if case.state is not CaseState.OPEN or case.next_mover is Side.NOBODY else words[case.next_mover.value]
    return words["state"].format(
        state=words[case.state.value], move=move, people=len({m.author.id for m in people}), messages=len(people)
    )


def _who(message: Message) -> str:
    return message.author.name or message.author.id
