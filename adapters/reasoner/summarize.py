"""A thread in a few lines, each in somebody's words; pure."""

from adapters.reasoner.cues import says_something, strip_social
from adapters.reasoner.people import names_of, requester_id, said_by_people
from adapters.reasoner.question import asking_lines
from adapters.reasoner.solution import problem_messages, solving_messages
from adapters.reasoner.text import cut, language, units, without_quotations
from vigil_bot.model.case import Case, CaseState, Side
from vigil_bot.model.conversation import Conversation, Message

MAX_SAID = 3
_QUOTE_CHARS = 160
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
        "waiting_on_analyst": "等待分析人员",
        "waiting_on_requester": "等待提问者",
        "resolved": "已解决",
        "closed": "已关闭",
        "requester": "，下一步在提问者",
        "analyst": "，下一步在分析人员",
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
    names = names_of(conversation)
    asked = " ".join(line for m in problem for line in asking_lines(m.text, names)) or problem[0].text
    lines = [words["problem"].format(who=_who(problem[0]), text=cut(asked, _QUOTE_CHARS))]
    lines += _offers(conversation, seen, words) or [words["nothing"]]
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
