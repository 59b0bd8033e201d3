"""One log line for each unit of work: JSON, or pretty on a terminal. Never the words of a message, never a secret."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import PurePath
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from vigil_bot.errors import VigilError

_PRIVATE = frozenset(
    ("text", "body", "content", "payload", "token", "secret", "password", "authorization", "cookie", "credentials")
)
_PRIVATE_ENDS = ("_text", "_token", "_secret", "_password", "api_key", "signing_key", "encrypt_key")
_SECRET = re.compile(
    r"\bx(?:ox[a-z]|app)-[\w-]{6,}"  # Slack
    r"|\b(?:sk|pk|rk)-[\w-]{12,}"  # OpenAI and compatible endpoints
    r"|\bgh[opsu]_\w{20,}|\bAKIA[A-Z0-9]{12,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
    r"|(?<=[Bb]earer )[\w.~+/=-]{8,}"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # user:password@ of an address
    r"|(?<=[?&]token=)[^\s&]+"
)
MASK = "[masked]"


def setup(*, level: str = "info", fmt: str = "auto", stream: TextIO | None = None) -> None:
    """Set logging up for the whole process, other people's libraries included.

    Args:
        level: debug, info, warning or error; libraries are heard from warning on.
        fmt: json, pretty, or auto: pretty on a terminal.
        stream: stdout unless given. Commands give stderr, so that what they print stays clean.
    """
    stream = stream or sys.stdout
    pretty = fmt == "pretty" or (fmt == "auto" and stream.isatty())
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty()) if pretty else structlog.processors.JSONRenderer()
    )
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exceptions_without_words,
        drop_private,
    ]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*chain, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,  # so that loggers made at import follow a later setup
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what must not be logged by its name, and mask what looks like a secret."""
    return {key: _masked(value) for key, value in event.items() if not _is_private(key)}


def exceptions_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and its places in the code.

    Foreign exceptions may quote a message or a secret, so only the words of our own are kept.
    """
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = type(error).__qualname__ + (f": {error}" if isinstance(error, VigilError) else "")
        event["raised_at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return event


def _exception(exc_info: object) -> BaseException | None:
    """Return what `exc_info=` means: an exception, sys.exc_info()'s tuple, or True for the one being handled."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def _is_private(key: str) -> bool:
    name = key.lower()
    return name in _PRIVATE or name.endswith(_PRIVATE_ENDS)


def _masked(value: object) -> object:
    """Mask secrets in plain values; of anything else only the type is told, for it may hold a message."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | PurePath):
        return _SECRET.sub(MASK, str(value))
    if isinstance(value, Mapping):
        return {str(key): _masked(inner) for key, inner in value.items() if not _is_private(str(key))}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return f"<{type(value).__name__}>"
