"""Addresses and names of machines out of a text, where an operator wants that; pure."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

_ADDRESS = re.compile(r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)|[0-9A-Fa-f:.]{2,45}(?![\w:]))")


def redact_addresses(text: str) -> str:
    """Return the text with `<ip>` for each IP address but those that every machine has, such as 127.0.0.1 and 0.0.0.0."""
    return _ADDRESS.sub(_address, text)


def redact_names(text: str, domains: Sequence[str]) -> str:
    """Return the text with `<host>` for each of the domains and every name under them."""
    ends = "|".join(re.escape(bare) for domain in domains if (bare := domain.strip(".")))
    if not ends:
        return text
    return re.sub(
        rf"(?<![\w.-])(?:[\w-]{{1,63}}\.){{0,10}}(?:{ends})(?![\w-]|\.\w)", "<host>", text, flags=re.IGNORECASE
    )


def _address(found: re.Match[str]) -> str:
    whole = found[0]
    bare = whole.rstrip(".:")
    if not any(sign.isdigit() for sign in bare):
        return whole
    try:
        address = ip_address(bare)
    except ValueError:
        return whole
    return whole if address.is_loopback or address.is_unspecified else f"<ip>{whole[len(bare) :]}"
