"""How well a post agrees with what people then really answered; pure.

Both are taken as sets of informative terms (stems of words, identifiers, options, links), each with its inverse document
frequency over the threads, less what had been said before, since every answer repeats the question. Precision is the share
of the post's weight that the answers have too, recall the share of theirs that it has, agreement the harmonic mean, as in
ROUGE-1. Chance is what other posts of the same way come to for the same request.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from vigil_bot.replay.outcomes import MAX_COMPARED, is_answer
from vigil_bot.replay.thread import ReplayThread, plain_id
from vigil_bot.replay.words import words_of

SEED = 8
OTHERS = 20  # posts that chance is measured with
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A message that asks for help: what had been said until it was decided on, and what helpers answered afterwards."""

    thread_id: str
    message_id: str
    at: float
    text: str
    is_open: bool
    said: frozenset[str]
    answered: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.thread_id, self.message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a way would say to a request, and how sure it is of it; entry_id is the entry that it quotes first, if any."""

    request: Request
    text: str
    score: float
    entry_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How a post compares with the answers, all in [0, 1]."""

    request: Request
    precision: float
    recall: float
    chance: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return harmonic(self.precision, self.recall)


def harmonic(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 of nothing."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def rarity(threads: Sequence[ReplayThread]) -> dict[str, float]:
    """Return the inverse document frequency of every term in the threads."""
    having: Counter[str] = Counter()
    for thread in threads:
        having.update({term for m in thread.messages for term in words_of(m.text).terms})
    return {term: math.log(1 + (len(threads) - n + 0.5) / (n + 0.5)) for term, n in having.items()}


def request_in(thread: ReplayThread, message_id: str, *, at: float, is_open: bool) -> Request:
    """Return a request as it was when it was decided on; is_open says whether there was anything to be said then."""
    messages = sorted(thread.messages, key=lambda m: m.sent_at)
    asked = next(m for m in messages if plain_id(m.id) == message_id)
    said = frozenset(term for m in messages if m.sent_at <= at for term in words_of(m.text).terms)
    later = [m for m in messages if m.sent_at > at][:MAX_COMPARED]
    answers = [m for m in later if is_answer(m, asker_id=asked.author.id)]
    return Request(
        thread_id=thread.ref.thread_id or "",
        message_id=message_id,
        at=at,
        text=asked.text,
        is_open=is_open,
        said=said,
        answered=frozenset(term for m in answers for term in words_of(m.text).terms) - said,
    )


def compared(terms: frozenset[str], request: Request, idf: Mapping[str, float]) -> tuple[float, float]:
    """Return precision and recall of a post's terms."""
    rarest = max(idf.values(), default=1.0)

    def weight(of: frozenset[str]) -> float:
        return math.fsum(idf.get(term, rarest) for term in of)

    ours = terms - request.said
    shared = weight(ours & request.answered)
    return (shared / weight(ours) if ours else 0.0), (shared / weight(request.answered) if request.answered else 0.0)


def agreements(posts: Sequence[Post], idf: Mapping[str, float]) -> list[Agreement]:
    """Compare posts with the answers, where there are any, each beside other posts of the same way."""
    terms = [words_of(post.text).terms for post in posts]
    chooser = random.Random(SEED)  # noqa: S311 -- to be repeated
    found: list[Agreement] = []
    for post, ours in zip(posts, terms, strict=True):
        if not post.request.answered:
            continue
        others = [
            terms[n]
            for n in chooser.sample(range(len(posts)), min(OTHERS, len(posts)))
            if posts[n].request.thread_id != post.request.thread_id
        ]
        precision, recall = compared(ours, post.request, idf)
        found.append(
            Agreement(
                request=post.request,
                precision=precision,
                recall=recall,
                chance=mean([harmonic(*compared(other, post.request, idf)) for other in others]),
            )
        )
    return found


def mean(values: Sequence[float]) -> float:
    """Return the mean; 0 of nothing."""
    return fmean(values) if values else 0.0


def interval(values: Sequence[tuple[str, float]]) -> tuple[float, float]:
    """Return the 95% bootstrap interval of the mean of values, each with its thread; whole threads are drawn."""
    by_thread: dict[str, list[float]] = {}
    for thread, value in values:
        by_thread.setdefault(thread, []).append(value)
    sums = [(math.fsum(group), len(group)) for group in by_thread.values()]
    if not sums:
        return 0.0, 0.0
    chooser = random.Random(SEED)  # noqa: S311 -- to be repeated
    means = []
    for _ in range(RESAMPLES):
        drawn = chooser.choices(sums, k=len(sums))
        means.append(math.fsum(total for total, _ in drawn) / sum(count for _, count in drawn))
    means.sort()
    return means[RESAMPLES // 40], means[-RESAMPLES // 40 - 1]


def paired(ours: Sequence[Agreement], theirs: Sequence[Agreement]) -> list[tuple[str, float]]:
    """Return by how much the first agree better than the second, for every request that both answer, with its thread."""
    other = {one.request.key: one.f1 for one in theirs}
    return [(a.request.thread_id, a.f1 - other[a.request.key]) for a in ours if a.request.key in other]
