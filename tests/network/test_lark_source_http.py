"""The HTTP way in takes what is surely Lark's, and nothing else."""

import base64
import hashlib
import json
import os
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from adapters.lark.callback import MAX_AGE_S, PATH, opened, routes
from adapters.lark.config import LarkConfig
from tests.network.lark_source import Running, Wire, payload, running
from vigil_bot.clock import SystemClock
from vigil_bot.errors import AccessDenied, InputError, SettingsError
from vigil_bot.model.event import MessagePosted

KEY, TOKEN = "k3y", "v3r1f1c4t10n"
CONFIG = LarkConfig(app_id="a", app_secret="s", encrypt_key=KEY, verification_token=TOKEN, transport="http")
NOW = 1_700_000_000.0


def sealed(value: JsonValue, key: str = KEY) -> bytes:
    plain, iv = json.dumps(value).encode(), os.urandom(16)
    padding = 16 - len(plain) % 16
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    secret = cipher.encrypt(plain + bytes([padding]) * padding)
    return json.dumps({"encrypt": base64.b64encode(iv + secret).decode()}).encode()


def signed(body: bytes, *, at: float | None = None, key: str = KEY) -> dict[str, str]:
    timestamp, nonce = str(int(SystemClock().now() if at is None else at)), "n0nce"
    signature = hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()
    return {
        "X-Lark-Request-Timestamp": timestamp,
        "X-Lark-Request-Nonce": nonce,
        "X-Lark-Signature": signature,
        "Content-Type": "application/json",
    }


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Wire().open() as unused:
        yield unused


@pytest.fixture
async def bot(wire: Wire) -> AsyncIterator[Running]:
    async with running(wire, transport="http", encrypt_key=KEY, verification_token=TOKEN) as ready:
        yield ready


async def post(bot: Running, body: bytes, headers: Mapping[str, str]) -> tuple[int, JsonValue]:
    async with aiohttp.ClientSession() as session, session.post(bot.url + PATH, data=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_signed_and_encrypted_event_is_stored(bot: Running) -> None:
    body = sealed(payload("text"))
    assert await post(bot, body, signed(body)) == (200, {})
    assert len(bot.core.of(MessagePosted)) == 1


async def test_a_button_is_answered_with_what_to_show(bot: Running) -> None:
    body = sealed(payload("card_action"))
    assert (await post(bot, body, signed(body)))[1] == {"toast": {"type": "success", "content": "stored"}}


async def test_the_address_is_verified(bot: Running) -> None:
    body = sealed({"type": "url_verification", "challenge": "c-1", "token": TOKEN})
    assert await post(bot, body, {}) == (200, {"challenge": "c-1"})
    wrong = sealed({"type": "url_verification", "challenge": "c-1", "token": "guess"})
    assert (await post(bot, wrong, {}))[0] == 401


async def test_what_could_not_be_stored_is_asked_for_again(bot: Running) -> None:
    body = sealed(payload("text"))
    bot.core.full = True
    assert (await post(bot, body, signed(body)))[0] == 503
    bot.core.full = False
    assert (await post(bot, body, signed(body)))[0] == 200
    assert len(bot.core.events) == 1


async def test_an_unknown_type_is_taken_in_silence(bot: Running) -> None:
    body = sealed(payload("chat_updated"))
    assert await post(bot, body, signed(body)) == (200, {})
    assert bot.core.events == {}


async def test_forgeries_are_refused_and_stored_nowhere(bot: Running) -> None:
    body, other = sealed(payload("text")), sealed(payload("reply"))
    headers = {
        "another body": signed(other),
        "another key": signed(body, key="guess"),
        "too old": signed(body, at=SystemClock().now() - 2 * MAX_AGE_S),
        "from the future": signed(body, at=SystemClock().now() + 2 * MAX_AGE_S),
        "unsigned": {},
        "odd": {**signed(body), "X-Lark-Signature": "é"},
    }
    refused = {why: (await post(bot, body, one))[0] for why, one in headers.items()}
    assert set(refused.values()) == {401}, refused
    plain = json.dumps(payload("text")).encode()
    assert (await post(bot, plain, signed(plain)))[0] == 400
    wrong_token = payload("text")
    wrong_token["header"]["token"] = "guess"  # type: ignore[index, call-overload]
    body = sealed(wrong_token)
    assert (await post(bot, body, signed(body)))[0] == 401
    assert bot.core.events == {}


def test_an_http_way_in_that_is_open_to_anybody_is_refused() -> None:
    with pytest.raises(SettingsError, match="encrypt key"):
        routes(LarkConfig(app_id="a", app_secret="s"), _never, SystemClock())


async def _never(envelope: JsonValue) -> JsonValue:
    raise AssertionError(envelope)


def test_without_an_encrypt_key_the_token_decides() -> None:
    config = LarkConfig(app_id="a", app_secret="s", verification_token=TOKEN)
    body = json.dumps(payload("text")).encode()
    assert opened(body, {}, config, now=NOW) == payload("text")
    with pytest.raises(AccessDenied, match="token"):
        opened(body.replace(TOKEN.encode(), b"guess"), {}, config, now=NOW)


def test_secrets_are_not_shown_with_the_configuration() -> None:
    assert not {KEY, TOKEN} & set(repr(CONFIG).replace("'", " ").split())


@given(
    body=st.binary()
    | st.builds(lambda data: json.dumps({"encrypt": base64.b64encode(data).decode()}).encode(), st.binary())
)
def test_no_body_does_more_than_be_refused(body: bytes) -> None:
    with pytest.raises((InputError, AccessDenied)):
        opened(body, signed(body, at=NOW), CONFIG, now=NOW)
