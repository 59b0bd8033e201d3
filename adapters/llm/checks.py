"""What `vigil doctor` finds out about the model."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from adapters.llm.client import ModelClient
from adapters.llm.config import ModelConfig
from adapters.llm.ladder import Rung
from vigil_bot.errors import MalformedReply, ModelError, ModelUnavailable
from vigil_bot.model.finding import Finding, Level

SLOW_S = 10.0
MAX_SHOWN = 5
_SAYS = {
    Rung.JSON_SCHEMA: "replies are held to a JSON schema by the server",
    Rung.JSON_OBJECT: "replies are JSON, their shape is asked for in the prompt",
    Rung.TEXT: "replies are text, the JSON in it is looked for",
}


class _Ready(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ready: bool


async def examine(config: ModelConfig, *, now: Callable[[], float]) -> list[Finding]:
    """Look whether the endpoint answers, has the model, and replies in JSON; costs one small call, three at most."""
    async with ModelClient(config, now=now) as client:
        listed = await _listed(client, config.model)
        if listed.is_error:
            return [listed]
        return [listed, await _replies(client, now)]


async def _listed(client: ModelClient, model: str) -> Finding:
    try:
        names = await client.models()
    except ModelUnavailable as error:
        mend = "check VIGIL_MODEL_BASE_URL, and the way there"
        return Finding(what="model", level=Level.ERROR, found=str(error), mend=mend)
    except ModelError:  # not every endpoint has a list
        return Finding(what="model", level=Level.OK, found="the endpoint is reachable; it lists no models")
    if model in names:
        return Finding(what="model", level=Level.OK, found=f"{model} is there")
    shown = ", ".join(sorted(names)[:MAX_SHOWN]) or "none"
    return Finding(
        what="model",
        level=Level.WARNING,
        found=f"{model} is not in the endpoint's list",
        mend=f"VIGIL_MODEL_NAME may be one of: {shown}",
    )


async def _replies(client: ModelClient, now: Callable[[], float]) -> Finding:
    began = now()
    try:
        await client.ask("check", system="This is a check.", user="Are you ready?", schema=_Ready, max_tokens=50)
    except MalformedReply as error:
        mend = "take a model that follows instructions; until then the built-in reasoner serves"
        return Finding(what="model reply", level=Level.ERROR, found=str(error), mend=mend)
    except ModelError as error:
        return Finding(what="model reply", level=Level.ERROR, found=str(error), mend=error.hint)
    took = now() - began
    found = f"in {took:.1f} s; {_SAYS[client.dialect.rung]}"
    slow = took > SLOW_S
    return Finding(
        what="model reply",
        level=Level.WARNING if slow else Level.OK,
        found=found,
        mend="a smaller model answers sooner" if slow else "",
    )
