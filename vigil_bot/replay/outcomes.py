"""Compare what the bot would have said with what people said; pure, conservative, English and Chinese.

Two texts say the same when, apart from the words of the question, the shorter of them is mostly found in the other
(`_same`). A contradiction wins over an agreement, and where neither is clear the outcome is unknown: precision computed
from these outcomes is meant to err to the low side.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from vigil_bot.model.conversation import Message
from vigil_bot.replay.words import Words, joined, sentences, words_of

MAX_COMPARED = 40  # messages after the decision that are looked at
_LEVELS = ((2.0, 0.6), (3.0, 0.5), (6.0, 0.34))  # shared weight, and the share of the shorter text that it must be
_ANSWER_WEIGHT = 2.0  # less is no answer that can be compared
_LONGEST_RUN = 5  # messages of one person in a row that are read as one
_REACH = 40  # characters between a negation and what it negates


class Outcome(StrEnum):
    """How a suggestion compares with what people said."""

    AGREED = "agreed"
    CONTRADICTED = "contradicted"
    ADDED_NOTHING = "added_nothing"
    UNKNOWN = "unknown"


_FAILED = re.compile(
    r"\b(?:(?:did|does|do|has|have|is|was)(?:n['’]?t|\s+not)|not|never)\s+(?:\w+\s+){0,2}(?:work|help|fix|solv|resolv|chang|do\s+it|any\s+(?:effect|difference))"
    r"|\bstill\s+(?:\w+\s+){0,3}(?:fail|error|broken|the\s+same|same|get|see|happen|crash|not|no\b|stuck|down)|\bno\s+(?:luck|change|difference|effect)\b"
    r"|\bsame\s+(?:error|result|problem|issue|thing)\b|\bto\s+no\s+avail\b|还是(?:不行|一样|报错|失败|没|不|老样子)|不行|没(?:有)?(?:用|效果|作用|变化|解决)|不管用|无效|依然|仍然",
    re.IGNORECASE,
)
_WORKED = re.compile(
    r"\b(?:that|this|it|which|now|everything|works?)\s+(?:\w+\s+){0,2}(?:works?|worked|fixed|solved|helped|did\s+(?:it|the\s+trick))\b|\bworks?\s+(?:now|great|fine|perfectly|like)\b"
    r"|\b(?:working|solved|fixed|resolved)\b(?:\s+(?:now|it|again|thanks?|thx))|^\W*(?:it\s+)?(?:work(?:s|ed)|fixed|solved)\b|好了|可以了|解决了|恢复了|正常了|搞定|成功了|管用",
    re.IGNORECASE,
)
_TRIED = re.compile(
    r"\b(?:tried|have\s+done|did\s+that|already\s+(?:did|done|have|set|ran))\b|试过|试了|已经.{0,8}(?:过|了)",
    re.IGNORECASE,
)
_SOLVED_BY = re.compile(
    r"\b(?:turn(?:s|ed)\s+out|(?:fixed|solved|resolved)\s+(?:it|this|that)?\s*(?:by|with|after)|the\s+(?:issue|problem|cause|fix|solution|trick)\s+(?:was|is)|had\s+to|figured\s+(?:it\s+)?out|did\s+the\s+trick)\b"
    r"|原来是|原因是|最后(?:是|通过|把|用)|就好了|就可以了|后好了|后解决",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:do(?:es)?\s*n['’]?t|do(?:es)?\s+not|never|avoid|instead\s+of|rather\s+than|no\s+need\s+(?:to|for)|should\s*n['’]?t|should\s+not|must\s*n['’]?t|must\s+not|stop|wouldn['’]?t|can(?:'|’)?t|cannot|not)\b"
    r"|不要|别|不能|不用|无需|不必|不建议|不应该|而不是|不是",
    re.IGNORECASE,
)
_REFUTED = re.compile(
    r"\b(?:(?:wo|does|did|would|is|was|ca)(?:n['’]?t|\s+not)|will\s+not|can\s*not|never)\s+(?:\w+\s+){0,2}(?:help|work|fix|solve|enough|needed|necessary|it|the|supported|do)\b|\b(?:is|was)\s+(?:wrong|deprecated|removed|gone|useless|dangerous)\b"
    r"|没用|没有用|无效|不管用|不起作用|是错的|已(?:经)?(?:废弃|弃用|移除)|不支持|行不通",
    re.IGNORECASE,
)
_PIECE = re.compile(r"[^!?。！？\n]+(?:[!?。！？]|$)", re.MULTILINE)
_CLAUSE_END = re.compile(r"[,.;:!?，。；：！？\n]|\bbut\b|\bthen\b|但|然后|而要")
_OPPOSITES = (
    (r"\benabl|\bturn(?:ed|ing)?\s+on\b|开启|启用|打开", r"\bdisabl|\bturn(?:ed|ing)?\s+off\b|关闭|禁用|关掉"),
    (r"\bupgrad|升级", r"\bdowngrad|降级|回退"),
    (r"\bincreas|\brais(?:e|ing)\b|增大|调大|增加|调高", r"\bdecreas|\breduc|\blower|减小|调小|减少|调低|降低"),
    (r"\bstart(?:ing)?\b|启动", r"\bstop(?:ping)?\b|停止|停掉"),
    (r"(?<!un)\binstall", r"\buninstall|卸载"),
    (r"\ballow|允许|放行", r"\b(?:deny|forbid|block)|禁止|拒绝"),
)
_SIDES = tuple((re.compile(a, re.IGNORECASE), re.compile(b, re.IGNORECASE)) for a, b in _OPPOSITES)


def judge(text: str, later: Sequence[Message], *, asker_id: str, earlier: Sequence[Message] = ()) -> Outcome:
    """Return how a suggestion compares with what people said in its thread.

    Args:
        later: The messages after the decision, oldest first.
        earlier: Those before it, the question among them. Its words are no evidence, since every answer repeats them; and
            what another person said there already cannot be added by the bot.

    Returns:
        ADDED_NOTHING: another person had said it before. CONTRADICTED: a person negates it, gives another value or the
        opposite for the same thing, or another answer for the same identifiers that the asker confirms; or the asker says
        that just this did not help. AGREED: another person (or the asker, telling what solved it) says the same.
        UNKNOWN: nobody answered, or it is not clear.
    """
    later, ours = later[:MAX_COMPARED], words_of(text)
    question = frozenset(t for m in earlier if m.author.id == asker_id for t in words_of(m.text).terms)
    if any(_same(ours, said, question) for said, _ in _answers(earlier, asker_id)):
        return Outcome.ADDED_NOTHING
    if any(_tried_in_vain(ours, m.text) for m in (*earlier, *later) if m.author.id == asker_id):
        return Outcome.CONTRADICTED
    if any(_contradicts(text, m.text, question) for m in later if _may_teach(m, asker_id)):
        return Outcome.CONTRADICTED
    answers = [*_answers(later, asker_id), *_own_solutions(later, asker_id)]
    said_at = next((at for said, at in answers if _same(ours, said, question)), None)
    if said_at is not None:
        failed = _failed_after(later[said_at + 1 :], asker_id)
        return Outcome.CONTRADICTED if failed else Outcome.AGREED
    if _solved_otherwise(ours, later, answers, asker_id, question):
        return Outcome.CONTRADICTED
    return Outcome.UNKNOWN


def is_answer(message: Message, *, asker_id: str) -> bool:
    """Whether a person other than the asker says something of substance, and does not only ask back."""
    if not message.is_human or message.author.id == asker_id:
        return False
    told = words_of(" ".join(piece for piece in _PIECE.findall(message.text) if not piece.endswith(("?", "？"))))
    return told.weight(told.terms) >= _ANSWER_WEIGHT


def _may_teach(message: Message, asker_id: str) -> bool:
    """Whether another person wrote it, or the asker tells what solved it."""
    if message.author.id != asker_id:
        return message.is_human
    return bool(_SOLVED_BY.search(message.text)) and not _FAILED.search(message.text)


def _answers(messages: Sequence[Message], asker_id: str) -> Iterator[tuple[Words, int]]:
    """Return what other people said, each message and then those in a row, with the position of the last message."""
    run: list[Words] = []
    for at, message in enumerate(messages):
        if not message.is_human or message.author.id == asker_id:
            run = []
            continue
        if run and messages[at - 1].author.id != message.author.id:
            run = []
        run = [*run[-_LONGEST_RUN:], words_of(message.text)]
        yield run[-1], at
        if len(run) > 1:
            yield joined(run), at


def _own_solutions(messages: Sequence[Message], asker_id: str) -> Iterator[tuple[Words, int]]:
    for at, message in enumerate(messages):
        if message.author.id == asker_id and _may_teach(message, asker_id):
            yield words_of(message.text), at


def _shared(ours: Words, theirs: Words, without: frozenset[str]) -> tuple[float, float]:
    """Return the weight of what both say beyond `without`, and its share of the shorter one, in [0, 1]."""
    mine, others = ours.terms - without, theirs.terms - without
    shorter = min(ours.weight(mine), theirs.weight(others))
    shared = ours.weight(mine & others)
    return shared, min(1.0, shared / shorter) if shorter else 0.0


def _same(ours: Words, theirs: Words, question: frozenset[str]) -> bool:
    shared, share = _shared(ours, theirs, question)
    return any(shared >= weight and share >= least for weight, least in _LEVELS)


def _tried_in_vain(ours: Words, told: str) -> bool:
    """Whether the asker says that just this was tried, and did not help."""
    if not _TRIED.search(told) or not _FAILED.search(told):
        return False
    weight, share = _LEVELS[0]
    tried = (words_of(s).terms for s in sentences(told) if _TRIED.search(s))
    both = (ours.weight(ours.terms & terms) for terms in tried)
    return any(shared >= max(weight, share * ours.weight(ours.terms)) for shared in both)


def _contradicts(text: str, answer: str, question: frozenset[str]) -> bool:
    ours, theirs = words_of(text), words_of(answer)
    shared = ours.terms & theirs.terms
    if ours.weight(shared) < _LEVELS[0][0]:
        return False
    common = ours.settings.keys() & theirs.settings.keys()
    if any(not ours.settings[key] & theirs.settings[key] for key in common):
        return True
    told = shared - question
    if ours.weight(told) >= _LEVELS[0][0]:
        negated = frozenset(_negated(answer, told) - _negated(text, told))
        if ours.weight(negated) >= 1.0 and not _affirmed(answer, negated):
            return True
    return any(_opposed(text, answer, pair) for pair in _SIDES)


def _negated(text: str, terms: frozenset[str]) -> set[str]:
    """Return which of the terms stand under a negation, or are said to be of no use."""
    found: set[str] = set()
    for sentence in sentences(text):
        for cue in _NEGATION.finditer(sentence):
            found |= terms & words_of(_clause_from(sentence, cue.end())).terms
        for cue in _REFUTED.finditer(sentence):
            before = re.split(_CLAUSE_END, sentence[: cue.start()])[-1]
            found |= terms & words_of(before[-_REACH:]).terms
    return found


def _clause_from(sentence: str, start: int) -> str:
    end = _CLAUSE_END.search(sentence, start)
    return sentence[start : min(end.start() if end else len(sentence), start + _REACH)]


def _affirmed(text: str, terms: frozenset[str]) -> bool:
    """Whether another sentence says the same terms without a negation."""
    return any(terms <= words_of(s).terms and not (_NEGATION.search(s) or _REFUTED.search(s)) for s in sentences(text))


def _opposed(text: str, answer: str, pair: tuple[re.Pattern[str], re.Pattern[str]]) -> bool:
    """Whether one asks for the one thing and the other for its opposite, with the same object."""
    for mine, theirs in (pair, pair[::-1]):
        if mine.search(answer) or theirs.search(text):
            continue
        asked, opposed = mine.search(text), theirs.search(answer)
        if asked is None or opposed is None:
            continue
        objects = words_of(_clause_from(text, asked.end())).terms & words_of(_clause_from(answer, opposed.end())).terms
        if objects:
            return True
    return False


def _failed_after(messages: Sequence[Message], asker_id: str) -> bool:
    """Whether the asker's first word on it is that it did not help."""
    for message in messages:
        if message.author.id == asker_id:
            if _FAILED.search(message.text):
                return True
            if _WORKED.search(message.text):
                return False
    return False


def _solved_otherwise(
    ours: Words, later: Sequence[Message], answers: Sequence[tuple[Words, int]], asker_id: str, question: frozenset[str]
) -> bool:
    """Whether the asker confirms an answer that has nothing of ours but its identifiers."""
    for theirs, at in answers:
        following = later[at + 1] if at + 1 < len(later) else None
        confirmed = following is not None and following.author.id == asker_id and _confirms(following.text)
        if not confirmed and later[at].author.id != asker_id:
            continue
        about_the_same = ours.identifiers & (theirs.terms | question)
        shared, _ = _shared(ours, theirs, question)
        if about_the_same and shared < 1.0 and theirs.weight(theirs.terms - question) >= _ANSWER_WEIGHT:
            return True
    return False


def _confirms(text: str) -> bool:
    return bool(_WORKED.search(text)) and not _FAILED.search(text)
