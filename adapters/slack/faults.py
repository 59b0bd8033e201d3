"""What Slack's error words mean for us; pure. The only place that translates them."""

from collections.abc import Mapping
from enum import StrEnum

from vigil_bot.errors import AccessDenied, PlatformError, PlatformUnavailable, RateLimited, TargetGone


class Scope(StrEnum):
    """How far a refusal reaches: this call only, every call to the channel, or every call to the workspace."""

    CALL = "call"
    CHANNEL = "channel"
    WORKSPACE = "workspace"


class Refused(PlatformError):
    """Slack refuses what we ask for, and would again; code is Slack's word for it."""

    def __init__(self, message: str = "", *, code: str = "", scope: Scope = Scope.CALL, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.scope = scope


class Denied(Refused, AccessDenied):
    """Slack says that we may not; the hint says how to mend it."""


class Gone(Refused, TargetGone):
    """The channel, thread, message, file or person is not there any more."""


_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_BROKEN = frozenset(
    {
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"),
        *("org_login_required", "external_channel_migrating", "accesslimited"),
    }
)
_GONE: Mapping[str, Scope] = {
    **dict.fromkeys(("channel_not_found", "is_archived"), Scope.CHANNEL),
    **dict.fromkeys(
        (
            *("message_not_found", "thread_not_found", "no_item_specified", "bad_timestamp", "invalid_ts"),
            *("file_not_found", "file_deleted", "user_not_found", "user_not_in_channel", "view_not_found"),
        ),
        Scope.CALL,
    ),
}
_REINSTALL = "Install the app to the workspace again, and put the new bot token into VIGIL_SLACK_BOT_TOKEN."
_INVITE = "Invite the bot: /invite @vigil in that channel."
_CHANNEL_RULES = "Somebody who manages the channel must let the app post there (channel settings, posting permissions)."
_DENIED: Mapping[str, tuple[Scope, str]] = {
    "not_in_channel": (Scope.CHANNEL, _INVITE),
    **dict.fromkeys(
        (
            *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
            *("restricted_action_non_threadable_channel", "restricted_action_thread_locked"),
        ),
        (Scope.CHANNEL, _CHANNEL_RULES),
    ),
    **dict.fromkeys(
        (
            *("token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed", "team_not_found"),
            *("user_removed_from_team", "app_uninstalled", "not_allowed_token_type"),
        ),
        (Scope.WORKSPACE, _REINSTALL),
    ),
    **dict.fromkeys(
        ("ekm_access_denied", "team_access_not_granted", "two_factor_setup_required", "access_denied"),
        (Scope.WORKSPACE, "An administrator of the workspace must allow the app."),
    ),
    "no_permission": (Scope.CALL, "The app may not do this here; see docs/slack.md for the scopes that it needs."),
    "cant_update_message": (Scope.CALL, ""),
    "cant_delete_message": (Scope.CALL, ""),
    "edit_window_closed": (Scope.CALL, "The workspace lets nobody edit messages that old."),
}


def fault(
    method: str, code: str, *, status: int = 200, retry_after: str | None = None, needed: str = ""
) -> PlatformError:
    """Return our error for Slack's answer to a call.

    Args:
        code: The field `error` of the answer; empty where there was none to read.
        retry_after: The header of that name, seconds.
        needed: The field `needed` of the answer: the scopes that are missing.
    Source:
        https://docs.slack.dev/reference/methods, the errors of each method; https://docs.slack.dev/apis/web-api/rate-limits.
    """
    if status == _TOO_MANY or code in _BUSY:
        return RateLimited(f"Slack asks us to wait before {method}.", retry_after_s=_seconds(retry_after))
    if status >= _SERVER_ERROR or code in _BROKEN or not code:
        return PlatformUnavailable(f"Slack could not carry out {method} ({code or f'HTTP {status}'}).")
    says = f"Slack refuses {method}: {code}."
    if code == "missing_scope":
        scopes = needed or "that it needs"
        hint = f"Add the scope {scopes} under OAuth & Permissions, and install the app again."
        return Denied(says, code=code, scope=Scope.CALL, hint=hint)
    if code in _GONE:
        return Gone(says, code=code, scope=_GONE[code])
    if code in _DENIED:
        scope, hint = _DENIED[code]
        return Denied(says, code=code, scope=scope, hint=hint)
    return Refused(says, code=code)


def unanswered(method: str) -> PlatformUnavailable:
    """Return our error for a call that got no answer; Slack may have carried it out."""
    return PlatformUnavailable(f"Slack did not answer {method}.")


_TOO_MANY, _SERVER_ERROR = 429, 500
_MAX_WAIT_S = 3_600.0


def _seconds(header: str | None) -> float | None:
    """Return what a Retry-After header asks for; None if it makes no sense."""
    text = (header or "").strip()
    return min(float(text), _MAX_WAIT_S) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- more digits are no wait
