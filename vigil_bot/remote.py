"""Ask the running process, when it holds the store."""

import json
from pathlib import Path

import aiohttp
from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from vigil_bot.errors import InputError, StoreError
from vigil_bot.operations_review import Parameters

TIMEOUT_S = 3600.0
_FILE = "running.json"


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


async def call_running(home: Path, name: str, parameters: Parameters, *, token: SecretStr | None) -> JsonValue:
    """Carry out an operation in the process that holds the store.

    Raises:
        StoreError: If it cannot be reached. InputError: If it refuses.
    """
    try:
        running = Running.model_validate_json((home / _FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise StoreError(
            "Another process holds the data folder, but does not say where it listens.",
            hint=f"Stop it, or look for it with: fuser {home}/lock",
        ) from error
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
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise StoreError(f"The running process at {running.address} does not answer.") from error
    if status >= 400:  # noqa: PLR2004
        raise InputError(str(body.get("error", "refused")), hint=str(body.get("hint", "")))
    result: JsonValue = body["result"]
    return result
