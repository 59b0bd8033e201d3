"""Entries with everything that is known of them as JSON Lines, out and in again without loss; pure."""

import json
from collections.abc import Sequence

from pydantic import JsonValue, TypeAdapter, ValidationError

from knowledge.importing_entries import fault, parse_line
from vigil_bot.model.knowledge import EntryVersion, KnowledgeEntry

_ENTRY = TypeAdapter(KnowledgeEntry)
_VERSIONS = TypeAdapter(tuple[EntryVersion, ...])
_HISTORY = "versions"

Exported = tuple[KnowledgeEntry, tuple[EntryVersion, ...]]
"""An entry as it is now, and all its versions, oldest first; none for an entry of somebody else's file."""


def export_fields(entry: KnowledgeEntry, versions: Sequence[EntryVersion]) -> dict[str, JsonValue]:
    """Return an entry as JSON: what anybody may read of it, and what only we need to have it back."""
    history = _VERSIONS.dump_python(tuple(versions), mode="json", exclude_defaults=True)
    fields: dict[str, JsonValue] = _ENTRY.dump_python(entry, mode="json")
    return {**fields, _HISTORY: history}


def export_line(entry: KnowledgeEntry, versions: Sequence[EntryVersion]) -> str:
    """Return an entry as one line."""
    return json.dumps(export_fields(entry, versions), ensure_ascii=False)


def parse_exported(fields: JsonValue) -> Exported:
    """Return what `export_fields` made. Raises ValidationError."""
    known = dict(fields) if isinstance(fields, dict) else {}
    versions = _VERSIONS.validate_python(known.pop(_HISTORY, None))
    return _ENTRY.validate_python(known), versions


def parse_lines(data: bytes) -> tuple[list[Exported], list[str]]:
    """Return the entries of a file, ours or somebody else's, and a line for each line that cannot be read, with its number."""
    found: list[Exported] = []
    faults: list[str] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            try:
                found.append(_parsed(line))
            except ValidationError as error:
                faults.append(f"line {number}: {fault(error)}")
    return found, faults


def _parsed(line: bytes) -> Exported:
    if b'"versions"' in line:
        try:
            fields: JsonValue = json.loads(line)
        except (ValueError, RecursionError):
            fields = None
        if isinstance(fields, dict) and fields.get(_HISTORY):
            return parse_exported(fields)
    return parse_line(line), ()
