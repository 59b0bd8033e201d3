"""What a fake endpoint may do with a request."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.servers.llm_parts.asked import Asked, Json, tokens_in
from tests.servers.llm_parts.generic import generic

Made = Json | Callable[[Asked], Json]  # a reply, or what makes one of a request
Behaviour = Callable[[Asked], Awaitable[web.StreamResponse]]


def _completion(asked: Asked, message: Json, *, finish: str = "stop") -> web.Response:
    out = tokens_in(message.get("content") or message.get("refusal") or "")
    usage = {"prompt_tokens": asked.tokens, "completion_tokens": out, "total_tokens": asked.tokens + out}
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish, "logprobs": None}
    kind = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": asked.body["model"]}
    return web.json_response({**kind, "choices": [choice], "usage": usage})


def error(status: int, words: str, **headers: str) -> web.Response:
    words_of = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    return web.json_response({"error": words_of}, status=status, headers=headers)


def text(words: str, *, finish: str = "stop") -> Behaviour:
    """Say exactly this."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return _completion(asked, {"content": words}, finish=finish)

    return behave


def good(made: Made) -> Behaviour:
    """Reply with this, or with what the function makes of the request: hallucinations and obedience too."""

    async def behave(asked: Asked) -> web.StreamResponse:
        reply = made(asked) if callable(made) else made
        return _completion(asked, {"content": json.dumps(reply, ensure_ascii=False)})

    return behave


def fenced(made: Made) -> Behaviour:
    """Talk around the JSON, as models without a JSON mode do."""

    async def behave(asked: Asked) -> web.StreamResponse:
        reply = json.dumps(made(asked) if callable(made) else made, ensure_ascii=False, indent=1)
        return _completion(asked, {"content": f"Sure, here it is {{as asked}}:\n```json\n{reply}\n```\nAnything else?"})

    return behave


def slow(seconds: float, then: Behaviour | None = None) -> Behaviour:
    """Take so long, unless the server closes before."""

    async def behave(asked: Asked) -> web.StreamResponse:
        try:
            await asyncio.wait_for(asked.closing.wait(), seconds)
        except TimeoutError:
            return await (then or good(generic))(asked)
        return error(503, "closing")

    return behave


def broken_json() -> Behaviour:
    """Stop in the middle of the reply."""
    return text('{"answers": true, "sentences": [{"text": "Run', finish="length")


def broken_body() -> Behaviour:
    """Send a body that is no JSON."""

    async def behave(_: Asked) -> web.StreamResponse:
        return web.Response(text='{"choices": [{"mess', content_type="application/json")

    return behave


def web_page() -> Behaviour:
    """Answer as a proxy does that wants a login."""

    async def behave(_: Asked) -> web.StreamResponse:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    return behave


def wrong_schema() -> Behaviour:
    """Reply with JSON of another shape."""
    return good({"answer": "hunter2", "confidence": "high"})


def refusing() -> Behaviour:
    """Refuse as OpenAI's models do."""

    async def behave(asked: Asked) -> web.StreamResponse:
        return _completion(asked, {"content": None, "refusal": "I can't help with that."})

    return behave


def status(code: int, *, retry_after: float | None = None) -> Behaviour:
    """Fail with a status; the words repeat what was sent, as some servers do."""

    async def behave(asked: Asked) -> web.StreamResponse:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return error(code, f"failed for key {asked.key}: {asked.user}", **headers)

    return behave


def disconnect() -> Behaviour:
    """Close the connection without an answer."""

    async def behave(_: Asked) -> web.StreamResponse:
        raise ConnectionResetError

    return behave


def streaming_only() -> Behaviour:
    """Refuse what does not stream."""

    async def behave(_: Asked) -> web.StreamResponse:
        return error(400, "This model only supports stream=true.")

    return behave


def no_json_schema(then: Behaviour | None = None) -> Behaviour:
    """Know JSON mode but no schemas, as DeepSeek does."""

    async def behave(asked: Asked) -> web.StreamResponse:
        if asked.format == "json_schema":
            return error(400, "This response_format type is unavailable now")
        return await (then or good(generic))(asked)

    return behave


def text_only(then: Behaviour | None = None) -> Behaviour:
    """Know no response_format at all."""

    async def behave(asked: Asked) -> web.StreamResponse:
        if asked.format != "text":
            return error(400, "Unrecognized request argument supplied: response_format")
        return await (then or fenced(generic))(asked)

    return behave


def json_mode_only(then: Behaviour | None = None) -> Behaviour:
    """Demand JSON mode."""

    async def behave(asked: Asked) -> web.StreamResponse:
        if asked.format != "json_object":
            return error(400, "'response_format.type' must be 'json_object'")
        return await (then or good(generic))(asked)

    return behave


def thinking(then: Behaviour | None = None) -> Behaviour:
    """Refuse max_tokens, as OpenAI's thinking models do."""

    async def behave(asked: Asked) -> web.StreamResponse:
        if "max_tokens" in asked.body:
            words = "Unsupported parameter: 'max_tokens' is not supported with this model."
            return error(400, f"{words} Use 'max_completion_tokens' instead.")
        return await (then or good(generic))(asked)

    return behave
