"""The whole program with a model behind a real socket: answers, falls back, is silent."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from random import Random

import pytest

from adapters.llm.client import ModelClient
from adapters.llm.config import ModelConfig
from adapters.llm.prices import Prices
from tests.fakes.world import ENTRY, QUESTION, World
from tests.network.llm_world import with_model
from tests.servers import llm as fake
from tests.servers.llm import Asked, Behaviour, FakeLLM, good

QUESTIONS = 250  # with each of four seeds
COMMAND = "Run `kubectl rollout restart deploy/payments -n pay`."


@contextlib.asynccontextmanager
async def program(llm: FakeLLM) -> AsyncIterator[World]:
    opened: list[World] = []  # the client is made first, and lives by the world's clock

    def now() -> float:
        return opened[0].clock.now()

    config = ModelConfig(
        base_url=llm.url, model="fake", prices=Prices(tokens_in=1.0, tokens_out=1.0), timeout_s=0.2, total_s=1.0
    )
    async with (
        ModelClient(config, now=now, backoff_s=lambda _: 0.0) as client,
        with_model(client) as (here, _),
    ):
        opened.append(here)
        await here.know(ENTRY)
        yield here


async def test_a_question_is_made_to_stand_alone_and_answered_in_two_calls() -> None:
    async with FakeLLM() as llm, program(llm) as here:
        first = await here.say("payments pods crash with PAY-1203 since the certificate rotation", by="omar")
        await here.wait(60)
        calls, tokens = llm.calls, llm.tokens_in + llm.tokens_out
        llm.script(good({"question": "payments pods crash with PAY-1203 since the certificate rotation", "seen": []}))
        again = await here.say("same here, how do we fix it?", by="rita", thread=first.id)
        await here.wait(60)
        (card,) = here.cards(first.id).values()
        receipt = await here.receipt(again)
        assert COMMAND in card.text
        assert (llm.calls - calls, receipt.model_calls) == (2, 2)
        assert receipt.tokens == llm.tokens_in + llm.tokens_out - tokens


async def test_a_model_that_fails_is_replaced_by_the_built_in_reasoner_and_the_receipt_says_so() -> None:
    async with FakeLLM() as llm, program(llm) as here:
        llm.default = fake.status(500)
        question = await here.say(QUESTION)
        await here.wait(60)
        (card,) = here.cards(question.id).values()
        receipt = await here.receipt(question)
        assert COMMAND in card.text
        assert "builtin reasoner" in str(receipt)
        assert llm.calls == 3


async def test_a_model_that_refuses_is_silence() -> None:
    async with FakeLLM() as llm, program(llm) as here:
        llm.default = fake.refusing()
        question = await here.say(QUESTION)
        await here.wait(60)
        assert here.cards(question.id) == {}
        assert "refused" in str(await here.receipt(question))


def _invents(asked: Asked) -> dict[str, object]:
    assert asked.data["entries"]
    return {"answers": True, "sentences": [{"text": "Delete the database `prod-7`.", "entries": [1, 9]}]}


BEHAVIOURS: tuple[Behaviour, ...] = (
    *(fake.good(fake.generic), fake.broken_json(), fake.broken_body(), fake.wrong_schema(), fake.refusing()),
    *(fake.status(429, retry_after=0), fake.status(429), fake.status(429, retry_after=90), fake.status(500)),
    *(fake.disconnect(), fake.streaming_only(), fake.no_json_schema(), fake.text_only(), good(_invents)),
)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_model_does_the_post_is_grounded_or_there_is_none_and_a_receipt_says_why(seed: int) -> None:
    random, outcomes = Random(seed), Counter[str]()
    async with FakeLLM() as llm, program(llm) as here:
        for number in range(QUESTIONS):
            llm.default = random.choice(BEHAVIOURS)
            question = await here.say(f"{QUESTION} on cluster {number}", by=f"rita{number}")
            await here.wait(3_600)  # a channel has a limit of posts
            receipt = await here.receipt(question)
            assert receipt.reason
            outcomes["posted" if here.cards(question.id) else "silent"] += 1
            for card in here.cards(question.id).values():
                assert COMMAND in card.text
                assert "prod-7" not in card.text
        assert outcomes.total() == QUESTIONS
        assert min(outcomes["posted"], outcomes["silent"]) > QUESTIONS / 5
        assert llm.calls < 3 * QUESTIONS
