import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from vigil_bot import log
from vigil_bot.errors import StoreBusy


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Undo what setup() changes for the whole process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=handlers, level=level, force=True)


def logged(stream: io.StringIO) -> dict[str, object]:
    (line,) = stream.getvalue().splitlines()
    fields: dict[str, object] = json.loads(line)
    return fields


def test_away_from_a_terminal_each_line_is_json() -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    structlog.get_logger().info("conversation.evaluated", decision="abstain", took_s=0.25)
    fields = logged(stream)
    assert str(fields.pop("timestamp")).endswith("Z")
    assert fields == {"event": "conversation.evaluated", "decision": "abstain", "took_s": 0.25, "level": "info"}


def test_on_a_terminal_lines_are_for_people() -> None:
    stream = Terminal()
    log.setup(stream=stream)
    structlog.get_logger().info("conversation.evaluated", decision="abstain")
    assert "conversation.evaluated" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_format_may_be_said() -> None:
    stream = Terminal()
    log.setup(stream=stream, fmt="json")
    structlog.get_logger().info("conversation.evaluated")
    assert logged(stream)["event"] == "conversation.evaluated"


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    log.setup(stream=stream, level="warning")
    structlog.get_logger().info("conversation.evaluated")
    assert not stream.getvalue()


def test_libraries_are_heard_from_warning_on_in_the_same_form() -> None:
    stream = io.StringIO()
    log.setup(stream=stream, level="debug")
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("refused xoxb-1234567890 %d times", 3)
    fields = logged(stream)
    assert (fields["event"], fields["logger"]) == (f"refused {log.MASK} 3 times", "somebody")


@pytest.mark.parametrize(
    "key", ["text", "token", "console_token", "API_KEY", "authorization", "app_secret", "password"]
)
def test_what_is_private_by_its_name_is_dropped(key: str) -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    structlog.get_logger().info("message.stored", **{key: "hunter2", "nested": {key: "hunter2"}}, tokens=17)
    assert "hunter2" not in stream.getvalue()
    assert logged(stream)["tokens"] == 17  # how many a model used


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123456789012-abcdef",
        "xapp-1-A0123-456-abcdef",
        "sk-abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrstuvwx",
        "eyJhbGciOiJI.eyJzdWIiOiIx.sig-nature",
        "Bearer abcdef.ghijkl",
        "https://somebody:hunter2@host/path",
        "http://127.0.0.1:8765/?token=0123456789abcdef",
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    structlog.get_logger().warning("call.failed", why=f"refused: {secret}", all=[{"one": secret}])
    assert secret not in stream.getvalue()
    assert stream.getvalue().count(log.MASK) == 2


def test_a_foreign_exception_is_told_without_its_words() -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    try:
        int("our customer wrote this")
    except ValueError:
        structlog.get_logger().exception("job.failed")
    fields = logged(stream)
    assert fields["exception"] == "ValueError"
    assert "test_a_foreign_exception" in str(fields["raised_at"])
    assert "customer" not in stream.getvalue()


def test_an_exception_of_ours_keeps_its_words() -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    structlog.get_logger().error("job.failed", exc_info=StoreBusy())
    assert logged(stream)["exception"] == "StoreBusy: The database is busy or the disk is full; nothing was written."


def test_of_a_value_that_may_hold_a_message_only_the_type_is_told() -> None:
    stream = io.StringIO()
    log.setup(stream=stream)
    structlog.get_logger().info("event.stored", event_value=io.StringIO("customer's words"), file=Path("a/b"))
    fields = logged(stream)
    assert (fields["event_value"], fields["file"]) == ("<StringIO>", "a/b")
