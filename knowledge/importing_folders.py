"""Read files and folders of documents into the library, as far as they have changed."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from knowledge.importing import DOCUMENT_SUFFIXES, data_of, files_in
from knowledge.importing_documents import document_entries
from knowledge.importing_library import Library
from knowledge.importing_places import Checkout, Place, checkout_of, place_of
from vigil_bot.errors import InputError
from vigil_bot.model.document import Document, FolderReport, Taken
from vigil_bot.model.knowledge import EvidenceClass, KnowledgeEntry, Source

SUSPICIOUS = 5  # documents; where so many are gone at once and none is left, a disk is missing rather than they


class Folders:
    """Files and folders on this computer as documents."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def take_in(self, files: Sequence[Path], *, now: float) -> FolderReport:
        """Read files; a file that has not changed since costs its checksum, one that cannot be read is named."""
        report = FolderReport()
        for file, place in zip(files, await asyncio.to_thread(_places, files), strict=True):
            try:
                taken = await self._take_in(file, place, now=now)
            except InputError as error:
                report = replace(report, failed=(*report.failed, f"{file}: {error}"))
                continue
            steering = tuple(f'{file}: "{title}" tells the reader what to answer; left out' for title in taken.steering)
            report = FolderReport(taken=report.taken.plus(taken), failed=(*report.failed, *steering))
        return report

    async def follow(self, path: Path, *, now: float) -> FolderReport:
        """Read a file or folder as it is now; nothing that is wrong with it keeps another from being read."""
        files = await asyncio.to_thread(_documents, path)
        report = await self.take_in(files, now=now)
        if await asyncio.to_thread(path.is_file):
            return report
        try:
            taken = report.taken.plus(await self.drop_gone(path, now=now))
        except InputError as error:
            return replace(report, failed=(*report.failed, str(error)))
        return replace(report, taken=taken)

    async def drop_gone(self, path: Path, *, now: float) -> Taken:
        """Take out of use what came of files of a folder that are not there any more.

        Raises:
            InputError: If the folder is not there, or nothing is left of what was much: then nothing is changed.
        """
        root, under, present = await asyncio.to_thread(_present, path)
        if not present and await self._library.count(root, under=under) >= SUSPICIOUS:
            raise InputError(
                f"{path} has no documents any more, and had many.",
                hint="If that is meant, archive their entries with `vigil kb archive`.",
            )
        return await self._library.gone(root, under=under, present=present, now=now)

    async def _take_in(self, file: Path, place: Place, *, now: float) -> Taken:
        data = await asyncio.to_thread(data_of, file)
        digest = hashlib.sha256(data).hexdigest()
        known = await self._library.known(place.root, place.path)
        if known is not None and known.digest == digest:
            return Taken(documents=1, unchanged=1, entries=len(known.sections))
        entries = await asyncio.to_thread(_entries, place, data)
        source = Source(
            evidence=EvidenceClass.DOCUMENT,
            permalink=place.permalink,
            document=place.path,
            revision=place.revision,
        )
        document = known or Document(root=place.root, path=place.path)
        return await self._library.take_in(replace(document, digest=digest, sources=(source,)), entries, now=now)


def _places(files: Sequence[Path]) -> list[Place]:
    folders = [file.absolute().parent.resolve() for file in files]
    checkouts: dict[Path, Checkout | None] = {folder: checkout_of(folder) for folder in dict.fromkeys(folders)}
    return [place_of(folder / file.name, checkouts[folder]) for file, folder in zip(files, folders, strict=True)]


def _present(path: Path) -> tuple[str, str, frozenset[str]]:
    """Return the root of a folder, what the paths in it begin with, and those of its documents."""
    folder = path.resolve()
    if not folder.is_dir():
        raise InputError(f"{path} is not there.", hint="What came of it stays as it is.")
    place = place_of(folder, checkout_of(folder))
    under = f"{place.path.rstrip('/')}/" if place.path else ""
    return place.root, under, frozenset(one.path for one in _places(_documents(folder)))


def _documents(path: Path) -> list[Path]:
    return [file for file in files_in(path) if file.suffix.lower() in DOCUMENT_SUFFIXES]


def _entries(place: Place, data: bytes) -> list[KnowledgeEntry]:
    """Return the sections of a file; a folder's README has other ids than its neighbour's."""
    return document_entries(place.path, data, within=place.root)
