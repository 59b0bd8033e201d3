"""What the doctor says about a model."""

from itertools import count

import pytest

from adapters.llm.checks import examine
from adapters.llm.config import ModelConfig
from tests.servers import llm as fake
from tests.servers.llm import Behaviour, FakeLLM, generic, good
from vigil_bot.model.finding import Level


def config(url: str, model: str = "fake") -> ModelConfig:
    return ModelConfig(base_url=url, model=model, api_key="sk-s3cret", timeout_s=1.0, attempts=1)


async def test_a_good_model_is_there_and_its_replies_are_held_to_a_schema() -> None:
    async with FakeLLM() as llm:
        listed, replies = await examine(config(llm.url), now=lambda: 0.0)
        assert llm.calls == 1
    assert (listed.level, listed.found) == (Level.OK, "fake is there")
    assert (replies.level, replies.found) == (
        Level.OK,
        "in 0.0 s; replies are held to a JSON schema by the server",
    )


@pytest.mark.parametrize(
    ("behaviour", "level", "says"),
    [
        (fake.no_json_schema(), Level.OK, "asked for in the prompt"),
        (fake.text_only(), Level.OK, "looked for"),
        (fake.wrong_schema(), Level.ERROR, "not the right shape"),
        (fake.status(401), Level.ERROR, "VIGIL_MODEL_API_KEY"),
        (fake.streaming_only(), Level.ERROR, "refused the request with 400"),
    ],
)
async def test_what_is_wrong_with_the_replies_is_said(behaviour: Behaviour, level: Level, says: str) -> None:
    async with FakeLLM() as llm:
        llm.default = behaviour
        _, replies = await examine(config(llm.url), now=lambda: 0.0)
    assert replies.level is level
    assert says in replies.line()
    assert "s3cret" not in replies.line()


async def test_a_slow_model_is_a_warning() -> None:
    ticks = count(0, 6)  # each look at the clock takes six seconds
    async with FakeLLM() as llm:
        llm.default = good(generic)
        _, replies = await examine(config(llm.url), now=lambda: float(next(ticks)))
    assert replies.level is Level.WARNING


async def test_a_model_that_is_not_listed_is_a_warning_that_names_others() -> None:
    async with FakeLLM(models=("a", "b")) as llm:
        listed, _ = await examine(config(llm.url, "c"), now=lambda: 0.0)
    assert listed.level is Level.WARNING
    assert "a, b" in listed.mend


async def test_an_endpoint_without_a_list_may_work_all_the_same() -> None:
    async with FakeLLM() as llm:
        llm.models = None
        listed, replies = await examine(config(llm.url), now=lambda: 0.0)
    assert (listed.level, replies.level) == (Level.OK, Level.OK)


async def test_an_endpoint_that_is_not_there_is_one_error(free_port: int) -> None:
    (only,) = await examine(config(f"http://127.0.0.1:{free_port}/v1"), now=lambda: 0.0)
    assert only.is_error
    assert "VIGIL_MODEL_BASE_URL" in only.mend
