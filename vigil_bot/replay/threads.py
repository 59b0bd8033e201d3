"""Find out what a source is, and read its threads."""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from vigil_bot.errors import InputError
from vigil_bot.replay import jsonl, lark, slack
from vigil_bot.replay.archive import Export, UnreadableFile, is_zip, opened
from vigil_bot.replay.thread import ReplayThread, Skipped

_SNIFFED_LINES = 50
_SNIFFED_BYTES = 4 * 1024 * 1024
_SNIFFED_FILES = 20
_HINT = (
    "Give a threads file (JSON Lines), a Slack export (zip or folder), or Lark messages (JSON of im/v1/messages; "
    "a file, a folder or a zip)."
)


class SourceKind(StrEnum):
    """What can be replayed, besides the store."""

    THREADS = "threads"
    SLACK = "slack"
    LARK = "lark"


def kind_of(source: Path) -> SourceKind:
    """Return what a file or folder is.

    Raises:
        InputError: If it is nothing that can be read; the hint says what can.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist.", hint=_HINT)
    if source.is_dir() or is_zip(source):
        with opened(source) as export:
            return _kind_of_export(export, source)
    if source.suffix == ".jsonl" and not _looks_like_lark(_head(source)):
        return SourceKind.THREADS
    return _kind_of_text(_head(source), source)


def read(
    source: Path, *, report: Callable[[Skipped], None], platform: str = "", workspace: str = ""
) -> Iterator[ReplayThread]:
    """Return the threads of a source one by one; what cannot be read is reported and left out.

    Args:
        platform: What the conversations are said to be on, where the source does not say; likewise workspace.

    Raises:
        InputError: If the source is nothing that can be read, or unreasonably large.
    """
    match kind_of(source):
        case SourceKind.THREADS:
            yield from jsonl.read(source, report=report, platform=platform, workspace=workspace)
        case SourceKind.SLACK:
            with opened(source) as export:
                yield from slack.read(export, report=report, platform=platform, workspace=workspace)
        case SourceKind.LARK:
            with opened(source) as export:
                yield from lark.read(export, report=report, platform=platform, workspace=workspace)


def _kind_of_export(export: Export, source: Path) -> SourceKind:
    if slack.is_export(export):
        return SourceKind.SLACK
    for name in export.names[:_SNIFFED_FILES]:
        try:
            if _looks_like_lark(export.read(name)[:_SNIFFED_BYTES]):
                return SourceKind.LARK
        except UnreadableFile:
            continue
    raise InputError(f"{source} holds neither a Slack export nor Lark messages.", hint=_HINT)


def _head(source: Path) -> bytes:
    try:
        with source.open("rb") as stream:
            return stream.read(_SNIFFED_BYTES)
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).") from error


def _kind_of_text(head: bytes, source: Path) -> SourceKind:
    if not head.strip():
        raise InputError(f"{source} is empty.", hint=_HINT)
    if _looks_like_threads(head):
        return SourceKind.THREADS
    if _looks_like_lark(head):
        return SourceKind.LARK
    raise InputError(f"{source} is neither a threads file nor Lark messages.", hint=_HINT)


def _looks_like_threads(head: bytes) -> bool:
    """Whether one of the first lines is a thread; the others may be broken."""
    values = (_json(line) for line in head.splitlines()[:_SNIFFED_LINES])
    return any(isinstance(value, dict) and "messages" in value for value in values)


def _looks_like_lark(head: bytes) -> bool:
    """Whether the beginning of a file has the names of Lark messages, and no thread."""
    return b'"message_id"' in head and b'"create_time"' in head and not _looks_like_threads(head)


def _json(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
