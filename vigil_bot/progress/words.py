"""The few words that the life of a case needs: what it says, and what it looks for in messages; pure."""

import re

from vigil_bot.model.case import CaseState, ResolvedBy, Side

_CJK = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
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
_SUGGESTS = re.compile(r"\b(?:tried|try|why not|could you (?:run|restart|set|use))\b|试|要不|`|https?:", re.IGNORECASE)


def language_of(text: str) -> str:
    """Return "zh" for mostly Chinese words, else "en"."""
    chinese = len(_CJK.findall(text[:1_000]))
    return "zh" if chinese >= 2 and chinese >= len(_LATIN.findall(text[:1_000])) else "en"  # noqa: PLR2004 -- one may be a name


def asks_whether_it_worked(text: str) -> bool:
    """Whether somebody wants to hear if an answer helped ("did that work?", "再试一下")."""
    return _DID_IT_WORK.search(text[:2_000]) is not None


def only_asks_back(text: str) -> bool:
    """Whether a message is a question to the requester and proposes nothing ("which version do you run?")."""
    asked = text.strip()
    return _ONLY_A_QUESTION.fullmatch(asked) is not None and _SUGGESTS.search(asked) is None


STATES: dict[str, dict[CaseState, str]] = {
    "en": {
        CaseState.OPEN: "Open",
        CaseState.WAITING_ON_ANALYST: "Waiting on an analyst",
        CaseState.WAITING_ON_REQUESTER: "Waiting on the requester",
        CaseState.RESOLVED: "Resolved",
        CaseState.CLOSED: "Closed",
    },
    "zh": {
        CaseState.OPEN: "待处理",
        CaseState.WAITING_ON_ANALYST: "等待处理人",
        CaseState.WAITING_ON_REQUESTER: "等待提问者",
        CaseState.RESOLVED: "已解决",
        CaseState.CLOSED: "已关闭",
    },
}

RESOLVED_BY: dict[str, dict[ResolvedBy, str]] = {
    "en": {
        ResolvedBy.REQUESTER: "the requester said so",
        ResolvedBy.ANALYST: "an analyst said so",
        ResolvedBy.SILENCE: "no word after an answer",
    },
    "zh": {
        ResolvedBy.REQUESTER: "提问者确认",
        ResolvedBy.ANALYST: "处理人确认",
        ResolvedBy.SILENCE: "回答后长时间无回复",
    },
}

SIDES: dict[str, dict[Side, str]] = {
    "en": {Side.REQUESTER: "requester", Side.ANALYST: "analyst", Side.NOBODY: "nobody"},
    "zh": {Side.REQUESTER: "提问者", Side.ANALYST: "处理人", Side.NOBODY: "无"},
}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "reopened": "reopened",
        "owner": "Owner",
        "next": "Next move",
        "since": "since",
        "promised": "Promised",
        "due": "due",
        "overdue": "overdue",
        "no_time": "no time given",
        "missing": "Still needed",
        "first_answer": "First answer after",
        "because": "Because",
        "note": "Note",
        "resolve": "Resolve",
        "reopen": "Reopen",
        "footer": "This card is kept up to date.",
        "nudge_requester": "Did the answer above solve it? A short reply or a ✅ keeps this case right.",
        "nudge_reply": "A question to you is still open above.",
        "nudge_promise": "You said that you would come back to this; the time for it has passed.",
        "nudge_analyst": "This case waits for your next word.",
        "nudge_open": "This question has no answer yet.",
    },
    "zh": {
        "reopened": "重新打开",
        "owner": "处理人",
        "next": "下一步",
        "since": "自",
        "promised": "承诺",
        "due": "截止",
        "overdue": "已超时",
        "no_time": "未说明时间",
        "missing": "尚需信息",
        "first_answer": "首次回答用时",
        "because": "依据",
        "note": "备注",
        "resolve": "标记已解决",
        "reopen": "重新打开",
        "footer": "此卡片会持续更新。",
        "nudge_requester": "上面的回答解决问题了吗？简短回复或点个 ✅ 即可。",
        "nudge_reply": "上面有一个问题等你回复。",
        "nudge_promise": "你答应过会跟进，时间已经过了。",
        "nudge_analyst": "这个问题在等你的下一步回复。",
        "nudge_open": "这个问题还没有人回答。",
    },
}
