"""What the cases of a channel are about: the words that several of their problems share; pure.

A topic is one word that a reader recognises, not a cluster with a made-up name. Words are taken greedily, each time the one
that most cases without a topic share (the greedy cover of Chvátal, 1979), so that few words tell most of the cases apart.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Message
from vigil_bot.progress.times import Times
from vigil_bot.replay.words import words_of

MOST = 8  # topics
FEWEST = 3  # cases of a topic
WIDEST = 0.2  # of the cases; what more of them speak of is what the channel is there for
_MAX_CHARS = 600
_TELLING = 1.0  # the weight of a word that is in no list of words that everybody uses
_CHINESE = re.compile(r"[\u3400-\u9fff]{2}")
_PIECE = re.compile(r"[\u3400-\u9fff]+|[A-Za-z](?:[\w.+'’-]*\w)")
_ASIDE = re.compile(r"```.*?(?:```|\Z)|https?://\S+|<[^>\s]{1,80}>|@[\w.-]+", re.DOTALL)
_NO_TOPIC = re.compile(
    r".*['’].*|\w{3,}ly|currently|someone|somebody|anybody|everyone|without|inside|outside|says?|said|tells?|told|called|different|following"
    r"|hours?|days?|today|yesterday|morning|people|questions?|answers?|understand|happens?|gives?|given|takes?|type|another|every|many|few|new|may",
    re.IGNORECASE,
)


def problem_of(case: Case, messages: Sequence[Message], title: str | None = None) -> str:
    """Return the words in which somebody told their problem, without code, links and the names of those who speak there."""
    told = "\n".join([title or "", *(message.text for message in messages if message.id in case.problem_ids)])
    names = {name for message in messages for name in (message.author.id, message.author.name) if name}
    called = re.compile(
        "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names)) or r"(?!)", re.IGNORECASE
    )
    return called.sub(" ", _ASIDE.sub(" ", told[: 2 * _MAX_CHARS]))[:_MAX_CHARS]


def topics_of(problems: Mapping[str, str]) -> dict[str, str]:
    """Return the topics of problems, name -> word, as far as they have one; the words as people write them."""
    having: dict[str, set[str]] = defaultdict(set)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for name, problem in problems.items():
        for term, word in _words(problem):
            having[term].add(name)
            written[term][word] += 1
    shared = {term: names for term, names in having.items() if FEWEST <= len(names) <= WIDEST * len(problems)}
    topics: dict[str, str] = {}
    for _ in range(MOST):
        left = {term: names - topics.keys() for term, names in shared.items()}
        best = max(left, key=lambda term: (len(left[term]), len(shared[term]), term), default=None)
        if best is None or len(left[best]) < FEWEST:
            break
        word = min(written[best], key=lambda word: (-written[best][word], word))
        topics |= {name: word for name in problems if name in left[best]}
    return topics


def by_topic(problems: Mapping[str, str], times: Mapping[str, Times]) -> list[tuple[str, list[Times]]]:
    """Return how long the cases of each topic took, those with the most cases first; keyed as the problems are."""
    found: dict[str, list[Times]] = defaultdict(list)
    topics = topics_of({name: problem for name, problem in problems.items() if name in times})
    for name in problems:
        if name in topics:
            found[topics[name]].append(times[name])
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _words(problem: str) -> Iterator[tuple[str, str]]:
    """Go through the telling words of a problem: (what is compared, as it is written)."""
    for piece in _PIECE.findall(problem):
        if _NO_TOPIC.fullmatch(piece):
            continue
        pairs = [piece[at : at + 2] for at in range(len(piece) - 1)] if _CHINESE.match(piece) else [piece.lower()]
        for word in pairs:
            for term, weight in words_of(word).weights.items():
                if weight >= _TELLING or _CHINESE.match(term):
                    yield term, word
