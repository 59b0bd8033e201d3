import asyncio
import socket
from pathlib import Path

import pytest

BLOCKED = "no network in tests"


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_a_connection_beyond_this_computer_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match=BLOCKED):
        one.connect(address)


def test_a_datagram_beyond_this_computer_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(AssertionError, match=BLOCKED):
        one.sendto(b"x", ("192.0.2.1", 53))


async def test_asyncio_is_refused_too() -> None:
    with pytest.raises(AssertionError, match=BLOCKED):
        await asyncio.open_connection("example.org", 443)


async def test_this_computer_can_be_reached(free_port: int) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", free_port)
    async with server:
        reader, writer = await asyncio.open_connection("localhost", free_port, family=socket.AF_INET)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


def test_unix_sockets_work(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path
