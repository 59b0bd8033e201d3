"""How sure it is that a problem is solved, message by message; pure, constant work for each message.

A message of the requester gives cues, the cues give a linear score, and the score becomes a confidence in [0, 1]. The
weights were set by hand on one half of a community's topics that people marked as resolved; `scripts/bench closure`
measures them on the other half.
"""

import re
from functools import lru_cache
from math import exp

SURE = 0.85  # a case is resolved by words from here on
LIKELY = 0.6  # from here on silence closes a case, as if somebody had asked whether it worked

_HEAD, _TAIL = 600, 300  # characters of a long message that are looked at
_READ_CHARS = 4_000  # and of that, what is looked for code and quotations
_SHORT, _LONG = 60, 240  # characters
_NOISE = re.compile(r"```.*?(?:```|\Z)|^(?:>|&gt;)[^\n]*$|@[\w.]+\s+said:", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]{1,200}`|https?://\S{1,300}")
_WEIGHTS = {
    "works": 1.9,
    "solved": 2.2,
    "thanks": 2.6,
    "farewell": 0.3,
    "acknowledges": -1.2,
    "understood": 0.5,
    "praise": 0.8,
    "fails": -2.5,
    "doubts": -0.9,
    "will_try": -1.6,
    "asks": -3.2,
}
_CUES = {
    "works": re.compile(
        r"\b(?:it|that|this|which|they|everything|all|now|both(?:\s+\w+){0,2}|solution|advice|way|suggestion|fix)(?:\s+(?:indeed|also|now|already|all|just|really|both|actually|code)){0,2}"
        r"\s+(?:did\s+)?(?:works?|worked|works?\s+fine|(?:is|are)\s+working|helped|helps)\b"
        r"|(?:^|[,.!;)>*]\s*|\band\s+)(?:works?|worked|working)\b(?!\s+on)|\b(?:works?|worked|working)\s+(?:now|fine|great|perfectly|again|well|like|for\s+me|splendidly|beautifully|nicely)"
        r"|\b(?:does|did|do)\s+(?:the\s+(?:trick|job)|it\s*(?:[!.,:]|$))|\b(?:hooray|yay|hurray)\b"
        r"|(?:可以|好|行|正常|成功|搞定|解决|恢复|通|生效)了(?!吗|么|没|[?？])|没问题了|(?:有|管|起)(?:用|效)了?(?!吗|么|[?？])|恢复正常|跑通",
        re.IGNORECASE,
    ),
    "solved": re.compile(
        r"\b(?:solved|resolved|sorted|fixed)\b(?!\s+(?:in|by\s+next|tomorrow))|\bmark\s+(?:this|it|the\s+\w+)\s+as\b|\b(?:problem|issue)\s+(?:is\s+)?gone\b"
        r"|\bnever\s?mind\b|\bnvm\b|\b(?:i\s+)?(?:just\s+)?(?:found\s+(?:it|the\s+(?:problem|issue|bug|answer|solution|lemma|way))|figured\s+(?:it\s+|that\s+)?out)\b|\bgot\s+it\s+(?:to\s+work|working)\b"
        r"|\b(?:that|this|it)(?:\s+(?:indeed|really|just))?(?:\s+was|['’]s|\s+is)\s+(?:it|exactly|just|precisely|all\s+i|perfect|the\s+(?:problem|issue|solution|answer))\b"
        r"|\b(?:exactly|just|precisely)\s+what\s+i\b|\bwhat\s+i\s+(?:was\s+looking\s+for|wanted|needed)\b|\banswer(?:s|ed)\s+(?:my|the)\s+question|\bmy\s+question\s+has\s+been\s+answered"
        r"|找到(?:原因|问题)了|已经?(?:解决|搞定|处理好|修好)(?!吗|没)|(?:解决|搞定|处理好|修好)(?:了|啦)(?!吗|么|没)|不用了|没事了|正是我要",
        re.IGNORECASE,
    ),
    "thanks": re.compile(
        r"\b(?:thanks?|thank\s?(?:you|u)|tha?n?x|thnx|tysm|cheers|grateful|(?:much|i)\s+appreciate\w*|appreciate\s+(?:it|the|your|all))\b|谢谢|多谢|感谢|谢了|谢啦|辛苦了|:pray:",
        re.IGNORECASE,
    ),
    "farewell": re.compile(
        r"\b(?:thanks?(?:\s+you)?(?:\s+(?:a\s+lot|again|so\s+much|very\s+much))?,?\s+(?:to\s+)?(?:you\s+)?(?:all|both|everyone|everybody|guys|folks)|thanks?(?:\s+you)?(?:\s+\w+){0,3}\s+for\s+(?:all\s+)?(?:your|the)\s+(?:\w+\s+)?help|thanks?(?:\s+you)?\s+again)\b"
        r"|(?:谢谢|感谢|多谢)(?:大家|各位|诸位)|(?:感谢|谢谢)(?:你的?|您的?)?帮助|再次感谢",
        re.IGNORECASE,
    ),
    "acknowledges": re.compile(
        r"\b(?:thanks?|thank\s+you|thx|appreciate)\b[^.!?\n]{0,20}\b(?:for|the)\s+(?:(?:the|your|a|so|such|this|quick|fast|prompt)\s+){0,3}(?:repl(?:y|ies)|response|responses|update|updates|heads[- ]?up|feedback|comments?|reminder"
        r"|letting\s+(?:me|us)\s+know|looking(?:\s+at|\s+into)?|taking\s+(?:a\s+look|the\s+time)|checking|following\s+up|investigating)\b"
        r"|(?:谢谢|感谢|多谢)(?:你的?|您的?)?(?:回复|答复|反馈|关注|提醒|告知|跟进)|^(?:收到|好的?)[,，、 ]*(?:谢谢|感谢|多谢)",
        re.IGNORECASE,
    ),
    "understood": re.compile(
        r"\b(?:i\s+see|got(?:cha|\s+it)|makes?\s+(?:a\s+lot\s+of\s+|perfect\s+|more\s+|total\s+)?sense|good\s+to\s+know|understood|i\s+(?:now\s+)?understand\b(?!\s+(?:why|how|what))|(?:very|so|really|super|both)\s+(?:helpful|useful|instructive))\b"
        r"|\b(?:ah+|aha|oh|indeed|of\s+course|face_palm)\b|明白了?|懂了|了解了?|原来如此|知道了|学到了",
        re.IGNORECASE,
    ),
    "praise": re.compile(
        r"\b(?:perfect(?:ly)?|great|awesome|wonderful|amazing|excellent|brilliant|fantastic|nice|cool|neat|lovely|wow|beautiful|magic|tada|splendid)\b|太好了|厉害|牛|赞|完美|[🎉👍❤️]",
        re.IGNORECASE,
    ),
    "fails": re.compile(
        r"\b(?:does\s?n['’]?o?t|did\s?n['’]?o?t|not|never|no\s+longer|isn['’]?t|won['’]?t|can['’]?t|cannot|do\s?n['’]?o?t)\s+(?:\w+\s+){0,2}(?:work|help|solve|fix|compile|find|seem|understand|sure|get)\w*"
        r"|\bstill\s+(?:\w+\s+){0,3}(?:fail|error|broken|not|no|the\s+same|get|see|stuck|confus|wonder|don|doesn|can)\w*|\b(?:error|fails|failed|stuck|confused|type\s+mismatch|rewrite\s+tactic\s+failed)\b|\bno\s+luck\b"
        r"|还是(?:不|没|报|有)|不行|没(?:用|有效|解决|好)|仍然|依然|又(?:报|出|挂)",
        re.IGNORECASE,
    ),
    "doubts": re.compile(
        r"\b(?:but|however|though|although|unfortunately|except|i\s+(?:wonder|guess|thought)|not\s+sure|one\s+(?:more|last|other)|also|another|hmm+|wait)\b|但是?|不过|可是|另外|还有",
        re.IGNORECASE,
    ),
    "will_try": re.compile(
        r"\b(?:i['’]?ll|i\s+will|let\s+me|going\s+to|gonna|i['’]?m|i\s+need\s+to)\s+(?:\w+\s+){0,2}(?:try|check|look|see|test|read|think|trying|giving)\b|\bgiving\s+(?:it|that)\b|\bin\s+advance\b|\bwould\s+(?:be|appreciate)\b"
        r"|试试|试一?下|我(?:先)?(?:看|查|试)|先谢|提前",
        re.IGNORECASE,
    ),
    "asks": re.compile(
        r"[?？]|(?:吗|呢)\s*$|^\s*(?:how|what|why|where|which|can|could|is|do|does)\b[^.!]*$", re.IGNORECASE
    ),
}
_BIAS, _WHEN_SHORT, _WHEN_LONG, _UNANSWERED, _WITH_CODE, _REPLYING = -2.2, 0.6, -0.6, -1.0, -0.8, -1.0
_WELCOME = re.compile(
    r"\b(?:you['’]?re\s+(?:very\s+)?welcome|no\s+(?:problem|worries)|np|glad\s+(?:it|that|to|you)|happy\s+to\s+help|anytime|my\s+pleasure)\b|不客气|客气了|不谢",
    re.IGNORECASE,
)
_BY_THE_WAY = re.compile(
    r"\s*(?:(?:oh|and|also)\W+)?(?:on\s+a\s+(?:related|side|different)\s+note|by\s+the\s+way|btw|(?:just\s+)?(?:out\s+of\s+curiosity|curious)|side\s+(?:note|question)"
    r"|unrelated|off[- ]topic|顺便|另外(?:想|请)?问|题外话|好奇)",
    re.IGNORECASE,
)
_KEPT_WHEN_ASKED = 0.35  # what remains of a confidence once the requester asks on
_KEPT_WHEN_GOING_ON = 0.75  # and when they have more to say than a remark
_REMARK, _MUCH = 40, 100  # characters
_THANKS_LAST, _THANKS_FIRST = 0.4, -1.0
_WELCOME_GAIN = 0.35  # the part of the doubt that "you're welcome" takes away
_ANSWERED_ONLY = 0.12  # an answer is there, and nobody has said a word about it


def cues_of(text: str) -> frozenset[str]:
    """Return what there is in a message that speaks for or against a solution."""
    return _read(text)[1]


def leaves_open(text: str) -> bool:
    """Whether a requester wants more, or has yet to see, whatever else they confirm."""
    cues = cues_of(text)
    return not cues.isdisjoint(("asks", "fails", "will_try")) or ("doubts" in cues and "thanks" not in cues)


def asks_on(text: str) -> bool:
    """Whether a requester needs somebody's next word, whatever else they confirm."""
    return not cues_of(text).isdisjoint(("asks", "fails"))


def sounds_solved(text: str, *, answered: bool, asked: bool = False) -> float:
    """Return how likely it is, in [0, 1], that a requester who writes this needs nothing any more.

    Whoever was asked something last ("can you post the log?") tells that first: "done" alone solves nothing.
    """
    said, cues = _read(text)
    chars = len(said)
    score = _BIAS + sum(_WEIGHTS[cue] for cue in cues)
    score += _WHEN_SHORT if chars <= _SHORT else _WHEN_LONG if chars > _LONG else 0.0
    score += _after_thanks(said) if "thanks" in cues else 0.0
    score += 0.0 if answered or "solved" in cues else _UNANSWERED
    score += _WITH_CODE if "```" in text else 0.0
    score += _REPLYING if asked and cues.isdisjoint(("thanks", "works")) else 0.0
    return 1.0 / (1.0 + exp(-score))


