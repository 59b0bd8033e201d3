"""Read entries and documents from files."""

from collections.abc import Iterator
from pathlib import Path

from knowledge.exporting import Exported, parse_lines
from knowledge.importing_documents import PARSERS, document_entries
from knowledge.importing_entries import entry_line
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import KnowledgeEntry

__all__ = ["DOCUMENT_SUFFIXES", "ENTRY_SUFFIXES", "data_of", "entry_line", "files_in", "read_exported", "read_path"]

ENTRY_SUFFIXES = (".jsonl", ".ndjson", ".json")
DOCUMENT_SUFFIXES = tuple(PARSERS)
MAX_FILE_BYTES = 512 * 1024 * 1024
_SUPPORTED = (*ENTRY_SUFFIXES, *DOCUMENT_SUFFIXES)


def read_path(path: Path) -> tuple[list[KnowledgeEntry], list[str]]:
    """Read a file, or all files of a folder that can be read; return entries, and a line for each thing that was skipped.

    Raises:
        InputError: If nothing of it can be read at all.
    """
    entries: list[KnowledgeEntry] = []
    skipped: list[str] = []
    for file in files_in(path):
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


def read_exported(file: Path) -> tuple[list[Exported], list[str]]:
    """Read a file of entries with their versions, as far as it has any; return them with a line for each that was skipped.

    Raises:
        InputError: If nothing of it can be read at all.
    """
    found, faults = parse_lines(data_of(file))
    if not found and faults:
        raise InputError(f"Nothing in {file} can be read: {faults[0]}.")
    return found, faults


def files_in(path: Path) -> Iterator[Path]:
    """Go through the files of a folder that can be read, hidden ones left out; a file is given as it is."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.suffix.lower() in _SUPPORTED:
            yield file


def data_of(file: Path) -> bytes:
    """Return the content of a file. Raises InputError if it is of no known kind, too large, or cannot be read."""
    if file.suffix.lower() not in _SUPPORTED:
        raise InputError(f"{file.name} is of no known kind.", hint=f"Known are {' '.join(_SUPPORTED)}.")
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{file.name} is larger than {MAX_FILE_BYTES >> 20} MiB.", hint="Import it in parts.")
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from error


def _read(file: Path) -> tuple[list[KnowledgeEntry], list[str]]:
    data = data_of(file)
    if file.suffix.lower() in ENTRY_SUFFIXES:
        found, faults = parse_lines(data)
        return [entry for entry, _ in found], faults
    return document_entries(file.name, data), []
