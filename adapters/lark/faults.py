"""What Lark's error codes mean for us; pure. The only place that translates them."""

import re
from collections.abc import Mapping

from vigil_bot.errors import AccessDenied, PlatformError, PlatformUnavailable, RateLimited, TargetGone


class Refused(PlatformError):
    """Lark refuses what we ask for, and would again; code is Lark's number for it, 0 where it gave none."""

    def __init__(self, message: str = "", *, code: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Denied(Refused, AccessDenied):
    """Lark says that we may not; the hint says how to mend it."""


class Gone(Refused, TargetGone):
    """The chat, topic, message, file or person is not there any more, or not for us."""


STALE_TOKENS = frozenset({99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677})
NO_TOPIC_HERE = frozenset({230071, 230072})  # the chat, or the message, takes no replies in a topic

_BUSY = frozenset({230020, 11232, 11233, 11247, 99991400})
_BROKEN = frozenset({2200, 5000, 10101, 10105, 10500, 230049, 231015, 234019})
_GONE: Mapping[int, str] = {
    **dict.fromkeys((230011, 230110, 231003, 231005, 18051), "the message was recalled or deleted"),
    **dict.fromkeys((10020, 10037, 11224, 99992354), "there is no such message"),
    **dict.fromkeys((230019, 230073), "the topic is not there for us"),
    **dict.fromkeys((232009, 231004), "the chat was dissolved"),
    **dict.fromkeys((10009, 10029, 11100, 11213, 11215, 11231, 232006, 99992355, 99992356), "there is no such chat"),
    **dict.fromkeys((230013, 231022, 11225, 230029), "the person has left, or may not use the app"),
    **dict.fromkeys((11206, 99992351, 99992361), "the person is not in the chat"),
    234003: "the file is not in that message",
    **dict.fromkeys((234037, 234043), "Lark hands out no such file: over 100 MB, or in a card or a forwarded message"),
}
_PUBLISH = "then publish a new version of the app."
_ADD_BOT = "Add the bot to the group (group settings, Bots)."
_GROUP_RULES = "A group administrator must let the bot speak there (group settings, who can post)."
_CREDENTIALS = "Check VIGIL_LARK_APP_ID, VIGIL_LARK_APP_SECRET and VIGIL_LARK_DOMAIN (Feishu: https://open.feishu.cn)."
_DENIED: Mapping[int, str] = {
    **dict.fromkeys((10002, 10030, 11201, 230002, 231002, 231008, 232011, 234004), _ADD_BOT),
    **dict.fromkeys((11205, 230006), f"Add the feature Bot to the app in the developer console, {_PUBLISH}"),
    **dict.fromkeys((230018, 230035), _GROUP_RULES),
    **dict.fromkeys((230022, 230028), "The company's rules on content refuse the text."),
    **dict.fromkeys((230050, 231018, 234040), "Let new members see the group's history (group settings)."),
    **dict.fromkeys(
        (230038, 231021, 234009), "Switch on external sharing for the app; the chat has another company in it."
    ),
    **dict.fromkeys((231019, 231020, 234038), "An administrator of the company, or the person, forbids it."),
    **dict.fromkeys((10003, 10005, 10012, 10013, 10015, 99991543), _CREDENTIALS),
    10014: f"{_CREDENTIALS} The app must be enabled, too.",
    **dict.fromkeys((11207, 11209, 11210, 99991662, 99991673), "Enable the app in the company's admin console."),
    99991401: "Add this machine's address to the app's IP allowlist.",
    99991403: "The company's monthly quota of API calls is used up; an administrator can raise it.",
    230009: "The company's recall time limit has passed.",
    230026: "The bot may recall its own messages only.",
    230031: "Lark lets cards be changed for 14 days.",
    **dict.fromkeys(STALE_TOKENS, _CREDENTIALS),
}
_NO_PERMISSION = frozenset({11223, 11229, 230027, 99991672, 99991676, 99991679})


def fault(what: str, code: int, *, status: int = 200, message: str = "", reset: str | None = None) -> PlatformError:
    """Return our error for Lark's answer to a call.

    Args:
        what: The method and the path.
        code: The field `code` of the answer; 0 where there was none to read.
        message: The field `msg`; it may hold what people wrote, so that only names of permissions and codes are taken from it.
        reset: The header x-ogw-ratelimit-reset, seconds.
    Source:
        https://open.larksuite.com/document/server-docs/api-call-guide/generic-error-code and the errors of each method.
    """
    if status == _TOO_MANY or code in _BUSY:
        return RateLimited(f"Lark asks us to wait before {what}.", retry_after_s=_seconds(reset))
    if status >= _SERVER_ERROR or code in _BROKEN or (not code and status < _CLIENT_ERROR):  # a proxy's page, perhaps
        return PlatformUnavailable(f"Lark could not carry out {what} ({code or f'HTTP {status}'}).")
    says = f"Lark refuses {what}: {code or f'HTTP {status}'}"
    if code in _NO_PERMISSION:
        scopes = " or ".join(dict.fromkeys(_SCOPE.findall(message))) or "it needs"
        hint = f"Add the permission {scopes} in the developer console, {_PUBLISH}"
        return Denied(f"{says}.", code=code, hint=hint)
    if code in _GONE:
        return Gone(f"{says}, {_GONE[code]}.", code=code)
    if code in _DENIED:
        return Denied(f"{says}.", code=code, hint=_DENIED[code])
    inner = _INNER.search(message)
    return Refused(f"{says}{f' ({inner[1]})' if inner else ''}.", code=code)


def unanswered(what: str) -> PlatformUnavailable:
    """Return our error for a call that got no answer; Lark may have carried it out."""
    return PlatformUnavailable(f"Lark did not answer {what}.")


_CLIENT_ERROR, _TOO_MANY, _SERVER_ERROR = 400, 429, 500
_MAX_WAIT_S = 3_600.0
_SCOPE = re.compile(r"\b[a-z][a-z_]*:[a-z][a-z0-9_.]*(?::[a-z][a-z0-9_.]*)*")
_INNER = re.compile(r"\bErrCode: (\d{1,12})")  # of 230099, a card that Lark cannot make


def _seconds(header: str | None) -> float | None:
    """Return what the reset header asks for; None if it makes no sense."""
    text = (header or "").strip()
    return min(float(text), _MAX_WAIT_S) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- more digits are no wait
