"""Products and versions that people name; pure."""

import re
from collections.abc import Iterable

MAX_NAMED = 6
_VERSION = r"v?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-+.]?(?:rc|alpha|beta|ce|ee|lts|ga|p|b)[\w.]*)?"
_NAMED = re.compile(
    rf"(?<![\w.@/:-])(?P<name>[A-Za-z][A-Za-z+#-]*(?:\s(?:server|engine|compose|desktop|swarm|toolbox|cluster|client|ce|ee|core|community|enterprise))?)"
    rf"(?:\s*(?:version|ver|release|版本)?\s*(?:is|是|为|:|：|=|-)?\s*)(?P<version>{_VERSION})(?![\w.]*[\w/:])",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"\b(?:(?:up|down)grad\w+|updat\w+|version)\s(?:(?:to|from|is)\s)?{_VERSION}(?![\w/:])|(?:版本|升级到?|降级到?|更新到)(?:是|为|：|:)?\s?{_VERSION}",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"\b(?:windows\s(?:server\s\d{4}|xp|vista|7|8(?:\.1)?|10|11)|ubuntu\s\d\d\.\d\d|centos\s?\d(?:\.\d)?|debian\s(?:\d{1,2}|jessie|stretch|buster|bullseye|bookworm)|rhel\s?\d|fedora\s\d\d|alpine\s3\.\d+"
    r"|macos(?:\s\w+)?|os\sx|amazon\slinux(?:\s2)?|jdk\s?\d{1,2}|java\s\d{1,2}|python\s?[23](?:\.\d+)*|node\s?\d{1,2}|postgres(?:ql)?\s?\d{1,2}|mysql\s[58](?:\.\d)*|redis\s[3-8]|kafka\s[0-4]\.\d+)\b",
    re.IGNORECASE,
)
_NO_PRODUCT_WORDS = """
a an the to from is was at in on of and or for by with than then about version ver release v via section figure chapter step number port
line page over under around after before until since takes took only up down between server client it error code upgrade upgraded
upgrading update updated updating downgrade downgraded rfc ip
"""
_NOT_A_PRODUCT = frozenset(_NO_PRODUCT_WORDS.split())


def environment_of(texts: Iterable[str]) -> str:
    """Return the products with their versions that the texts name, in their words and order, separated by commas."""
    named: dict[str, str] = {}
    for text in texts:
        for found in sorted(
            (m for pattern in (_NAMED, _BARE, _SYSTEM) for m in pattern.finditer(text)), key=lambda m: m.start()
        ):
            name = " ".join(found[0].split())
            bare = found.re is _BARE
            if (bare or found[0].split()[0].lower() not in _NOT_A_PRODUCT) and not _is_part(name, named.values()):
                named.setdefault(name.lower(), name)
    return ", ".join([*named.values()][:MAX_NAMED])


def _is_part(name: str, others: Iterable[str]) -> bool:
    return any(name.lower() in other.lower() for other in others)
