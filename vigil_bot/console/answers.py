"""What a request that failed is answered: JSON under /api, a small page elsewhere."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from vigil_bot.console.pages import language_for, page
from vigil_bot.errors import AccessDenied, InputError, NotFoundError, TargetGone, TransientError, VigilError
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.text import Text

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY_BYTES = 1024 * 1024

_HINTS = {
    401: Text("Send the token as `Authorization: Bearer ...`, or sign in at /login."),
    404: Text("There is nothing at this address."),
    405: Text("This address does not know that method."),
    413: Text("A body may have at most {count} bytes.", count=MAX_BODY_BYTES),
}
_REASONS = {  # that a person may meet
    401: Text("Unauthorized"),
    404: Text("Not Found"),
    405: Text("Method Not Allowed"),
    413: Text("Request Entity Too Large"),
}


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into answers; a bug stays a bug."""
    try:
        return await handler(request)
    except VigilError as error:
        return answer(request, _status(error), error.args[0], error.hint)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        reason, hint = _REASONS.get(error.status, error.reason), _HINTS.get(error.status, "")
        return answer(request, error.status, reason, hint, headers=_kept(error))


def answer(
    request: web.Request, status: int, error: str, hint: str, *, headers: dict[str, str] | None = None
) -> web.Response:
    """Return a failure in the form that the asker can read."""
    retry = {"Retry-After": "1"} if status == web.HTTPServiceUnavailable.status_code else {}
    headers = {**(headers or {}), **retry}
    if is_api(request):
        told = said({"error": error, "hint": hint}, Reader(language=language_for(request)))
        return web.json_response(told, status=status, headers=headers)
    response = page(request, "error.html", status=status, code=status, error=error, hint=hint)
    response.headers.update(headers)
    return response


def is_api(request: web.Request) -> bool:
    """Whether a program asks, rather than a browser for a page."""
    return request.path.startswith("/api/") or request.path in ("/healthz", "/readyz", "/metrics")


def _status(error: VigilError) -> int:
    if isinstance(error, TransientError):
        return 503
    if isinstance(error, NotFoundError | TargetGone):
        return 404
    if isinstance(error, AccessDenied):
        return 403
    return 400 if isinstance(error, InputError) else 500


def _kept(error: web.HTTPException) -> dict[str, str]:
    return {name: error.headers[name] for name in ("Allow", "WWW-Authenticate") if name in error.headers}
