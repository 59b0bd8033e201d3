"""Which addresses may be connected to: resolved here and nowhere else, so that a name cannot lead inside."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MayReach = Callable[[Address], bool]

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address behind a NAT64


class InsideAddress(OSError):
    """A name leads to an address that must not be reached."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the Internet: not private, loopback, link-local, multicast or a disguise of one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def literal(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name.

    Raises:
        InsideAddress: If it is a number in a form that only some programs take for an address, such as 2130706433.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" not in bare and not bare.replace(".", "").isdigit():
        return None
    try:
        return ipaddress.ip_address(bare.partition("%")[0])
    except ValueError as error:
        raise InsideAddress(host) from error


class CheckedResolver(AbstractResolver):
    """Resolves names to those of their addresses that may be reached; what is connected to is what was checked."""

    def __init__(self, may_reach: MayReach, names: AbstractResolver | None = None) -> None:
        self._may_reach: Final = may_reach
        self._names: Final = names or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises InsideAddress if none of them may be reached."""
        found = await self._names.resolve(host, port, family)
        outside = [one for one in found if self._may_reach(ipaddress.ip_address(one["host"].partition("%")[0]))]
        if found and not outside:
            raise InsideAddress(host)
        return outside

    async def close(self) -> None:
        """Let go of what the names need."""
        await self._names.close()
