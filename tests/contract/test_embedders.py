import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import JsonValue

from adapters.embedder.builtin import DIMENSIONS, BuiltinEmbedder
from adapters.embedder.minilm import MiniLMEmbedder
from adapters.embedder.weights import find_weights
from adapters.llm.embed import ATTEMPTS, BATCH, REMEMBERED, OpenAIEmbedder
from vigil_bot.errors import MalformedReply, ModelError, ModelUnavailable, RateLimited, SettingsError
from vigil_bot.ports.knowledge import Embedder

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WEIGHTS = find_weights()
no_weights = pytest.mark.skipif(WEIGHTS is None, reason="the weights of all-MiniLM-L6-v2 are not there")


@asynccontextmanager
async def endpoint(handler: Handler) -> AsyncIterator[OpenAIEmbedder]:
    """An embedder that talks to a server which answers so."""
    app = web.Application()
    app.router.add_post("/v1/embeddings", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    embedder = OpenAIEmbedder(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="sk-test", model="tiny", backoff_s=lambda _attempt: 0.0
    )
    try:
        yield embedder
    finally:
        await embedder.close()
        await runner.cleanup()


def reply(vectors: list[list[float]]) -> web.Response:
    data: JsonValue = [{"object": "embedding", "index": i, "embedding": list(v)} for i, v in enumerate(vectors)]
    return web.json_response(
        {"object": "list", "data": data, "model": "tiny", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    )


async def letters(request: web.Request) -> web.Response:
    """Answer with how often each vowel stands in a text."""
    body = await request.json()
    assert body["encoding_format"] == "float"
    assert body["model"] == "tiny"
    assert len(body["input"]) <= BATCH
    return reply([[1.0 + text.count(letter) for letter in "aeiou"] for text in body["input"]])


@pytest.fixture(params=["builtin", pytest.param("minilm", marks=no_weights), "openai"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    if request.param == "builtin":
        yield BuiltinEmbedder()
    elif request.param == "minilm":
        assert WEIGHTS is not None
        yield MiniLMEmbedder(WEIGHTS)
    else:
        async with endpoint(letters) as remote:
            yield remote


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_every_text_gets_a_vector_of_unit_length(embedder: Embedder) -> None:
    texts = ["disk full on node 7", "", "磁盘写满了", "x" * 20_000, "😀"]
    vectors = await embedder.embed(texts)
    assert len(vectors) == len(texts)
    assert len({len(vector) for vector in vectors}) == 1
    assert all(math.isclose(cosine(v, v), 1.0, abs_tol=1e-4) for v in vectors)


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert await embedder.embed([]) == []


async def test_a_text_has_the_same_vector_alone_and_among_many(embedder: Embedder) -> None:
    texts = [f"text {'a' * (i % 7)} number {i} about the payment gateway {'e' * (i % 50)}" for i in range(BATCH + 3)]
    many = await embedder.embed(texts)
    for i in (0, 5, BATCH + 2):
        [alone] = await embedder.embed([texts[i]])
        assert many[i] == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("which", ["builtin", pytest.param("minilm", marks=no_weights)], ids=["builtin", "minilm"])
async def test_a_paraphrase_is_nearer_than_another_problem(which: str) -> None:
    embedder: Embedder = MiniLMEmbedder(WEIGHTS) if which == "minilm" and WEIGHTS else BuiltinEmbedder()
    asked, same, other = await embedder.embed(
        ["how do I reset my VPN password?", "resetting the password of the VPN", "the printer prints blank pages"]
    )
    assert cosine(asked, same) > cosine(asked, other) + 0.3


async def test_builtin_vectors_know_chinese() -> None:
    asked, same, other = await BuiltinEmbedder().embed(["数据库连接超时", "连接数据库一直超时", "打印机缺纸"])
    assert cosine(asked, same) > cosine(asked, other) + 0.3
    assert len(asked) == DIMENSIONS


@no_weights
async def test_the_loop_stays_free_while_the_model_works() -> None:
    assert WEIGHTS is not None
    model = MiniLMEmbedder(WEIGHTS)
    await model.embed(["warm"])
    turns = 0
    async with asyncio.TaskGroup() as group:
        work = group.create_task(model.embed(["the payment gateway returns 502 " * 10] * 16))
        while not work.done():
            turns += 1
            await asyncio.sleep(0)
    assert turns > 10


@no_weights
async def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    assert WEIGHTS is not None
    (tmp_path / "tokenizer.json").write_bytes((WEIGHTS / "tokenizer.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 1000)
    assert find_weights(tmp_path) != tmp_path
    with pytest.raises(SettingsError, match="not the published file"):
        await MiniLMEmbedder(tmp_path).embed(["x"])


async def test_an_endpoint_that_asks_to_wait_is_asked_again_and_then_reported() -> None:
    asked = 0

    async def busy(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"error": {"message": "slow down"}}, status=429, headers={"retry-after": "0.01"})

    async with endpoint(busy) as embedder:
        with pytest.raises(RateLimited) as caught:
            await embedder.embed(["x"])
    assert caught.value.retry_after_s == 0.01
    assert asked == ATTEMPTS


async def test_an_endpoint_that_recovers_is_no_error() -> None:
    failures = [503, 500]

    async def shaky(request: web.Request) -> web.Response:
        return web.Response(status=failures.pop()) if failures else await letters(request)

    async with endpoint(shaky) as embedder:
        assert len(await embedder.embed(["aa"])) == 1


async def test_what_an_endpoint_has_said_of_a_text_is_not_asked_again() -> None:
    asked: list[str] = []

    async def counting(request: web.Request) -> web.Response:
        asked.extend((await request.json())["input"])
        return await letters(request)

    async with endpoint(counting) as embedder:
        first = await embedder.embed(["aa", "ee", "aa"])
        again = await embedder.embed(["ee", "oo", "aa"])
        assert asked == ["aa", "ee", "oo"]
        assert first[0] == first[2] == again[2]
        assert first[1] == again[0]
        many = [f"a{number}" for number in range(REMEMBERED)]
        await embedder.embed(many)
        await embedder.embed(["ee"])
        assert asked == ["aa", "ee", "oo", *many, "ee"]


async def test_a_wrong_key_is_not_tried_again_and_never_shown() -> None:
    asked = 0

    async def refuse(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"error": {"message": "bad key sk-test"}}, status=401)

    async with endpoint(refuse) as embedder:
        with pytest.raises(ModelError, match="VIGIL_MODEL_API_KEY") as caught:
            await embedder.embed(["x"])
    assert "sk-test" not in str(caught.value)
    assert asked == 1


@pytest.mark.parametrize("vectors", [[], [[1.0], [2.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]])
async def test_a_reply_that_does_not_fit_is_malformed(vectors: list[list[float]]) -> None:
    async def odd(_request: web.Request) -> web.Response:
        return reply(vectors)

    async with endpoint(odd) as embedder:
        with pytest.raises(MalformedReply):
            await embedder.embed(["one", "two"])


async def test_an_endpoint_that_is_not_there_is_unavailable(free_port: int) -> None:
    embedder = OpenAIEmbedder(
        base_url=f"http://127.0.0.1:{free_port}/v1", api_key="", model="tiny", backoff_s=lambda _attempt: 0.0
    )
    with pytest.raises(ModelUnavailable):
        await embedder.embed(["x"])
    await embedder.close()
