"""What is recorded, and what a replay gives back."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from adapters.llm.asks import Answer, Image
from adapters.llm.cassette import Cassette, Replayed, key_of
from adapters.llm.replies import QuestionReply, SummaryReply
from vigil_bot.errors import InputError, MalformedReply, ModelUnavailable

T = TypeVar("T", bound=BaseModel)


class Model:
    """Says the same each time, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    async def ask(
        self, purpose: str, *, system: str, user: str, schema: type[T], images: Sequence[Image] = (), max_tokens: int
    ) -> Replayed[T]:
        assert purpose
        assert system
        assert user
        assert max_tokens or images
        self.calls += 1
        return Replayed(
            value=schema.model_validate({"question": "为什么?", "seen": []}), tokens_in=9, tokens_out=3, cost=0.5
        )


async def ask(cassette: Cassette, user: str = "my password is hunter2") -> Answer[QuestionReply]:
    return await cassette.ask("question", system="s3cret prompt", user=user, schema=QuestionReply, max_tokens=10)


async def test_what_was_recorded_is_replayed_for_the_price_of_once(tmp_path: Path) -> None:
    path, model = tmp_path / "tape.jsonl", Model()
    recorder = Cassette(path, model="m", inner=model)
    first, again = await ask(recorder), await ask(recorder)
    replayed = await ask(Cassette(path, model="m"))
    assert model.calls == 1
    for answer in (first, again, replayed):
        assert answer.value.question == "为什么?"
        assert (answer.tokens_in, answer.tokens_out, answer.cost) == (9, 3, 0.5)


async def test_a_replay_of_something_else_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    await ask(Cassette(path, model="m", inner=Model()))
    with pytest.raises(ModelUnavailable, match="no reply for this question"):
        await ask(Cassette(path, model="m"), "another")
    with pytest.raises(ModelUnavailable):
        await ask(Cassette(path, model="another"))


async def test_no_prompt_stands_in_the_file_and_others_cannot_read_it(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    await ask(Cassette(path, model="m", inner=Model()))
    text = path.read_text("utf-8")
    assert "hunter2" not in text
    assert "s3cret" not in text
    assert set(json.loads(text)) == {"key", "purpose", "reply", "tokens_in", "tokens_out", "cost"}
    assert path.stat().st_mode & 0o077 == 0


def test_the_key_changes_with_everything_that_a_reply_depends_on() -> None:
    picture = Image(data=b"1", media_type="image/png")
    keys = {
        key_of(model=model, system=system, user=user, schema=schema, images=images)
        for model in ("m", "n")
        for system in ("a", "ab")
        for user in ("b", "")
        for schema in (QuestionReply, SummaryReply)
        for images in ([], [picture], [Image(data=b"2", media_type="image/png")], [picture, picture])
    }
    assert len(keys) == 64


async def test_half_a_line_of_a_killed_recorder_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    await ask(Cassette(path, model="m", inner=Model()))
    with path.open("ab") as file:
        file.write('{"key": "12", "reply": "为'.encode()[:-1])
    await ask(Cassette(path, model="m"))
    await ask(Cassette(path, model="m", inner=Model()), "another")
    assert len(path.read_text("utf-8").splitlines()) == 2


def test_another_file_is_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hunter2\n", "utf-8")
    with pytest.raises(InputError, match=r"Line 1 of notes\.txt") as error:
        Cassette(path, model="m")
    assert "hunter2" not in str(error.value)
    with pytest.raises(InputError, match="no cassette"):
        Cassette(tmp_path / "nothing", model="m")


async def test_a_reply_of_an_older_shape_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    await ask(Cassette(path, model="m", inner=Model()))
    path.write_text(path.read_text("utf-8").replace('"seen"', '"saw"'), "utf-8")
    with pytest.raises(MalformedReply):
        await ask(Cassette(path, model="m"))
