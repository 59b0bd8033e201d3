"""Whether a reply says only what its sources say: checked here, outside the model, and held even if it obeys a stranger; pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from adapters.llm.support import LIST_MARK, why_unsupported
from adapters.llm.text import (
    addresses,
    clean,
    every_name,
    flat,
    language,
    names,
    nearest,
    sentences,
    shared,
    stands_in,
    terms,
)
from adapters.llm.text_manners import (
    asks_for_data,
    calls_everybody,
    commands_somebody,
    makeshift,
    orders_a_machine,
    particular,
    promises,
    sends_away,
    without_pings,
)

MAX_CHARS = 600  # of an answer
MAX_QUESTION_CHARS = 600
MAX_LINE_CHARS = 240
MAX_CLAIMS = 40  # that are looked at, however much a model says
MAX_CLAIM_CHARS = 1_000
MAX_LINES = 6
MAX_SENTENCES = 14  # of the resolution of an entry
MAX_TITLE_CHARS = 90
MAX_PART_CHARS = 40  # of the environment: a product and its version
MIN_ASKED = 0.5  # the same for a question: it is searched with, never said
_ALREADY = 0.8  # share of a sentence's terms that one message has: it says the same
_UNFAIR = re.compile(r"\s*(?:>|&gt;)")  # a quotation: somebody else wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a reply says, and the labels of the sources that it names for it."""

    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Words that a reply may rest on; context says what they are about, and lends no commands."""

    says: str
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A sentence that stands, the source that it stands in, and the words there that it was taken from."""

    text: str
    source: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is left of a reply; cut holds a reason for each sentence that went."""

    kept: tuple[Kept, ...] = ()
    cut: tuple[str, ...] = ()


def checked(
    claims: Iterable[Claim], sources: Mapping[int, Source], *, speaks: str, said: Sequence[str] = ()
) -> Checked:
    """Return the sentences that one of the sources that they name supports, and that may be said here.

    Args:
        speaks: The language of the thread; a sentence in another one stays only if it is a quotation.
        said: What was said in the thread already.
    """
    kept: list[Kept] = []
    cut: list[str] = []
    for found in _supported(claims, sources):
        why = _why_unfit(found, speaks, said) if isinstance(found, Kept) else found
        if why:
            cut.append(why)
        elif isinstance(found, Kept) and not _repeats(found.text, [k.text for k in kept]):
            kept.append(found)
    return Checked(kept=tuple(kept), cut=tuple(cut))


def _supported(claims: Iterable[Claim], sources: Mapping[int, Source]) -> Iterator[Kept | str]:
    """Go through the sentences: each with the first source that supports it, or what the last one lacks."""
    for claim in islice(claims, MAX_CLAIMS):
        for sentence in sentences(without_pings(clean(claim.text[:MAX_CLAIM_CHARS]))):
            yield _support(sentence, claim.sources, sources)


def _support(sentence: str, labels: Sequence[int], sources: Mapping[int, Source]) -> Kept | str:
    why = "no source"
    for label in dict.fromkeys(labels):
        source = sources.get(label)
        if source is None:
            continue
        why = why_unsupported(sentence, source.says, source.context)
        if not why:
            return Kept(text=sentence, source=label, quote=nearest(sentence, source.says))
    return why


def _why_unfit(found: Kept, speaks: str, said: Sequence[str]) -> str:
    """Return why a supported sentence is not said all the same."""
    if orders_a_machine(found.text) or orders_a_machine(found.quote):
        return "an order to a machine"
    if asks_for_data(found.text):
        return "a request for personal data"
    if sends_away(found.text):
        return "a referral"
    if language(found.text) not in ("", speaks) and flat(found.text).rstrip(".。") not in flat(found.quote):
        return "another language"
    return "said already" if _repeats(found.text, said) else ""


def _repeats(sentence: str, said: Sequence[str]) -> bool:
    """Whether one of these texts says it already."""
    wanted, named = terms(sentence), names(sentence)
    return any(shared(wanted, terms(one)) >= _ALREADY and named <= every_name(one) for one in said)


def answer(kept: Sequence[Kept], numbers: Mapping[int, int]) -> str:
    """Return the sentences as a text, each run of one source followed by the number that readers see for it."""
    text = ""
    for at, one in enumerate(kept):
        text += _joint(text, one.text) + one.text
        if at + 1 == len(kept) or kept[at + 1].source != one.source:
            text += f"{_joint(text, '')}[{numbers[one.source]}]"
    return text


def _joint(before: str, after: str) -> str:
    """Return what stands between two sentences."""
    if not before:
        return ""
    if before.endswith("```") or after.startswith("```") or LIST_MARK.match(after):
        return "\n"
    return " "


def fitting(kept: Sequence[Kept], *, max_chars: int) -> tuple[Kept, ...]:
    """Return the first sentences that fit with their numbers."""
    limit = min(max_chars, MAX_CHARS)
    fits = (size for size in range(len(kept), 0, -1) if len(answer(kept[:size], numbering(kept[:size]))) <= limit)
    return tuple(kept[: next(fits, 0)])


def numbering(kept: Sequence[Kept]) -> dict[int, int]:
    """Return label of a source -> its number, in the order of first use."""
    return {label: number for number, label in enumerate(dict.fromkeys(one.source for one in kept), 1)}


def question(text: str, sources: Sequence[str]) -> str:
    """Return a rewritten question if it asks what people wrote, else "".

    It is only searched with; all the same it may not carry what nobody wrote, or orders.
    """
    wanted = " ".join(s for s in sentences(without_pings(clean(text[:MAX_CLAIM_CHARS]))) if not orders_a_machine(s))[
        :MAX_QUESTION_CHARS
    ]
    whole = "\n".join(sources)
    if not (names(wanted) <= every_name(whole) and addresses(wanted) <= addresses(whole)):
        return ""
    return wanted if terms(wanted) and shared(terms(wanted), terms(whole)) >= MIN_ASKED else ""


def seen(lines: Sequence[str], *, max_lines: int, max_chars: int) -> list[str]:
    """Return what was read in images, as data: no orders, no calls, short."""
    tidy = (without_pings(clean(line))[:max_chars] for line in lines)
    return [line for line in tidy if line and not orders_a_machine(line)][:max_lines]


def fair(text: str) -> str:
    """Return the lines of a message that may teach: its author's own words, without lines that order a machine or call all."""
    lines = (line for line in text.split("\n") if not _UNFAIR.match(line))
    return "\n".join(line for line in lines if not orders_a_machine(line) and not calls_everybody(line))


