"""Receipts as far as those who ask may see them: what was found may be meant for fewer people by now."""

from collections.abc import Sequence
from dataclasses import replace

from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.knowledge import Viewer
from vigil_bot.ports.knowledge import EntryStore


async def readable(records: Sequence[DecisionRecord], entries: EntryStore, viewer: Viewer) -> list[DecisionRecord]:
    """Return receipts without entries that the viewer may not see, and without drafts that rest on one."""
    named = {entry_id for record in records for entry_id in _named(record)}
    found = await entries.load(sorted(named))
    seen = frozenset(entry.id for entry in found if entry.audience.allows(viewer))
    return [_without(record, seen) for record in records]


def _named(record: DecisionRecord) -> frozenset[str]:
    return frozenset((*record.citations, *(one.entry_id for one in record.considered)))


def _without(record: DecisionRecord, seen: frozenset[str]) -> DecisionRecord:
    text = record.text if seen.issuperset(record.citations) else ""
    return replace(record, text=text, considered=tuple(one for one in record.considered if one.entry_id in seen))
