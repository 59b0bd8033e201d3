"""Ask the running process, when it holds the store."""

import json
import os
from pathlib import Path

import aiohttp
from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from vigil_bot.errors import InputError, StoreError
from vigil_bot.operation import Parameters

TIMEOUT_S = 3600.0
_FILE = "running.json"


class NotRunning(StoreError):
    """Nobody listens where a process said that it would."""


class Running(BaseModel):
    """Where the process that holds the store listens; written beside the store, readable by its owner only."""

    address: str
    token: str | None = None
    pid: int


def announce(home: Path, running: Running) -> None:
    """Write down where this process listens."""
    path = home / _FILE
    path.touch(mode=0o600)
    path.write_text(running.model_dump_json(), encoding="utf-8")


def withdraw(home: Path) -> None:
    """Forget it again."""
    (home / _FILE).unlink(missing_ok=True)


def announced(home: Path) -> bool:
    """Whether a process that lives says where it listens; what one that was killed has left behind does not count."""
    running = _read(home)
    return running is not None and _lives(running.pid)


async def call_running(home: Path, name: str, parameters: Parameters, *, token: SecretStr | None) -> JsonValue:
    """Carry out an operation in the process that holds the store.

    Raises:
        NotRunning: If nobody listens there. StoreError: If it does not answer. InputError: If it refuses.
    """
    running = _read(home)
    if running is None:
        raise NotRunning(
            "Another process holds the data folder, but does not say where it listens.",
            hint=f"Stop it, or look for it with: fuser {home}/lock",
        )
    known = token.get_secret_value() if token else running.token
    headers = {"Authorization": f"Bearer {known}"} if known else {}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    url = f"http://{running.address}/api/operations/{name}"
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.post(url, json=parameters) as reply,
        ):
            body = json.loads(await reply.read())
            status = reply.status
    except aiohttp.ClientConnectorError as error:
        raise NotRunning(f"Nobody listens at {running.address}, where a process said that it would.") from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise StoreError(f"The running process at {running.address} does not answer.") from error
    if status >= 400:  # noqa: PLR2004
        raise InputError(str(body.get("error", "refused")), hint=str(body.get("hint", "")))
    result: JsonValue = body["result"]
    return result


def _read(home: Path) -> Running | None:
    try:
        return Running.model_validate_json((home / _FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
