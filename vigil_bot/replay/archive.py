"""Read the JSON files of an export, from a folder or a zip; nothing is unpacked to disk."""

import contextlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vigil_bot.errors import InputError

MAX_FILES = 200_000
MAX_FILE_BYTES = 128 * 1024 * 1024
MAX_TOTAL_BYTES = 8 * 1024 * 1024 * 1024  # unpacked; counted as it is read, whatever the archive says


class UnreadableFile(InputError):
    """One file of an export cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The JSON files of an export: names relative to its root, sorted, and how to read one.

    read raises UnreadableFile for a file that is broken or too large, and InputError when all are too large together.
    """

    names: tuple[str, ...]
    read: Callable[[str], bytes]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Export]:
    """Open a folder, a zip, or a single file as an export of one.

    Raises:
        InputError: If a zip is broken or encrypted, or holds unreasonably many files.
    """
    if path.is_dir():
        yield _rooted(_folder_names(path), lambda name: _read_file(path / name, name))
        return
    if not is_zip(path):
        yield Export(names=(path.name,), read=lambda name: _read_file(path, name))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path} cannot be opened as a zip ({error}).") from error
    with archive:
        yield _rooted(_zip_names(archive, path), lambda name: _read_member(archive, name))


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does."""
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"PK"
    except OSError:
        return False


def _rooted(names: list[str], read: Callable[[str], bytes]) -> Export:
    """Leave out the one folder that some tools put around everything."""
    if len(names) > MAX_FILES:
        raise InputError(f"The export holds more than {MAX_FILES:,} files.", hint="Give one channel after the other.")
    tops = {PurePosixPath(name).parts[0] for name in names}
    has_export_inside = any(len(PurePosixPath(name).parts) > 2 for name in names)  # noqa: PLR2004 -- top/channel/day
    only = next(iter(tops)) if len(tops) == 1 and has_export_inside else ""
    prefix = f"{only}/" if only else ""
    left = MAX_TOTAL_BYTES

    def read_within_budget(name: str) -> bytes:
        nonlocal left
        content = read(prefix + name)
        left -= len(content)
        if left < 0:
            raise InputError(f"The export is larger than {MAX_TOTAL_BYTES // 2**30} GiB.", hint="Give fewer channels.")
        return content

    return Export(names=tuple(sorted(name.removeprefix(prefix) for name in names)), read=read_within_budget)


def _wanted(name: str) -> bool:
    """Whether a name is that of a JSON file and stays within the export."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return name.endswith((".json", ".jsonl")) and not hidden and not path.is_absolute() and "\\" not in name


def _folder_names(root: Path) -> list[str]:
    home = root.resolve()
    files = (path for path in root.rglob("*.json*") if path.is_file() and path.resolve().is_relative_to(home))
    return [name for path in files if _wanted(name := path.relative_to(root).as_posix())]


def _read_file(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableFile(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{name} cannot be read ({error.strerror})") from error


def _zip_names(archive: zipfile.ZipFile, path: Path) -> list[str]:
    members = [info for info in archive.infolist() if not info.is_dir() and _wanted(info.filename)]
    if any(info.flag_bits & 0x1 for info in members):
        raise InputError(f"{path} is encrypted.", hint="Unpack it, and give the folder.")
    return [*dict.fromkeys(info.filename for info in members)]


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as member:
            content = member.read(MAX_FILE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise UnreadableFile(f"{name} is damaged") from error
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableFile(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MiB")
    return content
