"""Documents that entries come from: files that an operator imports, pages that analysts link to."""

from dataclasses import dataclass, field
from urllib.parse import quote

from vigil_bot.model.knowledge import Audience, Source

LINKS = "link"  # the root of pages begins with it


def links_root(audience: Audience) -> str:
    """Return the root of the pages that were linked to before an audience."""
    channels = ",".join(quote(channel, safe="") for channel in audience.channels)
    return f"{LINKS}/{quote(audience.workspace, safe='')}/{channels}/{'guests' if audience.guests else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it was read last.

    root and path name it: a Git checkout and the path in it, or "" and the whole path; for a page, who may see it and the
    address. digest tells its content from other content; sections holds the ids of its entries, each with the digest of the
    words that it gave them. sources are the messages that a page was linked in. due_at is when a page is read again, failures how
    often that failed since it last went well.
    """

    root: str
    path: str
    digest: str = ""
    read_at: float = 0.0
    sections: tuple[tuple[str, str], ...] = ()
    audience: Audience = field(default_factory=Audience)
    sources: tuple[Source, ...] = ()
    due_at: float | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What reading documents changed: entries that were stored, taken out of use, marked; titles of sections that steer."""

    documents: int = 0
    unchanged: int = 0
    entries: int = 0
    stored: int = 0
    archived: int = 0
    marked: int = 0
    steering: tuple[str, ...] = ()

    def plus(self, other: "Taken") -> "Taken":
        """Return both together."""
        return Taken(
            documents=self.documents + other.documents,
            unchanged=self.unchanged + other.unchanged,
            entries=self.entries + other.entries,
            stored=self.stored + other.stored,
            archived=self.archived + other.archived,
            marked=self.marked + other.marked,
            steering=(*self.steering, *other.steering),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """What reading files did, with a line for each that could not be read or was not taken whole."""

    taken: Taken = field(default_factory=Taken)
    failed: tuple[str, ...] = ()
