"""What a request that failed is answered: JSON under /api, a small page elsewhere."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from vigil_bot.console.pages import page
from vigil_bot.errors import AccessDenied, InputError, NotFoundError, TargetGone, TransientError, VigilError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY_BYTES = 1024 * 1024

_HINTS = {
    401: "Send the token as `Authorization: Bearer ...`, or sign in at /login.",
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
    413: f"A body may have at most {MAX_BODY_BYTES} bytes.",
}


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into answers; a bug stays a bug."""
    try:
        return await handler(request)
    except VigilError as error:
        return answer(request, _status(error), str(error.args[0]), error.hint)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        return answer(request, error.status, error.reason, _HINTS.get(error.status, ""), headers=_kept(error))


def answer(
    request: web.Request, status: int, error: str, hint: str, *, headers: dict[str, str] | None = None
) -> web.Response:
    """Return a failure in the form that the asker can read."""
    retry = {"Retry-After": "1"} if status == web.HTTPServiceUnavailable.status_code else {}
    headers = {**(headers or {}), **retry}
    if is_api(request):
        return web.json_response({"error": error, "hint": hint}, status=status, headers=headers)
    response = page("error.html", status=status, code=status, error=error, hint=hint)
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