def problem(claims: Iterable[Claim], sources: Mapping[int, str], *, people: Sequence[str]) -> tuple[Kept, ...]:
    """Return the sentences of the issue: what somebody saw, so no links and nothing that tells others what to do."""
    found = taught(claims, sources, people=people)
    return tuple(k for k in found if not addresses(k.text) and not commands_somebody(k.text))


def taught(claims: Iterable[Claim], sources: Mapping[int, str], *, people: Sequence[str]) -> tuple[Kept, ...]:
    """Return the sentences of an entry that stand in the message that they name and help the next person.

    No orders to machines, promises, tickets, days or people; what holds for a time only says so in its source's words.
    """
    whole = {label: Source(says=text) for label, text in sources.items()}
    kept = [found for found in _supported(claims, whole) if isinstance(found, Kept) and _teaches(found.text, people)]
    first = {found.quote: at for at, found in reversed(list(enumerate(kept)))}
    marked = (replace(k, text=_marked(k)) if first[k.quote] == at else k for at, k in enumerate(kept))
    return tuple(marked)[:MAX_SENTENCES]


def _teaches(sentence: str, people: Sequence[str]) -> bool:
    """Whether a sentence is free of what an entry must not hold."""
    return not (
        orders_a_machine(sentence)
        or asks_for_data(sentence)
        or promises(sentence)
        or particular(sentence)
        or any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) for name in people)
    )


def _marked(found: Kept) -> str:
    """Return the sentence with the words of its source that it holds for a time only."""
    mark = makeshift(found.quote)
    if not mark or makeshift(found.text) or found.text.endswith("```"):
        return found.text
    bare = found.text.rstrip(".。")
    return f"{bare} ({mark.lower()}){found.text[len(bare) :]}"


def title(text: str, sources: Mapping[int, str], issue: Sequence[Kept], *, people: Sequence[str]) -> str:
    """Return one line for an entry: the model's if it stands in the messages, else the first of the issue."""
    line = " ".join(without_pings(clean(text)).split()).rstrip(".。")
    whole = {0: "\n".join(sources.values())}
    fits = len(line) <= MAX_TITLE_CHARS and problem([Claim(text=line, sources=(0,))], whole, people=people)
    return line if fits else issue[0].text[:MAX_TITLE_CHARS]


def environment(text: str, sources: Mapping[int, str], *, people: Sequence[str]) -> str:
    """Return those of the parts between commas that are names of something in a message."""
    whole = flat("\n".join(sources.values()))
    parts = [part.strip(" .。") for part in re.split(r"[,，、]", clean(text))]
    named = [p for p in parts if 0 < len(p) <= MAX_PART_CHARS and not addresses(p) and _teaches(p, people)]
    return ", ".join(p for p in named if stands_in(flat(p), whole))


def lines(claims: Iterable[Claim], sources: Mapping[int, str]) -> list[str]:
    """Return the lines of a summary that say whose words they are and of which every sentence stands in the messages they name.

    Args:
        sources: Each begins with the name of its author and a colon.
    """
    found: list[str] = []
    for claim in islice(claims, MAX_CLAIMS):
        named = [sources[label] for label in dict.fromkeys(claim.sources) if label in sources]
        line = " ".join(without_pings(clean(claim.text)).split())
        if len(line) <= MAX_LINE_CHARS and _says_whose(line, named) and _stands(line, "\n".join(named)):
            found.append(line)
    return found[:MAX_LINES]


def _says_whose(line: str, named: Sequence[str]) -> bool:
    who, colon, _ = line.partition(":")
    return bool(colon) and any(one.startswith(f"{who}:") for one in named)


def _stands(line: str, whole: str) -> bool:
    return not any(why_unsupported(s, whole) or orders_a_machine(s) or asks_for_data(s) for s in sentences(line))
