"""What every test gets: no network but this computer's, a home of its own, and the same examples from hypothesis in CI."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

hypothesis.settings.register_profile("default", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("default")


class NetworkBlocked(AssertionError):
    """A test tried to leave this computer."""


def is_here(host: object) -> bool:
    """Whether a host is this computer."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _guarded(call: Callable[..., Any], host_of: Callable[[tuple[Any, ...]], object]) -> Callable[..., Any]:
    """Wrap a call of the socket module so that it is refused when its arguments name another computer."""

    def guarded(*args: Any, **options: Any) -> Any:
        host = host_of(args)
        if not is_here(host):
            raise NetworkBlocked(f"no network in tests: {host!r}")
        return call(*args, **options)

    return guarded


def _host_of_address(args: tuple[Any, ...]) -> object:
    """The host in (socket, ..., address); the address of a unix socket is not a tuple and always here."""
    address = args[-1]
    return address[0] if isinstance(address, tuple) and address else None


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), _host_of_address))
        patch.setattr(socket, "getaddrinfo", _guarded(socket.getaddrinfo, lambda args: args[0] if args else None))
        yield


@pytest.fixture(autouse=True)
def _log_as_at_the_start() -> Iterator[None]:
    """Undo what a program in this process has set for logging."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def free_port() -> int:
    """A TCP port of this computer that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty VIGIL_HOME: no other VIGIL_... variable is set, and no .env file is in the working directory."""
    for name in os.environ:
        if name.startswith("VIGIL_"):
            monkeypatch.delenv(name)
    path = tmp_path / "home"
    monkeypatch.setenv("VIGIL_HOME", str(path))
    monkeypatch.chdir(tmp_path)
    return path
