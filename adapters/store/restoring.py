"""Entries that come back from an export, with their versions."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.store import entry_rows
from adapters.store.database import Session
from adapters.store.entry_rows import Change
from vigil_bot.model.knowledge import EntryVersion, KnowledgeEntry
from vigil_bot.ports.knowledge import EntryWords


def restore(
    session: Session,
    entry: KnowledgeEntry,
    versions: Sequence[EntryVersion],
    entry_words: EntryWords,
    change: Change,
) -> bool:
    """Store an entry with the versions that are missing here; return whether that changed anything.

    Where it went on differently here, what comes is one more version.
    """
    here, come = entry_rows.history(session, entry.id), list(versions)
    if here[: len(come)] == come:
        return entry_rows.keep_counts(session, entry) if here else False
    if here != come[: len(here)]:
        stored = entry_rows.get(session, entry.id)
        same = stored is not None and _content(stored) == _content(entry)
        if not same:
            entry_rows.put(session, entry, entry_words, change)
        return not same
    entry_rows.write(session, entry, is_new=not here)
    entry_rows.add_versions(session, come[len(here) :])
    entry_rows.put_beside(session, entry, entry_words)
    return True


def _content(entry: KnowledgeEntry) -> KnowledgeEntry:
    """Return an entry without what only its history here tells."""
    return replace(
        entry, version=0, created_at=0.0, updated_at=0.0, reuse_count=0, helpful=0, unhelpful=0, right_at=0.0
    )
