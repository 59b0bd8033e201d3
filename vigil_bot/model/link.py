"""Links that people post: finding them in words, and which hosts may be read; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

MAX_LINKS = 10  # of one message
MAX_URL_CHARS = 2_000
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}，。；！？、（）《》「」【】“”‘’]+", re.IGNORECASE)
_AFTER = ".,;:!?*_~。，；：！？、）】》”’"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stood at an address: kind is ".html", ".md", ".txt" or ".pdf"; all but a PDF are UTF-8."""

    url: str
    kind: str
    data: bytes


def links_in(text: str) -> tuple[str, ...]:
    """Return the addresses in a text in one form, each once, without what follows #."""
    found = (normal_url(_bare(match[0])) for match in _URL.finditer(text))
    return tuple(dict.fromkeys(url for url in found if url is not None))[:MAX_LINKS]


def normal_url(url: str) -> str | None:
    """Return an address in one form; None if it is none of http or https, is far too long, or carries a name or password."""
    parts = _split(url)
    if parts is None or len(url) > MAX_URL_CHARS:
        return None
    return urlunsplit((parts.scheme, host_of(parts), parts.path or "/", parts.query, ""))


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether the host of an address is on a list of hosts.

    Args:
        hosts: `docs.example.com`, that host at the usual port; `docs.example.com:8443`, at this one; `*.example.com`, all below it.
    """
    parts = _split(url)
    if parts is None:
        return False
    host = host_of(parts)
    listed = {name.strip().lower().rstrip(".") for name in hosts}
    above = {f"*.{host.split('.', n)[n]}" for n in range(1, host.count(".") + 1)}
    return bool(listed & {host, *above})


def host_of(parts: SplitResult) -> str:
    """Return the host of an address, with its port where that is not the usual one."""
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    return shown if parts.port in (None, _PORTS[parts.scheme]) else f"{shown}:{parts.port}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        plain = parts.username is None and parts.password is None and parts.port != 0
        ascii_host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # UnicodeError, too: no name that DNS knows
        return None
    if parts.scheme not in _PORTS or not ascii_host.rstrip(".") or not plain:
        return None
    host = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    return parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")


def _bare(url: str) -> str:
    """Return an address without the punctuation of the sentence around it."""
    while url and (
        url[-1] in _AFTER or (url[-1] in ")]" and url.count(url[-1]) > url.count("(["[")]".index(url[-1])]))
    ):
        url = url[:-1]
    return url
