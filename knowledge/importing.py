"""Read entries and documents from files."""

from collections.abc import Iterator
from pathlib import Path

from knowledge.importing_documents import PARSERS, document_entries
from knowledge.importing_entries import entry_line, parse_entries
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import KnowledgeEntry

__all__ = ["entry_line", "read_path"]

ENTRY_SUFFIXES = (".jsonl", ".ndjson", ".json")
MAX_FILE_BYTES = 512 * 1024 * 1024
_SUPPORTED = (*ENTRY_SUFFIXES, *PARSERS)


def read_path(path: Path) -> tuple[list[KnowledgeEntry], list[str]]:
    """Read a file, or all files of a folder that can be read; return entries, and a line for each thing that was skipped.

    Raises:
        InputError: If nothing of it can be read at all.
    """
    entries: list[KnowledgeEntry] = []
    skipped: list[str] = []
    for file in _files(path):
        try:
            found, faults = _read(file)
        except InputError as error:
            if not path.is_dir():
                raise
            found, faults = [], [f"{file}: {error}"]
        entries += found
        skipped += faults
    if not entries and skipped:
        raise InputError(f"Nothing in {path} can be read: {skipped[0]}.")
    return entries, skipped


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.suffix.lower() in _SUPPORTED:
            yield file


def _read(file: Path) -> tuple[list[KnowledgeEntry], list[str]]:
    suffix = file.suffix.lower()
    if suffix not in _SUPPORTED:
        raise InputError(f"{file.name} is of no known kind.", hint=f"Known are {' '.join(_SUPPORTED)}.")
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{file.name} is larger than {MAX_FILE_BYTES >> 20} MiB.", hint="Import it in parts.")
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from error
    if suffix in ENTRY_SUFFIXES:
        return parse_entries(data)
    return document_entries(file.name, data), []
