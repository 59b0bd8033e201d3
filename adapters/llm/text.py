"""What can be compared between a reply and its sources: words, names, numbers, commands, addresses, denials; pure."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import Stemmer

_CONTROL = re.compile(r"[^\n\t\x20-\x7e]")
_HAN = "\u3400-\u9fff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_WORDS = re.compile(f"[{_HAN}]+|[^\\W\\d_{_HAN}]+")
_TOKEN = re.compile(r"[A-Za-z0-9_@#%&=+~$/\\.:?*^-]+")
_EDGES = ".:?*&^"
_PARTS = re.compile(r"[=:/@&?]+")
_PLAIN = frozenset({"e.g", "i.e", "etc", "vs", "and/or", "-", "--", "/", "=", "+", "&", "#", "%", "~", "$", "@"})
_HARD = re.compile(r"\d|[_/\\=@#$~.]|::|^--?[a-z]", re.IGNORECASE)
_CASED = re.compile(r"[a-z][A-Z]|^[A-Z]{2,}s?$")
_CODE = re.compile(r"```[\w+-]*\n?(.*?)(?:```|\Z)|`([^`\n]+)`", re.DOTALL)
_QUOTATION = re.compile(r"[“\"]([^”\"\n]{3,})[”\"]|[「『]([^」』\n]{2,})[」』]|‘([^’\n]{3,})’")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"'`）)\]】」，。；]+", re.IGNORECASE)
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
    r"|hundreds?|thousands?|millions?|half|twice|double|triple|dozen)\b"
    r"|[两二三四五六七八九十百千万半]+(?=[个次台条分秒小天周月年倍种步遍份行])",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:do(?:es)?\s+not|not|no\s+longer|no|never|none|without|cannot|nor|neither|avoid(?:s|ing)?|instead\s+of|rather\s+than"
    r"|refrain\s+from|stop\s+using)\b|\w+n['’]t\b"
    r"|不(?!过|仅|但|同|断|少)(?:要|能|可以?|得|应该?|会|再|用|是|需要?)?|没有?(?!问题)|别(?:再|用|直接|的)?|勿|无法|无需|禁止|切勿|避免|未(?!来)|请勿",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[,;:.!?](?:\s|$)|[，；：。！？]|\s(?:but|and\s+then|however|although)\s|\sand\s(?=(?:do(?:es)?\s+not|don't|never|not|no)\s)"
)
_CONDITION = re.compile(
    r"\b(?:if|unless|only|except|provided|in\s+case|as\s+long\s+as)\b|如果|假如|若|除非|仅|只有|只能|只在|的话|前提",
    re.IGNORECASE,
)
_TURNING_WORDS = """
delete drop remove purge wipe erase destroy format truncate kill force overwrite reset uninstall disable enable stop start restart reboot
shutdown terminate increase decrease raise lower upgrade downgrade rollback revert open close allow deny block unblock grant revoke add
install expose bypass skip disconnect lock unlock encrypt decrypt before after always never all only every none must sudo root download
execute pay transfer buy transmit upload publish email forward
"""
_TURNING_HAN = re.compile(
    "删除|删掉|清空|清除|格式化|强制|覆盖|重置|卸载|禁用|启用|停止|停掉|启动|重启|关闭|打开|提高|降低|调大|调小|升级|降级|回滚|允许|禁止"
    "|拒绝|授权|撤销|添加|安装|绕过|跳过|断开|锁定|解锁|之前|之后|总是|从不|全部|所有|必须|下载|执行|付款|转账|汇款|上传|发送|公开"
)
_STOP_WORDS = """
a an and are as at be been being but by can could did do does for from had has have he her him his how i if in into is it its just me my
of on or our please she should so some than that the their them then there these they this those to too up us was we were what when
where which while who why will with would you your not no s t m ve re ll d
don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn cannot
的 了 是 在 我 你 们 吗 呢 吧 啊 就 也 都 和 有 这 那 个
"""
_STOP = frozenset(_STOP_WORDS.split())
_SENTENCE = re.compile(
    r"```.*?(?:```|\Z)|(?:`[^`\n]*`|[a-z][a-z0-9+.-]{0,20}://\S{0,300}[\w/=-]|(?<![\w.])\d{1,2}\.(?=[ \t]\S)|[^。！？.!?\n`]"
    r"|\.(?=\w)|[!?](?=[\w=/&])|`)+"
    r"(?:[。！？.!?]+[\"”’」）)\]]*|\n|\Z)|[。！？.!?]+",
    re.DOTALL | re.IGNORECASE,
)
_MIN_HAN_RUN = 5  # Chinese characters in a row that stand nowhere in the source are an addition, not another wording
_stem = Stemmer.Stemmer("english").stemWord
_TURNING = frozenset(_stem(word) for word in _TURNING_WORDS.split())


def clean(text: str) -> str:
    """Return the text without what nobody sees: control, format, private and tag characters; one form of each letter."""
    if text.isascii():
        return _CONTROL.sub("", text)
    kept = (c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return "".join(kept)


@lru_cache(maxsize=512)
def flat(text: str) -> str:
    """Return the text in one form to look things up in: NFKC, lower case, single spaces, no marks of code or emphasis."""
    plain = unicodedata.normalize("NFKC", clean(text)).lower().replace("’", "'")
    return " ".join(re.sub(r"```[\w+-]*(?=\n)|[`“”\"‘]|\*\*", " ", plain).split())


def sentences(text: str) -> list[str]:
    """Return whole sentences, list lines and code fences, in order."""
    return [found.strip() for found in _SENTENCE.findall(text) if re.search(r"\w", found)]


def ordered_terms(text: str) -> list[str]:
    """Return stemmed words of any script and Chinese bigrams, in order, without stop words."""
    found: list[str] = []
    for word in _WORDS.findall(flat(text)):
        if _HAN_RUN.fullmatch(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        else:
            found.append(_stem(word))
    return [term for term in found if term not in _STOP]


@lru_cache(maxsize=512)
def terms(text: str) -> frozenset[str]:
    """Return the terms of a text."""
    return frozenset(ordered_terms(text))


def _tokens(text: str) -> Iterator[str]:
    plain = re.sub(r"[`“”\"‘’]|\*\*", " ", unicodedata.normalize("NFKC", clean(text)))
    for found in _TOKEN.findall(plain):
        token = found.strip(_EDGES) if not found.startswith("./") else found.rstrip(_EDGES)
        if token:
            yield token


def names(text: str) -> frozenset[str]:
    """Return what means one thing exactly: numbers, versions, codes, options, paths, settings, acronyms; in lower case."""
    hard = {t for t in _tokens(text) if _HARD.search(t) or _CASED.search(t)}
    return frozenset(t.lower() for t in hard) - _PLAIN


def every_name(text: str) -> frozenset[str]:
    """Return every token of a source, whole and in the parts of assignments, addresses and paths; in lower case."""
    whole = [t.lower() for t in _tokens(text)]
    return frozenset([*whole, *(part for t in whole for part in _PARTS.split(t))])


def spelled_numbers(text: str) -> frozenset[str]:
    """Return numbers that are written in words."""
    return frozenset(found.lower() for found in _NUMBER_WORD.findall(text))


def addresses(text: str) -> frozenset[str]:
    """Return the links of a text."""
    return frozenset(found.rstrip(".,;:!?") for found in _URL.findall(unicodedata.normalize("NFKC", clean(text))))


def verbatim(text: str) -> list[str]:
    """Return what claims to be somebody's exact words: lines of code, and quotations."""
    code = [line for fence, inline in _CODE.findall(text) for line in (fence or inline).split("\n")]
    quoted = ["".join(found) for found in _QUOTATION.findall(_CODE.sub(" ", text))]
    return [line for line in map(flat, [*code, *quoted]) if line]


