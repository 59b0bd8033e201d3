"""What a piece of advice is made of: content words, identifiers, settings; English and Chinese; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

MAX_CHARS = 4_000
_stem = Stemmer.Stemmer("english").stemWord

ANCHOR_WEIGHT = 3.0  # an identifier, option, path, address or number says as much as three words
_GENERIC_WEIGHT = 0.5
_BIGRAM_WEIGHT = 0.5  # n Chinese characters make n - 1 pairs, and a word has about two characters

_SHORTEST_KEY = 3

_STOP = frozenset(
    """
a about after again all also always am an and any anyone are as at back be because been before but by can cannot could did do does doing
done else even ever for from get gets getting go goes going good got guess guys had has have he hello help her here hey hi him his
how however i if im in into is isnt it its ive just know let like look maybe me might more most much my need needs never no not now of off
ok okay on once one only or other our out over please possible probably really right same say see seem seems should so some something
somehow somewhere sorry still such sure than thank thanks that the their them then there these they thing things think this those to too
try tried trying up us use used using very want was way we well were what when where which while who why will wish with work worked working
works would wouldnt yes yet you your youre yours dont doesnt didnt cant wont ll re ve m s t d
""".split()  # noqa: SIM905 -- a block of words is easier to read
)
_GENERIC = frozenset(
    _stem(word)
    for word in """
    add answer app application box case change check code command config configuration container create docs documentation error example
    file find fine first fix folder image install issue line link list machine make mean new option order output page problem question read
    reason remove run running server service set setting setup show start stop system time update user value version wrong
    """.split()  # noqa: SIM905
)
_CODE = re.compile(r"```[\w+-]*\n?(?P<fence>.*?)(?:```|\Z)|`(?P<inline>[^`\n]+)`", re.DOTALL)
_URL = re.compile(r"https?://[^\s<>|）)」\]]+")
_CITATION = re.compile(r"\[\d{1,2}\]|\[?<[^<>\n]{1,40}>\]?|(?<!\w)@[\w.-]+")
_TOKEN = re.compile(r"--?[a-z][\w-]*|[~./]{0,2}[a-z0-9_]+(?:[./:@+-][a-z0-9_]+)*", re.IGNORECASE)
_SETTING = re.compile(
    r"(?P<key>[A-Za-z][\w.-]*)[`'\"]?\s*(?:=|:|(?:\b(?:to|at|is)\b)|设?为|改?成|调?到)\s*[`'\"]?(?P<value>\d[\w.]*|true|false|on|off|yes|no|none)\b",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[㐀-鿿]+")
_CHINESE_STOP = re.compile(
    r"[的了是在我你他她它们吗呢吧啊呀哦嗯就也都和与有这那个一下请先再把被给]|可以|应该|需要|然后|因为|所以|如果|但是|问题|什么|怎么|一下"
)
_SENTENCE = re.compile(r"[。！？；\n]+|[.!?;](?=\s|$)")
_IDENTIFIER = re.compile(
    r"^--?[a-z]|[_/@:]|\w\.\w|[a-z][A-Z]|\d.*[A-Za-z]|[A-Za-z].*\d|^\d{3,}$|^[A-Z][A-Z0-9]{2,}$|\w-\w+-\w"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The terms of a text with their weights, those that are identifiers, and settings with their values."""

    weights: Mapping[str, float]
    anchors: frozenset[str]
    settings: Mapping[str, frozenset[str]]

    @property
    def terms(self) -> frozenset[str]:
        """All terms."""
        return frozenset(self.weights)

    @property
    def identifiers(self) -> frozenset[str]:
        """The anchors, and hyphenated terms, which often name a thing but as often are plain words."""
        return self.anchors | {term for term in self.weights if "-" in term}

    def weight(self, terms: frozenset[str]) -> float:
        """Return the weight of some of the terms."""
        return sum(self.weights[term] for term in terms)


def joined(parts: Sequence[Words]) -> Words:
    """Return what several texts are made of together."""
    weights: dict[str, float] = {}
    for part in parts:
        weights |= part.weights
    return Words(weights=weights, anchors=frozenset().union(*(p.anchors for p in parts)), settings={})


@lru_cache(maxsize=2048)
def words_of(text: str) -> Words:
    """Return what a text (its first 4,000 characters) is made of; stop words, mentions and citation marks are left out."""
    text = _CITATION.sub(" ", text[:MAX_CHARS])
    weights: dict[str, float] = {}
    anchors: set[str] = set()
    for term, is_anchor in _terms(text):
        weight = ANCHOR_WEIGHT if is_anchor else _weight(term)
        weights[term] = max(weight, weights.get(term, 0.0))
        if is_anchor:
            anchors.add(term)
    return Words(weights=weights, anchors=frozenset(anchors), settings=_settings(text))


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text."""
    return [piece.strip() for piece in _SENTENCE.split(text) if piece and piece.strip()]


def _weight(term: str) -> float:
    if _CHINESE.match(term):
        return _BIGRAM_WEIGHT
    return _GENERIC_WEIGHT if term in _GENERIC else 1.0


def _terms(text: str) -> Iterator[tuple[str, bool]]:
    for url in _URL.findall(text):
        yield url.rstrip(".,;:!?").partition("?")[0].rstrip("/").lower(), True
    text = _URL.sub(" ", text)
    for code in _CODE.finditer(text):
        for token in _TOKEN.findall(code["fence"] or code["inline"] or ""):
            if token.lower() not in _STOP and len(token) > 1:
                yield _root(token.lower()), True
    for token in _TOKEN.findall(_CODE.sub(" ", text)):
        yield from _of_token(token)
    for run in _CHINESE.findall(_CHINESE_STOP.sub(" ", text)):
        for i in range(len(run) - 1):
            yield run[i : i + 2], False


def _root(identifier: str) -> str:
    """Stem a command that is a word; names and options are as they are."""
    return _stem(identifier) if identifier.isalpha() else identifier


def _of_token(token: str) -> Iterator[tuple[str, bool]]:
    bare = token.strip(".:/@+") if not token.startswith(("/", "~", "-")) else token
    lower = bare.lower()
    if _IDENTIFIER.search(bare):
        yield _root(lower), True
    elif len(lower) > 1 and lower not in _STOP and not lower.isdigit():
        yield _stem(lower), False


def _settings(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for setting in _SETTING.finditer(text):
        key = setting["key"]
        if len(key) >= _SHORTEST_KEY and ("=" in setting[0] or _IDENTIFIER.search(key)):
            found.setdefault(key.lower(), set()).add(setting["value"].lower())
    return {key: frozenset(values) for key, values in found.items()}
