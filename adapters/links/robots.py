"""What a host lets programs read; pure but for its own parser's clock."""

from urllib.parse import urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

AGENT = "VigilBot"
MAX_BYTES = 512 * 1024
MAX_DELAY_S = 30.0
_OK = 200


def rules_at(url: str) -> str:
    """Return where the host of an address keeps its rules."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))


def rules_of(status: int, data: bytes) -> RobotFileParser:
    """Return the rules that an answer holds; while the server fails nobody may ask it.

    Source:
        RFC 9309, section 2.3.1: without the file everything may be read.
    """
    rules = RobotFileParser()
    text = data[:MAX_BYTES].decode("utf-8-sig", "replace") if status == _OK else ""
    rules.parse(text.splitlines())
    return rules


def delay_of(rules: RobotFileParser) -> float:
    """Return how long a host wants us to wait between two requests, seconds."""
    return min(MAX_DELAY_S, float(rules.crawl_delay(AGENT) or 0))
