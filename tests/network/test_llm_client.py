"""What a model's endpoint may do to us: an answer or one of our errors, soon, and never more calls than it can bear."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TypeVar

import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from adapters.llm.asks import Asks, Image
from adapters.llm.breaker import FAILURES, PAUSE_S
from adapters.llm.budget import Budget, Level, Limit, level_of
from adapters.llm.client import ModelClient, Replied
from adapters.llm.config import ModelConfig
from adapters.llm.ladder import Rung
from adapters.llm.prices import Prices
from adapters.llm.replies import QuestionReply
from adapters.llm.spending import MemorySpending, Purse, spending_for
from tests.servers import llm as fake
from tests.servers.llm import Asked, Behaviour, FakeLLM, good
from vigil_bot.clock import SimulatedClock
from vigil_bot.errors import MalformedReply, ModelError, ModelUnavailable
from vigil_bot.model.conversation import ConversationRef

T = TypeVar("T", bound=BaseModel)
REPLY = {"question": "why?", "seen": []}
GOOD = good(REPLY)
KEY, SAID = "sk-s3cret", "my password is hunter2"


@pytest.fixture
async def llm() -> AsyncIterator[FakeLLM]:
    async with FakeLLM() as server:
        server.default = GOOD
        yield server


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_700_000_000.0)


@pytest.fixture
async def client(llm: FakeLLM, clock: SimulatedClock) -> AsyncIterator[ModelClient]:
    async with ModelClient(config(llm), now=clock.now, backoff_s=lambda _: 0.0) as one:
        yield one


def config(llm: FakeLLM) -> ModelConfig:
    return ModelConfig(
        base_url=llm.url,
        model="fake",
        api_key=KEY,
        prices=Prices(tokens_in=1.0, tokens_out=2.0),
        timeout_s=1.0,
        total_s=3.0,
        max_wait_s=0.2,
    )


async def ask(client: ModelClient, user: str = SAID, images: tuple[Image, ...] = ()) -> Replied[QuestionReply]:
    as_port: Asks = client
    assert as_port is client
    return await client.ask("question", system="Do it.", user=user, schema=QuestionReply, images=images, max_tokens=100)


async def test_a_good_reply_is_one_call_and_says_what_it_cost(llm: FakeLLM, client: ModelClient) -> None:
    answer = await ask(client)
    assert answer.value == QuestionReply(question="why?", seen=[])
    assert (answer.tokens_in, answer.tokens_out) == (llm.tokens_in, llm.tokens_out)
    assert answer.cost == pytest.approx((llm.tokens_in + 2 * llm.tokens_out) / 1_000_000)
    (asked,) = llm.asked
    assert (asked.key, asked.system, asked.user, asked.format) == (KEY, "Do it.", SAID, "json_schema")
    assert asked.body["max_tokens"] == 100
    assert client.rung is Rung.JSON_SCHEMA


ENDS: dict[str, tuple[list[Behaviour], type[ModelError] | None, int]] = {
    "slow once": ([fake.slow(9)], None, 2),
    "slow": ([fake.slow(9)] * 9, ModelUnavailable, 3),
    "broken JSON once": ([fake.broken_json()], None, 2),
    "broken JSON": ([fake.broken_json()] * 9, MalformedReply, 2),
    "broken body once": ([fake.broken_body()], None, 2),
    "broken body": ([fake.broken_body()] * 9, MalformedReply, 2),
    "a page": ([fake.web_page()] * 9, MalformedReply, 2),
    "wrong schema once": ([fake.wrong_schema()], None, 2),
    "wrong schema": ([fake.wrong_schema()] * 9, MalformedReply, 2),
    "refusing": ([fake.refusing()] * 9, MalformedReply, 1),
    "refusing in words": ([fake.text("I cannot help with that.")] * 9, MalformedReply, 2),
    "filtered": ([fake.text("", finish="content_filter")] * 9, MalformedReply, 1),
    "nothing": ([fake.text("")] * 9, MalformedReply, 2),
    "429 once": ([fake.status(429)], None, 2),
    "429": ([fake.status(429)] * 9, ModelUnavailable, 3),
    "429 with a short wait": ([fake.status(429, retry_after=0.1)], None, 2),
    "429 with a long wait": ([fake.status(429, retry_after=60)] * 9, ModelUnavailable, 1),
    "500 once": ([fake.status(500)], None, 2),
    "500": ([fake.status(500)] * 9, ModelUnavailable, 3),
    "503 then broken JSON": ([fake.status(503), fake.broken_json(), fake.status(503)], None, 4),
    "disconnect once": ([fake.disconnect()], None, 2),
    "disconnect": ([fake.disconnect()] * 9, ModelUnavailable, 3),
    "401": ([fake.status(401)] * 9, ModelError, 1),
    "404": ([fake.status(404)] * 9, ModelError, 1),
    "streaming only": ([fake.streaming_only()] * 9, ModelError, 3),
    "no JSON schema": ([fake.no_json_schema(GOOD)] * 9, None, 2),
    "JSON mode only": ([fake.json_mode_only(GOOD)] * 9, None, 2),
    "text only": ([fake.text_only(fake.fenced(REPLY))] * 9, None, 3),
    "fenced": ([fake.fenced(REPLY)], None, 1),
    "thinking": ([fake.thinking(GOOD)] * 9, None, 2),
    "thinking, text only": ([fake.thinking(fake.text_only(fake.fenced(REPLY)))] * 9, None, 4),
}


@pytest.mark.parametrize("name", ENDS)
async def test_it_ends_in_an_answer_or_in_our_error_after_a_few_calls(
    llm: FakeLLM, client: ModelClient, name: str
) -> None:
    behaviours, error, calls = ENDS[name]
    llm.script(*behaviours)
    async with asyncio.timeout(4.0):
        if error is None:
            assert (await ask(client)).value.question == "why?"
        else:
            with pytest.raises(error):
                await ask(client)
    assert llm.calls == calls


@pytest.mark.parametrize("name", [name for name, (_, error, _) in ENDS.items() if error])
async def test_no_error_and_no_log_tells_a_key_or_a_message(llm: FakeLLM, client: ModelClient, name: str) -> None:
    llm.script(*ENDS[name][0])
    with capture_logs() as logs, pytest.raises(ModelError) as caught:
        await ask(client)
    told = "".join(traceback.format_exception(caught.value)) + str(logs) + repr(config(llm))
    assert KEY not in told
    assert "hunter2" not in told


async def test_the_library_logs_nothing_that_people_said(
    llm: FakeLLM, client: ModelClient, caplog: pytest.LogCaptureFixture
) -> None:
    llm.script(fake.status(500))
    with caplog.at_level(logging.DEBUG):
        await ask(client)
    assert "hunter2" not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("behaviour", "rung", "first"),
    [
        (fake.no_json_schema(GOOD), Rung.JSON_OBJECT, 2),
        (fake.json_mode_only(GOOD), Rung.JSON_OBJECT, 2),
        (fake.text_only(fake.fenced(REPLY)), Rung.TEXT, 3),
        (fake.thinking(GOOD), Rung.JSON_SCHEMA, 2),
    ],
)
async def test_what_works_is_found_out_once(
    llm: FakeLLM, client: ModelClient, behaviour: Behaviour, rung: Rung, first: int
) -> None:
    llm.default = behaviour
    for _ in range(3):
        await ask(client)
    assert client.rung is rung
    assert llm.calls == first + 2


async def test_a_server_that_ignores_the_schema_is_told_it_in_words_after_a_while(
    llm: FakeLLM, client: ModelClient
) -> None:
    def heeds_words_only(asked: Asked) -> dict[str, object]:
        told = "additionalProperties" in asked.system or asked.is_repair
        return dict(REPLY) if told else {"answer": "because"}

    llm.default = good(heeds_words_only)
    for _ in range(4):
        await ask(client)
    assert [asked.is_repair for asked in llm.asked] == [False, True, False, True, False, False]
    assert client.rung is Rung.JSON_OBJECT


async def test_a_repair_shows_the_model_what_it_said_and_what_is_wrong(llm: FakeLLM, client: ModelClient) -> None:
    llm.script(fake.wrong_schema())
    answer = await ask(client)
    *_, said, wrong = llm.asked[1].body["messages"]
    assert said == {"role": "assistant", "content": '{"answer": "hunter2", "confidence": "high"}'}
    assert "question missing, seen missing" in wrong["content"]
    assert (answer.tokens_in, answer.tokens_out) == (llm.tokens_in, llm.tokens_out)


async def test_images_go_along(llm: FakeLLM, client: ModelClient) -> None:
    await ask(client, images=(Image(data=b"\x89PNG", media_type="image/png"),))
    (asked,) = llm.asked
    assert (asked.user, asked.images) == (SAID, 1)
    assert asked.body["messages"][1]["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="


async def test_a_dead_endpoint_is_left_alone_and_then_tried_by_one(
    llm: FakeLLM, client: ModelClient, clock: SimulatedClock
) -> None:
    llm.default = fake.status(500)
    for _ in range(20):
        with pytest.raises(ModelUnavailable):
            await ask(client)
    assert llm.calls == FAILURES
    clock.advance(PAUSE_S)
    await asyncio.gather(*(ask(client) for _ in range(8)), return_exceptions=True)
    assert llm.calls == FAILURES + 1
    clock.advance(PAUSE_S)
    llm.default = GOOD
    await ask(client)
    await ask(client)
    assert llm.calls == FAILURES + 3


async def test_a_storm_of_questions_meets_a_dead_endpoint_with_few_calls(llm: FakeLLM, client: ModelClient) -> None:
    llm.default = fake.status(503)
    results = await asyncio.gather(*(ask(client) for _ in range(100)), return_exceptions=True)
    assert all(isinstance(result, ModelUnavailable) for result in results)
    assert llm.calls <= FAILURES + 3  # those that were under way


async def test_an_endpoint_that_asks_for_a_long_pause_gets_it(
    llm: FakeLLM, client: ModelClient, clock: SimulatedClock
) -> None:
    llm.script(fake.status(429, retry_after=60))
    with pytest.raises(ModelUnavailable) as error:
        await ask(client)
    assert error.value.retry_after_s == 60
    clock.advance(59)
    with pytest.raises(ModelUnavailable):
        await ask(client)
    assert llm.calls == 1
    clock.advance(1)
    await ask(client)
    assert llm.calls == 2


async def test_an_endpoint_that_never_took_a_request_is_not_asked_down_the_ladder_each_time(
    llm: FakeLLM, client: ModelClient
) -> None:
    llm.default = fake.streaming_only()
    for _ in range(10):
        with pytest.raises(ModelError):
            await ask(client)
    assert llm.calls == 3


async def test_a_request_that_is_refused_does_not_stop_the_others(llm: FakeLLM, client: ModelClient) -> None:
    await ask(client)
    llm.script(*[fake.status(400)] * 10)
    for _ in range(10):
        with pytest.raises(ModelError):
            await ask(client)
    assert llm.calls == 11
    await ask(client)
    assert client.rung is Rung.JSON_SCHEMA


async def test_only_so_many_calls_are_under_way_at_once(llm: FakeLLM, client: ModelClient) -> None:
    llm.default = fake.slow(0.02, GOOD)
    await asyncio.gather(*(ask(client) for _ in range(20)))
    assert llm.calls == 20
    assert 1 < llm.most_at_once <= 4


async def test_everything_together_takes_no_longer_than_it_may(llm: FakeLLM, clock: SimulatedClock) -> None:
    settings = replace(config(llm), timeout_s=5.0, total_s=0.3, concurrency=1)
    llm.default = fake.slow(9)
    async with ModelClient(settings, now=clock.now) as client, asyncio.timeout(2.0):
        results = await asyncio.gather(*(ask(client) for _ in range(10)), return_exceptions=True)
    assert all(isinstance(result, ModelUnavailable) for result in results)
    assert llm.calls <= 2  # the next may begin in the moment in which the time of all is over


async def test_nobody_is_called_when_the_budget_is_used_up(llm: FakeLLM, clock: SimulatedClock) -> None:
    one, other = (ConversationRef(platform="slack", workspace_id="T1", channel_id=c) for c in ("C1", "C2"))
    told: list[tuple[ConversationRef | None, str, Level]] = []

    async def alarm(ref: ConversationRef | None, scope: str, share: float) -> None:
        told.append((ref, scope, level_of(share)))

    purse = Purse(Budget(channel=Limit(tokens=1)), MemorySpending(), now=clock.now, alarm=alarm)
    async with ModelClient(config(llm), now=clock.now, purse=purse) as client:
        with spending_for(one):
            await ask(client)
            with pytest.raises(ModelUnavailable, match="budget"):
                await ask(client)
        assert llm.calls == 1
        with spending_for(other):
            await ask(client)
    assert told == [(one, "channel T1/C1", Level.EXHAUSTED), (other, "channel T1/C2", Level.EXHAUSTED)]


async def test_a_reply_that_is_thrown_away_is_paid_all_the_same(llm: FakeLLM, clock: SimulatedClock) -> None:
    spending = MemorySpending()

    async def alarm(*_: object) -> None:
        raise AssertionError

    llm.script(fake.wrong_schema(), fake.wrong_schema())
    purse = Purse(Budget(), spending, now=clock.now, alarm=alarm)
    async with ModelClient(config(llm), now=clock.now, purse=purse) as client:
        with pytest.raises(MalformedReply):
            await ask(client)
    assert (await spending.spent("2023-11-14", "everything"))[0] == llm.tokens_in + llm.tokens_out
    spent = purse.spent["question"]
    assert (spent.calls, spent.tokens) == (2, llm.tokens_in + llm.tokens_out)
    assert spent.cost == pytest.approx((llm.tokens_in + 2 * llm.tokens_out) / 1_000_000)


async def test_reading_an_image_is_counted_apart(llm: FakeLLM, clock: SimulatedClock) -> None:
    async def alarm(*_: object) -> None:
        raise AssertionError

    purse = Purse(Budget(), MemorySpending(), now=clock.now, alarm=alarm)
    async with ModelClient(config(llm), now=clock.now, purse=purse) as client:
        await ask(client)
        await ask(client, images=(Image(data=b"\x89PNG", media_type="image/png"),))
    assert {purpose: spent.calls for purpose, spent in purse.spent.items()} == {"question": 1, "image": 1}
    assert sum(spent.tokens for spent in purse.spent.values()) == llm.tokens_in + llm.tokens_out
