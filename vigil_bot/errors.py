"""Our exception hierarchy.

* VigilError
  x SettingsError        a setting, a policy file or a command-line argument is wrong
  x InputError           NotFoundError; .hint says how to mend it
  x PlatformError        RateLimited, AccessDenied, TargetGone, PlatformUnavailable
  x ModelError           ModelUnavailable, MalformedReply
  x StoreError           StoreBusy, StoreLocked, LeaseLost, StaleCase,
                           VectorIndexError

A TransientError may be tried again; anything else may not. Adapters translate foreign errors in one place each and keep
the original as __cause__.
"""

from vigil_bot.texts.text import Text, sentences


class VigilError(Exception):
    """Base of every error that is ours; its text is one line that a person can act on."""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or Text((self.__doc__ or "").splitlines()[0]))
        self.hint = hint

    @property
    def words(self) -> str:
        """The message and how to mend it, for a person: a text that can be said in their language."""
        return sentences((self.args[0], self.hint))

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} {self.hint}".strip() if self.hint else text


class TransientError(VigilError):
    """The same call may succeed later."""

    retry_after_s: float | None = None


class SettingsError(VigilError):
    """A setting or a policy is wrong."""


class InputError(VigilError):
    """What was given cannot be read."""


class NotFoundError(InputError):
    """There is no such thing."""


class PlatformError(VigilError):
    """A chat platform refused or failed; scope says how far that reaches: "call", "channel" or "workspace"."""

    scope: str = "call"


class RateLimited(PlatformError, TransientError):
    """The platform or the endpoint asks us to wait."""

    def __init__(self, message: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PlatformUnavailable(PlatformError, TransientError):
    """The platform did not answer, or answered that it is broken."""


class AccessDenied(PlatformError):
    """The platform says that we may not."""


class TargetGone(PlatformError):
    """The channel, thread or message is not there any more."""


class ModelError(VigilError):
    """The language model or the embedding endpoint failed."""


class ModelUnavailable(ModelError, TransientError):
    """The endpoint did not answer in time, or is broken."""


class MalformedReply(ModelError):
    """The endpoint answered something that is not what was asked for."""


class StoreError(VigilError):
    """The database failed."""


class StoreBusy(StoreError, TransientError):
    """The database is busy or the disk is full; nothing was written."""


class StoreLocked(StoreError):
    """Another process owns the data folder."""


class LeaseLost(StoreError, TransientError):
    """Another worker took the conversation; nothing was written."""


class StaleCase(StoreError, TransientError):
    """The case changed while the turn was worked on; nothing was written."""


class VectorIndexError(StoreError):
    """The vector index cannot be opened or read; the truth in SQL is not touched."""