def stands_in(words: str, whole: str) -> bool:
    """Whether flat words stand in a flat text, neither beginning nor ending inside a name, and no option of a command cut off."""
    pattern = rf"(?<![\w/=@-])(?<!\w[.:]){re.escape(words)}(?![\w/=@-]|[.:]\w|\s+--?[a-z])"
    return re.search(pattern, whole) is not None


def options(text: str) -> list[str]:
    """Return each option of a command with the word before it, as they stand beside each other."""
    words = flat(text).split()
    return [f"{a} {b.rstrip('.,;:')}" for a, b in pairwise(words) if re.match(r"--?[a-z]", b)]


def clauses(text: str) -> list[str]:
    """Return the flat clauses of a text: what stands between commas, stops, line ends, and words that turn to something else."""
    pieces = [piece for line in text.split("\n") for piece in _CLAUSE_END.split(flat(line))]
    return [piece.strip() for piece in pieces if piece.strip()]


def denials(text: str) -> int:
    """Return how often something is denied or forbidden."""
    return len(_DENIAL.findall(flat(text)))


def conditional(text: str) -> bool:
    """Whether something holds only under a condition."""
    return _CONDITION.search(flat(text)) is not None


def turning(text: str) -> frozenset[str]:
    """Return the terms that turn a meaning round when they are swapped: what to do, and when, and to how much."""
    return (terms(text) & _TURNING) | frozenset(_TURNING_HAN.findall(text))


def added_han(text: str, source: str) -> bool:
    """Whether a stretch of Chinese stands nowhere in the source."""
    known, run = terms(source), 0
    for word in _HAN_RUN.findall(flat(text)):
        run = 0
        for at in range(len(word) - 1):
            run = 0 if word[at : at + 2] in known else run + 1
            if run >= _MIN_HAN_RUN:
                return True
    return False


def language(text: str) -> str:
    """Return "zh" for a text with a fair share of Chinese, "en" for other prose, "" for code alone."""
    prose = _URL.sub(" ", _CODE.sub(" ", text))
    chinese = sum(len(run) for run in _HAN_RUN.findall(prose))
    words = len(re.findall(r"(?<![\w./-])[A-Za-z]{2,}(?![\w/-])", prose))
    if chinese:
        return "zh" if chinese * 2 >= words else "en"
    return "en" if words else ""


def shared(part: frozenset[str], whole: frozenset[str]) -> float:
    """Return the share of the first set that is in the second, in [0, 1]; 1 for an empty one."""
    return len(part & whole) / len(part) if part else 1.0


def nearest(words: str, source: str) -> str:
    """Return the sentence of the source that has most of another's terms, the shortest of several."""
    wanted = terms(words)
    return max(sentences(source), key=lambda s: (shared(wanted, terms(s)), -len(s)), default="")
