"""Backup and restore: a zip of the databases; vectors are made again from them."""

import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from vigil_bot.errors import InputError, StoreError

DATABASES = ("vigil.db", "local.db")
_MARK = "vigil-backup.txt"


def write(home: Path, target: Path) -> int:
    """Write a consistent copy of the databases under home, while they are in use; return its size in bytes.

    Raises:
        StoreError: If the target cannot be written; what stood there before stays.
    """
    if not target.parent.is_dir():
        raise StoreError(f"There is no folder {target.parent} for the backup.", hint="Make it, or name another.")
    unfinished = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copies = [_copy(home / name, Path(folder) / name) for name in DATABASES if (home / name).exists()]
            _pack(copies, unfinished)
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"The backup {target} cannot be written ({error}).") from error
    return target.stat().st_size


def restore(source: Path, home: Path) -> int:
    """Put a backup in place; the present data is kept beside it as `*.before-restore`. Return how many databases.

    Raises:
        InputError: If the file is no backup; nothing is changed.
    """
    home.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(source) as pack, tempfile.TemporaryDirectory(dir=home) as folder:
            names = [name for name in pack.namelist() if name in DATABASES]
            if _MARK not in pack.namelist() or not names:
                raise InputError(f"{source} is not a backup of this program.")
            for name in names:
                pack.extract(name, folder)
                _check(Path(folder) / name)
            for name in DATABASES:
                _replace(home / name, Path(folder) / name if name in names else None)
    except (zipfile.BadZipFile, sqlite3.DatabaseError) as error:
        raise InputError(f"{source} is damaged or no backup of this program.") from error
    shutil.rmtree(home / "chroma", ignore_errors=True)  # made anew from the restored entries
    return len(names)


def copy_database(source: Path, target: Path) -> Path:
    """Write a consistent copy of an SQLite database, while it is in use.

    Raises:
        StoreError: If there is none, or it cannot be read.
    """
    try:
        return _copy(source, target)
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be read ({error}).", hint="`vigil run` makes it.") from error


def _copy(source: Path, target: Path) -> Path:
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as present, sqlite3.connect(target) as copy:
        present.backup(copy)
    present.close()
    copy.close()
    return target


def _pack(copies: Sequence[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(_MARK, "A backup of Vigil Bot. `vigil restore FILE` puts it in place.\n")
        for copy in copies:
            pack.write(copy, copy.name)


def _check(path: Path) -> None:
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA schema_version").fetchone()
    finally:
        database.close()


def _replace(present: Path, restored: Path | None) -> None:
    for suffix in ("-wal", "-shm"):
        present.with_name(present.name + suffix).unlink(missing_ok=True)
    if present.exists():
        present.replace(present.with_name(present.name + ".before-restore"))
    if restored is not None:
        restored.replace(present)
