"""The few words that the life of a case needs: what it says, and what it looks for in messages; pure."""

import re
from collections.abc import Iterable
from itertools import islice

from vigil_bot.model.case import Case, CaseState, ResolvedBy, Side
from vigil_bot.model.conversation import Conversation, Message
from vigil_bot.texts.language import language_of
from vigil_bot.texts.text import Text

_ENOUGH = 20  # messages that tell the language of a thread, however long it is
_DID_IT_WORK = re.compile(
    r"\b(?:did|does|do|has|have|is|are)\s+(?:that|this|it|things|everything|the\s+\w{1,30})\s+(?:now\s+)?"
    r"(?:help|work|fix|solve|resolve|better|ok(?:ay)?|fine|good|gone)"
    r"|\blet\s+(?:me|us)\s+know\s+(?:if|whether|how|when)\b"
    r"|\b(?:works?|working|better|fixed|ok(?:ay)?|good)(?:\s+now|\s+for\s+you)?\s*\?"
    r"|\b(?:please|can\s+you|could\s+you)\s+(?:try|check|retry|test|verify|confirm)\b"
    r"|\bstill\s+(?:an?\s+)?(?:see|seeing|happening|failing|broken|issue|problem)[^.\n]{0,40}\?"
    r"|(?:好|可以|行|恢复|解决|正常|搞定|能用|有用|生效|成功|修好)了?(?:吗|没有?[？?]|么[？?])|还(?:有问题|报错|报|会)[^\s]{0,4}吗"
    r"|再(?:试|看)(?:一下|下|一次|试|看)|(?:请|麻烦|帮忙)(?:确认|验证|试|观察)|现在(?:呢|怎么样)",
    re.IGNORECASE,
)
_ONLY_A_QUESTION = re.compile(r"[^.!。！\n]{0,200}[?？]")
_COURTESY = re.compile(
    r"(?:[\W_]|\b(?:ok(?:ay)?|yes\s+please|sure|thanks?|thank\s+you|thx|ty|cheers|got\s+it|i\s+see|great|good|cool|nice|perfect|sorry|h?m+|ah+|oh"
    r"|lol|haha|hi|hello|hey|will\s+do|no\s+problem|np|please|me\s+too|right|understood|there)\b"
    r"|好的?|嗯|收到|谢谢|多谢|感谢|稍等|明白了?|了解了?|知道了|哈|不好意思|抱歉|您|你|辛苦了?|大家)*",
    re.IGNORECASE,
)
_SUGGESTS = re.compile(r"\b(?:tried|try|why not|could you (?:run|restart|set|use))\b|试|要不|`|https?:", re.IGNORECASE)


def spoken_in(conversation: Conversation, case: Case | None = None) -> str:
    """Return the language of a thread: that of the problem, else of all that people wrote; "" where nothing tells."""
    ids = case.problem_ids[:_ENOUGH] if case is not None else ()
    problem = (message for message in map(conversation.message, ids) if message is not None)
    told = (_spoken(some) for some in (problem, conversation.messages))
    return next(filter(None, told), case.language if case is not None else "")


def _spoken(messages: Iterable[Message]) -> str:
    """Return the language of the first words that people wrote."""
    return language_of("\n".join(message.text for message in islice((m for m in messages if m.is_human), _ENOUGH)))


def asks_whether_it_worked(text: str) -> bool:
    """Whether somebody wants to hear if an answer helped ("did that work?", "再试一下")."""
    return _DID_IT_WORK.search(text[:2_000]) is not None


def only_asks_back(text: str) -> bool:
    """Whether a message is a question to the requester and proposes nothing ("which version do you run?")."""
    asked = text.strip()
    return _ONLY_A_QUESTION.fullmatch(asked) is not None and _SUGGESTS.search(asked) is None


def is_courtesy(text: str) -> bool:
    """Whether a message says nothing but that it was read, or a kind word ("ok, thanks!", "收到")."""
    return _COURTESY.fullmatch(text[:200]) is not None


STATES: dict[CaseState, Text] = {
    CaseState.OPEN: Text("Open"),
    CaseState.WAITING_ON_ANALYST: Text("Waiting on an analyst"),
    CaseState.WAITING_ON_REQUESTER: Text("Waiting on the requester"),
    CaseState.RESOLVED: Text("Resolved"),
    CaseState.CLOSED: Text("Closed"),
}

RESOLVED_BY: dict[ResolvedBy, Text] = {
    ResolvedBy.REQUESTER: Text("the requester said so"),
    ResolvedBy.ANALYST: Text("an analyst said so"),
    ResolvedBy.SILENCE: Text("no word after an answer"),
}

SIDES: dict[Side, Text] = {
    Side.REQUESTER: Text("requester"),
    Side.ANALYST: Text("analyst"),
    Side.NOBODY: Text("nobody"),
}

NUDGES: dict[str, Text] = {
    "requester": Text("Did the answer above solve it? A short reply or a ✅ keeps this case right."),
    "reply": Text("A question to you is still open above."),
    "promise": Text("You said that you would come back to this; the time for it has passed."),
    "analyst": Text("This case waits for your next word."),
    "open": Text("This question has no answer yet."),
    "stalled": Text("This case has stalled: its owner was reminded, and nobody has come back to it."),
}
