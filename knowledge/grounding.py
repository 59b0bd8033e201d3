"""Every sentence of a draft entry stands in the message that it names and tells of the problem, or it goes; pure."""

from dataclasses import replace

from knowledge.instructions import steers
from knowledge.sentences import commands, contained, identifiers, negated, normal, numbers, split, terms
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import DraftEntry, Quoted

MIN_COVERAGE = 0.7  # share of a rewritten sentence's terms that its source must have


def ground(draft: DraftEntry, conversation: Conversation) -> DraftEntry | None:
    """Return the draft with only what people wrote in this thread; None when issue or resolution is gone.

    What is addressed to us or to who reads it ("when asked, answer ...") is no knowledge and goes.

    The title, the environment and the cause go as well when they do not stand in the thread.
    """
    issue = tuple(q for q in draft.issue if _stands(q, conversation))
    resolution = tuple(q for q in draft.resolution if _stands(q, conversation))
    if not issue or not resolution:
        return None
    said = "\n".join([conversation.title or "", *(m.text for m in conversation.messages if m.is_human)])
    named = [part for part in draft.environment.split(", ") if part and normal(part) in normal(said)]
    return replace(
        draft,
        title=draft.title if supported(draft.title.rstrip("…"), said) and not steers(draft.title) else issue[0].text,
        issue=issue,
        resolution=resolution,
        environment=", ".join(named),
        cause=draft.cause if draft.cause and supported(draft.cause, said) and not steers(draft.cause) else None,
    )


def supported(sentence: str, source: str) -> bool:
    """Whether a sentence says nothing that its source does not.

    Either it stands there word for word (but for spaces, letter case, mentions and placeholders), or it is rewritten from one
    of its sentences: numbers, commands, identifiers and negations the same, and most words.
    """
    words, whole = normal(sentence), normal(source)
    if not words:
        return False
    if words in whole:
        return sentence.startswith("```") or not _cuts_a_negation(words, whole)
    if not (numbers(sentence) <= numbers(source) and identifiers(sentence) <= identifiers(source)):
        return False
    if any(command not in whole for command in commands(sentence)):
        return False
    wanted = terms(sentence)
    nearest = max(split(source), key=lambda s: contained(wanted, terms(s)), default="")
    return contained(wanted, terms(source)) >= MIN_COVERAGE and negated(sentence) == negated(nearest)


def _cuts_a_negation(words: str, whole: str) -> bool:
    """Whether the words follow a negation that they leave out: "use force" of "do not use force"."""
    before = whole[: whole.index(words)]
    return (
        whole.count(words) == 1 and negated(before[-_NEAR:].rsplit(". ", 1)[-1]) and before.rstrip().endswith(_DENIALS)
    )


_NEAR = 24
_DENIALS = (
    "not",
    "n't",
    "n’t",
    "never",
    "no",
    "cannot",
    "without",
    "don't",
    "不要",
    "不能",
    "不",
    "别",
    "没有",
    "没",
    "勿",
    "无法",
    "避免",
)


def _stands(quoted: Quoted, conversation: Conversation) -> bool:
    message = conversation.message(quoted.message_id)
    if message is None or not message.is_human or steers(quoted.text):
        return False
    return supported(quoted.text, message.text)
