"""What goes wrong at an endpoint, in our words: its own may repeat a key or what it was told, so they go no further."""

from typing import TYPE_CHECKING

from vigil_bot.errors import ModelError, ModelUnavailable

if TYPE_CHECKING:
    from openai import APIError

_MENDS = {
    401: "Check VIGIL_MODEL_API_KEY.",
    403: "Check VIGIL_MODEL_API_KEY.",
    404: "Check VIGIL_MODEL_BASE_URL and VIGIL_MODEL_NAME.",
}
_TOO_MANY = 429
_PASSING = (408, 409, _TOO_MANY)


class ModelPaused(ModelUnavailable):
    """The endpoint failed too often and is left alone for a while."""


class RequestRefused(ModelError):
    """The endpoint does not understand the request; said is for the ladder only, and is shown to nobody."""

    def __init__(self, message: str, *, said: str) -> None:
        super().__init__(message)
        self.said = said


def translated(error: "APIError") -> ModelError:
    """Return the failure of a call as one of ours."""
    from openai import APIStatusError, APITimeoutError  # noqa: PLC0415 -- openai takes more than a second to import

    if isinstance(error, APITimeoutError):
        return ModelUnavailable("The model did not answer in time.")
    if not isinstance(error, APIStatusError):
        return ModelUnavailable("The model's endpoint does not answer.")
    status = error.status_code
    if status in _PASSING or status >= 500:  # noqa: PLR2004
        words = "asks us to wait" if status == _TOO_MANY else f"failed with {status}"
        unavailable = ModelUnavailable(f"The model's endpoint {words}.")
        unavailable.retry_after_s = _seconds(error.response.headers.get("retry-after"))
        return unavailable
    if status in (400, 422):
        return RequestRefused(f"The model's endpoint refused the request with {status}.", said=error.message)
    return ModelError(
        f"The model's endpoint refused with {status}.",
        hint=_MENDS.get(status, "Check VIGIL_MODEL_BASE_URL and VIGIL_MODEL_NAME."),
    )


def _seconds(header: str | None) -> float | None:
    """Return what Retry-After says; a date counts as nothing said."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
