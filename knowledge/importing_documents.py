"""Documents as entries: one for each section; pure."""

import hashlib
import io
import itertools
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePath
from zipfile import BadZipFile

from knowledge.importing_entries import stamped
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import EvidenceClass, KnowledgeEntry, Source

MAX_SECTION_CHARS = 4_000
MAX_TITLE_CHARS = 160
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SKIPPED_TAGS = frozenset({"script", "style", "nav", "template", "head", "svg"})
_BLOCK_TAGS = frozenset(
    {"p", "div", "li", "tr", "br", "pre", "section", "article", "table", "ul", "ol", "dd", "dt", "blockquote"}
)
_HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Text under a heading; path holds the headings above it and its own, outermost first."""

    path: tuple[str, ...]
    text: str


def document_entries(name: str, data: bytes, *, within: str = "") -> list[KnowledgeEntry]:
    """Return the sections of a document as entries; the same section of the same file keeps its id when its text changes.

    Args:
        name: Its path; the ending tells its kind.
        within: What tells apart documents of the same path.

    Raises:
        InputError: If the document cannot be read, or has no text.
    """
    sections = list(PARSERS[PurePath(name).suffix.lower()](data))
    entries: dict[str, KnowledgeEntry] = {}
    for section in sections:
        for part in _parts(section.text):
            entry = _entry(name, section.path, part, within=within, taken=entries.keys())
            entries[entry.id] = entry
    if not entries:
        raise InputError(f"{name} has no text.", hint="A scanned document must go through text recognition first.")
    return list(entries.values())


def parse_markdown(data: bytes) -> Iterator[Section]:
    """Go through the sections of a Markdown document."""
    text = _FRONT_MATTER.sub("", _text(data))
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _heading(line, lines)
        if heading is None:
            lines.append(line)
            continue
        yield from _section(path, lines)
        level, title = heading
        path = [*(one for one in path if one[0] < level), (level, title)]
        lines = []
    yield from _section(path, lines)


def parse_text(data: bytes) -> Iterator[Section]:
    """Give a plain text as one section, its first line as the heading."""
    first, _, rest = _text(data).strip().partition("\n")
    if first:
        yield Section(path=(first.strip()[:MAX_TITLE_CHARS],), text=rest.strip() or first)


def parse_html(data: bytes) -> Iterator[Section]:
    """Go through the sections of a web page."""
    reader = _PageReader()
    reader.feed(_text(data))
    reader.close()
    return parse_markdown(reader.markdown.encode())


def parse_pdf(data: bytes) -> Iterator[Section]:
    """Go through the pages of a PDF, the first line of each as its heading."""
    from pypdf import PdfReader  # noqa: PLC0415 -- only where a PDF comes
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except (PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"The PDF cannot be read ({type(error).__name__}).") from error
    for number, text in enumerate(pages, start=1):
        first, _, rest = text.strip().partition("\n")
        if first:
            yield Section(path=(f"page {number}", first.strip()[:MAX_TITLE_CHARS]), text=rest.strip() or first)


def parse_docx(data: bytes) -> Iterator[Section]:
    """Go through the sections of a Word document."""
    from docx import Document  # noqa: PLC0415 -- only where such a document comes
    from docx.opc.exceptions import OpcError  # noqa: PLC0415

    try:
        paragraphs = [(p.style.name if p.style else "", p.text) for p in Document(io.BytesIO(data)).paragraphs]
    except (OpcError, BadZipFile, OSError, ValueError, LookupError, SyntaxError, AttributeError) as error:
        raise InputError(f"The Word document cannot be read ({type(error).__name__}).") from error
    return parse_markdown("\n\n".join(_marked(style, text) for style, text in paragraphs).encode())


PARSERS: Mapping[str, Callable[[bytes], Iterator[Section]]] = {
    ".md": parse_markdown,
    ".txt": parse_text,
    ".html": parse_html,
    ".htm": parse_html,
    ".pdf": parse_pdf,
    ".docx": parse_docx,
}


class _PageReader(HTMLParser):
    """Turns a page into Markdown as far as headings and paragraphs go."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._skipping = 0

    @property
    def markdown(self) -> str:
        """The page so far."""
        return re.sub(r"\n{3,}", "\n\n", "".join(self._pieces))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SKIPPED_TAGS:
            self._skipping += 1
        elif tag in _HEADING_TAGS:
            self._pieces.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag in _BLOCK_TAGS:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED_TAGS:
            self._skipping = max(0, self._skipping - 1)
        elif tag in _HEADING_TAGS or tag in _BLOCK_TAGS:
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            text = re.sub(r"\s+", " ", data)
            self._pieces.append(text.replace("#", "＃") if text.lstrip().startswith("#") else text)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\0", "")
    except UnicodeDecodeError as error:
        raise InputError("It is not UTF-8 text.", hint="Save it as UTF-8.") from error


def _heading(line: str, before: list[str]) -> tuple[int, str] | None:
    """Return level and words of a heading; one that is underlined is taken out of the lines before."""
    marked = _HEADING.match(line)
    if marked:
        return len(marked[1]), marked[2].strip()
    underlined = _UNDERLINE.match(line)
    alone = bool(before) and before[-1].strip() and (len(before) == 1 or not before[-2].strip())
    if underlined and alone and not before[-1].lstrip().startswith(("-", "*", "|", ">")):
        return (1 if underlined[1][0] == "=" else 2), before.pop().strip()
    return None


def _section(path: list[tuple[int, str]], lines: list[str]) -> Iterator[Section]:
    text = "\n".join(lines).strip()
    if text:
        yield Section(path=tuple(title for _level, title in path), text=text)


def _marked(style: str | None, text: str) -> str:
    level = re.fullmatch(r"(?:Heading|标题) ?([1-6])", style or "")
    if style == "Title":
        return f"# {text}"
    return f"{'#' * int(level[1])} {text}" if level and text.strip() else text


def _parts(text: str) -> Iterator[str]:
    """Cut a long section between paragraphs, and a paragraph that is too long anywhere."""
    part = ""
    for paragraph in re.split(r"\n\s*\n", text):
        pieces = [paragraph[i : i + MAX_SECTION_CHARS] for i in range(0, len(paragraph), MAX_SECTION_CHARS)]
        for piece in pieces:
            if part and len(part) + len(piece) > MAX_SECTION_CHARS:
                yield part
                part = ""
            part = f"{part}\n\n{piece}" if part else piece
    if part:
        yield part


def _entry(name: str, path: tuple[str, ...], text: str, *, within: str, taken: Container[str]) -> KnowledgeEntry:
    headings = path or (PurePath(name).stem.replace("_", " ").replace("-", " "),)
    entry_id = _free_id("\n".join(filter(None, (within, name, *headings))), taken)
    return stamped(
        KnowledgeEntry(
            id=entry_id,
            title=headings[-1][:MAX_TITLE_CHARS],
            issue=" › ".join(headings)[: 2 * MAX_TITLE_CHARS],
            environment=PurePath(name).name,
            resolution=text,
            sources=(Source(evidence=EvidenceClass.DOCUMENT),),
        )
    )


def _free_id(place: str, taken: Container[str]) -> str:
    """Return an id for a place in a document, counting on where one heading comes twice."""
    digests = (hashlib.sha256(f"{place}\n{number}".encode()).hexdigest() for number in itertools.count(1))
    return next(entry_id for digest in digests if (entry_id := f"doc-{digest[:16]}") not in taken)
