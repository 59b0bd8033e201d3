"""Files of examples that say what a channel is for: a line of JSON each, `{"text": "...", "label": "in_scope"}` or `"reject"`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigil_bot.model.scope import Scope
from vigil_bot.proactive.scope import learn

MAX_BYTES = 4 * 2**20  # a second of learning
_FORM = 'must be like {"text": "How do I install it?", "label": "in_scope"}, or "label": "reject"'


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    text: Annotated[str, Field(min_length=1)]
    label: Literal["in_scope", "reject"]


def read_scope(path: Path) -> Scope:
    """Read a file of examples and learn from it.

    Raises:
        ValueError: What is wrong with it, and in which line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"the file {path} has more than {MAX_BYTES // 2**20} MiB")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"the file {path} is not UTF-8 text, at byte {error.start}") from error
    try:
        return learn(parse_examples(text))
    except ValueError as error:
        raise ValueError(f"the file {path} {error}") from error


def parse_examples(text: str) -> list[tuple[str, bool]]:
    """Return the examples of a file, each with whether it is in scope; other keys of a line are left alone.

    Raises:
        ValueError: If a line is not an example; the message names the line.
    """
    examples = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            read = _Line.model_validate_json(line)
        except ValidationError:
            raise ValueError(f"line {number} {_FORM}") from None
        examples.append((read.text, read.label == "in_scope"))
    return examples
