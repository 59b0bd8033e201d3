"""What an answer of a web server holds: its kind, its words in UTF-8; pure."""

import codecs
import re
from email.message import Message
from urllib.parse import urlsplit

_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
}
ACCEPTED = ", ".join(_KINDS)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SNIFFED = 2_048  # bytes in which a page says how it is written


def kind_of(content_type: str, url: str) -> str | None:
    """Return the kind of a page by what the server calls it; None if we do not read such."""
    kind = _KINDS.get(_header(content_type).get_content_type()) if content_type else None
    is_markdown = kind == ".txt" and urlsplit(url).path.lower().endswith((".md", ".markdown"))
    return ".md" if is_markdown else kind


def in_utf8(data: bytes, content_type: str, kind: str) -> bytes:
    """Return a page's words as UTF-8, whatever they were written in; a PDF stays as it is."""
    if kind == ".pdf":
        return data
    declared = _header(content_type).get_content_charset()
    sniffed = _META.search(data[:_SNIFFED]) if kind == ".html" and declared is None else None
    name = declared or (sniffed[1].decode("ascii") if sniffed else "utf-8")
    try:
        codec = codecs.lookup(name)
        text = data.decode("utf-8-sig" if codec.name == "utf-8" else codec.name, "replace")
    except (LookupError, ValueError):  # no such encoding, or none of text
        text = data.decode("utf-8-sig", "replace")
    return text.encode("utf-8", "replace")


def _header(content_type: str) -> Message:
    header = Message()
    header["content-type"] = content_type
    return header
