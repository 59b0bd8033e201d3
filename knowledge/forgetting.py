"""What is left of an entry when messages are forgotten; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from knowledge.distill_entry import content_hash
from knowledge.grounding import supported
from knowledge.sentences import split
from vigil_bot.model.conversation import Message
from vigil_bot.model.knowledge import ChangeKind, EntryVersion, KnowledgeEntry, Source

Gone = Mapping[str, frozenset[str]]
"""Conversation key -> ids of the messages that are forgotten."""


def rests_on(entry: KnowledgeEntry, gone: Gone) -> bool:
    """Whether an entry quotes a message that is forgotten."""
    return any(gone.get(s.thread_id or "", frozenset()) & set(s.message_ids) for s in entry.sources)


def without(
    entry: KnowledgeEntry, gone: Gone, kept: Sequence[Message], edited: Collection[str]
) -> KnowledgeEntry | None:
    """Return an entry with only what still stands somewhere; None when nothing of issue or resolution is left.

    Args:
        kept: The messages of its threads that remain.
        edited: Sentences that people wrote into the entry themselves.
    """
    sources = tuple(s for s in (_source(source, gone) for source in entry.sources) if s is not None)
    if not sources:
        return None
    texts = [message.text for message in kept if message.is_human and message.text]

    def stands(text: str) -> str:
        sentences = (s for s in split(text) if s in edited or any(supported(s, said) for said in texts))
        return "\n".join(sentences)

    issue, resolution = stands(entry.issue), stands(entry.resolution)
    if not issue or not resolution:
        return None
    learned = entry.content_hash == content_hash(entry.issue, entry.resolution)
    return replace(
        entry,
        title=entry.title if stands(entry.title.rstrip("…")) else split(issue)[0][:90],
        issue=issue,
        resolution=resolution,
        cause=entry.cause if entry.cause and stands(entry.cause) else None,
        sources=sources,
        content_hash=content_hash(issue, resolution) if learned else entry.content_hash,
    )


def edited_sentences(versions: Sequence[EntryVersion]) -> frozenset[str]:
    """Return the sentences that came into an entry by a person's edit, and did not stand there before."""
    known: set[str] = set()
    edited: set[str] = set()
    for version in versions:
        now = set(split(version.entry.issue)) | set(split(version.entry.resolution)) | {version.entry.title}
        if version.kind is ChangeKind.EDIT:
            edited |= now - known
        known |= now
    return frozenset(edited)


def _source(source: Source, gone: Gone) -> Source | None:
    """Return a source without what is forgotten; None when nothing of it is left."""
    forgotten = gone.get(source.thread_id or "", frozenset())
    left = tuple(i for i in source.message_ids if i not in forgotten)
    if left == source.message_ids:
        return source
    return replace(source, message_ids=left, permalink=None, author_ids=()) if left else None
