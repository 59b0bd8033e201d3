"""The HTTP callback: events posted to us, signed and perhaps encrypted."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

import structlog
from aiohttp import web
from pydantic import JsonValue

from adapters.lark.config import LarkConfig
from adapters.lark.foreign import decoded, text
from adapters.lark.socket import Receive
from vigil_bot.errors import AccessDenied, InputError, SettingsError, VigilError
from vigil_bot.ports.chat import Clock

log = structlog.get_logger()

PATH = "/lark/events"
MAX_AGE_S = 300.0  # of a signed request; each delivery of an event is signed anew
_BLOCK = 16  # bytes, of AES
_VERIFICATION = "url_verification"


def routes(config: LarkConfig, receive: Receive, clock: Clock) -> web.RouteTableDef:
    """Return the route that Lark posts events and card presses to.

    Raises:
        SettingsError: If there is neither an encrypt key nor a verification token: anybody could post then.
    """
    if not (config.encrypt_key or config.verification_token):
        hint = "Set VIGIL_LARK_ENCRYPT_KEY and VIGIL_LARK_VERIFICATION_TOKEN."
        raise SettingsError("Lark's HTTP callback needs an encrypt key or a verification token.", hint=hint)
    table = web.RouteTableDef()

    @table.post(PATH)
    async def event(request: web.Request) -> web.Response:
        try:
            envelope = opened(await request.read(), request.headers, config, now=clock.now())
        except InputError as error:
            return web.json_response({"error": str(error)}, status=400)
        except AccessDenied as error:
            log.warning("lark.callback_refused", why=str(error))
            return web.json_response({"error": str(error)}, status=401)
        if text(envelope, "type") == _VERIFICATION:
            return web.json_response({"challenge": text(envelope, "challenge")})
        try:
            answer = await receive(envelope)
        except VigilError as error:
            log.warning("lark.event_not_stored", error=type(error).__name__)
            return web.json_response({"error": "not stored; deliver it again"}, status=503)
        return web.json_response({} if answer is None else answer)

    return table


def opened(body: bytes, headers: Mapping[str, str], config: LarkConfig, *, now: float) -> JsonValue:
    """Return the event in a request that is surely Lark's, decrypted.

    Raises:
        InputError: If it cannot be read.
        AccessDenied: If its signature or its token is wrong, or if it was signed too long ago.
    Source:
        sha256(timestamp + nonce + key + body), as Lark's documentation of event subscriptions says.
    """
    envelope = decoded(body)
    if not isinstance(envelope, dict):
        raise InputError("The body is not a JSON object.")
    if config.encrypt_key:
        envelope = decoded(_decrypted(text(envelope, "encrypt"), config.encrypt_key))
        if not isinstance(envelope, dict):
            raise InputError("What was encrypted is not a JSON object.")
    is_verification = text(envelope, "type") == _VERIFICATION
    if config.encrypt_key and not is_verification:  # Lark does not sign the verification of an address
        _check_signature(body, headers, config.encrypt_key, now=now)
    token = text(envelope, "header", "token") or text(envelope, "token")
    if config.verification_token and not _same(token, config.verification_token):
        raise AccessDenied("The verification token is wrong.")
    return envelope


def _check_signature(body: bytes, headers: Mapping[str, str], key: str, *, now: float) -> None:
    timestamp, nonce = (headers.get(f"X-Lark-Request-{name}", "") for name in ("Timestamp", "Nonce"))
    expected = hashlib.sha256(_bytes(timestamp + nonce + key) + body).hexdigest()
    if not _same(headers.get("X-Lark-Signature", ""), expected):
        raise AccessDenied("The signature is wrong.")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp[:12])) > MAX_AGE_S:
        raise AccessDenied("The request was signed too long ago.")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(expected))


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")  # headers may hold bytes that are no text


def _decrypted(sealed: str, key: str) -> bytes:
    """Return the plain bytes of AES-256-CBC under sha256(key), the IV in front, padded as in PKCS #7."""
    from Crypto.Cipher import AES  # noqa: PLC0415 -- only where this transport is used

    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("The body is not encrypted as agreed.") from error
    if len(data) < 2 * _BLOCK or len(data) % _BLOCK:
        raise InputError("The body is not encrypted as agreed.")
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, data[:_BLOCK])
    plain = cipher.decrypt(data[_BLOCK:])
    return plain[: -plain[-1]]
