"""Words that look like a request and are none, or take one back; pure, English and Chinese.

Each rule is narrow on purpose: what it matches is silence, and `intent` weighs everything else.
"""

import re

_TAKEN_BACK = re.compile(
    r"\bnever\s?mind\b|\bnvm\b|\bforget\s+(?:it|that|about\s+(?:it|that))\b|\b(?:found|figured)\s+it(?:\s+out)?\b"
    r"|^\W*(?:solved|resolved|fixed)\b|\b(?:solved|fixed)\s+it\s+(?:myself|ourselves)\b"
    r"|^算了|不用(?:管|看|麻烦)?了|没事了|(?:自己|已经|已)(?:解决|搞定|好)了|搞定了",
    re.IGNORECASE,
)
_RHETORICAL = re.compile(
    r"\bwho\s+(?:needs|doesn['’]?t\s+(?:love|like)|would\s+have\s+thought)\b|\bwhy\s+do\s+we\s+even\b"
    r"|\bdon['’]?t\s+you\s+(?:just\s+)?love\b|\bisn['’]?t\s+it\s+(?:lovely|wonderful|great)\b|谁不(?:想|爱|喜欢)|谁能想到",
    re.IGNORECASE,
)
_LAUGHS = re.compile(r"\b(?:lol|lmao|rofl|(?:ha){2,}h?)\b|[:x]D(?!\w)|哈哈|笑死|😂|🤣", re.IGNORECASE)
_ANNOUNCES = re.compile(
    r"^\W*(?:heads[\s-]?up|reminder|announcement|for\s+the\s+record|psa)\b|^\W*(?:通知|公告|提醒|周知|温馨提示)[：:，,\s]",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"^\W*(?:resolved|recovered|recovery|closed|ok|up|back\s+to\s+normal)\b\W|^\W*(?:已恢复|恢复|告警恢复|已解决)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？]|\b(?:how|what|why|help)\b|怎么|如何|为什么|求助", re.IGNORECASE)


def takes_back(text: str) -> bool:
    """Whether somebody says that an earlier question needs no answer any more."""
    return _TAKEN_BACK.search(text[:500]) is not None


def only_takes_back(text: str) -> bool:
    """Whether it says nothing else that asks."""
    return takes_back(text) and _ASKS.search(text) is None


def is_no_request(text: str, *, by_bot: bool = False) -> bool:
    """Whether a message wants nothing although it sounds like it: rhetoric, a joke, a notice, an alert that is over."""
    asks = _ASKS.search(text) is not None
    if _RHETORICAL.search(text):
        return True
    if by_bot and _OVER.match(text):
        return True
    return not asks and (_LAUGHS.search(text) is not None or _ANNOUNCES.match(text) is not None)


def names_topic(text: str, topics: tuple[str, ...]) -> bool:
    """Whether a text names one of the topics: as whole words where it is written in letters, in any case."""
    return any(_topic(topic).search(text) for topic in topics)


def _topic(topic: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in topic.split())
    begins = r"(?<!\w)" if re.match(r"[a-z0-9_]", topic, re.IGNORECASE) else ""
    ends = r"(?!\w)" if re.search(r"[a-z0-9_]$", topic, re.IGNORECASE) else ""
    return re.compile(begins + words + ends, re.IGNORECASE)
