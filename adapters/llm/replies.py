"""What a model may reply, as schemas; every field is required, so that servers can enforce them."""

from pydantic import BaseModel, ConfigDict


class Reply(BaseModel):
    """Something that a model replied."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionReply(Reply):
    """A question that stands alone, and the lines of text that were read in images."""

    question: str
    seen: list[str]


class Sentence(Reply):
    """A sentence of an answer, and the numbers of the entries that it was taken from."""

    text: str
    entries: list[int]


class DraftReply(Reply):
    """An answer; no sentences when the entries do not answer."""

    answers: bool
    sentences: list[Sentence]


class Said(Reply):
    """A sentence, and the number of the message that says it."""

    text: str
    message: int


class EntryReply(Reply):
    """What a solved case teaches; worth_keeping is false when it teaches nothing."""

    worth_keeping: bool
    title: str
    issue: list[Said]
    resolution: list[Said]
    environment: str
    cause: list[Said]


class Line(Reply):
    """A line of a summary, and the numbers of the messages that it was taken from."""

    text: str
    messages: list[int]


class SummaryReply(Reply):
    """A thread in a few lines."""

    lines: list[Line]
