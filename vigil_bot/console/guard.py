"""Who may ask: a token beyond loopback, no other site's pages, no name that points here by a trick of the DNS."""

import hashlib
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic import SecretStr

from vigil_bot.console.answers import answer, is_api
from vigil_bot.console.pages import page
from vigil_bot.errors import SettingsError
from vigil_bot.texts.text import Text

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "vigil_session"
_NOT_OURS = Text("This address is not ours.")
_FROM_ELSEWHERE = Text("Another site may not write here.")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OPEN_PATHS = ("/healthz", "/readyz", "/login", "/favicon.ico")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers send our own forms as from nowhere
    "X-Content-Type-Options": "nosniff",
}


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a host name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_address(host: str, token: SecretStr | None) -> None:
    """Raise SettingsError if others could reach the page without a token."""
    if not is_loopback(host) and not (token and token.get_secret_value()):
        hint = "Set VIGIL_CONSOLE_TOKEN, or listen on 127.0.0.1."
        raise SettingsError(f"The console would listen on {host} without a token.", hint=hint)


def same_site(*, host: str, public: frozenset[str] = frozenset()) -> Middleware:
    """Refuse requests that another site's page sends, and on loopback those that call us by another name.

    Args:
        public: Paths that are for others to call.
    """
    only_local = is_loopback(host)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in public:
            return await handler(request)
        asked = urlsplit(f"//{request.host}").hostname or ""
        if only_local and not is_loopback(asked):
            return answer(request, 403, _NOT_OURS, Text("Use http://127.0.0.1 with the port."))
        if request.method not in _SAFE_METHODS and _from_elsewhere(request):
            return answer(request, 403, _FROM_ELSEWHERE, Text("Open the page itself and try again."))
        return await handler(request)

    return check


def signed_in(token: SecretStr | None, *, public: frozenset[str] = frozenset()) -> Middleware:
    """Let only those in who know the token, by header or by the cookie of the login page.

    Args:
        public: Paths that are for others to call.
    """
    open_paths = public.union(_OPEN_PATHS)
    secret = token.get_secret_value() if token else ""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not secret or request.path in open_paths or request.path.startswith("/static/"):
            return await handler(request)
        if knows_token(request, secret):
            return await handler(request)
        if is_api(request):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        raise web.HTTPSeeOther("/login")

    return check


def knows_token(request: web.Request, secret: str) -> bool:
    """Whether a request carries the token, or the cookie that was given for it."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), secret.encode()):
        return True
    return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), _session(secret).encode())


def login_routes(token: SecretStr | None) -> web.RouteTableDef:
    """Return the routes of the login page."""
    table = web.RouteTableDef()
    secret = token.get_secret_value() if token else ""

    @table.get("/login")
    async def ask(request: web.Request) -> web.Response:
        return page(request, "login.html", wrong=False)

    @table.post("/login")
    async def check(request: web.Request) -> web.Response:
        given = (await request.post()).get("token", "")
        if not secret or not isinstance(given, str) or not hmac.compare_digest(given.encode(), secret.encode()):
            return page(request, "login.html", status=401, wrong=True)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(COOKIE, _session(secret), httponly=True, samesite="Strict", secure=request.secure)
        return response

    return table


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell browsers what the pages may do: nothing but their own."""
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = "no-cache" if request.path.startswith("/static/") else "no-store"


def _from_elsewhere(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.host
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def _session(secret: str) -> str:
    """Return the cookie for a token: it ends with the token, and does not give it away."""
    return hmac.new(secret.encode(), b"vigil console session", hashlib.sha256).hexdigest()