def confidence(before: float, text: str, *, by_requester: bool, answered: bool, asked: bool = False) -> float:
    """Return how sure it is after a message that the problem is solved.

    Args:
        answered: A helper has written before.
        asked: The newest of what helpers wrote asks the requester something.
    """
    if not by_requester:
        if before >= _ANSWERED_ONLY and _WELCOME.search(text[:_HEAD]):
            return before + (1.0 - before) * _WELCOME_GAIN
        return max(before, _ANSWERED_ONLY)
    now = sounds_solved(text, answered=answered, asked=asked)
    if now >= before:
        return now
    said, cues = _read(text)
    if cues & {"asks", "fails", "will_try"} and not _BY_THE_WAY.match(said):
        return max(now, before * _KEPT_WHEN_ASKED)
    goes_on = len(said) > _REMARK and not cues & {"thanks", "works", "solved"}
    return max(now, before * _KEPT_WHEN_GOING_ON) if goes_on else before


def _after_thanks(said: str) -> float:
    """Return what it means where thanks stand: last words end a matter, first words before many others do not."""
    left = len(said) - max(found.end() for found in _CUES["thanks"].finditer(said))
    return _THANKS_LAST if left <= _REMARK else _THANKS_FIRST if left > _MUCH else 0.0


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[str, frozenset[str]]:
    """Return a message's words without code, quotations and links, of a long one its beginning and end, and their cues."""
    plain = _CODE.sub(" ", _NOISE.sub(" ", text[:_READ_CHARS])).strip()
    said = plain if len(plain) <= _HEAD + _TAIL else f"{plain[:_HEAD]}\n{plain[-_TAIL:]}"
    return said, frozenset(name for name, pattern in _CUES.items() if pattern.search(said))
